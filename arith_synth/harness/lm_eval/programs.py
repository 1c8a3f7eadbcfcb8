"""The task class that the YAML files of this folder name: rows of the dataset, scored by our scorer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arith_synth.data.folder import DatasetFolder
from arith_synth.harness.extra import require_harness
from arith_synth.harness.options import harness_options
from arith_synth.harness.rows import ROW_COLUMNS, RowScorer, outcome_values
from arith_synth.harness.sources import dataset_with, solved_tasks

require_harness("lm_eval", "lm-eval")

import datasets  # noqa: E402
from lm_eval.api.metrics import mean  # noqa: E402
from lm_eval.api.samplers import ContextSampler  # noqa: E402
from lm_eval.api.task import ConfigurableTask  # noqa: E402
from lm_eval.filters import build_filter_ensemble  # noqa: E402


class ProgramTask(ConfigurableTask):
    """One test split of one config.

    The file gives `dataset_name` (the config) and `test_split`. Of the harness's metadata it takes the options of
    `HarnessOptions`: `lm_eval --metadata n_samples=10 k=[1,10] strict=true data=DIR`. Per document it gives the scores
    that the harness then averages.
    """

    def __init__(self, config: dict[str, Any]):
        fields = {name: value for name, value in config.items() if name != "class"}
        self._options = harness_options(fields.get("metadata") or {})
        super().__init__(config=fields | {"repeats": self._options.n_samples})
        # All samples of a task go into its scores; the harness would keep the first.
        self._filters = [build_filter_ensemble("none", [])]

    def download(self, dataset_kwargs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Read the split's rows, of the dataset that `dataset_with` finds."""
        name, split = str(self.config.dataset_name), str(self.config.test_split)
        folder = dataset_with(name, [split], self._options.data)
        self._row_scorer = RowScorer(folder, name, strict=self._options.strict)
        self.dataset = {split: datasets.Dataset(folder.read(name, split, ROW_COLUMNS))}
        self.sampler = _TrainingTasks(name, self._options.data)
        self.config.metadata = (self.config.metadata or {}) | _about(folder, name, split)

    def fewshot_docs(self) -> None:
        """None: the sampler reads the training split, and only when examples are asked for."""

    def process_results(self, doc: Mapping[str, Any], results: Sequence[Sequence[str]]) -> dict[str, float]:
        """The scores of one document; `results` holds the list of its completions."""
        (completions,) = results
        return outcome_values(self._row_scorer.outcome(doc, completions), self._options.k)

    def aggregation(self) -> dict[str, Callable[[Sequence[float]], float]]:
        """Every score of a split is the mean over its documents."""
        return dict.fromkeys(self._score_names(), mean)

    def higher_is_better(self) -> dict[str, bool]:
        """True of every score."""
        return dict.fromkeys(self._score_names(), True)

    def _score_names(self) -> list[str]:
        doc = self.dataset[self.config.test_split][0]
        return list(self.process_results(doc, [[""] * self._options.n_samples]))


class _TrainingTasks(ContextSampler):
    """Examples in a prompt: the same for every document, model and tool, so the harness's seed does not choose them."""

    def __init__(self, config: str, data: str | None):
        super().__init__()
        self._config = config
        self._data = data

    def sample(self, n: int, *args: Any, **kwargs: Any) -> Sequence[dict[str, Any]]:
        """The n tasks of the training split that `arith-synth eval --few-shot` shows."""
        if len(self.df) != n:
            examples = solved_tasks(self._config, n, self._data)
            self.df = [{"prompt": example.prompt, "program": example.completion.strip()} for example in examples]
        return self.df


def _about(folder: DatasetFolder, config: str, split: str) -> dict[str, Any]:
    """What the harness's results say of the data, so that two results can be told apart."""
    checksum = folder.checksums["splits"].get(f"{config}/{split}", {}).get("task_ids_sha256")
    return {
        "grammar": folder.build["grammar"]["name"],
        "max_size": folder.build.get("max_size"),
        "data_version": folder.build["data_version"],
        "task_ids_sha256": checksum,
    }
