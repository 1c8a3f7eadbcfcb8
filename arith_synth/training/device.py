"""Where a run computes, and what the processor is told before it starts."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator

from arith_synth.errors import DeviceError

# Parameters of glibc's mallopt, malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


def accelerator_for(device: str, threads: int) -> Accelerator:
    """The accelerator of a run on "cpu", "cuda" or "auto". Raises DeviceError when CUDA is asked for and absent."""
    if device == "cuda" and not torch.cuda.is_available():
        raise DeviceError("there is no CUDA device here; say --device cpu, or install a CUDA build of torch")
    on_cpu = device == "cpu" or not torch.cuda.is_available()
    if on_cpu:
        prepare_cpu(threads)
    return Accelerator(cpu=on_cpu)


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
