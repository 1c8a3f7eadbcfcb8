"""`example_features` for one CPU thread: a compiled loop, where tensors would run through memory forty times.

A period that is half of another takes its sine and cosine from that one by the double-angle formulas, so that three
sines a value do for all of them. What is computed, and in which order, stands in `features`.
"""

import math

import numba
import numpy as np

from arith_synth.modeling.features import LOG_PERIODS, N_FEATURES, PRIMES, VALUE_PERIODS

#: Values up to here lose nothing that float32 holds when angles are doubled; larger ones get all their sines.
_LARGEST_DOUBLED = float(1 << 22)


def example_features_on_cpu(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    """What `example_features` gives, within the rounding of float32.

    Shapes: numerators, denominators int64[..., n_shown], in lowest terms, denominators >= 0 (0: undefined)
    -> float32[..., n_shown, N_FEATURES].
    """
    features = np.zeros((*numerators.shape, N_FEATURES), dtype=np.float32)
    _write(
        np.ascontiguousarray(numerators, dtype=np.int64).reshape(-1),
        np.ascontiguousarray(denominators, dtype=np.int64).reshape(-1),
        *_TABLES,
        features.reshape(-1, N_FEATURES),
    )
    return features


def _doubled(periods: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Periods in descending order: which they are, how long, and the place (or -1) of the one twice as long."""
    order = np.argsort(periods)[::-1]
    descending = np.array(periods)[order]
    twice = [int(np.flatnonzero(descending == 2 * period)[0]) if 2 * period in periods else -1 for period in descending]
    return order.astype(np.int64), descending, np.array(twice, dtype=np.int64)


def _inverse_table() -> np.ndarray:
    """Inverses modulo each prime: int64[n_primes, largest prime]; those of 0 are never looked up."""
    inverses = np.zeros((len(PRIMES), max(PRIMES)), dtype=np.int64)
    for row, prime in enumerate(PRIMES):
        inverses[row, 1:prime] = [pow(number, -1, prime) for number in range(1, prime)]
    return inverses


#: The kernel takes the constants of `features` as arguments: it is not compiled again when they change.
_TABLES = (*_doubled(VALUE_PERIODS), *_doubled(LOG_PERIODS), np.array(PRIMES, dtype=np.int64), _inverse_table())


@numba.njit(inline="always")
def _write_waves(value, exact, order, periods, twice, sines, cosines, row, first):
    """Sines, then cosines, of a value at each period, from the column `first` on; `exact`: never by doubling."""
    n = len(periods)
    for index in range(n):
        source = twice[index]
        if source >= 0 and not exact:
            sine, cosine = sines[source], cosines[source]
            sines[index], cosines[index] = 2.0 * sine * cosine, (cosine - sine) * (cosine + sine)
        else:
            turns = value / periods[index]
            angle = 2.0 * math.pi * (turns - np.rint(turns))
            sines[index], cosines[index] = math.sin(angle), math.cos(angle)
        row[first + order[index]] = sines[index]
        row[first + n + order[index]] = cosines[index]


@numba.njit(cache=True, nogil=True)
def _write(
    numerators, denominators, value_order, value_periods, value_twice, log_order, log_periods, log_twice, primes,
    inverses, features,
):  # fmt: skip
    """Write the features of each output to rows of float32[n, N_FEATURES] that hold zeros."""
    n_waves = max(len(value_periods), len(log_periods))
    sines, cosines = np.empty(n_waves), np.empty(n_waves)
    product, residue_width = np.int64(1), np.int64(0)
    for prime in primes:
        product *= prime
        residue_width += prime
    for index in range(len(numerators)):
        row, numerator, denominator = features[index], numerators[index], denominators[index]
        if denominator == 0:
            row[0] = 1.0
            continue
        value = np.float64(numerator) / np.float64(denominator)
        size = math.log1p(abs(value))
        log_value = size if value > 0 else -size if value < 0 else 0.0
        row[1] = 1.0 if value > 0 else -1.0 if value < 0 else 0.0
        row[2] = size / 4
        row[3] = log_value / 4
        row[4] = math.tanh(value / 16)
        row[5] = math.tanh(value / 256)
        row[6] = math.log1p(abs(np.float64(numerator))) / 4
        row[7] = math.log(np.float64(denominator)) / 4
        column = 8
        exact = abs(value) > _LARGEST_DOUBLED
        _write_waves(value, exact, value_order, value_periods, value_twice, sines, cosines, row, column)
        column += 2 * len(value_periods)
        _write_waves(log_value, False, log_order, log_periods, log_twice, sines, cosines, row, column)
        column += 2 * len(log_periods)
        # All residues follow from the one modulo the product, which fits into 32 bits, where division is quick.
        top, bottom = np.int32(numerator % product), np.int32(denominator % product)
        at_values = column + 2 * residue_width
        for place in range(len(primes)):
            prime = np.int32(primes[place])
            a, b = top % prime, bottom % prime
            row[column + a] = 1.0
            row[column + residue_width + b] = 1.0
            row[at_values + (prime if b == 0 else (a * inverses[place, b]) % prime)] = 1.0
            column += prime
            at_values += prime + 1
