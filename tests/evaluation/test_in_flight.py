"""Several jobs at a time: all results come, failures wait for what is under way, Ctrl-C for nothing."""

import threading
import time

import pytest

from arith_synth.evaluation.in_flight import in_flight


def all_of(groups):
    return [result for group in groups for result in group]


@pytest.mark.parametrize("n", [1, 3, 50])
def test_each_job_gives_one_result(n):
    assert sorted(all_of(in_flight(range(20), lambda job: job * job, n))) == [job * job for job in range(20)]


def test_no_jobs_give_no_results():
    assert all_of(in_flight([], lambda job: job, 4)) == []


def test_at_most_so_many_are_under_way():
    lock, under_way, most = threading.Lock(), [0], [0]

    def do(job):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.005)
        with lock:
            under_way[0] -= 1

    all_of(in_flight(range(40), do, 4))
    assert most[0] == 4


def test_after_a_failure_what_is_under_way_comes_and_nothing_else_begins():
    begun, failed = [], threading.Event()

    def do(job):
        begun.append(job)
        if job == 2:
            failed.set()
            raise ValueError("two")
        failed.wait(10)
        time.sleep(0.05)
        return job

    results = []
    with pytest.raises(ValueError, match="two"):
        for group in in_flight(range(100), do, 3):
            results += group
    assert sorted(results) == sorted(set(begun) - {2})
    assert len(begun) <= 4


def test_jobs_that_cannot_be_listed_are_a_failure_of_the_caller():
    def jobs():
        yield 1
        raise KeyError("no more")

    with pytest.raises(KeyError):
        all_of(in_flight(jobs(), lambda job: job, 2))


def test_whoever_stops_taking_results_waits_for_nothing():
    held = threading.Event()
    groups = in_flight(range(10), lambda job: held.wait(60) if job else job, 2)
    assert next(groups) == [0]
    began = time.monotonic()
    groups.close()
    assert time.monotonic() - began < 5
    held.set()
