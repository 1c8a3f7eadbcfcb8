"""A model's scores as the Hub reads them: `.eval_results/arith-synth.yaml` beside the card.

Source: the Hub's documentation of evaluation results; the entries are of `huggingface_hub`'s own type. A result names a
task of the dataset's `eval.yaml`, so that tests have one and validation splits have none.
"""

from collections.abc import Sequence
from pathlib import Path

import yaml
from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

from arith_synth.data.card.benchmark import benchmark_task
from arith_synth.data.loading import HUB_ID
from arith_synth.files import write_atomically
from arith_synth.names import is_test
from arith_synth.report.model_runs import Score
from arith_synth.report.tables import percent_interval

RESULTS_FILE = Path(".eval_results") / "arith-synth.yaml"
_SOURCE = f"https://huggingface.co/datasets/{HUB_ID}"


def eval_result_entries(scores: Sequence[Score]) -> list[EvalResultEntry]:
    """One entry for each test that was answered whole, one greedy completion a task, in the order of the scores.

    `value` is the execution accuracy, 0 to 1. The date is that of the run; where it says none, the entry has none, and
    the Hub takes that of the commit. Nothing is signed: no token says that others have verified it.
    """
    return [
        EvalResultEntry(
            dataset_id=HUB_ID,
            task_id=benchmark_task(score.config, score.split),
            value=score.scores["execution_accuracy"],
            date=score.date,
            source_url=_SOURCE,
            source_name="arith-synth",
            notes=_notes(score),
        )
        for score in scores
        if score.is_headline and is_test(score.split)
    ]


def write_eval_results(folder: Path, scores: Sequence[Score]) -> Path | None:
    """Write the entries below `folder`, or remove those of earlier scores where there are none; returns the file."""
    file = folder / RESULTS_FILE
    entries = eval_result_entries(scores)
    if not entries:
        file.unlink(missing_ok=True)
        return None
    rows = eval_result_entries_to_yaml(entries)
    write_atomically(file, yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=120))
    return file


def _notes(score: Score) -> str:
    n, data = score.scores["n"], score.data
    return (
        f"execution accuracy, one greedy completion; n = {n:,}, "
        f"95 % interval {percent_interval(score.scores['interval_95'])} %; "
        f"data version {data['version']}, grammar {data['grammar']}, max_size {data['max_size']}"
    )
