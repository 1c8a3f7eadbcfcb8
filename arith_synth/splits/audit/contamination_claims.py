"""Claims about classes that splits share: none where a family promises it, and as many as contamination.json says."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from arith_synth.files import parse_json
from arith_synth.names import is_test, is_train
from arith_synth.splits.audit.axis_regions import CONTROL_SUFFIX
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.folder import REBUILD, Folder, Split
from arith_synth.splits.audit.identity import NO_KEY
from arith_synth.splits.audit.membership_density import DENSITY_CONFIGS, FAMILY
from arith_synth.splits.audit.numbers_asked import INPUT_SHIFT, NEW_INPUTS, known_splits
from arith_synth.splits.audit.report import Claim, Findings, short

CONTAMINATION = "contamination.json"
_UNIFORM = "test_uniform"
_BITS = 64


@dataclass(frozen=True, eq=False)
class Shared:
    """Which splits hold each class. `paths`: of the splits; `words` uint64[n_classes, ...]: bit k of word w is set
    where split 64 w + k holds the class; `repeated`: rows bool[n] of each split whose class stands there before."""

    paths: list[str]
    words: np.ndarray
    repeated: list[np.ndarray]

    @cached_property
    def counts(self) -> np.ndarray:
        """Number of classes that each pair of splits shares, int64[n_splits, n_splits]."""
        numbers = np.zeros(len(self.words), dtype=np.int64)
        for word in self.words.T:
            found, number = np.unique(word, return_inverse=True)
            _, numbers = np.unique(numbers * len(found) + number, return_inverse=True)
        _, first, n_classes = np.unique(numbers, return_index=True, return_counts=True)
        sets = self.words[first]
        places = np.arange(len(self.paths))
        held = (sets[:, places // _BITS] >> (places % _BITS).astype(np.uint64) & np.uint64(1)).astype(np.int64)
        return held.T @ (held * n_classes[:, None])


def check_sides(evidence: Evidence, name: str) -> Claim:
    """In a family of configs no class is on two sides, none in two tests but those that are promised to share, and none
    twice in a split."""
    findings = Findings()
    splits = {split.path: split for split in evidence.folder.tasks}
    shared = _shared(evidence, list(splits))
    for split, repeated in zip(splits.values(), shared.repeated, strict=True):
        findings.add_where(repeated, lambda i, split=split: f"{split.row(i)} repeats a class of its split")
    n_pairs = 0
    for i, j in combinations(range(len(splits)), 2):
        one, other = splits[shared.paths[i]], splits[shared.paths[j]]
        if not _must_be_disjoint(one, other):
            continue
        n_pairs += 1
        if shared.counts[i, j]:
            keys = evidence.keys_in(one)

            def describe(row: int, one: Split = one, other: Split = other, keys: np.ndarray = keys) -> str:
                place = int(np.flatnonzero(keys == evidence.keys_in(other)[row])[0])
                return f"{one.row(place)} and {other.row(row)} are of one class"

            findings.add_where(np.isin(evidence.keys_in(other), keys), describe)
    return findings.claim(name, f"{n_pairs} pairs of splits share no class, and no split has a class twice")


def check_contamination(evidence: Evidence, name: str) -> Claim:
    """contamination.json counts the classes that each pair of splits shares, in the order of publication."""
    findings = Findings()
    build = evidence.folder.build
    order = [f"{config}/{split}" for config, splits in known_splits(build).items() for split in splits]
    present = {split.path for split in evidence.folder.tasks}
    shared = _shared(evidence, [path for path in order if path in present])
    n_splits, counts = len(shared.paths), shared.counts
    pairs = [[i, j, int(counts[i, j])] for i, j in combinations(range(n_splits), 2) if counts[i, j]]
    expected = {"splits": shared.paths, "n": [int(counts[i, i]) for i in range(n_splits)], "shared": pairs}
    published = _published(evidence.folder)
    if isinstance(published, str):
        findings.add(published)
    else:
        _compare(published, expected, findings)
    return findings.claim(
        name, f"{len(pairs):,} of {n_splits * (n_splits - 1) // 2:,} pairs of splits share classes, as many as counted"
    )


def _shared(evidence: Evidence, paths: list[str]) -> Shared:
    classes, class_of = np.unique(evidence.keys, return_inverse=True)
    words = np.zeros((len(classes), -(-len(paths) // _BITS)), dtype=np.uint64)
    repeated = []
    for place, path in enumerate(paths):
        own = class_of[evidence.rows(evidence.folder.splits[path])]
        words[own, place // _BITS] |= np.uint64(1) << np.uint64(place % _BITS)
        _, first = np.unique(own, return_index=True)
        is_repeated = np.ones(len(own), dtype=bool)
        is_repeated[first] = False
        repeated.append(is_repeated)
    is_used = (classes != NO_KEY) & words.any(axis=1)
    return Shared(paths=paths, words=words[is_used], repeated=repeated)


def _must_be_disjoint(one: Split, other: Split) -> bool:
    """Whether two splits may share no class: of one family, and on two sides or two tests.

    Arms of a family overlap by design, and so do its validation splits. So do the density tests of one law each, which
    are drawn from one pool; `test_uniform` is the same in all density configs, and `input_shift` shows the classes of
    its test on new inputs.
    """
    if _family(one) != _family(other):
        return False
    sides = _side(one), _side(other)
    if sides[0] != sides[1]:
        return True
    if sides[0] != "test" or {one.path, other.path} == {f"{INPUT_SHIFT}/test", f"{INPUT_SHIFT}/{NEW_INPUTS}"}:
        return False
    return one.config not in DENSITY_CONFIGS or (one.name == _UNIFORM) != (other.name == _UNIFORM)


def _family(split: Split) -> str:
    return FAMILY if split.config in DENSITY_CONFIGS else split.config.removesuffix(CONTROL_SUFFIX)


def _side(split: Split) -> str:
    return "train" if is_train(split.name) else "test" if is_test(split.name) else "validation"


def _published(folder: Folder) -> dict[str, Any] | str:
    file = folder.path / CONTAMINATION
    if not file.is_file():
        return f"{CONTAMINATION} is missing: {REBUILD}"
    try:
        content = parse_json(file.read_bytes())
    except (OSError, ValueError):
        return f"{CONTAMINATION} cannot be read: {REBUILD}"
    if not isinstance(content, dict) or set(content) != {"splits", "n", "shared"}:
        return f"{CONTAMINATION} should have the entries splits, n and shared: {REBUILD}"
    return content


def _compare(published: dict[str, Any], expected: dict[str, Any], findings: Findings) -> None:
    paths = expected["splits"]
    if published["splits"] != paths:
        findings.add(f"{CONTAMINATION}: splits are {short(published['splits'])}, should be {short(paths)}")
        return
    if published["n"] != expected["n"]:
        findings.add(f"{CONTAMINATION}: n is {short(published['n'])}, should be {short(expected['n'])}")
    if published["shared"] == expected["shared"]:
        return
    listed = published["shared"] if isinstance(published["shared"], list) else []
    found = {tuple(entry) for entry in listed if isinstance(entry, list) and all(type(n) is int for n in entry)}
    own = set(map(tuple, expected["shared"]))
    for i, j, n in sorted(own - found)[:3]:
        said = next((entry[2] for entry in found if len(entry) == 3 and entry[:2] == (i, j)), 0)
        findings.add(f"{CONTAMINATION}: {paths[i]} and {paths[j]} share {n} classes, not {said}")
    if not own - found:
        findings.add(f"{CONTAMINATION}: {short(sorted(found - own) or listed)} is not what splits share")
