"""The claim that regions are what their definitions make of the corpus."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arith_synth.splits.audit.axis_regions import AxisRegion, axis_regions
from arith_synth.splits.audit.corpus_view import SPACES, coordinates_of
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.numbers_asked import numbers_asked
from arith_synth.splits.audit.report import Claim, Findings, short
from arith_synth.splits.audit.splits_again import region_of

_AXIS = 0


def check_thresholds(evidence: Evidence, name: str) -> Claim:
    """The headline's semantic thresholds are order statistics of the corpus, and build.json has the definition of every
    other region: the data version's own, or what the user asked for, with what follows from the corpus."""
    findings = Findings()
    build, corpus = evidence.folder.build, evidence.folder.corpus
    coordinates = {space: coordinates_of(corpus, space) for space in SPACES}
    axis = coordinates["semantic"][:, _AXIS]
    ordered, n = np.sort(axis), len(axis)
    derived = {
        "axis": _AXIS,
        "threshold": ordered[n - max(1, n // 5)],
        "gap_threshold": ordered[n - max(1, n // 4)],
    }
    published = build["regions"].get("semantic")
    if published != derived:
        should = {key: int(value) for key, value in derived.items()}
        findings.add(f"build.json: the semantic region is {short(published)}, should be {should}")
    regions, problems = axis_regions(build)
    for problem in problems:
        findings.add(problem)
    entries = build.get("axes", {})
    entries = entries if isinstance(entries, dict) else {}
    for region in regions:
        entry = entries.get(region.config)
        expected = region_of(evidence, region, coordinates)
        if not isinstance(entry, dict) or entry.get("region") != expected:
            found = entry.get("region") if isinstance(entry, dict) else entry
            findings.add(f"build.json: the region of {region.config} is {_difference(found, expected)}")
        else:
            _check_leaks(evidence, region, entry, findings)
    for config in sorted(set(entries) - {region.config for region in regions}):
        findings.add(f"build.json: axes has {short(config)}, of which this dataset has no config")
    n_large, n_gap = int((axis >= derived["threshold"]).sum()), int((axis >= derived["gap_threshold"]).sum())
    return findings.claim(
        name,
        f"{n_large:,} of {n:,} classes lie in the semantic region of the headline and {n_gap - n_large:,} in the gap; "
        f"{len(regions)} other regions are as defined",
    )


def _check_leaks(evidence: Evidence, region: AxisRegion, entry: Mapping[str, Any], findings: Findings) -> None:
    """Leaks are counted for intervals of a syntactic coordinate, over the tasks of the shifted test."""
    leaks = entry.get("leaks")
    if region.coordinate is None or region.space != "syntactic":
        if leaks is not None:
            findings.add(
                f"build.json: {region.config} has leaks {short(leaks)}, but its region leaks none or is semantic"
            )
        return
    numbers = numbers_asked(evidence.folder.build)
    n_tests = None if isinstance(numbers, str) else numbers.others.test
    keys = {"classes", "leaking", "realizations"}
    if not isinstance(leaks, dict) or set(leaks) != keys or any(type(leaks[key]) is not int for key in keys):
        findings.add(f"build.json: leaks of {region.config} are {short(leaks)}, should have {sorted(keys)}")
    elif leaks["classes"] != n_tests or not 0 <= leaks["leaking"] <= leaks["classes"] <= leaks["realizations"]:
        findings.add(f"build.json: leaks of {region.config} are {short(leaks)}, of {n_tests} tasks")


def _difference(found: Any, expected: dict[str, Any]) -> str:
    """What is wrong with a region: the first entries that differ."""
    if not isinstance(found, dict):
        return f"{short(found)}, should be {short(expected)}"
    wrong = [key for key in sorted({*found, *expected}) if found.get(key) != expected.get(key)]
    return "; ".join(f"{key} is {short(found.get(key))}, should be {short(expected.get(key))}" for key in wrong[:3])
