"""The exponential that compiled loops share, made so that a compiler takes a vector of them at a time."""

import numba
import numpy as np

_float = np.float32

# 2 to the power of a number within [-0.5, 0.5]: the Taylor coefficients ln(2)^n / n!, from the highest.
_POWERS = tuple(_float(np.log(2.0) ** n / np.prod(np.arange(1.0, n + 1))) for n in range(6, -1, -1))
_LOG2_E = _float(1 / np.log(2.0))
#: Powers beyond are as good as nothing, or as infinite, and would leave the exponents of float32.
_MOST = _float(80)


@numba.njit(inline="always")
def exponential(x):
    """e to the power of a float32 x, taken as -80 below it and as 80 above.

    The relative error is at most 3e-7 + 1e-7 * |x|: where that is much, e to the power of x is next to nothing beside
    what it is added to.
    """
    binary = min(max(x, -_MOST), _MOST) * _LOG2_E
    whole = np.floor(binary + _float(0.5))
    rest = binary - whole
    power = _POWERS[0]
    for n in range(1, 7):
        power = power * rest + _POWERS[n]
    return power * np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)
