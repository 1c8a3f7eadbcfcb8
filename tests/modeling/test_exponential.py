import numba
import numpy as np

from arith_synth.modeling.exponential import exponential


@numba.njit
def exponentials(values):
    """The kernel's exponential of each value."""
    out = np.empty_like(values)
    for place in range(len(values)):
        out[place] = exponential(values[place])
    return out


def test_the_exponential_is_right_to_the_precision_it_states():
    values = np.linspace(-80, 80, 100_001).astype(np.float32)
    exact = np.exp(values.astype(np.float64))
    assert (np.abs(exponentials(values) / exact - 1) <= 3e-7 + 1e-7 * np.abs(values)).all()


def test_powers_beyond_80_are_taken_as_80():
    found = exponentials(np.array([-np.inf, -1e4, -80, 80, 1e4, np.inf], dtype=np.float32))
    assert (found[:3] == found[2]).all()
    assert (found[3:] == found[3]).all()
    assert np.isfinite(found).all()
