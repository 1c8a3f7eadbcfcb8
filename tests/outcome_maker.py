"""Outcomes of one test from counts, for statistics that need no program."""

from collections.abc import Sequence
from typing import Any

from arith_synth.scoring import TaskOutcome


def outcomes_from(
    n_correct: Sequence[int], n_completions: int = 1, split: str = "test", **fields: Any
) -> list[TaskOutcome]:
    """One outcome for each count; a field that is a list has one value a task."""
    return [
        TaskOutcome(
            task_id=f"support_shift/{split}/{index:06d}",
            n_completions=n_completions,
            n_parsed=n_completions,
            n_consistent=count,
            n_correct=count,
            n_equivalent=0,
            n_exact_match=0,
            **{
                "size": 3,
                **{name: value[index] if isinstance(value, list) else value for name, value in fields.items()},
            },
        )
        for index, count in enumerate(n_correct)
    ]
