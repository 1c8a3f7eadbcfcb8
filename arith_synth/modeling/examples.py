"""Exact examples that a caller gives, checked by shape and type, and brought into lowest terms.

No value is looked at: that would break a compiled graph, and wait for a device.
"""

from typing import Any

import torch
from torch import Tensor

from arith_synth.errors import UsageError
from arith_synth.modeling.configuration import ArithSynthConfig

_INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8)


def check_examples(config: ArithSynthConfig, numerators: Any, denominators: Any, example_inputs: Any = None) -> None:
    """Whether a model of this config can read these; shapes as in `ArithSynthForProgramSynthesis.forward`.

    Raises UsageError when one is missing, no tensor of integers, or of another shape.
    """
    given = {"numerators": numerators, "denominators": denominators}
    if config.reads_inputs:
        if example_inputs is None:
            raise UsageError("this model reads the inputs of its examples too; give example_inputs")
        given["example_inputs"] = example_inputs
    for name, values in given.items():
        if values is None:
            raise UsageError(f"{name} are missing; give numerators and denominators, one of each for every output")
        if not isinstance(values, Tensor) or values.dtype not in _INTEGERS:
            kind = values.dtype if isinstance(values, Tensor) else type(values).__name__
            raise UsageError(f"{name} must be a tensor of integers, not {kind}; outputs are exact fractions")
    n_tasks = len(numerators) if numerators.ndim else 0
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(("numerators", "denominators"), (n_tasks, config.n_shown))
    if config.reads_inputs:
        n_variables = config.n_example_features // config.n_features - 1
        shapes["example_inputs"] = (n_tasks, config.n_shown, n_variables)
    for name, shape in shapes.items():
        if tuple(given[name].shape) != shape:
            raise UsageError(
                f"{name} must have the shape {shape}, for this model is shown {config.n_shown} examples of each task, "
                f"and have {tuple(given[name].shape)}"
            )


def check_features(config: ArithSynthConfig, features: Tensor) -> None:
    """Raises UsageError when features are not of the shape that a model of this config reads."""
    expected = (config.n_shown, config.n_example_features)
    if features.ndim != 3 or tuple(features.shape[1:]) != expected:
        raise UsageError(
            f"features must have the shape {('n_tasks', *expected)}, and have {tuple(features.shape)}; "
            "make them with model.features_of"
        )


def in_lowest_terms(numerators: Tensor, denominators: Tensor) -> tuple[Tensor, Tensor]:
    """The same values with denominators >= 0; where the denominator is 0 the output is undefined, and stays so.

    Shapes: integers[...] -> integers[...], of more than -2**63.
    """
    divisors = torch.gcd(numerators, denominators).abs().clamp(min=1)  # 0 only where both are
    divisors = torch.where(denominators < 0, -divisors, divisors)
    return numerators // divisors, denominators // divisors
