"""From a dataset row and completions to what they earn: the one seam between a harness and our scorer."""

from collections.abc import Mapping, Sequence
from typing import Any

from arith_synth.data.folder import DatasetFolder
from arith_synth.data.forms import held_out_form
from arith_synth.scoring import (
    Prediction,
    Scorer,
    TaskOutcome,
    Verdict,
    outcomes_of,
    pass_at_k,
    read_grammar,
    task_of,
)
from arith_synth.scoring.tasks import TASK_COLUMNS

#: What a harness reads of a row: what is asked, and what scoring needs. None of the latter is shown to a model.
ROW_COLUMNS = ("prompt", *TASK_COLUMNS)

#: Scores of a task that are shares of its completions, by the names of `score`; each counts verdicts of the last field.
_RATES = {
    "execution_accuracy": "correct",
    "parsed": "parsed",
    "consistent": "consistent",
    "equivalent": "equivalent",
    "exact_match": "exact_match",
    "in_region": "in_region",
}
#: Best-of-n: the one answer that a rule takes from several samples.
_CHOICES = ("first_consistent", "largest_cluster")


class RowScorer:
    """Scores completions of rows of one config, as `arith-synth score` does for the same dataset."""

    def __init__(self, folder: DatasetFolder, config: str, *, strict: bool = False):
        self._grammar = read_grammar(folder.path)
        self._in_region = held_out_form(folder, config)
        self._strict = strict
        self._scorer = Scorer(self._grammar, self._in_region, strict=strict)

    @property
    def has_region(self) -> bool:
        """Whether answers of the held-out form are counted."""
        return self._scorer.has_region

    def verdict(self, row: Mapping[str, Any], completion: str) -> Verdict:
        """The verdict on one completion. MetricError for a row that is no task, or that holds no outputs out."""
        return self._scorer.verdict(task_of(row), completion)

    def outcome(self, row: Mapping[str, Any], completions: Sequence[str]) -> TaskOutcome:
        """The counts over all completions of a row. MetricError as `outcomes_of`."""
        task = task_of(row)
        prediction = Prediction(task_id=task.task_id, completions=tuple(completions))
        (outcome,) = outcomes_of([task], [prediction], self._grammar, in_region=self._in_region, strict=self._strict)
        return outcome


def verdict_values(verdict: Verdict) -> dict[str, int]:
    """0 or 1 for each field of a verdict that is a claim, by the names of `score`; `in_region` only with a region."""
    fields = {name: getattr(verdict, field) for name, field in _RATES.items()}
    return {name: int(value) for name, value in fields.items() if value is not None}


def outcome_values(outcome: TaskOutcome, k: Sequence[int] = (1,)) -> dict[str, float]:
    """A task's scores, by the names of `score`, whose mean over tasks is the score of the split.

    Shares of completions, pass@k for each k, and with several samples what best-of-n takes. MetricError when k exceeds
    the completions.
    """
    n_completions = outcome.n_completions
    counts = {name: getattr(outcome, f"n_{field}") for name, field in _RATES.items()}
    values: dict[str, float] = {name: n / n_completions for name, n in counts.items() if n is not None}
    values |= {f"pass@{draws}": pass_at_k(outcome.n_correct, n_completions, draws) for draws in k}
    if n_completions > 1:
        chosen = {name: getattr(outcome, name) for name in _CHOICES}
        values |= {name: value for name, value in chosen.items() if value is not None}
    return values
