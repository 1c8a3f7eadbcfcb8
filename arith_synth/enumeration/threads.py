"""Running kernels on several cores. The kernels let go of the interpreter; what they write does not overlap."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from arith_synth.errors import UsageError

T = TypeVar("T")
#: Each thread has collecting places of its own.
MOST_THREADS = 256


def available_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def checked_threads(threads: int | None) -> int:
    """The number of threads to use: all cores when None. UsageError below 1."""
    if threads is None:
        return available_threads()
    if threads < 1:
        raise UsageError(f"{threads} threads cannot work; pass 1 or more, or nothing to use every core")
    if threads > MOST_THREADS:
        raise UsageError(f"{threads} threads are too many; pass at most {MOST_THREADS}, or nothing to use every core")
    return threads


def run_shares(work: Callable[[int, T], None], shares: Sequence[Iterable[T]]) -> None:
    """`work(share number, item)` for every item, shares side by side, the items of one share in order.

    An error in one share, or Ctrl-C, stops the others after their present item.
    """
    if len(shares) == 1:
        for item in shares[0]:
            work(0, item)
        return
    stopped = threading.Event()

    def run(number: int) -> None:
        for item in shares[number]:
            if stopped.is_set():
                return
            work(number, item)

    with ThreadPoolExecutor(len(shares)) as pool:
        try:
            futures = [pool.submit(run, number) for number in range(len(shares))]
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            stopped.set()
        for future in futures:
            future.result()


def run_all(work: Callable[[T], None], items: Iterable[T], threads: int) -> None:
    """`work(item)` for every item, on as many threads, each taking the next item when it is done with one."""
    remaining = iter(items)
    lock = threading.Lock()

    def rest() -> Iterable[T]:
        while True:
            with lock:
                item = next(remaining, stop)
            if item is stop:
                return
            yield item  # pyright: ignore[reportReturnType]  (the sentinel never gets here)

    stop = object()
    run_shares(lambda _, item: work(item), [rest() for _ in range(threads)])
