"""Work in shares: everything is done once, in order, and an error stops the others."""

import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.threads import available_threads, checked_threads, run_all, run_shares
from arith_synth.errors import UsageError

share_lists = st.lists(st.lists(st.integers(), max_size=6), min_size=1, max_size=5)


@given(share_lists)
def test_every_share_does_its_own_items_in_order(shares):
    done: list[list[int]] = [[] for _ in shares]
    run_shares(lambda share, item: done[share].append(item), shares)
    assert done == shares


@given(st.lists(st.integers(), max_size=20), st.integers(1, 5))
def test_run_all_does_every_item_once(items, threads):
    done = []
    run_all(done.append, items, threads)
    assert sorted(done) == sorted(items)


def test_run_all_on_one_thread_keeps_the_order():
    done = []
    run_all(done.append, range(100), 1)
    assert done == list(range(100))


def test_no_shares_and_no_items_are_no_work():
    run_shares(lambda share, item: pytest.fail("there is no item"), [[], []])
    run_all(lambda item: pytest.fail("there is no item"), [], 3)


def test_shares_are_worked_on_side_by_side():
    meeting = threading.Barrier(3, timeout=30)
    run_shares(lambda share, item: meeting.wait(), [[0], [0], [0]])


def test_items_are_taken_by_whoever_is_free():
    # One thread is held up by its first item until the other has done all the rest.
    rest_is_done = threading.Event()
    done = []

    def work(item):
        if item == 0:
            assert rest_is_done.wait(30)
        done.append(item)
        if len(done) == 9:
            rest_is_done.set()

    run_all(work, range(10), 2)
    assert done == [*range(1, 10), 0]


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_one_item_raises_reaches_the_caller(threads, error):
    def work(item):
        if item == 7:
            raise error("item seven")

    with pytest.raises(error, match="item seven"):
        run_all(work, range(20), threads)
    with pytest.raises(error, match="item seven"):
        run_shares(lambda _, item: work(item), [[7], *[[1, 2, 3]] * (threads - 1)])


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_stops_the_other_shares_after_their_present_item(error):
    others_began = threading.Barrier(3, timeout=30)
    done = []

    def work(share, item):
        if item == 0:
            others_began.wait()
        if share == 0:
            raise error
        done.append((share, item))
        time.sleep(0.05)

    with pytest.raises(error):
        run_shares(work, [range(1_000)] * 3)
    assert len(done) < 100


def test_all_threads_are_back_when_an_error_arrives():
    n_before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        run_all(lambda item: 1 // item, [1, 2, 0, *[3] * 50], 4)
    assert threading.active_count() == n_before


def test_an_error_of_the_items_reaches_the_caller():
    def items():
        yield 1
        raise ValueError("no more")

    for threads in (1, 3):
        with pytest.raises(ValueError, match="no more"):
            run_all(lambda item: None, items(), threads)


def test_none_stands_for_every_core_that_may_be_used():
    assert checked_threads(None) == available_threads() >= 1
    assert checked_threads(3) == 3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system does not bind processes to cores")
def test_cores_that_the_process_may_not_use_are_not_counted():
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert available_threads() == 1
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize("threads", [0, -1])
def test_less_than_one_thread_is_refused(threads):
    with pytest.raises(
        UsageError, match=f"{threads} threads cannot work; pass 1 or more, or nothing to use every core"
    ):
        checked_threads(threads)
