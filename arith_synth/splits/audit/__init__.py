"""The audit: every claim about a dataset folder, derived anew from its files by code that shares none with the bank."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from arith_synth.kernels import drop_stale_kernels
from arith_synth.splits.audit.axis_regions import patterns_of
from arith_synth.splits.audit.class_claims import (
    check_corpus,
    check_fingerprints,
    check_targets,
    check_used_by,
)
from arith_synth.splits.audit.contamination_claims import check_contamination, check_sides
from arith_synth.splits.audit.definition_claims import check_thresholds
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.examples_claims import check_examples_needed
from arith_synth.splits.audit.file_claims import check_canary, check_checksums, check_task_ids
from arith_synth.splits.audit.folder import CORPUS, Folder, read_folder
from arith_synth.splits.audit.layout_claims import check_layout
from arith_synth.splits.audit.membership_claims import check_membership, check_order
from arith_synth.splits.audit.output_claims import check_outputs, check_panel, check_regular, check_well_posed
from arith_synth.splits.audit.program_claims import check_measures, check_programs, check_texts
from arith_synth.splits.audit.region_claims import check_forced, check_regions
from arith_synth.splits.audit.report import Claim, not_checked
from arith_synth.splits.audit.schema_claims import check_schema
from arith_synth.splits.audit.size_claims import check_sizes
from arith_synth.splits.audit.space_claims import (
    check_coordinates,
    check_distances,
    check_matching,
    check_tree_edit_distances,
)

__all__ = ["Claim", "audit_folder", "how_to_add_corpus", "not_checked"]

drop_stale_kernels()

#: `progress(label, done, total)` is called before each claim and at the end.
Progress = Callable[[str, int, int], None]

_ABOUT_FILES: dict[str, Callable[[Folder, str], Claim]] = {
    "checksums": check_checksums,
    "canary": check_canary,
    "layout": check_layout,
    "schema": check_schema,
}
_ABOUT_PROGRAMS: dict[str, Callable[[Evidence, str], Claim]] = {"programs": check_programs}
_ABOUT_TASKS: dict[str, Callable[[Evidence, str], Claim]] = {
    "measures": check_measures,
    "texts": check_texts,
    "panel": check_panel,
    "outputs": check_outputs,
    "regular": check_regular,
    "corpus": check_corpus,
    "targets": check_targets,
    "fingerprints": check_fingerprints,
    "sides": check_sides,
    "contamination": check_contamination,
    "used_by": check_used_by,
    "forced": check_forced,
    "coordinates": check_coordinates,
    "thresholds": check_thresholds,
    "regions": check_regions,
    "well_posed": check_well_posed,
    "examples_needed": check_examples_needed,
    "sizes": check_sizes,
    "distances": check_distances,
    "tree_edit_distances": check_tree_edit_distances,
    "matching": check_matching,
    "membership": check_membership,
    "order": check_order,
}

#: Claims about the corpus, and those about tasks that cannot be checked without it.
_BY_CORPUS = (
    "regular",
    "corpus",
    "targets",
    "used_by",
    "thresholds",
    "well_posed",
    "examples_needed",
    "membership",
)


def audit_folder(path: Path | str, progress: Progress | None = None) -> list[Claim]:
    """Check a dataset folder and return one claim a line, those that do not hold included.

    Claims that rest on a broken one (a column that is missing, a program that does not parse) are returned as not
    holding and not checked, and so are those that need a corpus which was not built. Raises DatasetError, one line,
    when the folder is none of ours: no build.json, or one that describes no dataset.
    """
    folder = read_folder(Path(path))
    evidence = Evidence(folder, patterns_of(folder))
    names = [*_ABOUT_FILES, "task_ids", *_ABOUT_PROGRAMS, *_ABOUT_TASKS]
    claims: list[Claim] = []

    def check(name: str, claim: Callable[[], Claim]) -> Claim:
        if progress is not None:
            progress(f"auditing {name}", len(claims), len(names))
        claims.append(claim())
        return claims[-1]

    for name, of_folder in _ABOUT_FILES.items():
        gate = check(name, lambda name=name, of_folder=of_folder: of_folder(folder, name))
    if gate.holds:
        check("task_ids", lambda: check_task_ids(folder, "task_ids"))
        for name, of_evidence in _ABOUT_PROGRAMS.items():
            gate = check(name, lambda name=name, of_evidence=of_evidence: of_evidence(evidence, name))
    if gate.holds:
        for name, of_evidence in _ABOUT_TASKS.items():
            check(
                name,
                lambda name=name, of_evidence=of_evidence: _without_corpus(folder, name) or of_evidence(evidence, name),
            )
    if progress is not None:
        progress("audited", len(names), len(names))
    return claims + not_checked(names[len(claims) :], f"the claim '{gate.claim}' does not hold")


def _without_corpus(folder: Folder, name: str) -> Claim | None:
    """What is to say of a claim that needs the corpus, where the dataset was built without it."""
    if CORPUS in folder.splits or name not in _BY_CORPUS:
        return None
    return not_checked([name], f"this dataset was built without its corpus; {how_to_add_corpus(folder.build)}")[0]


def how_to_add_corpus(build: Mapping[str, Any]) -> str:
    """What to do about claims that need the corpus."""
    return f"build it too, into another folder: arith-synth build … --configs {' '.join(['corpus', *build['configs']])}"
