"""Claims about execution: the panel, the outputs, that nothing is undefined, that tasks are well posed."""

import numpy as np
import pyarrow as pa

from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.execution import naive_output, output_text, parse_outputs
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.identity import sample_rows
from arith_synth.splits.audit.panel import derived_panel
from arith_synth.splits.audit.report import Claim, Findings, sampled, short

#: Rows of which every output is recomputed by the naive oracle.
_N_NAIVE = 300


def check_panel(evidence: Evidence, name: str) -> Claim:
    """The panel of build.json is the one that its definition gives."""
    findings = Findings()
    panel = evidence.folder.build["panel"]
    derived = derived_panel(evidence.folder.grammar)
    if derived is None:
        findings.add("the grammar has no panel: its variables do not give enough generic points")
        return findings.claim(name, "")
    for part, points in zip(("shown", "heldout"), derived, strict=True):
        if len(panel[part]) != len(points):
            findings.add(f"{len(panel[part])} {part} points, should be {len(points)}")
        for index, (point, expected) in enumerate(zip(panel[part], points, strict=False)):
            if tuple(point) != expected:
                findings.add(f"{part} point {index} is {short(point)}, should be {expected}")
    n_shown, n_heldout = map(len, derived)
    return findings.claim(name, f"{n_shown} shown and {n_heldout} held-out points are the first generic ones")


def check_outputs(evidence: Evidence, name: str) -> Claim:
    """Inputs are the panel's; every output is exact and canonical. Training splits hold out nothing, and of long ones a
    keyed sample is checked."""
    findings = Findings()
    n_outputs, n_tasks, n_checked = 0, 0, 0
    for split in evidence.folder.tasks:
        sample = evidence.sample(split)
        n_tasks, n_checked = n_tasks + split.n_rows, n_checked + len(sample)
        panel = evidence.panel_of(split)
        shown, heldout = panel["shown"], panel["heldout"]
        expected = evidence.outputs_of(evidence.rows(split)[sample], [*shown, *heldout])
        parts = [("", shown, expected[:, :, : len(shown)])]
        if not split.is_train:
            parts.append(("heldout_", heldout, expected[:, :, len(shown) :]))
        for prefix, points, outputs in parts:
            _compare_inputs(split, f"{prefix}inputs", points, sample, findings)
            n_outputs += _compare_outputs(split, f"{prefix}outputs", points, sample, outputs, findings)
    n_naive = _check_naively(evidence, findings)
    return findings.claim(
        name,
        f"{n_outputs:,} outputs are exact, {n_naive:,} of them recomputed by naive fractions too"
        f"{sampled(n_tasks, n_checked)}",
    )


def check_regular(evidence: Evidence, name: str) -> Claim:
    """Every task is defined on the whole panel, and build.json counts the classes that are."""
    findings = Findings()
    regular = evidence.regular
    n_tasks = 0
    for split in evidence.folder.tasks:
        rows = evidence.rows(split)
        n_tasks += len(rows)
        findings.add_where(~regular[rows], lambda i, split=split: f"{split.row(i)} is undefined on some input")
    n_regular, published = int(regular[evidence.rows(evidence.folder.corpus)].sum()), evidence.folder.build["n_regular"]
    if published != n_regular:
        findings.add(f"build.json: n_regular is {short(published)}, should be {n_regular}")
    return findings.claim(name, f"{n_tasks:,} tasks are defined on the whole panel; {n_regular:,} classes are")


def check_well_posed(evidence: Evidence, name: str) -> Claim:
    """No other class of the corpus agrees with a task on all its shown inputs; build.json counts such classes."""
    findings = Findings()
    corpus = np.unique(evidence.rows(evidence.folder.corpus))
    regular = corpus[evidence.regular[corpus]]
    rivals = evidence.rivals
    n_tasks = 0
    for split in evidence.folder.tasks:
        rows = evidence.rows(split)
        n_tasks += len(rows)

        def describe(i: int, split: Split = split, rows: np.ndarray = rows) -> str:
            rival = evidence.programs.texts[rivals[int(rows[i])]].as_py()
            return f"{split.row(i)}: {short(rival)} agrees with it on all shown inputs"

        findings.add_where(np.isin(rows, list(rivals)), describe)
    n_well_posed, published = (
        len(regular) - int(np.isin(regular, list(rivals)).sum()),
        evidence.folder.build["n_well_posed"],
    )
    if published != n_well_posed:
        findings.add(f"build.json: n_well_posed is {short(published)}, should be {n_well_posed}")
    return findings.claim(
        name, f"{n_tasks:,} tasks and {n_well_posed:,} classes are told from all classes by {evidence.n_shown} inputs"
    )


def _compare_inputs(split: Split, column: str, points: list[list[int]], rows: np.ndarray, findings: Findings) -> None:
    flat = split.column(column).take(pa.array(rows)).flatten().flatten().to_numpy(zero_copy_only=False)
    published = flat.reshape(len(rows), -1)
    expected = np.array(points, dtype=np.int64).ravel()
    findings.add_where(
        (published != expected).any(axis=1), lambda i: f"{split.row(int(rows[i]))}: {column} are not the panel's"
    )


def _compare_outputs(
    split: Split, column: str, points: list[list[int]], rows: np.ndarray, expected: np.ndarray, findings: Findings
) -> int:
    """Outputs of rows int64[m] against [2, m, n_points]; returns how many there are."""
    texts: pa.Array = split.column(column).take(pa.array(rows)).flatten()
    published = parse_outputs(texts).reshape(expected.shape)
    wrong = (published != expected).any(axis=0)

    def describe(i: int) -> str:
        at = int(np.flatnonzero(wrong[i])[0])
        found = texts[i * len(points) + at].as_py()
        should = output_text(expected[0, i, at], expected[1, i, at])
        return f"{split.row(int(rows[i]))}: {column} at {tuple(points[at])} is {short(found)}, should be {should}"

    findings.add_where(wrong.any(axis=1), describe)
    return wrong.size


def _check_naively(evidence: Evidence, findings: Findings) -> int:
    """Recompute the outputs of a keyed sample of rows with the oracle; returns how many."""
    splits, grammar = evidence.folder.tasks, evidence.folder.grammar
    ends = np.cumsum([split.n_rows for split in splits])
    n_rows, key = int(ends[-1]) if len(ends) else 0, evidence.folder.rows_key(*splits)
    numbers = np.array(sample_rows(n_rows, _N_NAIVE, "naive outputs", key), dtype=np.int64)
    split_of = np.searchsorted(ends, numbers, side="right")
    n_checked = 0
    for at in np.unique(split_of).tolist():
        split, rows = splits[at], numbers[split_of == at] - (int(ends[at - 1]) if at else 0)
        panel = evidence.panel_of(split)
        for column, part in (("outputs", "shown"), ("heldout_outputs", "heldout")):
            all_published = split.column(column).take(pa.array(rows)).to_pylist()
            for row, published in zip(rows.tolist(), all_published, strict=True):
                if published is None:
                    continue
                n_checked += len(published)
                expression = evidence.programs.expression(int(evidence.rows(split)[row]))
                naive = [
                    naive_output(expression, dict(zip(grammar.variables, point, strict=True))) for point in panel[part]
                ]
                if published != naive:
                    findings.add(f"{split.row(row)}: the naive oracle has other {column}")
    return n_checked
