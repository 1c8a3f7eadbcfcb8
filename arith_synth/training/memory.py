"""A full memory is one line that says which flags ask for less."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from arith_synth.errors import ArithSynthError, CapacityError
from arith_synth.training.config import TrainingConfig

#: How torch's allocator for processors begins its complaint, a RuntimeError of no class of its own.
_CPU_ALLOCATOR = "DefaultCPUAllocator"


@contextmanager
def naming_memory_flags(config: TrainingConfig) -> Iterator[None]:
    """Raises CapacityError when the memory of the device or of the machine is full within the block."""
    try:
        yield
    except ArithSynthError:
        raise
    except (MemoryError, RuntimeError) as error:
        full = isinstance(error, MemoryError | torch.OutOfMemoryError) or _CPU_ALLOCATOR in str(error)
        if not full:
            raise
        parts = 2 * config.gradient_accumulation
        raise CapacityError(
            f"the memory is full; keep the step and cut it with --gradient-accumulation {parts}, or say a lower "
            f"--batch-size than {config.batch_size} or a smaller --preset than {config.preset}"
        ) from error
