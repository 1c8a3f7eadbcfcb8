"""Training on endless draws: blocks of tasks are drawn, executed and tokenized ahead of the steps that take them."""

import numpy as np
import torch
from transformers import PretrainedConfig

from arith_synth.grammar import Grammar
from arith_synth.modeling import ArithSynthConfig
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.panels import panel_of
from arith_synth.splits.streams.stream import TrainingStream
from arith_synth.training.data.ahead import Ahead
from arith_synth.training.data.batch import Batch, Examples, batch_of, reads_inputs
from arith_synth.training.data.options import DataOptions
from arith_synth.training.data.panels import PanelSampler
from arith_synth.training.data.splits import batch_on
from arith_synth.training.data.targets import CanonicalTargets
from arith_synth.training.data.tasks import tokens_for

#: Tasks of a block, about.
_BLOCK = 16_384


class StreamData:
    """A stream: step t takes the draws t * batch_size and so on. Nothing is written to disk, no task is kept."""

    n_tasks: int | None = None
    steps_per_epoch: int | None = None
    n_fixed = 0

    def __init__(
        self,
        stream: TrainingStream,
        options: DataOptions,
        model_config: PretrainedConfig,
        device: torch.device,
        sampler: PanelSampler | None = None,
        n_workers: int = 1,
    ) -> None:
        self._stream, self._options, self._model_config, self._device = stream, options, model_config, device
        self._sampler, self._n_workers = sampler, n_workers
        self._canonical = CanonicalTargets(stream) if options.targets == "canonical" else None
        self._grammar: Grammar = stream.atlas.corpus.grammar
        self._points = np.array(panel_of(self._grammar).shown[: options.n_shown], dtype=np.int64)
        self._steps_of_block = max(1, _BLOCK // options.batch_size)
        self._share: tuple[int, int] | None = None
        self._blocks: Ahead[Examples] | None = None
        self._on_device: tuple[int, Examples] | None = None

    def rewritten(self, codes: np.ndarray, fingerprints: np.ndarray) -> np.ndarray:
        """See `TrainingData.rewritten`."""
        return codes if self._canonical is None else self._canonical.of_fingerprints(fingerprints, codes)

    def programs(self) -> frozenset[str]:
        """None: a stream has no end."""
        return frozenset()

    def batch(self, step: int, *, rank: int = 0, n_ranks: int = 1) -> Batch:
        """The rows of global step `step` that rank `rank` of `n_ranks` takes: every n_ranks-th; it draws no others."""
        if self._blocks is None or self._share != (rank, n_ranks):
            self._share, self._on_device = (rank, n_ranks), None
            self._blocks = Ahead(lambda number: self._draw(number, rank, n_ranks), self._n_workers)
        number, place = divmod(step, self._steps_of_block)
        n_rows = len(range(rank, self._options.batch_size, n_ranks))
        rows = slice(place * n_rows, (place + 1) * n_rows)
        if self._device.type != "cuda" or not isinstance(self._model_config, ArithSynthConfig):
            return batch_on(self._blocks.get(number)[rows], self._model_config, self._device)
        if self._on_device is None or self._on_device[0] != number:
            self._on_device = (number, self._blocks.get(number).on(self._device))
        return batch_of(self._on_device[1][rows], self._model_config)

    def _draw(self, number: int, rank: int, n_ranks: int) -> Examples:
        """Block `number` of a rank: its rows of so many steps, one step after the other."""
        size = self._options.batch_size
        steps = number * self._steps_of_block + np.arange(self._steps_of_block, dtype=np.int64)
        numbers = (steps[:, None] * size + np.arange(rank, size, n_ranks)).reshape(-1)
        codes, classes = self._stream.draw(numbers)
        targets = codes if self._canonical is None else self._canonical.codes(classes)
        tokens = tokens_for(targets, self._model_config)
        if self._sampler is not None:
            return self._sampler.draw(tokens, self._sampler.outputs(codes), numbers)
        numerators, denominators = rational_outputs(codes, self._grammar, self._points)
        inputs = np.broadcast_to(self._points, (len(codes), *self._points.shape))
        return Examples(
            tokens=tokens,
            numerators=numerators,
            denominators=denominators,
            inputs=inputs if reads_inputs(self._model_config) else None,
        )
