"""Splits that are answered while others are not: an evaluation that was interrupted goes on with the next one."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from arith_synth.evaluation.answers import Answers
from arith_synth.scoring import read_predictions, write_json, write_predictions

#: Gone when all splits are answered and scored.
_UNFINISHED = "unfinished"
_KEY_FILE = "key.json"


def answer_all(
    output: Path, key: dict[str, Any], splits: Sequence[str], answer: Callable[[str], Answers]
) -> dict[str, Answers]:
    """The answers of all splits, in their order; each split is on disk before the next one begins.

    Those that an evaluation of the same `key` has left in `output` are read. OSError when the disk is full.
    """
    unfinished = output / _UNFINISHED
    if _read_json(unfinished / _KEY_FILE) != key:
        shutil.rmtree(unfinished, ignore_errors=True)
        write_json(unfinished / _KEY_FILE, key)
    answers: dict[str, Answers] = {}
    for split in splits:
        file, costs = unfinished / f"{split}.jsonl", unfinished / f"{split}.json"
        if not file.exists():
            answered = answer(split)
            write_json(costs, {"n_tokens": answered.n_tokens})
            write_predictions(file, answered.predictions)  # last: that it is there says that the split is answered
        n_tokens = (_read_json(costs) or {})["n_tokens"]
        answers[split] = Answers(predictions=read_predictions(file), n_tokens=n_tokens)
    return answers


def forget_unfinished(output: Path) -> None:
    """Remove what `answer_all` has left: the results are written."""
    shutil.rmtree(output / _UNFINISHED, ignore_errors=True)


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
