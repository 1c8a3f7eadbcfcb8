"""Claims about regions: forced novelty, and where each split lies."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.names import is_train
from arith_synth.splits.audit.axis_regions import CONTROL_SUFFIX, AxisRegion, axis_of, axis_regions, patterns_of
from arith_synth.splits.audit.class_claims import check_name_lists
from arith_synth.splits.audit.corpus_view import SPACES, coordinates_of, is_forced, lies_in
from arith_synth.splits.audit.evidence import CONTROL, SUPPORT, Evidence
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.report import Claim, Findings, short

_PATTERN = "strahler"
_SLACK = 1
_STRAHLER_THRESHOLD = 3
_AXIS = 0

#: Splits of the headline whose targets all have a Strahler number below the threshold, by path.
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
    """Every class of a test of forms that training lacks is forced into the region, and the corpus's `forced` names
    exactly the classes that are."""
    findings = Findings()
    corpus, build = evidence.folder.corpus, evidence.folder.build
    syntactic = build["regions"].get("syntactic")
    known = {"pattern": _PATTERN, "threshold": _STRAHLER_THRESHOLD, "slack": _SLACK}
    if syntactic != known:
        findings.add(f"build.json: the syntactic region is {short(syntactic)}, and this audit knows {_PATTERN} only")
        return findings.claim(name, "")
    patterns = patterns_of(evidence.folder)
    forced = np.stack([is_forced(evidence, pattern, corpus) for pattern in patterns], axis=1)
    check_name_lists(corpus, "forced", [pattern.name for pattern in patterns], forced, findings)
    counts = {pattern.name: int(evidence.forced(pattern)[1].sum()) for pattern in patterns}
    if build.get("forced") != counts:
        findings.add(f"build.json: forced is {short(build.get('forced'))}, should be {counts}")
    tests: dict[str, Pattern] = dict.fromkeys(_FORCED, STRAHLER)
    for region in axis_regions(build)[0]:
        if region.pattern is not None:
            tests[f"{region.config}/test_{region.space}"] = region.pattern
    n_tasks = 0
    for path, pattern in tests.items():
        split = evidence.folder.splits.get(path)
        if split is not None and pattern in patterns:
            n_tasks += split.n_rows
            findings.add_where(
                ~is_forced(evidence, pattern, split),
                lambda i, split=split: f"{split.row(i)} has a form outside the region, or is no class",
            )
    limit = evidence.folder.max_size + _SLACK
    of_all = ", ".join(f"{n:,} into {pattern}" for pattern, n in counts.items())
    return findings.claim(
        name,
        f"{n_tasks:,} tasks have no form outside of their test's region with up to {limit} leaves; of all classes are "
        f"forced {of_all}",
    )


def check_regions(evidence: Evidence, name: str) -> Claim:
    """No training program of an excluded region, every test in its own, and the region columns say so."""
    findings = Findings()
    regions = axis_regions(evidence.folder.build)[0]
    of_pattern = {pattern: lies_in(evidence, pattern) for pattern in patterns_of(evidence.folder)}
    n_tasks = 0
    for split in evidence.folder.tasks:
        n_tasks += split.n_rows
        is_out = {space: np.zeros(split.n_rows, dtype=bool) for space in SPACES}
        region = axis_of(split.config, regions)
        if split.config in (SUPPORT, CONTROL):
            thresholds = _semantic_thresholds(evidence)
            if thresholds is None:
                findings.add("build.json has no semantic region with whole thresholds")
                return findings.claim(name, "")
            is_out["syntactic"] = of_pattern[STRAHLER][evidence.rows(split)]
            axis = coordinates_of(split, "semantic")[:, _AXIS]
            large, is_out["semantic"] = axis >= thresholds[0], axis >= thresholds[1]
            _check_place(split, is_out["syntactic"], is_out["semantic"], large, findings)
        elif region is not None:
            found = _in_and_out(evidence, region, split, of_pattern)
            if found is None:
                findings.add(f"build.json has no region of {region.config} that can be looked up")
                continue
            is_out[region.space] = found[1]
            _check_axis_place(split, region, *found, findings)
        for space, out in is_out.items():
            _check_labels(split, f"{space}_region", out, findings)
    return findings.claim(name, f"{n_tasks:,} tasks lie where their splits promise, and their region columns say so")


def _semantic_thresholds(evidence: Evidence) -> tuple[int, int] | None:
    region = evidence.folder.build["regions"].get("semantic")
    if not isinstance(region, dict):
        return None
    threshold, gap_threshold = region.get("threshold"), region.get("gap_threshold")
    return (threshold, gap_threshold) if isinstance(threshold, int) and isinstance(gap_threshold, int) else None


def _in_and_out(
    evidence: Evidence, region: AxisRegion, split: Split, of_pattern: Mapping[Pattern, np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Whether each row's program lies in a region, and whether training has nothing there (region or gap): bool[n]
    each. None where build.json has no ends of an interval, and for a pattern that does not fit the grammar.

    `of_pattern`: which distinct programs lie in a pattern's region, bool[n_programs].
    """
    if region.pattern is not None:
        if region.pattern not in of_pattern:
            return None
        is_in = of_pattern[region.pattern][evidence.rows(split)]
        return is_in, is_in
    if region.coordinate is None:
        is_in = split.numbers("size") == evidence.folder.max_size
        return is_in, is_in
    entry: Any = evidence.folder.build.get("axes")
    for key in (region.config, "region"):
        entry = entry.get(key) if isinstance(entry, dict) else None
    ends = [entry.get(key) for key in ("gap_from", "from", "below", "gap_below")] if isinstance(entry, dict) else []
    if len(ends) != 4 or any(type(end) is not int for end in ends):
        return None
    axis = coordinates_of(split, region.space)[:, region.coordinate]
    return (axis >= ends[1]) & (axis < ends[2]), (axis >= ends[0]) & (axis < ends[3])


def _check_axis_place(
    split: Split, region: AxisRegion, is_in: np.ndarray, is_out: np.ndarray, findings: Findings
) -> None:
    if split.name == f"test_{region.space}":
        findings.add_where(~is_in, lambda i: f"{split.row(i)} lies outside the region of its test ({region.title})")
    elif not split.config.endswith(CONTROL_SUFFIX):
        findings.add_where(is_out, lambda i: f"{split.row(i)} lies in the excluded region or its gap ({region.title})")
    elif not is_train(split.name):
        findings.add_where(is_out & ~is_in, lambda i: f"{split.row(i)} lies in the gap ({region.title})")


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
