"""Claims about single rows: the program and the columns that follow from its text alone."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arith_synth.grammar.prompts import prompt_head, signature
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.programs import LEAF_PATTERN, NOT_LEAF_PATTERN
from arith_synth.splits.audit.report import Claim, Findings, short

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
        _compare_texts(split, "shape", shapes.take(pa.array(kinds)), findings)
    return findings.claim(name, f"size, depth, strahler, n_divisions and shape of {n_rows:,} rows are their programs'")


def check_texts(evidence: Evidence, name: str) -> Claim:
    """program_prefix, completion and prompt say the same as program, inputs and outputs."""
    findings = Findings()
    prefixes = pa.array([entry.prefix if entry else "" for entry in evidence.programs.skeletons])
    n_tasks = 0
    for split in evidence.folder.tasks:
        n_tasks += split.table.num_rows
        program, prefix = split.column("program"), split.column("program_prefix")
        kinds = prefixes.take(pa.array(evidence.programs.skeleton[evidence.rows(split)]))
        blanked = pc.replace_substring_regex(prefix, LEAF_PATTERN, ".")
        findings.add_where(
            _false(pc.and_(pc.equal(blanked, kinds), pc.equal(_leaf_words(prefix), _leaf_words(program)))),
            lambda i, split=split, prefix=prefix: (
                f"{split.row(i)}: program_prefix {short(prefix[i].as_py())} is not the program's"
            ),
        )
        _compare_texts(split, "completion", pc.binary_join_element_wise(" ", program, ""), findings)
        _compare_texts(split, "prompt", _prompts(evidence, split), findings)
    return findings.claim(
        name, f"prefix, completion and prompt of {n_tasks:,} tasks agree with their programs and outputs"
    )


def _prompts(evidence: Evidence, split: Split) -> pa.Array:
    """The prompt that the row's own outputs make with the panel's inputs."""
    grammar, shown = evidence.folder.grammar, evidence.folder.build["panel"]["shown"]
    call = signature(grammar).partition("(")[0]
    outputs = split.column("outputs").flatten()
    at_point = np.arange(split.table.num_rows, dtype=np.int64) * len(shown)
    parts: list[pa.Array | str] = []
    text = prompt_head(grammar)
    for index, point in enumerate(shown):
        parts += [f"{text}{call}({', '.join(map(str, point))}) = ", outputs.take(pa.array(at_point + index))]
        text = "\n"
    return pc.binary_join_element_wise(*parts, f"\n{signature(grammar)} =", "")


def _compare_texts(split: Split, column: str, expected: pa.Array, findings: Findings) -> None:
    published = split.column(column)
    findings.add_where(
        _false(pc.equal(published, expected)),
        lambda i: f"{split.row(i)}: {column} is {short(published[i].as_py())}, should be {short(expected[i].as_py())}",
    )


def _leaf_words(texts: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, NOT_LEAF_PATTERN, " "))


def _false(mask: pa.Array) -> np.ndarray:
    return ~mask.to_numpy(zero_copy_only=False).astype(bool)
