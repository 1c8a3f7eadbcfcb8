"""Answering the splits of an evaluation one after the other, with a bar where somebody watches."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from arith_synth.evaluation.answers import Answer, Answerer, Asked
from arith_synth.evaluation.kept import KeptAnswers, hold_unfinished
from arith_synth.scoring import Prediction


@dataclass(frozen=True, kw_only=True)
class AnsweredSplit:
    """A split's predictions in its order, and the answers that they were put together from, in the order of coming."""

    predictions: list[Prediction]
    answers: Sequence[Answer]
    seconds: float


def answer_all(
    output: Path,
    key: dict[str, Any],
    asked: Sequence[Asked],
    task_ids: Sequence[Sequence[str]],
    answerer: Answerer,
    *,
    n_samples: int,
    seed: int,
) -> dict[str, AnsweredSplit]:
    """The answers of all splits, in their order; what an evaluation of the same `key` has kept in `output` is read.

    `task_ids`: of each split that is asked, in its order. Raises UsageError when `output` has kept answers of another
    evaluation, OSError when the disk is full, and what the answerer raises; all that came before is kept.
    """
    folder = hold_unfinished(output, key)
    answered: dict[str, AnsweredSplit] = {}
    for split, ids in zip(asked, task_ids, strict=True):
        kept = KeptAnswers(folder / f"{split.split}.jsonl", ids, n_samples)
        try:
            with _bar(split.split, kept.n_samples_kept, len(ids) * n_samples) as advance:
                for answers in answerer.answer(split, kept.lacking):
                    kept.add(answers)
                    advance(sum(len(answer.completions) for answer in answers))
        finally:
            kept.close()
        answered[split.split] = AnsweredSplit(
            predictions=kept.predictions(seed), answers=kept.answers, seconds=kept.seconds
        )
    return answered


def costs_of(answered: dict[str, AnsweredSplit]) -> dict[str, Any]:
    """What answers took, as run.json says it: by split, None where a server does not count."""

    def total(name: str) -> dict[str, int | None]:
        values = {split: [getattr(answer, name) for answer in one.answers] for split, one in answered.items()}
        return {split: None if None in counts else sum(counts) for split, counts in values.items()}

    answers = [answer for one in answered.values() for answer in one.answers]
    costs: dict[str, Any] = {
        "tokens_generated": total("n_tokens"),
        "decoded_s": round(sum(one.seconds for one in answered.values()), 3),
    }
    if any(answer.n_requests for answer in answers):
        served = Counter(answer.served for answer in answers if answer.served is not None)
        costs |= {
            "tokens_read": total("n_prompt_tokens"),
            "requests": total("n_requests"),
            "cut_off": total("n_cut"),
            "served": dict(served.most_common()),
        }
    return costs


@contextmanager
def _bar(split: str, n_done: int, n_samples: int) -> Iterator[Any]:
    """`advance(n)` for a bar over the completions of a split; nothing is shown where nobody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=console, disable=not console.is_terminal, transient=True) as bars:
        bar = bars.add_task(split, total=n_samples, completed=n_done)
        yield lambda n: bars.advance(bar, n)
