"""What a run with a model says of itself: what any run does, and its device and the versions of what runs models."""

import platform
from typing import Any

import accelerate
import torch
import transformers

from arith_synth import __version__
from arith_synth.run_records import commit, data_record, machine, plain

__all__ = ["commit", "data_record", "hardware", "plain", "versions"]


def hardware(device: torch.device) -> dict[str, Any]:
    """The machine: processor, cores, threads in use, device."""
    return {
        **machine(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
    }


def versions() -> dict[str, str]:
    """Versions of what decides the numbers."""
    return {
        "arith_synth": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "accelerate": accelerate.__version__,
    }
