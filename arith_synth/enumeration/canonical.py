"""One fixed minimal realization for each class: the first in the order of symbols, sub-class by sub-class.

A prefix program never begins another one, so the first program of a derivation (operator, classes of its operands)
consists of the first programs of its operands: wherever a class stands inside a program, the same sub-program stands
for it. Such a rule can be learned, where a drawn realization leaves the choice between all of them to chance.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.enumeration.derivations import ARITIES, operand_of, operator_of
from arith_synth.enumeration.drawing import Realizations
from arith_synth.enumeration.unranking import operator_symbol_codes

#: Derivations that are written out at once.
_CHUNK = 1 << 20

#: Whether each program may be chosen: codes uint8[n, width] -> bool[n].
Allows = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanonicalParts:
    """The canonical programs of all classes below the largest size, of which those of the largest size consist.

    Shapes: sizes uint8[n_classes], minimal sizes; codes uint8[n_parts, width]. `allows`, `order`: what they were chosen
    by, see `canonical_parts`.
    """

    realizations: Realizations
    sizes: np.ndarray
    codes: np.ndarray
    allows: Allows | None
    order: np.ndarray


def canonical_parts(
    realizations: Realizations, width: int, allows: Allows | None = None, order: np.ndarray | None = None
) -> CanonicalParts:
    """Choose the canonical programs of the smaller classes, size by size.

    The first one is chosen when symbols stand in an order: `order` uint8[n_symbols + 1] places the symbol codes, and by
    default they stand in the grammar's order, which has leaves before operators. `allows` (None: all) narrows the
    choice to programs that are allowed; where it leaves a class none, the choice is among all of its programs. `width`:
    of a row of codes, at least `row_width` of the largest size.
    """
    n_leaves, n_classes = len(realizations.leaves), len(realizations.n_minimal)
    sizes = np.ones(n_classes, dtype=np.uint8)
    _find_sizes(n_leaves, realizations.extents, realizations.derivations, sizes)
    if order is None:
        order = np.arange(len(realizations.grammar.symbols) + 1, dtype=np.uint8)
    codes = np.zeros((int(np.searchsorted(sizes, sizes[-1])), width), dtype=np.uint8)
    codes[:n_leaves, 0] = realizations.leaves[: len(codes)]
    parts = CanonicalParts(realizations=realizations, sizes=sizes, codes=codes, allows=allows, order=order)
    for size in range(2, int(sizes[-1])):
        start, stop = np.searchsorted(sizes, [size, size + 1])
        codes[start:stop], _ = _choose_all(parts, np.arange(start, stop))
    return parts


def canonical_realizations(parts: CanonicalParts, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The canonical program of each class int64[n], and whether it is allowed: codes uint8[n, width], bool[n]."""
    classes = np.asarray(classes, dtype=np.int64)
    codes = np.zeros((len(classes), parts.codes.shape[1]), dtype=np.uint8)
    is_part = classes < len(parts.codes)
    codes[is_part] = parts.codes[classes[is_part]]
    is_leaf = classes < len(parts.realizations.leaves)
    codes[is_leaf, 0] = parts.realizations.leaves[classes[is_leaf]]
    is_known = is_part | is_leaf
    is_allowed = np.ones(len(classes), dtype=np.bool_)
    if parts.allows is not None and is_known.any():
        is_allowed[is_known] = parts.allows(codes[is_known])
    codes[~is_known], is_allowed[~is_known] = _choose_all(parts, classes[~is_known])
    return codes, is_allowed


def _choose_all(parts: CanonicalParts, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The canonical programs of classes int64[n] that are no leaves, a chunk of derivations at a time."""
    extents = parts.realizations.extents
    ends = np.cumsum(extents[classes + 1, 0] - extents[classes, 0])
    cuts = np.searchsorted(ends, np.arange(_CHUNK, ends[-1] if len(ends) else 0, _CHUNK), side="right")
    chosen = [_choose_some(parts, some) for some in np.split(classes, cuts)]
    return np.concatenate([codes for codes, _ in chosen]), np.concatenate([allowed for _, allowed in chosen])


def _choose_some(parts: CanonicalParts, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    realizations = parts.realizations
    starts, stops = realizations.extents[classes, 0], realizations.extents[classes + 1, 0]
    ends = np.cumsum(stops - starts)
    composed = np.zeros((int(ends[-1]) if len(ends) else 0, parts.codes.shape[1]), dtype=np.uint8)
    operators = operator_symbol_codes(realizations.grammar)
    _compose(starts, stops, realizations.derivations, parts.codes, operators, composed)
    may_be = np.ones(len(composed), dtype=np.bool_) if parts.allows is None else parts.allows(composed)
    rows = np.empty(len(classes), dtype=np.int64)
    _choose(ends, composed, parts.order, may_be, rows)
    return composed[rows], may_be[rows]


@numba.njit(cache=True, nogil=True)
def _find_sizes(n_leaves, extents, derivations, sizes):
    """The minimal size of each class, from its first derivation: classes stand in the order of their sizes."""
    for index in range(n_leaves, len(sizes)):
        derivation = derivations[extents[index, 0], 0]
        arity = ARITIES[operator_of(derivation)]
        sizes[index] = 0
        for place in range(arity):
            sizes[index] += sizes[operand_of(derivation, place, arity)]


@numba.njit(cache=True, nogil=True)
def _compose(starts, stops, derivations, codes, operators, composed):
    """Write the program of every derivation of some classes, of canonical parts, to composed uint8[m, width]: zeros."""
    row = 0
    for index in range(len(starts)):
        for entry in range(starts[index], stops[index]):
            derivation = derivations[entry, 0]
            operator = operator_of(derivation)
            composed[row, 0] = operators[operator]
            position, arity = 1, ARITIES[operator]
            for place in range(arity):
                part = codes[operand_of(derivation, place, arity)]
                for symbol in part:
                    if symbol == 0:
                        break
                    composed[row, position] = symbol
                    position += 1
            row += 1


@numba.njit(cache=True, nogil=True)
def _choose(ends, composed, order, may_be, rows):
    """Of the programs before each end, the first one in the order of symbols; those that may be come first."""
    row = 0
    for index in range(len(ends)):
        best = row
        for other in range(row + 1, ends[index]):
            better = may_be[other] and not may_be[best]
            if may_be[other] == may_be[best]:
                for position in range(composed.shape[1]):
                    if composed[other, position] != composed[best, position]:
                        better = order[composed[other, position]] < order[composed[best, position]]
                        break
            if better:
                best = other
        rows[index] = best
        row = ends[index]
