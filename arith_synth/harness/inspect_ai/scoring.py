"""The scorer of inspect-ai's tasks: one verdict of our scorer for each epoch of a sample."""

from collections.abc import Sequence

from arith_synth.harness.extra import require_harness
from arith_synth.harness.rows import RowScorer, verdict_values
from arith_synth.harness.sources import dataset_with

require_harness("inspect_ai", "inspect-ai")

from inspect_ai.scorer import Metric, Score, Scorer, Target, accuracy, grouped, scorer, stderr  # noqa: E402
from inspect_ai.solver import TaskState  # noqa: E402

#: The member of a sample's metadata that names its split.
SPLIT = "split"


def metrics_of(splits: Sequence[str]) -> dict[str, list[Metric]]:
    """Of each claim the accuracy and its standard error over tasks; of several splits the accuracy of each.

    They are never pooled, as a mean over tests of different things would mean nothing.
    """
    return {"*": [accuracy(), stderr()] if len(splits) == 1 else [grouped(accuracy(), SPLIT, all=False)]}


@scorer(metrics=metrics_of(()))
def execution_accuracy(config: str, data: str | None = None, strict: bool = False) -> Scorer:
    """0 or 1 for each claim of a verdict, by the names of `arith-synth score`; the headline is `execution_accuracy`.

    `config`, `data`, `strict`: as of the task. A sample's metadata hold the row of the dataset.
    """
    row_scorer = RowScorer(dataset_with(config, [], data), config, strict=strict)

    async def score(state: TaskState, target: Target) -> Score:
        completion = state.output.completion
        verdict = row_scorer.verdict(state.metadata, completion)
        return Score(value=dict(verdict_values(verdict)), answer=completion, explanation=verdict.reason)

    return score
