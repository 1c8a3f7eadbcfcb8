"""One side of the training benchmark: our loop, `transformers.Trainer`, or the matrix products of our step alone.

    python -m benchmarks.training_side '{"side": "ours", "config": {…}}'

`config`: fields of `TrainingConfig`. All sides have the same model and the same data.
"""

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from arith_synth.training import TrainingConfig
from arith_synth.training.device import flushed_denormals
from arith_synth.training.schedules import set_learning_rates
from arith_synth.training.setup import Run, open_run
from benchmarks.matrix_products import doing, products_of
from benchmarks.trainer_peer import train_with_trainer
from benchmarks.turns import Turns, take_turns

#: Part of the peak learning rate: nothing is to be learned here, and nothing to be broken.
_SCALE = 0.01


def step_of(run: Run) -> Callable[[], Tensor]:
    """What the loop does in each step: the batch, backward, the loss read where the loop reads it, the update."""
    on_cpu = run.accelerator.device.type == "cpu"
    number = 0
    set_learning_rates(run.optimizers, _SCALE)
    run.model.train()
    if run.step.is_compiled:
        run.step.compile(run.batch(0))

    def step() -> Tensor:
        nonlocal number
        loss = run.step.backward(run.batch(number))
        number += 1
        if on_cpu or number % run.config.log_every_steps == 0:
            loss.tolist()
        run.step.update()
        return loss

    return step


def main(side: str, config: dict[str, Any], **options: Any) -> None:
    """Take turns as one of the sides: "ours", "products", or "trainer" with its options."""
    options_of_run = TrainingConfig(**{**config, **{name: Path(config[name]) for name in ("data", "output")}})
    wait = torch.cuda.synchronize if options_of_run.device == "cuda" else lambda: None
    if side == "trainer":
        train_with_trainer(options_of_run, Turns(wait), **options)
        return
    with ExitStack() as stack:
        run = open_run(options_of_run, stack)
        assert run is not None, "the output folder holds a finished run"
        stack.enter_context(flushed_denormals())
        step: Callable[[], object] = step_of(run)
        if side == "products":
            step()  # the first one makes the optimizers' states
            step = doing(products_of(step), run.accelerator.device)
        take_turns(step, wait)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
