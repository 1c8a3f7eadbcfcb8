"""Training on the published tasks of a split, epoch after epoch."""

from dataclasses import replace

import numpy as np
import torch
from transformers import PretrainedConfig

from arith_synth.modeling import ArithSynthConfig, grammar_of
from arith_synth.semantics.program_texts import infix_texts
from arith_synth.splits.streams.stream import TrainingStream
from arith_synth.training.data.ahead import Ahead
from arith_synth.training.data.batch import Batch, Examples, batch_of
from arith_synth.training.data.columns import SplitColumns
from arith_synth.training.data.options import DataOptions
from arith_synth.training.data.order import BatchOrder
from arith_synth.training.data.panels import PanelSampler
from arith_synth.training.data.targets import CanonicalTargets, ResampledTargets, classes_of
from arith_synth.training.data.tasks import examples_of, tokens_for

#: The largest share of a device's free memory that the tasks may take to stay on it.
_RESIDENT_SHARE = 0.25


class SplitData:
    """A published split: step t is a function of (seed, t), the options, and the files.

    `n_fixed`: tasks whose target is never resampled, though the others' are.
    """

    def __init__(
        self,
        columns: SplitColumns,
        options: DataOptions,
        model_config: PretrainedConfig,
        device: torch.device,
        stream: TrainingStream | None = None,
        sampler: PanelSampler | None = None,
    ) -> None:
        self.n_tasks: int | None = len(columns)
        self._order = BatchOrder(len(columns), options.batch_size, options.seed)
        self.steps_per_epoch: int | None = self._order.steps_per_epoch
        self._model_config, self._device, self._sampler = model_config, device, sampler
        self.n_fixed = len(columns)
        self._epochs: Ahead[np.ndarray] | None = None
        self._canonical = CanonicalTargets(stream) if stream and options.targets == "canonical" else None
        codes = self.rewritten(np.asarray(columns.codes), columns.fingerprints)
        if stream is not None and options.targets == "resampled":
            targets = ResampledTargets(stream, classes_of(columns.fingerprints, stream.atlas.corpus), codes)
            self.n_fixed = targets.n_fixed
            self._epochs = Ahead(lambda epoch: tokens_for(targets.codes(epoch), model_config))
        self._codes = codes
        examples = examples_of(columns, tokens_for(codes, model_config), model_config, options.n_shown)
        self._pool = None if sampler is None else sampler.outputs(np.asarray(columns.codes))
        self._resident = sampler is None and _fits(examples, model_config, device)
        self._examples = examples.on(device) if self._resident else examples

    def rewritten(self, codes: np.ndarray, fingerprints: np.ndarray) -> np.ndarray:
        """See `TrainingData.rewritten`."""
        return codes if self._canonical is None else self._canonical.of_fingerprints(fingerprints, codes)

    def programs(self) -> frozenset[str]:
        """See `TrainingData.programs`."""
        return frozenset(infix_texts(self._codes, grammar_of(self._model_config)).to_list())

    def batch(self, step: int, *, rank: int = 0, n_ranks: int = 1) -> Batch:
        """The rows of global step `step` that rank `rank` of `n_ranks` takes: every n_ranks-th."""
        rows, epoch = self._order.tasks_of(step)[rank::n_ranks], self._order.epoch_of(step)
        tokens = None if self._epochs is None else self._epochs.get(epoch)[rows]
        if self._sampler is not None and self._pool is not None:
            tokens = np.asarray(self._examples.tokens)[rows] if tokens is None else tokens
            outputs = (self._pool[0][rows], self._pool[1][rows])
            drawn = self._sampler.draw(tokens, outputs, rows, np.full(len(rows), epoch))
            return batch_on(drawn, self._model_config, self._device)
        if not self._resident:
            part = self._examples[rows]
            part = part if tokens is None else replace(part, tokens=tokens)
            return batch_on(part, self._model_config, self._device)
        part = self._examples[torch.from_numpy(rows).to(self._device, non_blocking=True)]
        if tokens is not None:
            part = replace(part, tokens=torch.from_numpy(tokens).to(self._device, non_blocking=True))
        return batch_of(part, self._model_config)


def batch_on(examples: Examples, model_config: PretrainedConfig, device: torch.device) -> Batch:
    """The batch of arrays, on a device: on CUDA the model computes features itself, from a hundredth of the bytes."""
    if device.type == "cuda" and isinstance(model_config, ArithSynthConfig):
        return batch_of(examples.on(device), model_config)
    return batch_of(examples, model_config).to(device, non_blocking=True)


def _fits(examples: Examples, model_config: PretrainedConfig, device: torch.device) -> bool:
    if device.type != "cuda" or not isinstance(model_config, ArithSynthConfig):
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return examples.n_bytes <= _RESIDENT_SHARE * free
