"""What is recorded, given as a model gives it, and a model of lm-evaluation-harness that does so."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from arith_synth.scoring import Prediction


class Recording:
    """Gives the completions of a task one after another, in their order."""

    def __init__(self, predictions: Iterable[Prediction]):
        self._completions = {prediction.task_id: prediction.completions for prediction in predictions}
        self._n_given: defaultdict[str, int] = defaultdict(int)

    def next(self, task_id: str) -> str:
        self._n_given[task_id] += 1
        return self._completions[task_id][self._n_given[task_id] - 1]

    @property
    def is_spent(self) -> bool:
        """Whether every completion was given."""
        return all(self._n_given[task_id] == len(texts) for task_id, texts in self._completions.items())


def lm_eval_replay(recording: Recording) -> Any:
    """A model of lm-evaluation-harness."""
    from lm_eval.api.model import LM

    class Replay(LM):
        def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
            return [recording.next(request.doc["task_id"]) for request in requests]

        def loglikelihood(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
            raise NotImplementedError

        def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[float]:
            raise NotImplementedError

    return Replay()
