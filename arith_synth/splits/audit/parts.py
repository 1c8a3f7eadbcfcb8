"""Work in parts, on all processors that this process may use: the kernels let other threads run."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: With fewer items, parts are not worth a thread where an item is quickly done.
_LEAST = 1 << 12


def n_threads() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def for_all(items: Iterable[T], task: Callable[[T], R]) -> list[R]:
    """`task` of each item, in order; the first error of any is raised."""
    with ThreadPoolExecutor(n_threads()) as pool:
        return list(pool.map(task, items))


def in_parts(n: int, task: Callable[[int, int], object], least: int = _LEAST) -> None:
    """`task(start, stop)` over 0..n in parts, in one part with fewer than `least` items. The parts write to different
    places, so that their order does not matter."""
    n_parts = 1 if n < least else 4 * n_threads()
    edges: Sequence[int] = [n * part // n_parts for part in range(n_parts + 1)]
    if n_parts == 1:
        task(0, n)
    else:
        for_all(pairwise(edges), lambda edge: task(*edge))
