"""inspect-ai on a model that answers with what is recorded: `python replay_inspect.py DATA CONFIG PREDICTIONS N LOGS`.

A process of its own, since inspect leaves streams open, at which a test suite fails. Prints, as JSON, what it scored
and how often it took each task's answers for correct.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from inspect_ai import eval as inspect_eval
from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, modelapi

sys.path.append(str(Path(__file__).parents[1]))

from harness.replays import Recording

from arith_synth.data.folder import open_dataset
from arith_synth.harness.inspect_ai.tasks import TASKS
from arith_synth.names import is_test
from arith_synth.scoring import read_predictions


class ReplayAPI(ModelAPI):
    """It sees prompts only, and knows the tasks by them."""

    def __init__(self, model_name: str, recording: Recording, task_ids: dict[str, str], **settings: Any):
        super().__init__(model_name, config=settings.get("config", GenerateConfig()))
        self._recording = recording
        self._task_ids = task_ids

    async def generate(self, input: Any, **others: Any) -> ModelOutput:  # noqa: A002 (the harness's name)
        return ModelOutput.from_content(self.model_name, self._recording.next(self._task_ids[input[-1].text]))

    def max_connections(self) -> int:
        return 1_000


@modelapi(name="replay")
def replay() -> type[ModelAPI]:
    return ReplayAPI


def main(data: str, config: str, predictions: str, n_samples: str, logs: str) -> None:
    folder = open_dataset(data)
    recording = Recording(read_predictions(predictions))
    task_ids: dict[str, str] = {}
    for split in filter(is_test, folder.configs[config]):
        for row in folder.read(config, split, ["task_id", "prompt"]).to_pylist():
            assert task_ids.setdefault(row["prompt"], row["task_id"]) == row["task_id"], "two tasks have one prompt"
    (log,) = inspect_eval(
        TASKS[config](data=data, n_samples=int(n_samples), k="1,10"),
        model="replay/recorded",
        model_args={"recording": recording, "task_ids": task_ids},
        log_dir=logs,
        display="none",
        log_realtime=False,
        score_display=False,
    )
    assert log.status == "success", log.error
    assert recording.is_spent
    n_correct: Counter[str] = Counter()
    for sample in log.samples:
        n_correct[sample.id] += sample.scores["execution_accuracy"].value["execution_accuracy"]
    scores = [
        (score.name, score.reducer, {name: metric.value for name, metric in score.metrics.items()})
        for score in log.results.scores
    ]
    print(json.dumps({"scores": scores, "n_correct": n_correct}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
