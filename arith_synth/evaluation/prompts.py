"""What models that read texts are asked: the prompts of a split, after solved tasks of the training split if wanted."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import DatasetError, UsageError
from arith_synth.names import TRAIN_PREFIX
from arith_synth.seeding import keyed_hash

_SHOWN = ["task_id", "prompt", "completion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedTask:
    """A training task that is shown with its answer."""

    task_id: str
    prompt: str
    completion: str


def few_shot_examples(folder: DatasetFolder, config: str, n: int, seed: int) -> tuple[SolvedTask, ...]:
    """The n tasks of the config's training split with the lowest keyed hashes, lowest first; none for n = 0.

    They depend on (seed, config) and the split alone: every task of an evaluation is shown the same ones. Raises
    UsageError when the config has no training split or fewer tasks, DatasetError when it is damaged.
    """
    if n == 0:
        return ()
    if TRAIN_PREFIX not in folder.configs[config]:
        raise UsageError(f"config {config!r} has no training split to take examples from; leave --few-shot out")
    table = folder.read(config, TRAIN_PREFIX, ["fingerprint", *_SHOWN])
    if table.num_rows < n:
        raise UsageError(f"--few-shot {n} is more than the {table.num_rows} tasks of {config}/train; show fewer")
    fingerprints = table.column("fingerprint").to_pylist()
    hashes = [keyed_hash("few-shot", seed, config, fingerprint) for fingerprint in fingerprints]
    chosen = heapq.nsmallest(n, range(len(hashes)), key=hashes.__getitem__)
    return tuple(SolvedTask(**row) for row in table.select(_SHOWN).take(chosen).to_pylist())


def read_prompts(folder: DatasetFolder, config: str, split: str, n_tasks: int) -> tuple[list[str], list[str]]:
    """Ids and prompts of the first tasks of a split, in its order. DatasetError when it has none."""
    table = folder.read(config, split, ["task_id", "prompt"])
    if table.num_rows == 0 or table.column_names != ["task_id", "prompt"]:
        raise DatasetError(f"{folder.path} has no tasks in {config}/{split}; name a split of tasks, or build it again")
    rows = table.slice(0, n_tasks)
    return rows.column("task_id").to_pylist(), rows.column("prompt").to_pylist()


def as_text(prompt: str, examples: Sequence[SolvedTask]) -> str:
    """One text: each example's prompt and completion, an empty line behind it, then the prompt."""
    return "".join(f"{example.prompt}{example.completion}\n\n" for example in examples) + prompt


def as_messages(prompt: str, examples: Sequence[SolvedTask]) -> list[dict[str, Any]]:
    """A conversation: the user gives each example's prompt and the assistant its program, then comes the prompt."""
    messages: list[dict[str, Any]] = []
    for example in examples:
        messages.append({"role": "user", "content": example.prompt})
        messages.append({"role": "assistant", "content": example.completion.strip()})
    return [*messages, {"role": "user", "content": prompt}]
