"""Claims about single rows: the program and the columns that follow from its text alone."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arith_synth.grammar.prompts import prompt_head, signature
from arith_synth.splits.audit.blanking import blank
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.report import Claim, Findings, sampled, short

_MEASURES = ("size", "depth", "strahler", "n_divisions")


def check_programs(evidence: Evidence, name: str) -> Claim:
    """Every program parses, is canonical and is one of at most max_size leaves of the grammar."""
    findings = Findings()
    programs = evidence.programs
    faulty = np.zeros(len(programs.texts), dtype=bool)
    faulty[list(programs.faults)] = True
    n_rows = 0
    for split in [evidence.folder.corpus, *evidence.folder.tasks]:
        rows = evidence.rows(split)
        n_rows += len(rows)
        findings.add_where(
            faulty[rows],
            lambda i, split=split, rows=rows: (
                f"{split.row(i)}: {short(programs.texts[int(rows[i])].as_py())} {programs.faults[int(rows[i])]}"
            ),
        )
    n_kinds = len(programs.skeletons)
    return findings.claim(name, f"{n_rows:,} rows hold {len(programs.texts):,} canonical programs of {n_kinds:,} kinds")


def check_measures(evidence: Evidence, name: str) -> Claim:
    """size, depth, strahler, n_divisions and shape are the program's."""
    findings = Findings()
    skeletons = evidence.programs.skeletons
    expected = {
        measure: np.array([getattr(entry, measure) if entry else -1 for entry in skeletons]) for measure in _MEASURES
    }
    shapes = pa.array([entry.shape if entry else "" for entry in skeletons])
    n_rows = 0
    for split in [evidence.folder.corpus, *evidence.folder.tasks]:
        kinds = evidence.programs.skeleton[evidence.rows(split)]
        n_rows += len(kinds)
        for measure in _MEASURES:
            published, derived = split.numbers(measure), expected[measure][kinds]
            findings.add_where(
                published != derived,
                lambda i, split=split, measure=measure, published=published, derived=derived: (
                    f"{split.row(i)}: {measure} is {published[i]}, should be {derived[i]}"
                ),
            )
        _compare_texts(split, "shape", split.column("shape"), shapes.take(pa.array(kinds)), findings)
    return findings.claim(name, f"size, depth, strahler, n_divisions and shape of {n_rows:,} rows are their programs'")


def check_texts(evidence: Evidence, name: str) -> Claim:
    """completion says the same as program; so do program_prefix and prompt, with inputs and outputs, in every row but
    for a keyed sample of long training splits."""
    findings = Findings()
    prefixes = pa.array([entry.prefix if entry else "" for entry in evidence.programs.skeletons])
    n_tasks, n_checked = 0, 0
    for split in evidence.folder.tasks:
        program = split.column("program")
        expected = pc.binary_join_element_wise(" ", program, "")
        _compare_texts(split, "completion", split.column("completion"), expected, findings)
        sample = evidence.sample(split)
        n_tasks, n_checked = n_tasks + split.n_rows, n_checked + len(sample)
        rows = evidence.rows(split)[sample]
        prefix = split.column("program_prefix").take(pa.array(sample))
        blanked = blank(prefix, evidence.folder.grammar, evidence.programs.leaves.shape[1])
        same_tree = pc.equal(blanked.texts, prefixes.take(pa.array(evidence.programs.skeleton[rows])))
        findings.add_where(
            _false(same_tree) | (blanked.leaves != evidence.programs.leaves[rows]).any(axis=1) | (blanked.n_leaves < 0),
            lambda i, split=split, prefix=prefix, sample=sample: (
                f"{split.row(int(sample[i]))}: program_prefix {short(prefix[i].as_py())} is not the program's"
            ),
        )
        prompts = split.column("prompt").take(pa.array(sample))
        _compare_texts(split, "prompt", prompts, _prompts(evidence, split, sample), findings, sample)
    return findings.claim(
        name,
        f"completions of {n_tasks:,} tasks are their programs; prefix and prompt of {n_checked:,} agree with program "
        f"and outputs{sampled(n_tasks, n_checked)}",
    )


def _prompts(evidence: Evidence, split: Split, rows: np.ndarray) -> pa.Array:
    """The prompt that the own outputs of rows int64[m] make with the panel's inputs."""
    grammar, shown = evidence.folder.grammar, evidence.panel_of(split)["shown"]
    call = signature(grammar).partition("(")[0]
    outputs = split.column("outputs").take(pa.array(rows)).flatten()
    at_point = np.arange(len(rows), dtype=np.int64) * len(shown)
    parts: list[pa.Array | str] = []
    text = prompt_head(grammar)
    for index, point in enumerate(shown):
        parts += [f"{text}{call}({', '.join(map(str, point))}) = ", outputs.take(pa.array(at_point + index))]
        text = "\n"
    return pc.binary_join_element_wise(*parts, f"\n{signature(grammar)} =", "")


def _compare_texts(
    split: Split,
    column: str,
    published: pa.Array,
    expected: pa.Array,
    findings: Findings,
    rows: np.ndarray | None = None,
) -> None:
    """Texts of all rows, or of rows int64[m]."""
    findings.add_where(
        _false(pc.equal(published, expected)),
        lambda i: (
            f"{split.row(i if rows is None else int(rows[i]))}: {column} is {short(published[i].as_py())}, should be "
            f"{short(expected[i].as_py())}"
        ),
    )


def _false(mask: pa.Array) -> np.ndarray:
    return ~mask.to_numpy(zero_copy_only=False).astype(bool)
