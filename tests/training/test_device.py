"""What a run changes in the process around it."""

import numpy as np
import torch

from arith_synth.training.device import flushed_denormals

TINY = np.float64(5e-324)


def test_denormal_numbers_are_flushed_while_models_compute_and_not_after() -> None:
    with flushed_denormals():
        assert float(torch.tensor(TINY) * 1.0) == 0.0
    assert float(torch.tensor(TINY) * 1.0) == float(TINY)
