"""Answers that are kept as they come, so that an evaluation that was stopped in any way asks for none of them again.

While an evaluation runs, `unfinished/` in its output has key.json, which says what is evaluated, and for each split a
file that only grows: a line an answer, on the disk before the next is asked for.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any

from arith_synth.errors import UsageError
from arith_synth.evaluation.answers import Answer
from arith_synth.files import write_json
from arith_synth.scoring import Prediction

#: Gone when all splits are answered and scored.
UNFINISHED = "unfinished"
_KEY_FILE = "key.json"
_FIELDS = {field.name for field in fields(Answer)}


class KeptAnswers:
    """The answers of one split: each sample once, and on the disk before it is counted here.

    `answers`: in the order in which they came. `seconds`: that were spent on them, in all sessions together.
    """

    def __init__(self, file: Path, task_ids: Sequence[str], n_samples: int) -> None:
        self._task_ids = tuple(task_ids)
        self._n_samples = n_samples
        self._samples: dict[str, dict[int, str]] = {task_id: {} for task_id in task_ids}
        self.answers: list[Answer] = []
        self.seconds = 0.0
        self._file = _opened(file)
        for row in _rows(self._file):
            seconds = row.pop("seconds", 0.0)
            if (answer := self._answer_of(row)) is not None:
                self._count(answer, seconds if isinstance(seconds, float) else 0.0)
        self._since = time.monotonic()

    def lacking(self, task_id: str) -> list[int]:
        """The numbers of a task's samples that are not there."""
        samples = self._samples[task_id]
        return [number for number in range(self._n_samples) if number not in samples]

    @property
    def n_samples_kept(self) -> int:
        """Samples of all tasks that are there."""
        return sum(map(len, self._samples.values()))

    def add(self, answers: Sequence[Answer]) -> None:
        """Keep answers, which are on the disk when this returns. OSError when it is full."""
        seconds = [time.monotonic() - self._since] + [0.0] * (len(answers) - 1)
        self._since = time.monotonic()
        rows = ({**asdict(answer), "seconds": s} for answer, s in zip(answers, seconds, strict=True))
        # In ASCII, as predictions.jsonl is: a lone surrogate in what a model wrote stays an escape.
        self._file.write("".join(json.dumps(row) + "\n" for row in rows).encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        for answer, s in zip(answers, seconds, strict=True):
            self._count(answer, s)

    def predictions(self, seed: int) -> list[Prediction]:
        """One prediction a task, in the order of the tasks. All samples must be there."""
        assert not any(map(self.lacking, self._task_ids)), "an answerer has left out samples"
        return [
            Prediction(
                task_id=task_id,
                completions=tuple(text for _, text in sorted(self._samples[task_id].items())),
                seed=seed,
            )
            for task_id in self._task_ids
        ]

    def close(self) -> None:
        """Close the file; what is kept stays."""
        self._file.close()

    def _count(self, answer: Answer, seconds: float) -> None:
        samples = self._samples[answer.task_id]
        numbered = dict(enumerate(answer.completions, answer.number))
        assert not samples.keys() & numbered.keys(), "a sample came twice"
        samples |= numbered
        self.answers.append(answer)
        self.seconds += seconds

    def _answer_of(self, row: dict[str, Any]) -> Answer | None:
        """The answer that a line is; None for a line that is none of ours, which then counts as not written."""
        if row.keys() != _FIELDS or not isinstance(row["completions"], list) or not isinstance(row["number"], int):
            return None
        answer = Answer(**{**row, "completions": tuple(row["completions"])})
        numbers = range(answer.number, answer.number + len(answer.completions))
        is_whole = answer.completions and all(isinstance(text, str) for text in answer.completions)
        if not is_whole or answer.task_id not in self._samples or not set(numbers) <= set(self.lacking(answer.task_id)):
            return None
        return answer


def hold_unfinished(output: Path, key: dict[str, Any]) -> Path:
    """The folder for answers of the evaluation that `key` describes, begun now or earlier.

    Raises UsageError when answers of another evaluation are there: somebody may have paid for them.
    """
    folder = output / UNFINISHED
    file = folder / _KEY_FILE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        found = None
    if found == key:
        return folder
    if any(kept.stat().st_size for kept in folder.glob("*.jsonl")):
        raise UsageError(
            f"{folder} has answers of another evaluation that was interrupted (other options, data or model); go on "
            "with that one, remove the folder, or name another --output"
        )
    write_json(file, key)
    return folder


def forget_unfinished(output: Path) -> None:
    """Remove what was kept: the results are written."""
    shutil.rmtree(output / UNFINISHED, ignore_errors=True)


def _opened(file: Path) -> IO[bytes]:
    """The file, to be read and then appended to; a last line that was torn, as by a kill, is cut off."""
    opened = file.open("a+b")
    opened.seek(0)
    whole = 0
    for line in opened:
        whole += len(line) if line.endswith(b"\n") else 0
    opened.truncate(whole)
    return opened


def _rows(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    file.seek(0)
    for line in file:
        try:
            row = json.loads(line)
        except ValueError:  # as after a power failure, which may leave a line of zeros
            continue
        if isinstance(row, dict):
            yield row
