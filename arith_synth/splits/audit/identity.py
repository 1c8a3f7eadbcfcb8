"""Identity of classes by the audit's own fingerprint: residues modulo two 31-bit primes, at points of its own.

Both residues of a class are packed into one uint64 *key*. Products of residues fit 64 bits, so plain NumPy does.
Two classes of programs of n leaves share a key with probability at most (2n)^2 / (p q), about 2^-55.
"""

import hashlib
from collections.abc import Sequence

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.programs import Programs

#: The two largest primes below 2^31.
PRIMES = (2_147_483_647, 2_147_483_629)
#: The key of a program that divides by algebraic zero; no pair of residues packs to it.
NO_KEY = np.uint64(0xFFFF_FFFF_FFFF_FFFF)

#: The prime of published fingerprints.
_FIELD = 2**61 - 1
_LOW = np.uint64(0xFFFF_FFFF)
_SHIFT = np.uint64(32)


def draw(*names: object, below: int) -> int:
    """A number in 0..below-1 that depends on the names alone."""
    digest = hashlib.sha256("\x1f".join(["audit", *map(str, names)]).encode("utf-8")).digest()
    return int.from_bytes(digest[:16], "little") % below


def sample_rows(n_rows: int, n_wanted: int, *names: object) -> list[int]:
    """About `n_wanted` distinct rows of n, ascending, that depend on the names alone; all when n is not larger."""
    if n_rows <= n_wanted:
        return list(range(n_rows))
    return sorted({draw(*names, index, below=n_rows) for index in range(n_wanted)})


def leaf_residues(grammar: Grammar, attempt: int = 0) -> np.ndarray:
    """Residues of the grammar's leaves at the audit's points number `attempt`: uint64[2, n_leaves]."""
    rows = [
        [draw("point", attempt, prime, name, below=prime - 1) + 1 for name in grammar.variables]
        + [constant % prime for constant in grammar.constants]
        for prime in PRIMES
    ]
    return np.array(rows, dtype=np.uint64)


def combine_residues(operator: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Residues of a node, elementwise with broadcasting: uint64[2, ...] each; a divisor of zero gives zero."""
    parts = []
    for prime, a, b in zip(PRIMES, left, right, strict=True):
        p = np.uint64(prime)
        if operator == "+":
            parts.append((a + b) % p)
        elif operator == "-":
            parts.append((a + (p - b)) % p)
        elif operator == "*":
            parts.append(a * b % p)
        else:
            parts.append(a * inverse(b, prime) % p)
    return np.stack(parts)


def inverse(values: np.ndarray, prime: int) -> np.ndarray:
    """Multiplicative inverses modulo a prime, by Fermat's little theorem; zero for zero."""
    p = np.uint64(prime)
    result = np.ones_like(values)
    base, exponent = values % p, prime - 2
    while exponent:
        if exponent & 1:
            result = result * base % p
        base = base * base % p
        exponent >>= 1
    return result


def pack(residues: np.ndarray) -> np.ndarray:
    """uint64[2, ...] -> uint64[...]."""
    return (residues[0] << _SHIFT) | residues[1]


def unpack(keys: np.ndarray) -> np.ndarray:
    """uint64[...] -> uint64[2, ...]."""
    return np.stack([keys >> _SHIFT, keys & _LOW])


def keys_of(programs: Programs, leaf_values: np.ndarray) -> np.ndarray:
    """Keys uint64[n] of the programs; NO_KEY for faulty ones and for those that divide by zero wherever they run.

    `leaf_values` as from `leaf_residues`. The grammar has no operators but + - * /.
    """
    codes, keys = programs.codes, np.full(len(programs.texts), NO_KEY, dtype=np.uint64)
    operators = np.array(["+-*/".index(symbol) for symbol in programs.grammar.operators], dtype=np.int64)
    in_parts(len(codes), lambda start, stop: _keys(codes[start:stop], leaf_values, operators, keys[start:stop]))
    return keys


@numba.njit(cache=True, nogil=True)
def _keys(codes, leaf_values, operators, keys):
    n_leaves = leaf_values.shape[1]
    tops = np.empty((2, codes.shape[1]), dtype=np.uint64)
    bottoms = np.empty((2, codes.shape[1]), dtype=np.uint64)
    for program in range(len(codes)):
        height, is_defined = 0, codes[program, 0] >= 0
        for code in codes[program]:
            if code < 0:
                break
            if code < n_leaves:
                tops[:, height], bottoms[:, height] = leaf_values[:, code], np.uint64(1)
                height += 1
                continue
            height -= 1
            operator = operators[code - n_leaves]
            if operator == 3:
                is_defined &= (tops[0, height] | tops[1, height]) != 0
            for k in range(2):
                p = np.uint64(PRIMES[k])
                a, b, c, d = tops[k, height - 1], bottoms[k, height - 1], tops[k, height], bottoms[k, height]
                if operator == 3:
                    c, d = d, c
                if operator >= 2:
                    tops[k, height - 1] = a * c % p
                elif operator == 0:
                    tops[k, height - 1] = (a * d + c * b) % p
                else:
                    tops[k, height - 1] = (a * d % p + p - c * b % p) % p
                bottoms[k, height - 1] = b * d % p
        if is_defined:
            first = tops[0, 0] * _power(bottoms[0, 0], PRIMES[0] - 2, PRIMES[0]) % np.uint64(PRIMES[0])
            second = tops[1, 0] * _power(bottoms[1, 0], PRIMES[1] - 2, PRIMES[1]) % np.uint64(PRIMES[1])
            keys[program] = first << np.uint64(32) | second


@numba.njit(nogil=True)
def _power(base, exponent, prime):
    p, result = np.uint64(prime), np.uint64(1)
    while exponent:
        if exponent & 1:
            result = result * base % p
        base = base * base % p
        exponent >>= 1
    return result


def keyed_hash(*names: object, n_bytes: int = 8) -> int:
    """What the data version's keyed hash is: BLAKE2b of the names as texts, each after its length in eight bytes."""
    texts = [str(name).encode("utf-8") for name in names]
    data = b"".join(len(text).to_bytes(8, "little") + text for text in texts)
    return int.from_bytes(hashlib.blake2b(data, digest_size=n_bytes).digest(), "little")


def field_points(grammar: Grammar) -> list[dict[str, int]]:
    """The two points of published fingerprints: a residue that is not zero for each variable, from its name."""
    return [
        {name: keyed_hash("fingerprint", index, name, n_bytes=16) % (_FIELD - 1) + 1 for name in grammar.variables}
        for index in range(2)
    ]


def published_fingerprint(
    symbols: Sequence[str], operators: Sequence[str], points: Sequence[dict[str, int]]
) -> str | None:
    """The 32 hex digits of a program in prefix order, from build.json's points; None when it divides by zero.

    The values at the points modulo 2^61 - 1, 16 hex digits each, in plain Python integers.
    """
    digits = []
    for point in points:
        stack: list[int] = []
        for symbol in reversed(symbols):
            if symbol not in operators:
                stack.append((point[symbol] if symbol in point else int(symbol)) % _FIELD)
                continue
            left = stack.pop()
            right = stack.pop()
            if symbol == "/" and right == 0:
                return None
            stack.append(
                {"+": left + right, "-": left - right, "*": left * right}[symbol] % _FIELD
                if symbol != "/"
                else left * pow(right, _FIELD - 2, _FIELD) % _FIELD
            )
        digits.append(f"{stack[0]:016x}")
    return "".join(digits)
