"""A task for each config that has tests, and one for configs of one's own: `inspect eval arith_synth/support_shift`."""

from collections.abc import Callable, Sequence
from typing import Any

from arith_synth import DATA_VERSION
from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import UsageError
from arith_synth.evaluation.grading import N_LITE
from arith_synth.evaluation.prompts import as_messages
from arith_synth.harness.config_tests import configs_with_tests
from arith_synth.harness.extra import require_harness
from arith_synth.harness.inspect_ai.scoring import SPLIT, execution_accuracy, metrics_of
from arith_synth.harness.options import HarnessOptions, harness_options
from arith_synth.harness.rows import ROW_COLUMNS
from arith_synth.harness.sources import dataset_with, solved_tasks
from arith_synth.names import is_test

require_harness("inspect_ai", "inspect-ai")

from inspect_ai import Epochs, Task, task  # noqa: E402
from inspect_ai.dataset import MemoryDataset, Sample  # noqa: E402
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, GenerateConfig  # noqa: E402
from inspect_ai.solver import generate  # noqa: E402


def program_task(
    config: str,
    *,
    split: str | Sequence[str] = "",
    data: str | None = None,
    lite: bool = False,
    few_shot: int = 0,
    strict: bool = False,
    n_samples: int = 1,
    k: str | int | Sequence[int] = (1,),
) -> Task:
    """Test splits of a config.

    `split`: some of its tests, all of them when empty. `data`: the dataset folder, else as `dataset_with` finds one.
    `lite`: the first 200 tasks of each split. `few_shot`: training tasks shown before each task. `strict`: no rules of
    extraction. `n_samples`: epochs, over which the mean and pass@k for each `k` are taken. One sample is taken
    greedily; of several, the temperature is the model's, or what the harness is told.

    Raises UsageError for options that make no sense, and as `dataset_with`.
    """
    options = harness_options({"data": data, "strict": strict, "n_samples": n_samples, "k": k})
    if isinstance(few_shot, bool) or not isinstance(few_shot, int) or few_shot < 0:
        raise UsageError(f"few_shot is {str(few_shot)[:40]!r}, and must be a number from 0")
    wanted = [name.strip() for name in split.split(",")] if isinstance(split, str) else list(split)
    splits = wanted if wanted != [""] else _tests_of(config, data)
    folder = dataset_with(config, splits, data)
    messages = [_message(**message) for message in as_messages("", solved_tasks(config, few_shot, data))[:-1]]
    return Task(
        dataset=MemoryDataset(
            [
                Sample(
                    input=[*messages, ChatMessageUser(content=row["prompt"])],
                    target=row["program"],
                    id=row["task_id"],
                    metadata={**{name: value for name, value in row.items() if name != "prompt"}, SPLIT: name_of_split},
                )
                for name_of_split in splits
                for row in _rows(folder, config, name_of_split, lite)
            ],
            name=f"arith-synth/{config}",
        ),
        solver=generate(),
        scorer=execution_accuracy(config, data, strict),
        metrics=metrics_of(splits),
        epochs=_epochs(options),
        config=GenerateConfig(temperature=0.0) if options.n_samples == 1 else GenerateConfig(),
        version=DATA_VERSION,
        metadata={"grammar": folder.build["grammar"]["name"], "max_size": folder.build.get("max_size")},
        headline_metric="execution_accuracy",
    )


def _tests_of(config: str, data: str | None) -> list[str]:
    """The tests of a config in its dataset, in publishing order."""
    named = configs_with_tests().get(config)
    if named is not None:
        return list(named)
    return [split for split in dataset_with(config, [], data).configs[config] if is_test(split)]


def _rows(folder: DatasetFolder, config: str, split: str, lite: bool) -> list[dict[str, Any]]:
    table = folder.read(config, split, ROW_COLUMNS)
    return (table.slice(0, N_LITE) if lite else table).to_pylist()


def _message(role: str, content: str) -> ChatMessage:
    return ChatMessageUser(content=content) if role == "user" else ChatMessageAssistant(content=content)


def _epochs(options: HarnessOptions) -> Epochs | None:
    """One epoch a sample; the mean over epochs is the share of completions."""
    if options.n_samples == 1:
        return None
    return Epochs(options.n_samples, ["mean", *(f"pass_at_{draws}" for draws in options.k)])


def _named_task(config: str) -> Callable[..., Task]:
    """The task function of a config of the registry."""

    def of_config(
        split: str = "",
        data: str | None = None,
        lite: bool = False,
        few_shot: int = 0,
        strict: bool = False,
        n_samples: int = 1,
        k: str = "1",
    ) -> Task:
        return program_task(
            config, split=split, data=data, lite=lite, few_shot=few_shot, strict=strict, n_samples=n_samples, k=k
        )

    return task(name=config)(of_config)


#: The tasks by name, which the harness registers as it imports this module.
TASKS = {config: _named_task(config) for config in configs_with_tests()}
#: For a config that is not in the registry, as one of a region of one's own: it takes `config` too.
TASKS["any_config"] = task(name="any_config")(program_task)
