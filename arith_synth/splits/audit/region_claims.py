"""Claims about regions: forced novelty, where each split lies, thresholds, size histograms."""

import numpy as np

from arith_synth.splits.audit.class_claims import check_name_lists
from arith_synth.splits.audit.evidence import CONTROL, SUPPORT, Evidence
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.report import Claim, Findings, short

_PATTERN = "strahler"
_SLACK = 1
_STRAHLER_THRESHOLD = 3
_AXIS = 0
_TESTS = ("test", "test_semantic", "test_syntactic", "test_both")

#: Splits whose targets all have a Strahler number below the threshold, by path.
_LOW = (
    f"{SUPPORT}/train",
    f"{SUPPORT}/validation",
    f"{SUPPORT}/test",
    f"{SUPPORT}/test_semantic",
    f"{CONTROL}/train_syntactic_excluded",
)
_FORCED = (f"{SUPPORT}/test_syntactic", f"{SUPPORT}/test_both")
#: Splits below the semantic gap, above the region's threshold, and in either but not in the gap.
_BELOW_GAP = (
    f"{SUPPORT}/train",
    f"{SUPPORT}/validation",
    f"{SUPPORT}/test",
    f"{SUPPORT}/test_syntactic",
    f"{CONTROL}/train_semantic_excluded",
)
_LARGE = (f"{SUPPORT}/test_semantic", f"{SUPPORT}/test_both")
_NOT_IN_GAP = (f"{CONTROL}/validation",)


def check_forced(evidence: Evidence, name: str) -> Claim:
    """Every class of test_syntactic and test_both is forced, and the corpus's `forced` names exactly such classes."""
    findings = Findings()
    corpus, build = evidence.folder.corpus, evidence.folder.build
    syntactic = build["regions"].get("syntactic")
    known = {"pattern": _PATTERN, "threshold": _STRAHLER_THRESHOLD, "slack": _SLACK}
    if syntactic != known:
        findings.add(f"build.json: the syntactic region is {short(syntactic)}, and this audit knows {_PATTERN} only")
        return findings.claim(name, "")
    keys, has_low_form = evidence.unforced
    places = np.minimum(np.searchsorted(keys, evidence.keys_in(corpus)), len(keys) - 1)
    forced = ~has_low_form[places]
    check_name_lists(corpus, "forced", [_PATTERN], forced[:, None], findings)
    counts = {_PATTERN: int(forced.sum())}
    if build.get("forced") != counts:
        findings.add(f"build.json: forced is {short(build.get('forced'))}, should be {counts}")
    n_tasks = 0
    for split in _present(evidence, _FORCED):
        of_split = evidence.keys_in(split)
        n_tasks += len(of_split)
        places = np.minimum(np.searchsorted(keys, of_split), len(keys) - 1)
        leaks = has_low_form[places] | (keys[places] != of_split)
        findings.add_where(
            leaks, lambda i, split=split: f"{split.row(i)} has a form outside the region, or is no class"
        )
    limit = evidence.folder.max_size + _SLACK
    return findings.claim(
        name,
        f"{n_tasks:,} tasks and {counts[_PATTERN]:,} classes of the corpus have no form of Strahler number < "
        f"{_STRAHLER_THRESHOLD} with up to {limit} leaves",
    )


def check_thresholds(evidence: Evidence, name: str) -> Claim:
    """The semantic thresholds are the order statistics of the corpus's first semantic coordinate."""
    findings = Findings()
    if "semantic" not in evidence.folder.build["regions"]:
        return findings.claim(name, "no semantic region in this folder")
    axis = evidence.coordinates(evidence.folder.corpus, "semantic")[:, _AXIS]
    ordered, n = np.sort(axis), len(axis)
    derived = {
        "axis": _AXIS,
        "threshold": ordered[n - max(1, n // 5)],
        "gap_threshold": ordered[n - max(1, n // 4)],
    }
    published = evidence.folder.build["regions"]["semantic"]
    if published != derived:
        should = {key: int(value) for key, value in derived.items()}
        findings.add(f"build.json: the semantic region is {short(published)}, should be {should}")
    n_large, n_gap = int((axis >= derived["threshold"]).sum()), int((axis >= derived["gap_threshold"]).sum())
    return findings.claim(
        name, f"{n_large:,} of {n:,} classes lie in the semantic region and {n_gap - n_large:,} in the gap"
    )


def check_regions(evidence: Evidence, name: str) -> Claim:
    """No training program of an excluded region, every test in its own, and the region columns say so."""
    findings = Findings()
    n_tasks = 0
    for split in evidence.folder.tasks:
        n_tasks += split.table.num_rows
        in_headline = split.config in (SUPPORT, CONTROL)
        strahler = _strahler(evidence, split)
        inside = np.zeros(len(strahler), dtype=bool)
        high = strahler >= _STRAHLER_THRESHOLD if in_headline else inside
        out, large = inside, inside
        if in_headline:
            thresholds = _semantic_thresholds(evidence)
            if thresholds is None:
                findings.add("build.json has no semantic region with whole thresholds")
                return findings.claim(name, "")
            axis = evidence.coordinates(split, "semantic")[:, _AXIS]
            large, out = axis >= thresholds[0], axis >= thresholds[1]
            _check_place(split, high, out, large, findings)
        _check_labels(split, "syntactic_region", high, findings)
        _check_labels(split, "semantic_region", out, findings)
    return findings.claim(name, f"{n_tasks:,} tasks lie where their splits promise, and their region columns say so")


def check_sizes(evidence: Evidence, name: str) -> Claim:
    """The four tests have one size histogram, the four arms have one, and build.json counts all tasks."""
    findings = Findings()
    n_splits = 0
    for split in [evidence.folder.corpus, *evidence.folder.tasks]:
        n_splits += 1
        published = evidence.folder.build["configs"][split.config][split.name]
        derived = {"n": split.table.num_rows, "sizes": _histogram(split)}
        if published != derived:
            findings.add(f"build.json: {split.path} is {short(published)}, should be {derived}")
    arms = [split for split in evidence.folder.tasks if split.config in (SUPPORT, CONTROL) and split.is_train]
    tests = _present(evidence, tuple(f"{SUPPORT}/{test}" for test in _TESTS))
    for group in (arms, tests):
        for split in group[1:]:
            if _histogram(split) != _histogram(group[0]):
                findings.add(f"{split.path} has sizes {_histogram(split)}, but {group[0].path} {_histogram(group[0])}")
    return findings.claim(
        name, f"{len(tests)} tests and {len(arms)} arms are matched in size; {n_splits} splits are as counted"
    )


def _present(evidence: Evidence, paths: tuple[str, ...]) -> list[Split]:
    return [evidence.folder.splits[path] for path in paths if path in evidence.folder.splits]


def _strahler(evidence: Evidence, split: Split) -> np.ndarray:
    numbers = np.array([entry.strahler if entry else 0 for entry in evidence.programs.skeletons])
    return numbers[evidence.programs.skeleton[evidence.rows(split)]]


def _semantic_thresholds(evidence: Evidence) -> tuple[int, int] | None:
    region = evidence.folder.build["regions"].get("semantic")
    if not isinstance(region, dict):
        return None
    threshold, gap_threshold = region.get("threshold"), region.get("gap_threshold")
    return (threshold, gap_threshold) if isinstance(threshold, int) and isinstance(gap_threshold, int) else None


def _check_place(split: Split, high: np.ndarray, out: np.ndarray, large: np.ndarray, findings: Findings) -> None:
    """`high`, `out`, `large` bool[n]: Strahler number in the region; in the semantic region or gap; in the region."""
    rules = (
        (_LOW, high, "has a Strahler number of the excluded region"),
        (_FORCED, ~high, "has a Strahler number outside the region"),
        (_BELOW_GAP, out, "lies in the semantic region or its gap"),
        (_LARGE, ~large, "lies outside the semantic region"),
        (_NOT_IN_GAP, out & ~large, "lies in the semantic gap"),
    )
    for paths, broken, text in rules:
        if split.path in paths:
            findings.add_where(broken, lambda i, text=text: f"{split.row(i)} {text}")


def _check_labels(split: Split, column: str, is_out: np.ndarray, findings: Findings) -> None:
    labels = split.column(column).to_numpy(zero_copy_only=False)
    expected = np.where(is_out, "out", "in")
    findings.add_where(
        labels != expected, lambda i: f"{split.row(i)}: {column} is {short(labels[i])}, should be {expected[i]}"
    )


def _histogram(split: Split) -> dict[str, int]:
    sizes, counts = np.unique(split.numbers("size"), return_counts=True)
    return {str(size): count for size, count in zip(sizes.tolist(), counts.tolist(), strict=True)}
