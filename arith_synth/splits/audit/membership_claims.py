"""Claims about who stands where: every split holds the classes that the procedure gives it, in its order."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arith_synth.splits.audit.evidence import CONTROL, SUPPORT, Evidence
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.layout_claims import asked_for
from arith_synth.splits.audit.membership import Classes, random_splits, support_splits
from arith_synth.splits.audit.own_hashes import in_keyed_order
from arith_synth.splits.audit.report import Claim, Findings, short

_STRAHLER_THRESHOLD = 3
_REGION_SHARE, _GAP_SHARE = 5, 4


def check_membership(evidence: Evidence, name: str) -> Claim:
    """Each split holds just the classes that pools, quotas and matching give it, worked out anew from the corpus."""
    findings = Findings()
    asked = asked_for(evidence.folder.build["split_sizes"])
    configs = {split.config for split in evidence.folder.tasks}
    if isinstance(asked, str):
        findings.add(asked)
    if isinstance(asked, str) or not configs:
        return findings.claim(name, "no tasks in this folder")
    classes = classes_of(evidence)
    expected: dict[str, np.ndarray] = {}
    if "random" in configs:
        expected |= random_splits(classes, asked)
    if configs & {SUPPORT, CONTROL}:
        derived = support_splits(classes, asked, evidence.folder.max_size)
        if isinstance(derived, str):
            findings.add(f"the splits of {SUPPORT} cannot be filled: {derived}")
            return findings.claim(name, "")
        expected |= derived[0]
        _check_edges(evidence.folder.build.get("matching"), {"edges": derived[1]}, findings)
    n_tasks = 0
    for split in evidence.folder.tasks:
        n_tasks += split.table.num_rows
        if split.path not in expected:
            findings.add(f"the procedure gives no split {split.path}")
        else:
            _compare(evidence, split, expected[split.path], findings)
    return findings.claim(
        name, f"{n_tasks:,} tasks are just those that pools, quotas and matching give {len(expected)} splits"
    )


def check_order(evidence: Evidence, name: str) -> Claim:
    """Tasks stand in the keyed order of their split."""
    findings = Findings()
    n_tasks = 0
    for split in evidence.folder.tasks:
        residues = evidence.residues[0][evidence.rows(split)]
        order = in_keyed_order(residues, split.config, split.name, "task order")
        n_tasks += len(order)
        findings.add_where(
            (residues[order] != residues).any(axis=1),
            lambda i, split=split, order=order: f"{split.row(i)} stands where {split.row(int(order[i]))} should",
        )
    return findings.claim(name, f"{n_tasks:,} tasks stand in the order of their keyed hashes")


def classes_of(evidence: Evidence) -> Classes:
    """The corpus as the procedure sees it, by the audit's own derivation; coordinates are the published ones."""
    corpus = evidence.folder.corpus
    rows = evidence.rows(corpus)
    strahler = np.array([entry.strahler if entry else 0 for entry in evidence.programs.skeletons])
    sizes = np.array([entry.size if entry else 0 for entry in evidence.programs.skeletons])
    skeletons = evidence.programs.skeleton[rows]
    keys, has_low_form = evidence.unforced
    forced = ~has_low_form[np.minimum(np.searchsorted(keys, evidence.keys_in(corpus)), len(keys) - 1)]
    syntax = np.where(forced, 2, (strahler[skeletons] >= _STRAHLER_THRESHOLD).astype(np.int64))
    coordinates = {space: evidence.coordinates(corpus, space) for space in ("syntactic", "semantic")}
    axis = coordinates["semantic"][:, 0]
    ordered, n = np.sort(axis), len(axis)
    gap, large = (ordered[n - max(1, n // share)] for share in (_GAP_SHARE, _REGION_SHARE))
    return Classes(
        residues=evidence.residues[0][rows],
        eligible=evidence.regular[rows] & ~np.isin(rows, list(evidence.rivals)),
        syntax=syntax,
        meaning=(axis >= gap).astype(np.int64) + (axis >= large),
        size=sizes[skeletons],
        coordinates=coordinates,
    )


def _check_edges(published: Any, derived: Mapping[str, Any], findings: Findings) -> None:
    if published != derived:
        findings.add(f"build.json: matching is {short(published)}, should be {short(derived)}")


def _compare(evidence: Evidence, split: Split, expected: np.ndarray, findings: Findings) -> None:
    wanted, found = evidence.keys_in(evidence.folder.corpus)[expected], evidence.keys_in(split)
    findings.add_where(~np.isin(found, wanted), lambda i: f"{split.row(i)} does not belong to its split")
    missing = expected[~np.isin(wanted, found)]
    if len(missing):
        corpus = evidence.folder.corpus.row(int(missing[0]))
        findings.add(f"{split.path} lacks {len(missing)} of its {len(expected)} classes, such as {corpus}")
    elif len(found) != len(expected):
        findings.add(f"{split.path} has {len(found)} tasks, should have {len(expected)}")
