"""Numbered pieces of work that are done in other threads before they are asked for."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Piece = TypeVar("Piece")


class Ahead(Generic[Piece]):
    """Piece k is `make(k)`, whoever asks for it and when; those after it are begun as soon as it is asked for.

    `make` spends its time in kernels, which let other threads run. What it raises, `get` raises.
    """

    def __init__(self, make: Callable[[int], Piece], n_workers: int = 1) -> None:
        self._make, self._n_workers = make, n_workers
        self._pool: ThreadPoolExecutor | None = None
        self._pieces: dict[int, Future[Piece]] = {}

    def get(self, number: int) -> Piece:
        """Piece `number`; the pieces before it are forgotten."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._n_workers, thread_name_prefix="arith-synth-data")
        wanted = range(number, number + self._n_workers + 1)
        for other in [other for other in self._pieces if other not in wanted]:
            self._pieces.pop(other).cancel()
        for other in wanted:
            if other not in self._pieces:
                self._pieces[other] = self._pool.submit(self._make, other)
        return self._pieces[number].result()
