"""The claim that build.json counts how many shown examples tell tasks from all other classes of the corpus."""

import numba
import numpy as np

from arith_synth.splits.audit.corpus_view import eligible_of
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.execution import machine_of
from arith_synth.splits.audit.folder import CORPUS
from arith_synth.splits.audit.numbers_asked import NEW_INPUTS
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.report import Claim, Findings, short
from arith_synth.splits.audit.rivals import Shown, shown_of

_FREE = np.int64(-1)
_WORD = 64
#: Bits of the filter an entry of a table.
_BITS = 4


def check_examples_needed(evidence: Evidence, name: str) -> Claim:
    """For the well-posed classes of the corpus, and for each split on the panel: how many need k of the shown examples,
    the least k such that no other class agrees on the first k or more of them."""
    findings = Findings()
    rows = evidence.rows(evidence.folder.corpus)
    shown = shown_of(machine_of(evidence.programs, evidence.folder.build["panel"]["shown"]), evidence.n_shown)
    if not np.array_equal(rows, np.arange(len(shown.defined))):
        shown = Shown(hashes=shown.hashes[rows], defined=shown.defined[rows])
    needed = examples_needed(shown)
    histograms = {CORPUS.partition("/")[0]: _histogram(needed[eligible_of(evidence)])}
    for split in evidence.folder.tasks:
        if split.name != NEW_INPUTS:
            of_split = evidence.corpus_rows(split)
            histograms[split.path] = _histogram(needed[of_split[of_split >= 0]])
    published = evidence.folder.build.get("examples_needed")
    if not isinstance(published, dict):
        findings.add(f"build.json: examples_needed is {short(published)}")
        published = {}
    for path in sorted({*histograms, *published} if published else ()):
        if published.get(path) != histograms.get(path):
            findings.add(
                f"build.json: examples_needed of {short(path)} is {short(published.get(path))}, should be "
                f"{histograms.get(path)}"
            )
    of_corpus = ", ".join(f"{n:,} need {k}" for k, n in histograms["corpus"].items())
    return findings.claim(name, f"of the well-posed classes of the corpus {of_corpus} of {evidence.n_shown} examples")


def examples_needed(shown: Shown) -> np.ndarray:
    """Of each class the least number of first inputs such that nobody agrees on these or on more of them, int64[n]; one
    more than there are inputs where all do not suffice. Of no meaning for classes that are not defined on all.

    A class that is defined on some inputs agrees where it is defined. It does so on k inputs when it is defined on one
    of them and agrees there: so its outputs at the first m inputs where it is defined count until the next such input.
    """
    n_points = shown.hashes.shape[1]
    all_points = (1 << n_points) - 1
    is_whole = shown.defined == np.uint64(all_points)
    needed = np.ones(len(shown.defined), dtype=np.int64)
    _tell_apart(shown.hashes, np.flatnonzero(is_whole), needed)
    partial = np.flatnonzero(~is_whole & (shown.defined != 0))
    whole = np.flatnonzero(is_whole)
    if len(partial):
        points_of = shown.defined[partial].astype(np.int64)
        parents, points, begins, slots, values, bits = _tables(shown.hashes[partial], points_of)

        def part(start: int, stop: int) -> None:
            rows = whole[start:stop]
            _raise(shown.hashes, rows, parents, points, begins, slots, values, bits, needed)

        in_parts(len(whole), part)
    return needed


def _tell_apart(hashes: np.ndarray, together: np.ndarray, needed: np.ndarray) -> None:
    """Compare classes `together` int64[m], defined on all inputs, with each other."""
    joint = np.zeros(len(together), dtype=np.uint64)
    for point in range(hashes.shape[1]):
        joint ^= hashes[together, point]
        order = np.argsort(joint)
        ordered = joint[order]
        equal = ordered[1:] == ordered[:-1]
        is_shared = np.zeros(len(order), dtype=bool)
        is_shared[1:] |= equal
        is_shared[:-1] |= equal
        kept = np.sort(order[is_shared])
        together, joint = together[kept], joint[kept]
        needed[together] = point + 2


def _tables(hashes: np.ndarray, points_of: np.ndarray) -> tuple[np.ndarray, ...]:
    """What classes that are defined on some inputs agree with, for every distinct set of the first inputs where some of
    them are defined: sets grow by one input, parents first.

    Shapes: hashes uint64[n, p]; points_of int64[n], bit k is set where a class is defined on input k. Returns, of the
    sets, parents int64[s] (-1 for none) and the input that each adds int64[s]; where the open-addressed table of each
    begins, int64[s + 1]; of all tables the joint hashes uint64[...] and one more than the inputs until which the set
    counts, int64[...], _FREE where there is none; and a filter of bits uint64[...], four an entry of the tables, set
    where the upper half of a joint hash leads: few hashes get further, and it stays in the cache.
    """
    n_points = hashes.shape[1]
    members_of: dict[int, list[tuple[int, np.ndarray]]] = {}
    for pattern in np.unique(points_of).tolist():
        members = np.flatnonzero(points_of == pattern)
        defined = [k for k in range(n_points) if pattern >> k & 1]
        for m, end in enumerate([*defined[1:], n_points], start=1):
            members_of.setdefault(sum(1 << k for k in defined[:m]), []).append((end + 1, members))
    sets = sorted(members_of, key=lambda points: (points.bit_count(), points))
    number_of = {points: number for number, points in enumerate(sets)} | {0: -1}
    last = [points.bit_length() - 1 for points in sets]
    parents = [number_of[points ^ (1 << added)] for points, added in zip(sets, last, strict=True)]
    sizes = [1 << (4 * sum(len(members) for _, members in members_of[points])).bit_length() for points in sets]
    begins = np.cumsum([0, *sizes])
    slots, values = np.zeros(begins[-1], dtype=np.uint64), np.full(begins[-1], _FREE)
    bits = np.zeros(_BITS * begins[-1] // _WORD + 1, dtype=np.uint64)
    for number, points in enumerate(sets):
        own = slice(begins[number], begins[number + 1])
        columns = np.array([k for k in range(n_points) if points >> k & 1])
        for end, members in members_of[points]:
            joint = np.bitwise_xor.reduce(hashes[np.ix_(members, columns)], axis=1)
            _insert(joint, end, int(begins[number]), slots[own], values[own], bits)
    return np.array(parents, dtype=np.int64), np.array(last, dtype=np.int64), begins, slots, values, bits


@numba.njit(cache=True, nogil=True)
def _bit(begin, mask, joint):
    """The place of a joint hash among the bits of a table: by its upper half, as slots go by the lower one."""
    return _BITS * begin + (np.int64(joint >> np.uint64(32)) & (_BITS * mask + _BITS - 1))


@numba.njit(cache=True, nogil=True)
def _insert(hashes, end, begin, slots, values, bits):
    mask = len(slots) - 1
    for joint in hashes:
        bit = _bit(begin, mask, joint)
        bits[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
        place = np.int64(joint & np.uint64(mask))
        while values[place] != -1 and slots[place] != joint:
            place = (place + 1) & mask
        slots[place] = joint
        values[place] = max(values[place], end)


@numba.njit(cache=True, nogil=True)
def _raise(hashes, rows, parents, points, begins, slots, values, bits, needed):
    joint = np.zeros(len(parents), dtype=np.uint64)
    for row in rows:
        for number in range(len(parents)):
            value = hashes[row, points[number]]
            if parents[number] >= 0:
                value ^= joint[parents[number]]
            joint[number] = value
            begin = begins[number]
            mask = begins[number + 1] - begin - 1
            bit = _bit(begin, mask, value)
            if bits[bit >> 6] >> np.uint64(bit & 63) & np.uint64(1) == 0:
                continue
            place = np.int64(value & np.uint64(mask))
            while values[begin + place] != -1:
                if slots[begin + place] == value:
                    needed[row] = max(needed[row], values[begin + place])
                    break
                place = (place + 1) & mask


def _histogram(needed: np.ndarray) -> dict[str, int]:
    numbers, counts = np.unique(needed, return_counts=True)
    return {str(number): count for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)}
