"""One optimizer step: forward and backward in micro-batches, over all processes, then clip and update."""

from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from arith_synth.errors import DeviceError, UsageError
from arith_synth.modeling import IGNORED_LABEL
from arith_synth.training.averaging import WeightAverage
from arith_synth.training.config import TrainingConfig
from arith_synth.training.data import Batch
from arith_synth.training.device import uses_bf16
from arith_synth.training.fused import can_fuse, fused_loss
from arith_synth.training.losses import batch_loss


class Step:
    """The step of a run. `backward` and `update` are apart so that a loss can be looked at before it changes a weight.

    The gradient is that of the mean loss over the wanted tokens of the whole step, however it is cut into micro-batches
    and however many processes share it: each part counts by its number of wanted tokens.
    """

    def __init__(
        self,
        config: TrainingConfig,
        accelerator: Accelerator,
        model: nn.Module,
        optimizers: list[Optimizer],
        average: WeightAverage,
    ) -> None:
        self._config, self._accelerator, self._model = config, accelerator, model
        self._optimizers, self._average = optimizers, average
        self._loss: Callable[[nn.Module, Batch, float], Tensor] = batch_loss
        on_cpu = accelerator.device.type == "cpu"
        self._bf16 = uses_bf16(config.precision, on_cpu=on_cpu)
        if config.compile == "graphs" and on_cpu:
            raise UsageError("--compile graphs is for a CUDA device; say --device cuda, or --compile on")
        by_torch = config.compile in ("on", "graphs") or (config.compile == "auto" and not on_cpu)
        # With several processes the gradients are averaged by a wrapper, which must be what is called.
        is_alone = on_cpu and accelerator.num_processes == 1
        if by_torch:
            mode = "reduce-overhead" if config.compile == "graphs" else None  # torch's name for CUDA graphs
            self._loss = torch.compile(batch_loss, dynamic=False, mode=mode)
        elif config.fused == "auto" and is_alone and not self._bf16 and can_fuse(model):
            self._loss = fused_loss

    @property
    def is_compiled(self) -> bool:
        """Whether something of the forward and backward pass is compiled when it first runs."""
        return self._loss is not batch_loss

    def backward(self, batch: Batch) -> Tensor:
        """Add up the gradient of this process's share of a step, and average it over the processes with the last part.

        Returns float64[2] on the device, the same in all processes: the mean loss in nats a token, the wanted tokens.
        """
        accelerator, n_ranks = self._accelerator, self._accelerator.num_processes
        parts = micro_batches(batch, self._config.gradient_accumulation)
        counts = [(part.labels != IGNORED_LABEL).sum() for part in parts]
        n_wanted = self._summed(torch.stack(counts).sum())
        mean = torch.zeros((), dtype=torch.float64, device=accelerator.device)
        for number, (part, count) in enumerate(zip(parts, counts, strict=True), start=1):
            is_last = number == len(parts)
            with nullcontext() if is_last or n_ranks == 1 else accelerator.no_sync(self._model):
                with torch.autocast(accelerator.device.type, torch.bfloat16, enabled=self._bf16):
                    loss = self._loss(self._model, part, self._config.label_smoothing)
                share = count / n_wanted
                # The processes' gradients are averaged where they should be added up.
                whole = len(parts) == 1 and n_ranks == 1
                accelerator.backward(loss if whole else loss * (share * n_ranks))
            mean += loss.detach() * share
        return torch.stack([self._summed(mean), n_wanted.double()])

    def update(self) -> None:
        """Clip the gradient, move the weights and their average, and forget the gradient."""
        if self._config.clip is not None:
            self._accelerator.clip_grad_norm_(self._model.parameters(), self._config.clip)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self._average.update()

    def compile(self, batch: Batch) -> None:
        """Compile for batches of this shape, before the clock starts; leaves weights and random states as they were.

        Raises DeviceError where compiling fails, as without a C++ compiler.
        """
        from torch._dynamo.exc import TorchDynamoException

        devices = [] if self._accelerator.device.type == "cpu" else [self._accelerator.device]
        try:
            with torch.random.fork_rng(devices, device_type="cuda"):
                self.backward(batch)
        except TorchDynamoException as error:
            reason = str(error).strip().partition("\n")[0]
            raise DeviceError(f"the step cannot be compiled here ({reason}); say --compile off") from error
        for optimizer in self._optimizers:
            optimizer.zero_grad()

    def _summed(self, number: Tensor) -> Tensor:
        """The sum over all processes."""
        return self._accelerator.reduce(number) if self._accelerator.num_processes > 1 else number  # pyright: ignore[reportReturnType]


def micro_batches(batch: Batch, n: int) -> list[Batch]:
    """A batch cut into `n` parts whose numbers of rows differ by at most 1."""
    n_rows = len(batch.labels)
    starts = [number * n_rows // n for number in range(n + 1)]
    return [batch[start:end] for start, end in pairwise(starts)]
