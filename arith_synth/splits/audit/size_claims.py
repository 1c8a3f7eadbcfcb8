"""The claim that splits have the numbers and sizes that build.json counts, and are matched where that is promised."""

from collections.abc import Mapping

import numpy as np

from arith_synth.splits.audit.axis_regions import CONTROL_SUFFIX, axis_regions
from arith_synth.splits.audit.evidence import CONTROL, SUPPORT, Evidence
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.membership_density import DENSITY_CONFIGS
from arith_synth.splits.audit.numbers_asked import INPUT_SHIFT, NEW_INPUTS
from arith_synth.splits.audit.report import Claim, Findings, short


def check_sizes(evidence: Evidence, name: str) -> Claim:
    """Splits that are promised one size histogram have one, and build.json counts all tasks."""
    findings = Findings()
    splits = [*evidence.folder.splits.values()]
    histograms = {split.path: _histogram(split) for split in splits}
    for split in splits:
        published = evidence.folder.build["configs"].get(split.config, {}).get(split.name)
        derived = {"n": split.n_rows, "sizes": histograms[split.path]}
        if published != derived:
            findings.add(f"build.json: {split.path} is {short(published)}, should be {derived}")
    groups = [[path for path in group if path in histograms] for group in _matched(evidence)]
    groups = [group for group in groups if len(group) > 1]
    for group in groups:
        for path in group[1:]:
            if histograms[path] != histograms[group[0]]:
                findings.add(f"{path} has sizes {histograms[path]}, but {group[0]} {histograms[group[0]]}")
    n_matched = sum(map(len, groups))
    return findings.claim(
        name, f"{n_matched} splits in {len(groups)} groups are matched in size; {len(splits)} splits are as counted"
    )


def _matched(evidence: Evidence) -> list[list[str]]:
    """Paths of the splits that must have one size histogram."""
    tasks = evidence.folder.tasks
    families = [(SUPPORT, CONTROL)]
    families += [
        (region.config, region.config + CONTROL_SUFFIX)
        for region in axis_regions(evidence.folder.build)[0]
        if region.pattern is not None or region.coordinate is not None  # what is of the largest size has no match
    ]
    groups = [_by_kind(tasks, family) for family in [*families, tuple(DENSITY_CONFIGS)]]
    paths = [of_kind for group in groups for of_kind in group.values()]
    return [*paths, [f"{INPUT_SHIFT}/test", f"{INPUT_SHIFT}/{NEW_INPUTS}"]]


def _by_kind(tasks: list[Split], configs: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Training, validation and test splits of a family."""
    kinds: dict[str, list[str]] = {}
    for split in tasks:
        if split.config in configs:
            kinds.setdefault(split.name.partition("_")[0], []).append(split.path)
    return kinds


def _histogram(split: Split) -> dict[str, int]:
    sizes, counts = np.unique(split.numbers("size"), return_counts=True)
    return {str(size): count for size, count in zip(sizes.tolist(), counts.tolist(), strict=True)}
