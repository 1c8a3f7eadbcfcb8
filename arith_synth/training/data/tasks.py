"""The tasks of a split for evaluation, validation losses and monitors: in the order of the file, as published."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PretrainedConfig

from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.modeling import ArithSynthConfig, grammar_of
from arith_synth.scoring import read_grammar
from arith_synth.training.data.batch import Batch, Examples, batch_of, features_on_cpu, reads_inputs
from arith_synth.training.data.columns import SplitColumns, split_columns
from arith_synth.training.data.tokens import program_tokens


@dataclass(frozen=True, kw_only=True)
class ModelTasks:
    """Tasks of a split, and the config of the model that they are for."""

    task_ids: tuple[str, ...]
    examples: Examples
    model_config: PretrainedConfig

    def __len__(self) -> int:
        return len(self.task_ids)

    @cached_property
    def features(self) -> Tensor:
        """What a multimodal model reads of all tasks: float32[task, n_shown, n_example_features]."""
        assert isinstance(self.model_config, ArithSynthConfig)  # others read texts
        return torch.from_numpy(features_on_cpu(self.examples, self.model_config))


def collate(tasks: ModelTasks, rows: slice | np.ndarray, model_config: PretrainedConfig) -> Batch:
    """The batch of some tasks: a gather, and what a model of this config reads of them."""
    return batch_of(tasks.examples[rows], model_config)


def open_for(data: Path, grammar: Grammar | None = None) -> tuple[DatasetFolder, Grammar]:
    """The dataset folder and its grammar.

    Raises DatasetError when the folder is no dataset, UsageError when it is of another grammar than the one expected.
    """
    folder = open_dataset(data)
    found = read_grammar(data)
    if grammar is not None and found != grammar:
        raise UsageError(
            f"{data} is of grammar {found.name} ({' '.join(found.symbols)}), and the model is for {grammar.name} "
            f"({' '.join(grammar.symbols)}); name a dataset of that grammar, or a model trained on this one"
        )
    return folder, found


def evaluation_tasks(
    folder: DatasetFolder,
    config: str,
    split: str,
    model_config: PretrainedConfig,
    *,
    limit: int | None = None,
    with_targets: bool = True,
    n_shown: int | None = None,
    rewritten: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
) -> ModelTasks:
    """The first `limit` tasks of a split (all when None), in the order of the file.

    Each shows its first `n_shown` examples, by default as many as the model reads (a model for text: all). Without
    targets, tokens have no columns; `rewritten` gives others than the published ones (`TrainingData.rewritten`).
    Raises UnknownNameError for an unknown config or split, DatasetError for a damaged file, UsageError for tasks that
    show fewer examples than the model reads.
    """
    columns = split_columns(folder, config, split, grammar_of(model_config))
    rows = slice(0, limit)
    codes = np.asarray(columns.codes[rows])
    if rewritten is not None:
        codes = rewritten(codes, columns.fingerprints[rows])
    tokens = tokens_for(codes, model_config)
    return ModelTasks(
        task_ids=tuple(folder.read(config, split, ["task_id"]).column("task_id").to_pylist()[rows]),
        examples=examples_of(columns, tokens if with_targets else tokens[:, :0], model_config, n_shown, rows),
        model_config=model_config,
    )


def tokens_for(codes: np.ndarray, model_config: PretrainedConfig) -> np.ndarray:
    """Programs uint8[n, width] in the notation that a model writes: int16[n, length]."""
    notation = model_config.notation if isinstance(model_config, ArithSynthConfig) else "infix"
    return program_tokens(codes, grammar_of(model_config), notation)


def examples_of(
    columns: SplitColumns,
    tokens: np.ndarray,
    model_config: PretrainedConfig,
    n_shown: int | None = None,
    rows: slice = slice(None),
) -> Examples:
    """Some tasks of a split as a model is shown them. UsageError when they show fewer examples than it reads."""
    n_there = columns.numerators.shape[1]
    if isinstance(model_config, ArithSynthConfig):
        if n_shown not in (None, model_config.n_shown):
            raise UsageError(f"the model reads {model_config.n_shown} examples, not {n_shown}; make both the same")
        n_shown = model_config.n_shown
    n_shown = n_there if n_shown is None else n_shown
    if n_shown > n_there:
        raise UsageError(
            f"the split shows {n_there} outputs a task, and the model reads {n_shown}; "
            "name a dataset and a model that belong together"
        )
    return Examples(
        tokens=tokens,
        numerators=columns.numerators[rows, :n_shown],
        denominators=columns.denominators[rows, :n_shown],
        inputs=columns.inputs[rows, :n_shown] if reads_inputs(model_config) else None,
    )
