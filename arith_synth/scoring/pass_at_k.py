"""pass@k: the probability that at least one of k samples is correct."""

import math

from arith_synth.errors import MetricError

#: The k that are reported where none are asked for, as far as there are samples.
_USUAL = (1, 10, 100)


def usual_ks(n_samples: int) -> tuple[int, ...]:
    """The k of pass@k that are reported where none are asked for."""
    return tuple(k for k in _USUAL if k <= n_samples)


def pass_at_k(n_correct: int, n_samples: int, k: int) -> float:
    """Unbiased estimate for one task with `n_correct` of `n_samples` samples correct.

    1 - C(n - c, k) / C(n, k), in exact integers up to the last division.
    Source: Chen et al. 2021, arXiv:2107.03374, eq. 1.
    Raises MetricError unless 1 <= k <= n_samples and 0 <= n_correct <= n_samples.
    """
    check_k(k, n_samples)
    if not 0 <= n_correct <= n_samples:
        raise MetricError(f"{n_correct} of {n_samples} samples cannot be correct; count them again")
    n_draws = math.comb(n_samples, k)
    return (n_draws - math.comb(n_samples - n_correct, k)) / n_draws


def check_k(k: int, n_samples: int) -> None:
    """MetricError unless k samples can be drawn from n."""
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise MetricError(f"pass@k needs a whole number k >= 1, not {k!r}; pass for example k=[1, 10]")
    if k > n_samples:
        raise MetricError(f"pass@{k} needs {k} samples a task, and there are {n_samples}; sample more or lower k")
