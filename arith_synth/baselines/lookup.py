"""Corpus look-up: the program of the corpus whose outputs are the shown ones. The tasks are public, so it is all right.

It runs every program of the corpus on the shown inputs; nothing else of a task is looked at, nor of a corpus row.
"""

from collections.abc import Sequence

import numpy as np

from arith_synth.baselines.output_logarithms import exact_output
from arith_synth.data.folder import DatasetFolder
from arith_synth.data.schema import CORPUS_CONFIG, CORPUS_SPLIT
from arith_synth.errors import DatasetError
from arith_synth.grammar import Grammar
from arith_synth.progress import Progress
from arith_synth.scoring import Task
from arith_synth.scoring.batch.parsing import parse_texts
from arith_synth.scoring.tasks import Point
from arith_synth.seeding import splitmix64
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.programs import row_width

#: Programs that are parsed and run together.
_AT_ONCE = 1 << 14
_LARGEST = np.iinfo(np.int64).max


def corpus_answers(
    folder: DatasetFolder, grammar: Grammar, tasks: Sequence[Task], n: int, progress: Progress | None = None
) -> list[list[str]]:
    """For each task the first n programs of the corpus, in its order (smallest first), with all shown outputs.

    One where tasks are well posed; none where the class lies outside the corpus. Raises UnknownNameError when the
    folder has no corpus, DatasetError when a file is damaged, CapacityError when outputs could leave 64 bits.
    """
    programs: list[str] = folder.read(CORPUS_CONFIG, CORPUS_SPLIT, ["program"]).column("program").to_pylist()
    by_inputs: dict[tuple[Point, ...], list[int]] = {}
    for number, task in enumerate(tasks):
        by_inputs.setdefault(task.inputs, []).append(number)
    wanted = [(np.array(inputs), *_rows_of(tasks, numbers)) for inputs, numbers in by_inputs.items()]
    answers: list[list[str]] = [[] for _ in tasks]
    for start in range(0, len(programs), _AT_ONCE):
        texts = programs[start : start + _AT_ONCE]
        codes = _codes_of(texts, grammar, row_width(folder.build["max_size"]))
        for inputs, numbers, rows in wanted:
            outputs = np.stack(rational_outputs(codes, grammar, inputs), axis=2)
            for program, row in matches(outputs.reshape(len(codes), -1), rows):
                if len(answers[numbers[row]]) < n:
                    answers[numbers[row]].append(texts[program])
        if progress is not None:
            progress("running the corpus", start + len(texts), len(programs))
    return answers


def matches(outputs: np.ndarray, wanted: np.ndarray) -> list[tuple[int, int]]:
    """All pairs (row of outputs, row of wanted) of equal rows, in ascending order: int64[n, d] and int64[m, d].

    Rows are hashed to find candidates, and those are compared.
    """
    hashes, wanted_hashes = _hashes(outputs), _hashes(wanted)
    order = np.argsort(wanted_hashes, kind="stable")
    firsts = np.searchsorted(wanted_hashes[order], hashes, side="left")
    ends = np.searchsorted(wanted_hashes[order], hashes, side="right")
    pairs = [
        (row, int(order[place])) for row in np.flatnonzero(ends > firsts) for place in range(firsts[row], ends[row])
    ]
    return [(int(row), other) for row, other in pairs if (outputs[row] == wanted[other]).all()]


def _rows_of(tasks: Sequence[Task], numbers: Sequence[int]) -> tuple[list[int], np.ndarray]:
    """The tasks, by number, that the corpus can answer, and their outputs as numerators and denominators in turn.

    Shapes: int64[len(numbers), 2 n_shown]. Outputs of 64 bits or more are of no program of the corpus.
    """
    rows = {number: [part for text in tasks[number].outputs for part in exact_output(text)] for number in numbers}
    kept = {number: row for number, row in rows.items() if max(map(abs, row)) <= _LARGEST}
    n_parts = 2 * len(tasks[numbers[0]].outputs)
    return list(kept), np.array(list(kept.values()), dtype=np.int64).reshape(len(kept), n_parts)


def _codes_of(programs: Sequence[str], grammar: Grammar, width: int) -> np.ndarray:
    """The programs as rows of codes: uint8[n, width]."""
    codes, n_codes = parse_texts(programs, grammar)
    if (n_codes == 0).any() or n_codes.max(initial=0) > width:
        raise DatasetError(
            f"the corpus holds texts that are no programs of {grammar.name}; run arith-synth audit on it"
        )
    return np.ascontiguousarray(codes[:, :width])


def _hashes(rows: np.ndarray) -> np.ndarray:
    """uint64[n] of int64[n, d]."""
    hashes = np.zeros(len(rows), dtype=np.uint64)
    for column in np.ascontiguousarray(rows).view(np.uint64).T:
        hashes = splitmix64(hashes ^ column)
    return hashes
