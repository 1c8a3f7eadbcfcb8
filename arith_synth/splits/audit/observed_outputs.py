"""Outputs of classes on fixed inputs, and what operators make of them: exactly, and as keys.

Outputs are carried as reduced fractions and as residues modulo two primes below 2^31. What an operator makes of classes
is worked out on residues, and comparisons on the fractions. A key is a sum of keys of its own times residues, modulo
each prime: different outputs differ in some residue as long as products of numerators and denominators stay below
2^62.
"""

from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.splits.audit.identity import NO_KEY, PRIMES, inverse

#: In place of a residue that there is none of.
_NONE = np.uint32(0xFFFF_FFFF)
_P, _Q = np.uint64(PRIMES[0]), np.uint64(PRIMES[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outputs:
    """Outputs of classes. Shapes: tops, bottoms int64[n, points], reduced, 0 / 0 where undefined; residues, inverses
    uint32[2, n, points], _NONE where there is none."""

    tops: np.ndarray
    bottoms: np.ndarray
    residues: np.ndarray
    inverses: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """What the kernel takes, in its order."""
        return self.tops, self.bottoms, self.residues, self.inverses


def combined(operator: str, operands: np.ndarray, outputs: Outputs) -> np.ndarray:
    """The exact outputs int64[2, m, points] of an operator over classes."""
    a, b = outputs.tops[operands[:, 0]], outputs.bottoms[operands[:, 0]]
    c, d = outputs.tops[operands[:, 1]], outputs.bottoms[operands[:, 1]]
    defined = (outputs.bottoms[operands] != 0).all(axis=1)
    if operator == "/":
        c, d, defined = d, c, defined & (c != 0)
    if operator in "+-":
        tops, bottoms = (a * d + c * b if operator == "+" else a * d - c * b), b * d
    elif operator in "*/":
        tops, bottoms = a * c, b * d
    else:
        takes_first = a * d > c * b if operator == "max" else a * d < c * b
        one, other = (2, 3) if operator == "if" else (0, 1)
        tops, bottoms = (
            np.where(takes_first, values[operands[:, one]], values[operands[:, other]])
            for values in (outputs.tops, outputs.bottoms)
        )
    return _reduced(np.where(defined, tops, 0), np.where(defined, bottoms, 0))


def _reduced(tops: np.ndarray, bottoms: np.ndarray) -> np.ndarray:
    """Lowest terms with positive denominators, int64[2, ...]; a denominator of 0 gives 0 / 0."""
    divisors = np.gcd(tops, bottoms)
    divisors = np.where(bottoms < 0, -divisors, divisors)
    divisors[bottoms == 0] = 1
    return np.stack([np.where(bottoms == 0, 0, tops // divisors), bottoms // divisors])


def outputs_of(values: np.ndarray) -> Outputs:
    """Reduced fractions int64[2, n, points] with their residues."""
    tops, bottoms = values
    residues = np.empty((2, *tops.shape), dtype=np.uint32)
    inverses = np.empty_like(residues)
    distinct, place = np.unique(np.concatenate([bottoms.ravel(), np.abs(tops).ravel()]), return_inverse=True)
    of_bottoms, of_tops = place.ravel().reshape(2, *tops.shape)
    for k, prime in enumerate(PRIMES):
        p = np.int64(prime)
        inverted = inverse((distinct % p).astype(np.uint64), prime).astype(np.int64)
        residues[k] = np.where(bottoms == 0, _NONE, tops % p * inverted[of_bottoms] % p)
        of_inverse = np.sign(tops) * (bottoms % p) % p * inverted[of_tops] % p
        inverses[k] = np.where((bottoms == 0) | (tops == 0), _NONE, of_inverse)
    return Outputs(tops=tops, bottoms=bottoms, residues=residues, inverses=inverses)


def taken(outputs: Outputs, rows: np.ndarray) -> Outputs:
    """The outputs of some classes int64[m]."""
    return Outputs(
        tops=outputs.tops[rows],
        bottoms=outputs.bottoms[rows],
        residues=outputs.residues[:, rows],
        inverses=outputs.inverses[:, rows],
    )


def joined(one: Outputs, other: Outputs) -> Outputs:
    """The outputs of some classes, then of others."""
    return Outputs(
        tops=np.concatenate([one.tops, other.tops]),
        bottoms=np.concatenate([one.bottoms, other.bottoms]),
        residues=np.concatenate([one.residues, other.residues], axis=1),
        inverses=np.concatenate([one.inverses, other.inverses], axis=1),
    )


@numba.njit(cache=True, nogil=True)
def keys_of_residues(residues, sums, undef, keys):
    """Keys uint64[n] of residues uint32[2, n, points]; sums uint64[2, points], undef uint64[2] stands for `undef`."""
    for row in range(residues.shape[1]):
        first, second, n_defined = np.uint64(0), np.uint64(0), 0
        for point in range(residues.shape[2]):
            is_defined = residues[0, row, point] != _NONE
            n_defined += is_defined
            r = np.uint64(residues[0, row, point]) if is_defined else undef[0]
            s = np.uint64(residues[1, row, point]) if is_defined else undef[1]
            first, second = (first + sums[0, point] * r) % _P, (second + sums[1, point] * s) % _Q
        keys[row] = first << np.uint64(32) | second if n_defined else NO_KEY


@numba.njit(cache=True, nogil=True)
def keys_of_operations(operator, operands, tops, bottoms, residues, inverses, sums, undef, keys):
    """Keys uint64[m] of an operator (its number in MACHINE_OPERATORS) over classes int64[m, arity]."""
    for row in range(len(operands)):
        one, other = operands[row, 0], operands[row, 1]
        last = operands[row, -1]
        first, second, n_defined = np.uint64(0), np.uint64(0), 0
        for point in range(tops.shape[1]):
            r, s = undef[0], undef[1]
            is_defined = bottoms[one, point] != 0 and bottoms[other, point] != 0
            if operator == 3:
                is_defined = is_defined and tops[other, point] != 0
            elif operator == 6:
                is_defined = is_defined and bottoms[operands[row, 2], point] != 0 and bottoms[last, point] != 0
            if is_defined:
                n_defined += 1
                if operator >= 4:
                    left = tops[one, point] * bottoms[other, point]
                    right = tops[other, point] * bottoms[one, point]
                    takes_first = left > right if operator == 5 else left < right
                    taken = (operands[row, 2] if operator == 6 else one) if takes_first else last
                    r, s = np.uint64(residues[0, taken, point]), np.uint64(residues[1, taken, point])
                else:
                    a, c = np.uint64(residues[0, one, point]), np.uint64(residues[1, one, point])
                    factors = inverses if operator == 3 else residues
                    b, d = np.uint64(factors[0, other, point]), np.uint64(factors[1, other, point])
                    if operator == 0:
                        r, s = (a + b) % _P, (c + d) % _Q
                    elif operator == 1:
                        r, s = (a + (_P - b)) % _P, (c + (_Q - d)) % _Q
                    else:
                        r, s = a * b % _P, c * d % _Q
            first, second = (first + sums[0, point] * r) % _P, (second + sums[1, point] * s) % _Q
        keys[row] = first << np.uint64(32) | second if n_defined else NO_KEY
