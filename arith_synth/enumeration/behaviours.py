"""What classes do on the identity inputs, rebuilt from their fingerprints.

A fingerprint does not tell the outputs. But the candidates of each size, evaluated again, tell a representative program
for each class, and exact execution its outputs: size by size, for a candidate needs its operands' outputs.
"""

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

import numba
import numpy as np

from arith_synth.enumeration.lookup import find_classes, index_of
from arith_synth.enumeration.observed_candidates import UNDEFINED, ObservedPiece, evaluate, observed_pieces
from arith_synth.enumeration.unranking import leaf_codes, operator_symbol_codes
from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.field import invert_all, multiply_mod
from arith_synth.semantics.fingerprints import PRIME
from arith_synth.semantics.observational import N_IDENTITY_POINTS, identity_keys, identity_points
from arith_synth.semantics.programs import row_width

#: Bytes of a class as an operand.
BEHAVIOUR_BYTES = 32 * N_IDENTITY_POINTS
#: Behaviours of at most so many bytes are kept from one stage of a build to the next, the last few of them.
_KEPT_BYTES = 1 << 27
_MOST_KEPT = 6


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True, eq=False)
class Behaviours:
    """Outputs of classes on the identity inputs, with a program of minimal size that represents each class.

    Shapes: numerators, denominators int64[classes, inputs], reduced, denominator 0 where undefined; residues, inverses
    uint64[classes, inputs], modulo p, UNDEFINED where there is none; programs: rows of symbol codes without padding.
    """

    grammar: Grammar
    programs: tuple[bytes, ...]
    numerators: np.ndarray
    denominators: np.ndarray
    residues: np.ndarray
    inverses: np.ndarray

    @property
    def n_bytes(self) -> int:
        """Bytes held in arrays."""
        return BEHAVIOUR_BYTES * len(self.programs)

    def candidates(self, piece: ObservedPiece) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A piece's candidates: operands int64[m, arity], first and second residues uint64[m]."""
        return evaluate(
            *piece.bounds, self.residues, self.inverses, self.numerators, self.denominators, identity_keys(self.grammar)
        )


#: All that somebody still uses, and what is kept for the next to ask.
_in_use: WeakValueDictionary[tuple[Grammar, tuple[int, ...], bytes], Behaviours] = WeakValueDictionary()
_kept: deque[Behaviours] = deque(maxlen=_MOST_KEPT)


def check_heights(grammar: Grammar, size: int) -> None:
    """CapacityError when outputs of candidates of `size` could leave the range in which residues stand for them.

    A program of n leaves of magnitude up to m has numerators and denominators of at most (2m)^n / 2. While these stay
    below p, the residue 0 means the value 0 and no denominator is divisible by p; and numerator times denominator of
    two operands, by which they are compared, is at most (2m)^n / 4, far from overflow.
    """
    largest = max(*(abs(value) for point in identity_points(grammar) for value in point), *grammar.constants, 1)
    if (2 * largest) ** size >= 2 * PRIME:
        raise CapacityError(
            f"programs of {size} leaves of grammar {grammar.name}, of magnitude up to {largest}, may have outputs "
            "beyond 61 bits; lower --max-size or choose smaller constants"
        )


def behaviours_of(grammar: Grammar, values: np.ndarray, first_of_size: Sequence[int]) -> Behaviours:
    """The behaviours of classes of residues uint64[n, 2], complete up to some size.

    Classes of size s are first_of_size[s] .. first_of_size[s + 1] - 1, with n at the end. Takes the time to evaluate
    all candidates up to that size once, and `BEHAVIOUR_BYTES` a class. What is in use, or small and recent, is not
    built again. Raises CapacityError for outputs that may leave 64 bits.
    """
    first_of_size = tuple(int(first) for first in first_of_size)
    largest_size = len(first_of_size) - 2
    digest = hashlib.blake2b(np.ascontiguousarray(values).tobytes()).digest()
    key = grammar, first_of_size, digest
    known = _in_use.get(key)
    if known is None:
        if largest_size == 1:
            known = _of_leaves(grammar, values)
        else:
            smaller = behaviours_of(grammar, values[: first_of_size[-2]], first_of_size[:-1])
            known = _with_larger(smaller, values, first_of_size)
        _in_use[key] = known
        if known.n_bytes <= _KEPT_BYTES:
            _kept.append(known)
    return known


def _of_leaves(grammar: Grammar, values: np.ndarray) -> Behaviours:
    programs = tuple(bytes([code]) for code in leaf_codes(grammar, values).tolist())
    return Behaviours(grammar=grammar, programs=programs, **_behaviour(grammar, programs, 1))


def _with_larger(smaller: Behaviours, values: np.ndarray, first_of_size: Sequence[int]) -> Behaviours:
    """The behaviours of all classes of `values`, when only those of the largest size are missing."""
    grammar, size, n_known = smaller.grammar, len(first_of_size) - 2, first_of_size[-2]
    index = index_of(values[n_known:])
    operators = operator_symbol_codes(grammar)
    missing: list[bytes | None] = [None] * (len(values) - n_known)
    for piece in observed_pieces(grammar, first_of_size, size):
        operands, first, second = smaller.candidates(piece)
        found, places = np.unique(find_classes(*index.arrays, first, second), return_index=True)
        for number, place in zip(found.tolist(), places.tolist(), strict=True):
            if number >= 0 and missing[number] is None:
                parts = [smaller.programs[operand] for operand in operands[place].tolist()]
                missing[number] = b"".join((bytes([operators[piece.operator]]), *parts))
    programs = tuple(program for program in missing if program is not None)
    assert len(programs) == len(missing), "a class that no candidate belongs to"
    added = _behaviour(grammar, programs, size)
    # Each array is let go of once it is copied: they may be large.
    arrays = {name: np.concatenate([getattr(smaller, name), added.pop(name)]) for name in list(added)}
    return Behaviours(grammar=grammar, programs=smaller.programs + programs, **arrays)


def _behaviour(grammar: Grammar, programs: Sequence[bytes], size: int) -> dict[str, np.ndarray]:
    """The arrays of `Behaviours` for programs of so many leaves."""
    width = row_width(size)
    rows = b"".join(program.ljust(width, b"\0") for program in programs)
    codes = np.frombuffer(rows, dtype=np.uint8).reshape(len(programs), width)
    points = np.array(identity_points(grammar), dtype=np.int64)
    numerators, denominators = rational_outputs(codes, grammar, points)
    residues, inverses = _residues(numerators, denominators, PRIME)
    return {"numerators": numerators, "denominators": denominators, "residues": residues, "inverses": inverses}


@numba.njit(cache=True, nogil=True)
def _residues(numerators, denominators, prime):
    """Residues and inverses modulo p of fractions int64[n, inputs] whose numerators and denominators are below p."""
    residues, inverses = np.empty(numerators.shape, dtype=np.uint64), np.empty(numerators.shape, dtype=np.uint64)
    for row in range(len(numerators)):
        above = (numerators[row] % prime).astype(np.uint64)
        below = denominators[row].astype(np.uint64)
        under_above, under_below = invert_all(above), invert_all(below)
        for place in range(len(above)):
            is_defined = below[place] != 0
            residues[row, place] = multiply_mod(above[place], under_below[place]) if is_defined else UNDEFINED
            has_inverse = is_defined and above[place] != 0
            inverses[row, place] = multiply_mod(below[place], under_above[place]) if has_inverse else UNDEFINED
    return residues, inverses
