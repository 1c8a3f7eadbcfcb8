"""The claim that build.json counts how many shown examples tell tasks from all other classes of the corpus."""

import numba
import numpy as np

from arith_synth.splits.audit.corpus_view import classes_of
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.execution import machine_of
from arith_synth.splits.audit.folder import CORPUS
from arith_synth.splits.audit.numbers_asked import NEW_INPUTS
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.report import Claim, Findings, short
from arith_synth.splits.audit.rivals import Shown, shown_of

_FREE = np.int64(-1)


def check_examples_needed(evidence: Evidence, name: str) -> Claim:
    """For the well-posed classes of the corpus, and for each split on the panel: how many need k of the shown examples,
    the least k such that no other class agrees on the first k or more of them."""
    findings = Findings()
    rows = evidence.rows(evidence.folder.corpus)
    shown = shown_of(machine_of(evidence.programs, evidence.folder.build["panel"]["shown"]), evidence.n_shown)
    needed = examples_needed(Shown(hashes=shown.hashes[rows], defined=shown.defined[rows]))
    histograms = {CORPUS.partition("/")[0]: _histogram(needed[classes_of(evidence).eligible])}
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
    points_of = shown.defined[partial].astype(np.int64)
    for points, ends, members in _prefixes(points_of, n_points):
        hashes = np.bitwise_xor.reduce(shown.hashes[np.ix_(partial[members], points)], axis=1)
        slots, values = _table(hashes, ends)
        in_parts(
            len(whole),
            lambda start, stop, points=points, slots=slots, values=values: _raise(
                shown.hashes, whole[start:stop], points, slots, values, needed
            ),
        )
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


def _prefixes(points_of: np.ndarray, n_points: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The distinct sets of first inputs on which some classes are defined. For each the inputs int64[m], and of the
    classes that have it the number of inputs until which it counts, plus one, int64[...], and their places int64[...].

    `points_of` int64[n]: bit k is set where a class is defined on input k.
    """
    prefixes: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    ends_of: dict[int, list[tuple[int, np.ndarray]]] = {}
    for pattern in np.unique(points_of).tolist():
        members = np.flatnonzero(points_of == pattern)
        defined = [k for k in range(n_points) if pattern >> k & 1]
        for m in range(1, len(defined) + 1):
            prefix = sum(1 << k for k in defined[:m])
            end = defined[m] if m < len(defined) else n_points
            ends_of.setdefault(prefix, []).append((end + 1, members))
    for prefix, found in ends_of.items():
        points = np.array([k for k in range(n_points) if prefix >> k & 1], dtype=np.int64)
        ends = np.concatenate([np.full(len(members), end) for end, members in found])
        prefixes.append((points, ends, np.concatenate([members for _, members in found])))
    return prefixes


def _table(hashes: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An open-addressed table: hashes uint64[2^b], the largest end of each int64[2^b], _FREE where there is none."""
    size = 1 << (4 * len(hashes)).bit_length()
    slots, values = np.zeros(size, dtype=np.uint64), np.full(size, _FREE)
    _insert(hashes, ends, slots, values)
    return slots, values


@numba.njit(cache=True, nogil=True)
def _insert(hashes, ends, slots, values):
    mask = len(slots) - 1
    for index in range(len(hashes)):
        place = np.int64(hashes[index] & np.uint64(mask))
        while values[place] != -1 and slots[place] != hashes[index]:
            place = (place + 1) & mask
        slots[place] = hashes[index]
        values[place] = max(values[place], ends[index])


@numba.njit(cache=True, nogil=True)
def _raise(hashes, rows, points, slots, values, needed):
    mask = len(slots) - 1
    for row in rows:
        joint = np.uint64(0)
        for point in points:
            joint ^= hashes[row, point]
        place = np.int64(joint & np.uint64(mask))
        while values[place] != -1:
            if slots[place] == joint:
                needed[row] = max(needed[row], values[place])
                break
            place = (place + 1) & mask


def _histogram(needed: np.ndarray) -> dict[str, int]:
    numbers, counts = np.unique(needed, return_counts=True)
    return {str(number): count for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)}
