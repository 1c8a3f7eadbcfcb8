"""Where a run computes, how precisely, and what the processor is told before it starts."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from accelerate import Accelerator

from arith_synth.errors import DeviceError
from arith_synth.training.launching import check_launch, check_processes

# Parameters of glibc's mallopt, malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


def accelerator_for(
    device: str,
    threads: int,
    *,
    precision: str = "fp32",
    n_processes: int | None = None,
    trackers: Any = None,
) -> Accelerator:
    """The accelerator of a run on "cpu", "cuda" or "auto".

    Raises DeviceError when CUDA is asked for and absent, and when other processes than were asked for train together.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise DeviceError("there is no CUDA device here; say --device cpu, or install a CUDA build of torch")
    check_launch(os.environ, n_processes)
    on_cpu = device == "cpu" or not torch.cuda.is_available()
    if on_cpu:
        # Accelerate warns where nobody has said how many threads a process may have.
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
        prepare_cpu(threads)
    # Sharded training casts parameters itself, and must be told; everywhere else we say `autocast` where we compute.
    sharded = any(os.environ.get(f"ACCELERATE_USE_{kind}", "").lower() == "true" for kind in ("FSDP", "DEEPSPEED"))
    precise = "bf16" if sharded and uses_bf16(precision, on_cpu=on_cpu) else "no"
    accelerator = Accelerator(cpu=on_cpu, mixed_precision=precise, log_with=trackers)
    check_processes(accelerator, os.environ)
    return accelerator


def uses_bf16(precision: str, *, on_cpu: bool) -> bool:
    """Whether matrices are multiplied in bfloat16. Raises DeviceError when CUDA is to do it and cannot."""
    if precision == "fp32" or (precision == "auto" and on_cpu):
        return False
    supported = on_cpu or torch.cuda.is_bf16_supported(including_emulation=False)
    if precision == "bf16" and not supported:
        raise DeviceError("this CUDA device does not multiply in bfloat16; say --precision fp32")
    return supported


def set_tf32(tf32: bool) -> None:
    """Whether CUDA multiplies float32 matrices in TF32 (10 bits of mantissa)."""
    torch.set_float32_matmul_precision("high" if tf32 else "highest")


def prepare_cpu(threads: int) -> None:
    """Fix the number of threads, and keep freed memory for the next step.

    Without the latter, glibc returns every large activation to the system and takes it back, page by
    page, in the next step; that costs about a sixth of the time of a training step.
    """
    torch.set_num_threads(threads)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # musl has none
            mallopt(_M_MMAP_THRESHOLD, 1 << 30)
            mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Take denormal numbers for zero while models compute: they slow a processor down and mean nothing there.

    Only then. It is a state of the whole process, and coordinates and tests are promised IEEE arithmetic.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
