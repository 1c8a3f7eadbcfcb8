import pytest
import torch
from strategies import XY3

from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for, example_features

N_TASKS = 9


@pytest.fixture(scope="session")
def model():
    """Sharper than a fresh model: its completions end at different lengths."""
    torch.manual_seed(3)
    model = ArithSynthForProgramSynthesis(config_for("nano", XY3, initializer_range=0.3)).eval()
    model.lm_head.weight.data[2] *= 1.5
    return model


@pytest.fixture(scope="session")
def examples():
    generator = torch.Generator().manual_seed(0)
    numerators = torch.randint(-500, 500, (N_TASKS, 16), generator=generator)
    denominators = torch.randint(1, 30, (N_TASKS, 16), generator=generator)
    divisors = torch.gcd(numerators, denominators)
    return {"numerators": numerators // divisors, "denominators": denominators // divisors}


@pytest.fixture(scope="session")
def features(examples):
    return example_features(**examples)


@pytest.fixture(scope="session")
def task_ids():
    return tuple(f"random/test/{row:06d}" for row in range(N_TASKS))
