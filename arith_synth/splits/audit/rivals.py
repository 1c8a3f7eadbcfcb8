"""Rivals: classes that agree with a task wherever they are defined on its shown inputs."""

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.splits.audit.execution import Machine, run
from arith_synth.splits.audit.parts import in_parts

_CHUNK = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What programs give on p <= 64 shown inputs, for comparing: hashes uint64[n, p] of (input, output), and defined
    uint64[n], bit k set where the output at input k is."""

    hashes: np.ndarray
    defined: np.ndarray


def shown_of(machine: Machine, n_points: int) -> Shown:
    """Run all programs on the first `n_points` points of a machine."""
    n = len(machine.codes)
    hashes, defined = np.empty((n, n_points), dtype=np.uint64), np.empty(n, dtype=np.uint64)
    leaf_values = np.ascontiguousarray(machine.leaf_values[:, :n_points])

    def part(start: int, stop: int) -> None:
        for at in range(start, stop, _CHUNK):
            rows = np.arange(at, min(at + _CHUNK, stop))
            outputs = np.empty((2, len(rows), n_points), dtype=np.int64)
            run(machine.codes, rows, leaf_values, machine.operators, outputs)
            chunk = shown_outputs(outputs)
            hashes[rows], defined[rows] = chunk.hashes, chunk.defined

    in_parts(n, part)
    return Shown(hashes=hashes, defined=defined)


def shown_outputs(outputs: np.ndarray) -> Shown:
    """The same from reduced fractions int64[2, n, p], by an odd multiplier and shifts."""
    n_points = outputs.shape[2]
    with np.errstate(over="ignore"):
        mixed = outputs[0].astype(np.int64).view(np.uint64) * np.uint64(0x9FB21C651E98DF25)
        mixed ^= outputs[1].astype(np.int64).view(np.uint64) * np.uint64(0xD6E8FEB86659FD93)
        mixed += np.arange(1, n_points + 1, dtype=np.uint64) * np.uint64(0xA0761D6478BD642F)
        for _ in range(2):
            mixed ^= mixed >> np.uint64(32)
            mixed *= np.uint64(0xD6E8FEB86659FD93)
        mixed ^= mixed >> np.uint64(32)
        bits = (outputs[1] != 0).astype(np.uint64) << np.arange(n_points, dtype=np.uint64)
    return Shown(hashes=mixed, defined=np.bitwise_or.reduce(bits, axis=1))


def rivals_of(
    shown: Shown,
    used: np.ndarray,
    corpus: np.ndarray,
    keys: np.ndarray,
    agree: Callable[[int, int, np.ndarray], bool],
) -> dict[int, int]:
    """For each program of `used` that another class agrees with: such a program of the corpus.

    Shapes: used, corpus int64[...], rows of `shown`; keys uint64[n], of their classes. A class agrees when it has the
    same outputs wherever it is defined, and is defined somewhere. Candidates are found by hashes; `agree(row, other,
    points int64[...])` then compares the outputs of two programs at some points.
    """
    n_points = shown.hashes.shape[1]
    rivals: dict[int, int] = {}
    for pattern in np.unique(shown.defined[corpus]).tolist():
        points = np.array([k for k in range(n_points) if pattern >> k & 1], dtype=np.int64)
        if len(points) == 0:
            continue
        group = corpus[shown.defined[corpus] == np.uint64(pattern)]
        group_hashes = _joint(shown.hashes, group, points)
        order = np.argsort(group_hashes, kind="stable")
        group, group_hashes = group[order], group_hashes[order]
        places = _candidates(shown.hashes, used, points, group_hashes)
        hashes = _joint(shown.hashes, used[places], points)
        first, last = np.searchsorted(group_hashes, hashes), np.searchsorted(group_hashes, hashes, "right")
        only_itself = (last - first == 1) & (group[np.minimum(first, len(group) - 1)] == used[places])
        for place in np.flatnonzero((last > first) & ~only_itself).tolist():
            row = int(used[places[place]])
            for other in group[first[place] : last[place]].tolist():
                if row not in rivals and keys[other] != keys[row] and agree(row, other, points):
                    rivals[row] = other
    return rivals


def _joint(hashes: np.ndarray, rows: np.ndarray, points: np.ndarray) -> np.ndarray:
    """One hash of a program's outputs at some points: uint64[m]."""
    joint = np.zeros(len(rows), dtype=np.uint64)
    in_parts(len(rows), lambda start, stop: _xor(hashes, rows[start:stop], points, joint[start:stop]))
    return joint


def _candidates(hashes: np.ndarray, used: np.ndarray, points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The places int64[...] in `used` whose joint hash may be among the wanted: by a filter of bits."""
    n_bits = max(10, (16 * len(wanted)).bit_length())
    bits = np.zeros(1 << (n_bits - 6), dtype=np.uint64)
    _set_bits(wanted, n_bits, bits)
    may_be = np.zeros(len(used), dtype=bool)
    in_parts(
        len(used),
        lambda start, stop: _look_up(hashes, used[start:stop], points, n_bits, bits, may_be[start:stop]),
    )
    return np.flatnonzero(may_be)


@numba.njit(cache=True, nogil=True)
def _xor(hashes, rows, points, joint):
    for index in range(len(rows)):
        value = np.uint64(0)
        for point in points:
            value ^= hashes[rows[index], point]
        joint[index] = value


@numba.njit(cache=True, nogil=True)
def _set_bits(wanted, n_bits, bits):
    for value in wanted:
        bit = value >> np.uint64(64 - n_bits)
        bits[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))


@numba.njit(cache=True, nogil=True)
def _look_up(hashes, rows, points, n_bits, bits, may_be):
    for index in range(len(rows)):
        value = np.uint64(0)
        for point in points:
            value ^= hashes[rows[index], point]
        bit = value >> np.uint64(64 - n_bits)
        may_be[index] = bits[bit >> np.uint64(6)] >> (bit & np.uint64(63)) & np.uint64(1) != 0
