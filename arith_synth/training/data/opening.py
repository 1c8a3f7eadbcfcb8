"""From options to training data: a published split, or a stream."""

import os
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from transformers import PretrainedConfig

from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import UsageError
from arith_synth.modeling import ArithSynthConfig, grammar_of
from arith_synth.progress import Progress
from arith_synth.scoring import read_grammar
from arith_synth.semantics.panels import N_SHOWN
from arith_synth.training.data.batch import Batch
from arith_synth.training.data.columns import split_columns
from arith_synth.training.data.options import DataOptions
from arith_synth.training.data.panels import panel_sampler
from arith_synth.training.data.sources import source_of
from arith_synth.training.data.splits import SplitData
from arith_synth.training.data.streams import StreamData

#: Threads that draw a stream for a device; on a CPU one does, beside those that train.
_MOST_WORKERS = 4


class TrainingData(Protocol):
    """Batches by the number of their step. A resumed run needs nothing else to go on.

    `n_tasks`, `steps_per_epoch`: None for a stream. `n_fixed`: tasks whose target is the same in every epoch.
    """

    n_tasks: int | None
    steps_per_epoch: int | None
    n_fixed: int

    def batch(self, step: int, *, rank: int = 0, n_ranks: int = 1) -> Batch:
        """The rows of global step `step` that rank `rank` takes: a function of (seed, step, rank, n_ranks) alone."""
        ...

    def rewritten(self, codes: np.ndarray, fingerprints: np.ndarray) -> np.ndarray:
        """What would be the targets of these tasks here: canonical programs, or the published ones as they are.

        So a loss on unseen tasks is of what the model was taught to write. Shapes: published programs codes
        uint8[n, width], fingerprints uint64[n, 2] -> codes uint8[n, width].
        """
        ...

    def programs(self) -> frozenset[str]:
        """The targets, as canonical infix: what an answer may be a copy of. The published ones where others follow."""
        ...


def open_training_data(
    folder: DatasetFolder,
    options: DataOptions,
    model_config: PretrainedConfig,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> TrainingData:
    """What a model of `model_config` is trained on. `progress` hears of the work that the first stream of a dataset is.

    Raises UnknownNameError for an unknown config or split, DatasetError for a damaged folder, SplitError when a stream
    has nothing left to draw, UsageError for options that the dataset or the model does not fit.
    """
    device = torch.device(device)
    grammar = read_grammar(folder.path)
    if grammar_of(model_config) != grammar:
        raise UsageError(f"the model writes {grammar_of(model_config).name}, and {folder.path} is of {grammar.name}")
    folder.files(options.config, options.split)  # an unknown name fails here
    options = replace(options, n_shown=_n_shown(options, model_config))
    sampler = None
    if options.panels == "resampled" and options.n_shown is not None:
        sampler = panel_sampler(grammar, options.n_shown, options.seed)
    is_stream = options.source == "stream"
    stream = None
    if is_stream or options.targets != "published":
        source = source_of(folder, progress)
        stream = source.stream(options.config, split=options.split, seed=options.seed)
    if is_stream and stream is not None:
        n_workers = 1 if device.type == "cpu" else max(1, min(_MOST_WORKERS, (os.cpu_count() or 1) - 1))
        return StreamData(stream, options, model_config, device, sampler, n_workers)
    columns = split_columns(folder, options.config, options.split, grammar)
    return SplitData(columns, options, model_config, device, stream, sampler)


def _n_shown(options: DataOptions, model_config: PretrainedConfig) -> int:
    reads = model_config.n_shown if isinstance(model_config, ArithSynthConfig) else options.n_shown or N_SHOWN
    if options.n_shown not in (None, reads):
        raise UsageError(f"the model reads {reads} examples, and n_shown is {options.n_shown}; make both the same")
    if reads > N_SHOWN:  # also on other panels: no published task could be answered
        raise UsageError(f"the model is to read {reads} examples, and tasks show {N_SHOWN}; ask for fewer")
    return reads
