import pytest
import torch
from strategies import XY3

from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for

N_TASKS = 6


@pytest.fixture(scope="session")
def model():
    torch.manual_seed(0)
    return ArithSynthForProgramSynthesis(config_for("nano", XY3)).eval()


@pytest.fixture(scope="session")
def examples():
    """Exact outputs of a few tasks, some undefined."""
    generator = torch.Generator().manual_seed(0)
    numerators = torch.randint(-500, 500, (N_TASKS, 16), generator=generator)
    denominators = torch.randint(1, 30, (N_TASKS, 16), generator=generator)
    denominators[0, :3] = 0
    divisors = torch.gcd(numerators, denominators).clamp(min=1)
    return {"numerators": numerators // divisors, "denominators": denominators // divisors}
