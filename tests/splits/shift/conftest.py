"""Splits with constructed shifts, whose distances are known in closed form."""

from collections.abc import Callable

import numpy as np
import pytest

from arith_synth.splits.shift.reading import PublishedSplit

DIMENSIONS = 16
Make = Callable[..., PublishedSplit]


def gaussian(stream: int, n: int = 2_000, shift: float = 0.0) -> np.ndarray:
    """Standard normal coordinates float64[n, 16], moved along the first axis."""
    values = np.random.default_rng(stream).standard_normal((n, DIMENSIONS))
    values[:, 0] += shift
    return values


@pytest.fixture
def make() -> Make:
    """`make(path, shift=..., sizes=..., first_class=...)`: a split of classes first_class, first_class + 1, …"""

    def split(
        path: str, *, n: int = 400, shift: float = 0.0, sizes: np.ndarray | None = None, first_class: int | None = None
    ) -> PublishedSplit:
        config, _, name = path.partition("/")
        stream = sum(map(ord, path))
        first = stream * 100_000 if first_class is None else first_class
        numbers = np.arange(first, first + n, dtype=np.uint64)
        return PublishedSplit(
            config=config,
            name=name,
            coordinates={"syntactic": gaussian(stream, n, shift), "semantic": gaussian(stream + 1, n)},
            distances={} if name.startswith("train") else {"syntactic_distance": np.full(n, 2.0 + shift, np.float32)},
            sizes=np.full(n, 5) if sizes is None else sizes,
            operators=np.tile([[1, 0], [0, 1]], (n // 2, 1)),
            fingerprints=np.stack((numbers * np.uint64(0x9E3779B97F4A7C15), numbers), axis=1),
        )

    return split
