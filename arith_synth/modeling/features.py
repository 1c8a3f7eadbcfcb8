"""What the model sees of one exact output: elementwise functions of a numerator and a denominator.

Magnitudes say how large a value is, Fourier features where it lies to a fine scale, residues what it is
modulo small primes. A program is also a program over each finite field, so that residues carry its
algebra exactly where floating-point magnitudes blur it.
"""

import math

import torch
from torch import Tensor

#: Moduli of the residue features.
PRIMES = (2, 3, 5, 7, 11, 13)
#: Periods of the Fourier features of the value, and of its signed logarithm.
VALUE_PERIODS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0)
LOG_PERIODS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_N_MAGNITUDES = 8

#: Width of `example_features`; part of the shape of every saved model.
N_FEATURES = (
    _N_MAGNITUDES + 2 * len(VALUE_PERIODS) + 2 * len(LOG_PERIODS) + 2 * sum(PRIMES) + sum(p + 1 for p in PRIMES)
)


def example_features(numerators: Tensor, denominators: Tensor) -> Tensor:
    """Features of exact outputs; a denominator of 0 stands for an undefined output.

    Shapes: numerators, denominators int64[..., n_shown], in lowest terms, denominators >= 0
    -> float32[..., n_shown, N_FEATURES], each within about [-3, 3].
    """
    undefined = denominators == 0
    numerators = numerators.masked_fill(undefined, 0)
    divisors = denominators.masked_fill(undefined, 1)
    value = numerators.double() / divisors.double()  # float64: the fine Fourier features need the digits
    log_value = value.sign() * value.abs().log1p()
    magnitudes = [
        undefined.double(),
        value.sign(),
        value.abs().log1p() / 4,
        log_value / 4,
        (value / 16).tanh(),
        (value / 256).tanh(),
        numerators.double().abs().log1p() / 4,
        divisors.double().log() / 4,
    ]
    features = torch.cat(
        [
            torch.stack(magnitudes, dim=-1).float(),
            _waves(value, VALUE_PERIODS),
            _waves(log_value, LOG_PERIODS),
            *(_one_hot(numerators % p, p) for p in PRIMES),
            *(_one_hot(divisors % p, p) for p in PRIMES),
            *(_one_hot(_field_value(numerators, divisors, p), p + 1) for p in PRIMES),
        ],
        dim=-1,
    )
    # An undefined output says so, and nothing else.
    known = torch.ones_like(features[..., :1]).masked_fill(undefined[..., None], 0.0)
    return torch.cat([features[..., :1], features[..., 1:] * known], dim=-1)


def _waves(value: Tensor, periods: tuple[float, ...]) -> Tensor:
    """Sine and cosine at each period: float64[...] -> float32[..., 2 * len(periods)]."""
    turns = value[..., None] / torch.tensor(periods, dtype=torch.float64, device=value.device)
    angles = 2 * math.pi * (turns - turns.round())
    return torch.cat([angles.sin(), angles.cos()], dim=-1).float()


def _one_hot(residues: Tensor, n_classes: int) -> Tensor:
    return (residues[..., None] == torch.arange(n_classes, device=residues.device)).float()


def _field_value(numerators: Tensor, denominators: Tensor, p: int) -> Tensor:
    """The value in the field of p elements, or p (the point at infinity) where p divides the denominator."""
    inverses = torch.tensor([0, *(pow(d, -1, p) for d in range(1, p))], device=numerators.device)
    residues = denominators % p
    return torch.where(residues == 0, p, (numerators % p) * inverses[residues] % p)
