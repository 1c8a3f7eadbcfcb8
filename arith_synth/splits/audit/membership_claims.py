"""Claims about who stands where: every split holds the classes that the procedure gives it, in its order."""

from typing import Any

import numpy as np

from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.numbers_asked import NEW_INPUTS, numbers_asked
from arith_synth.splits.audit.own_hashes import in_keyed_order
from arith_synth.splits.audit.report import Claim, Findings, short
from arith_synth.splits.audit.splits_again import derive_splits

#: Of an axis: checked for its shape only, since it takes all minimal programs of the test's classes.
_LEAKS = "leaks"


def check_membership(evidence: Evidence, name: str) -> Claim:
    """Each split holds just the classes that pools, quotas, laws and matching give it, worked out anew from the corpus,
    and build.json says of regions, laws and matching what was found on the way."""
    findings = Findings()
    build, tasks = evidence.folder.build, evidence.folder.tasks
    numbers = numbers_asked(build)
    if isinstance(numbers, str):
        findings.add(numbers)
    if isinstance(numbers, str) or not tasks:
        return findings.claim(name, "no tasks in this folder")
    derived = derive_splits(evidence, numbers)
    for problem in derived.problems:
        findings.add(problem)
    for entry, expected in derived.facts.items():
        _check_entry(entry, build.get(entry), expected, findings)
    n_tasks = 0
    for split in tasks:
        n_tasks += split.n_rows
        if split.path in derived.splits:
            _compare(evidence, split, derived.splits[split.path], findings)
        elif not derived.problems:
            findings.add(f"the procedure gives no split {split.path}")
    return findings.claim(
        name, f"{n_tasks:,} tasks are just those that pools, quotas, laws and matching give {len(tasks)} splits"
    )


def check_order(evidence: Evidence, name: str) -> Claim:
    """Tasks stand in the keyed order of their split."""
    findings = Findings()
    n_tasks = 0
    for split in evidence.folder.tasks:
        residues = evidence.residues[0][evidence.rows(split)]
        # Its task k is task k of `test` on other inputs.
        order_of = "test" if split.name == NEW_INPUTS else split.name
        order = in_keyed_order(residues, split.config, order_of, "task order")
        n_tasks += len(order)
        findings.add_where(
            (residues[order] != residues).any(axis=1),
            lambda i, split=split, order=order: f"{split.row(i)} stands where {split.row(int(order[i]))} should",
        )
    return findings.claim(name, f"{n_tasks:,} tasks stand in the order of their keyed hashes")


def _check_entry(path: str, published: Any, expected: Any, findings: Findings) -> None:
    """Compare an entry of build.json, object by object, so that a message names the place."""
    if isinstance(expected, dict) and isinstance(published, dict):
        for key in sorted({*expected, *published} - {_LEAKS}):
            if key in expected and key in published:
                _check_entry(f"{path}.{key}", published[key], expected[key], findings)
            else:
                findings.add(f"build.json: {short(f'{path}.{key}')} is {'missing' if key in expected else 'not known'}")
    elif published != expected or type(published) is not type(expected):
        findings.add(f"build.json: {path} is {short(published)}, should be {short(expected)}")


def _compare(evidence: Evidence, split: Split, expected: np.ndarray, findings: Findings) -> None:
    found = evidence.corpus_rows(split)
    wanted = np.zeros(evidence.folder.corpus.n_rows, dtype=bool)
    wanted[expected] = True
    findings.add_where((found < 0) | ~wanted[found], lambda i: f"{split.row(i)} does not belong to its split")
    wanted[found[found >= 0]] = False
    missing = np.flatnonzero(wanted)
    if len(missing):
        corpus = evidence.folder.corpus.row(int(missing[0]))
        findings.add(f"{split.path} lacks {len(missing)} of its {len(expected)} classes, such as {corpus}")
    elif len(found) != len(expected):
        findings.add(f"{split.path} has {len(found)} tasks, should have {len(expected)}")
