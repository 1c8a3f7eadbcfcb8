"""The sum of n independent draws from an observed distribution over integers: the bootstrap, without resampling.

The sum lies on a lattice of integers, and its distribution is the n-fold convolution of the observed one, so a Fourier
transform gives all of it. No seed, no Monte Carlo error, the same on every machine, and faster than resampling.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

#: Absorbs the transform's rounding where a cumulative probability meets a quantile exactly.
ROUNDING = 1e-9
#: The transform of a sum is a power; below this it is zero in doubles, and not computed.
_VANISHED = -50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The distribution of a sum: values int64[s] increasing, probabilities float64[s], which sum to one."""

    values: np.ndarray
    probabilities: np.ndarray


def sums_of_draws(observed: np.ndarray, n: int) -> Sums:
    """The sum of n draws, where a draw is i with probability observed[i]: float64[span + 1] -> `Sums`."""
    places = np.arange(len(observed))
    mean = float(observed @ places)
    deviation = math.sqrt(max(0.0, float(observed @ (places - mean) ** 2)))
    return mixed_sums([(1.0, observed)], n, means=(mean, mean), deviation=deviation, span=len(observed) - 1)


def mixed_sums(
    mixture: Iterable[tuple[float, np.ndarray]], n: int, *, means: tuple[float, float], deviation: float, span: int
) -> Sums:
    """The sum of n draws from one distribution, itself drawn first: pairs (its probability, float64[span + 1]).

    Between `means` lies the mean of each distribution, and none deviates by more than `deviation`.
    """
    centre, reach = n * (means[0] + means[1]) / 2, n * (means[1] - means[0])
    # Sums further out than this have a probability below 1e-15, and wrap around harmlessly.
    width = min(n * span + 1, int(reach + 20 * math.sqrt(n) * deviation) + 60 * span)
    length = 1 << max(0, width - 1).bit_length()
    transform = np.zeros(length // 2 + 1, dtype=np.complex128)
    for probability, observed in mixture:
        _add_power(transform, probability, np.fft.rfft(observed, length), n)
    wrapped = np.fft.irfft(transform, length)
    # The window of sums round the centre that the transform has room for, and all of them where it has.
    start = max(0, min(int(centre) - length // 2, n * span + 1 - length))
    sums = np.arange(start, min(start + length, n * span + 1))
    probabilities = np.maximum(wrapped[sums % length], 0.0)
    kept = probabilities > 1e-16
    return Sums(values=sums[kept], probabilities=probabilities[kept] / probabilities[kept].sum())


def _add_power(transform: np.ndarray, probability: float, base: np.ndarray, n: int) -> None:
    """Add probability * base^n to the transform, where it does not vanish: nearly everywhere it does."""
    with np.errstate(divide="ignore"):
        kept = n * np.log(np.abs(base)) > _VANISHED
    transform[kept] += probability * base[kept] ** n
