"""Where a run computes, and what the processor is told before it starts."""

import ctypes
import sys

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
    """Fix the number of threads, flush denormal numbers to zero, and keep freed memory for the next step.

    Without the last, glibc returns every large activation to the system and takes it back, page by
    page, in the next step; that costs about a sixth of the time of a training step.
    """
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # musl has none
            mallopt(_M_MMAP_THRESHOLD, 1 << 30)
            mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)
