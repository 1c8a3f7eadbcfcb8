"""Processes that train together: whether they are as many as were asked for, and what they must agree on."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType, broadcast_object_list

from arith_synth.errors import ArithSynthError, DeviceError, UsageError
from arith_synth.training.config import TrainingConfig
from arith_synth.training.folders import exclusive

#: Where launchers say how many processes they have started.
_SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
#: What else Accelerate takes for whole numbers, without asking.
_OTHER_NUMBERS = ("RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_PORT")
_REMEDY = "start it with: torchrun --nproc_per_node N train.py …"

T = TypeVar("T")


def check_launch(environment: Mapping[str, str], n_wanted: int | None) -> None:
    """Look at what a launcher has left, before any process waits for another.

    `accelerate launch --cpu --num_processes 2` starts one process (accelerate 1.15): all it leaves of the two is an
    address to meet at, and nobody to meet there. Raises DeviceError for such a launch, unless one process is wanted;
    for several processes with no address to meet at; and for numbers of processes that are no numbers.
    """
    for name in (*_SIZES, *_OTHER_NUMBERS):
        if name in environment and _number(environment[name]) is None:
            raise DeviceError(f"{name} is {environment[name]!r}, which is no whole number; unset it, or {_REMEDY}")
    sizes = _sizes(environment)
    if not sizes and "ACCELERATE_MIXED_PRECISION" in environment and "MASTER_ADDR" in environment and n_wanted != 1:
        raise DeviceError(
            "accelerate launch was told of several processes and has started one, as it does on CPUs; "
            f"{_REMEDY}, or launch with accelerate_configs/cpu_2.yaml"
        )
    if "WORLD_SIZE" in environment and max(sizes, default=1) > 1 and "RANK" not in environment:
        raise DeviceError(f"WORLD_SIZE is {environment['WORLD_SIZE']} and no RANK is set; {_REMEDY}")
    if n_wanted is not None and (n_found := max(sizes, default=1)) != n_wanted:
        raise DeviceError(
            f"--n-processes is {n_wanted}, and {n_found} started; {_REMEDY.replace(' N ', f' {n_wanted} ')}"
        )
    if max(sizes, default=1) > 1 and not environment.get("MASTER_ADDR"):
        name = next(name for name in _SIZES if (_number(environment.get(name, "")) or 0) > 1)
        raise DeviceError(
            f"{name} is {environment[name]} and no MASTER_ADDR says where the processes meet; export it as the host of "
            f"the first process, or {_REMEDY}"
        )


def check_processes(accelerator: Accelerator, environment: Mapping[str, str]) -> None:
    """Raises DeviceError when fewer processes train together than the launcher has started."""
    n_started = max(_sizes(environment), default=1)
    if accelerator.num_processes != n_started:
        raise DeviceError(
            f"{n_started} processes were started, and {accelerator.num_processes} would train together; {_REMEDY}"
        )


def on_main(accelerator: Accelerator, action: Callable[[], T]) -> T:
    """What `action` returns in the main process, in all of them; the others wait for it.

    Its errors end all processes: in the main one they are raised, the others leave with the same status and no text.
    """
    if accelerator.num_processes == 1:
        return action()
    answer: list[Any] = [None, None]
    error = None
    if accelerator.is_main_process:
        try:
            answer[0] = action()
        except (ArithSynthError, OSError) as raised:
            error = raised
            answer[1] = raised.exit_status if isinstance(raised, ArithSynthError) else 1
    broadcast_object_list(answer)
    if error is not None:
        raise error
    if answer[1] is not None:
        sys.exit(answer[1])
    return answer[0]


def hold_output(stack: ExitStack, accelerator: Accelerator, output: Path) -> None:
    """Lock the output folder in the main process, for all of them, until the stack is closed."""
    on_main(accelerator, lambda: stack.enter_context(exclusive(output)))


def check_sharing(accelerator: Accelerator, config: TrainingConfig) -> None:
    """Raises UsageError for options that cannot be where several processes share a step, or each other's weights.

    FSDP and DeepSpeed cut weights up; averages of weights and decoding need whole ones.
    """
    kind, n_processes = accelerator.distributed_type, accelerator.num_processes
    if config.batch_size // n_processes < config.gradient_accumulation:
        raise UsageError(
            f"--batch-size {config.batch_size} gives {n_processes} processes too few tasks for --gradient-accumulation "
            f"{config.gradient_accumulation}; make it smaller"
        )
    if kind not in (DistributedType.FSDP, DistributedType.DEEPSPEED):
        return
    if config.ema is not None:
        raise UsageError(f"--ema averages whole weights, and {kind.value} cuts them up; leave it out, or use DDP")
    if kind is DistributedType.FSDP and (config.n_validation or config.n_monitor):
        raise UsageError(
            "answers are decoded from whole weights, and FSDP cuts them up; say --n-validation 0 --n-monitor 0, and "
            "measure the saved model with eval.py"
        )
    if kind is DistributedType.DEEPSPEED:
        if config.optimizer != "adamw" or config.gradient_accumulation > 1:
            raise UsageError(
                "DeepSpeed takes one optimizer and whole steps; say --optimizer adamw, and no micro-batches"
            )
        # It wants to know before the first batch.
        plugin: Any = accelerator.state.deepspeed_plugin
        plugin.deepspeed_config["train_micro_batch_size_per_gpu"] = config.batch_size // n_processes


def agreed(accelerator: Accelerator, own: Sequence[float]) -> list[list[float]]:
    """The numbers of every process, the main one's first, known to all: without it, each would stop, measure and save
    at another step, and wait for the others forever.
    """
    if accelerator.num_processes == 1:
        return [list(own)]
    numbers = torch.tensor([own], dtype=torch.float64, device=accelerator.device)
    gathered: Any = accelerator.gather(numbers)
    return gathered.tolist()


def _sizes(environment: Mapping[str, str]) -> list[int]:
    """How many processes launchers say that they have started; below 0 stands for nothing said."""
    sizes = (_number(environment.get(name, "")) for name in _SIZES)
    return [size for size in sizes if size is not None and size >= 0]


def _number(text: str) -> int | None:
    """The number as Accelerate reads it, None for any other text."""
    try:
        return int(text)
    except ValueError:
        return None
