"""Several jobs at a time that mostly wait, as requests do, each in a thread."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
_NO_MORE: Any = object()


@dataclass(frozen=True, slots=True)
class _Done(Generic[Result]):
    result: Result


def in_flight(jobs: Iterable[Job], do: Callable[[Job], Result], n: int) -> Iterator[list[Result]]:
    """The results of `do` for all jobs, of at most n at a time; as they come, with others that came meanwhile.

    When one raises, no other begins; those under way are waited for and their results given, and then it is raised.
    At Ctrl-C nothing is waited for, as the threads do not keep a process alive; what has come by then is given, and
    then KeyboardInterrupt goes on.
    """
    todo = iter(jobs)
    lock = threading.Lock()
    is_over = threading.Event()
    came: queue.SimpleQueue[_Done[Result] | BaseException | None] = queue.SimpleQueue()

    def next_job() -> Job:
        with lock:
            return _NO_MORE if is_over.is_set() else next(todo, _NO_MORE)

    def work() -> None:
        try:
            while (job := next_job()) is not _NO_MORE:
                came.put(_Done(do(job)))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            is_over.set()
            came.put(error)
        finally:
            came.put(None)

    threads = [threading.Thread(target=work, daemon=True, name=f"arith-synth-{place}") for place in range(n)]
    failure: BaseException | None = None
    n_working = 0
    try:
        for thread in threads:
            thread.start()
            n_working += 1
        while n_working > 0:
            items: list[_Done[Result] | BaseException | None] = []
            try:
                items.append(came.get())
            except KeyboardInterrupt as interrupt:
                is_over.set()
                failure, n_working = interrupt, 0
            while not came.empty():  # nobody else takes any
                items.append(came.get())
            n_working -= items.count(None)
            failure = failure or next((item for item in items if isinstance(item, BaseException)), None)
            if results := [item.result for item in items if isinstance(item, _Done)]:
                yield results
    finally:
        is_over.set()
    if failure is not None:
        raise failure
