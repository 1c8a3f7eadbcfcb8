"""Rows are ranked by their worst split and by their mean; what is statistically tied shares a rank."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from submissions.reasons import reason

from arith_synth.errors import UsageError
from arith_synth.scoring.intervals import difference_interval
from arith_synth.submissions import entries as entries_module
from arith_synth.submissions.entries import Entry
from arith_synth.submissions.numbers import headlines
from arith_synth.submissions.ranking import ranked
from arith_synth.submissions.significance import answered, better_on_mean, mean_over

N_TASKS = 400


def row(name, counts, *, out_of=1, track="shifted_pass_at_1", status="self-reported", config="support_shift"):
    """An entry with these counts by split."""
    submission = {
        "track": track,
        "config": config,
        "splits": list(counts),
        "model": {"name": name},
        "data": {"grammar": "xy3", "max_size": 5, "version": "1.1.0"},
    }
    verification = {"status": status, "n_correct": counts, "headline_counts": None, "headline_out_of": out_of}
    scores = headlines(counts, out_of, list(counts)) if status != "rejected" else {}
    return Entry(name=name, folder=None, submission=submission, verification=verification | scores)  # type: ignore[arg-type]


def right(n, n_tasks=N_TASKS):
    """The first n of the tasks are solved."""
    return [1] * n + [0] * (n_tasks - n)


def ranks(rows, by="worst"):
    return {row.entry.name: row.rank for row in ranked(rows, "shifted_pass_at_1", by)}


def test_a_row_that_is_clearly_better_comes_first():
    rows = [row("low", {"test": right(40)}), row("high", {"test": right(300)})]
    assert ranks(rows) == ranks(rows, "mean") == {"high": 1, "low": 2}


def test_rows_that_are_tied_share_a_rank_and_the_next_is_not_second():
    rows = [row("a", {"test": right(300)}), row("b", {"test": right(299)}), row("c", {"test": right(20)})]
    assert ranks(rows) == {"a": 1, "b": 1, "c": 3}
    assert [row.tied for row in ranked(rows, "shifted_pass_at_1")] == [True, True, False]


def test_a_rank_is_one_more_than_the_number_of_rows_that_are_better():
    """a beats c, and b is tied with both."""
    rows = [row("a", {"test": right(206)}), row("b", {"test": right(203)}), row("c", {"test": right(200)})]
    assert difference_interval(right(206), right(200))[0] > 0
    assert difference_interval(right(206), right(203))[0] <= 0
    assert difference_interval(right(203), right(200))[0] <= 0
    assert ranks(rows) == {"a": 1, "b": 1, "c": 2}


def test_tasks_are_drawn_in_pairs():
    """The same difference is a tie when it comes from many tasks that were won and lost."""
    paired = [row("a", {"test": right(210)}), row("b", {"test": right(200)})]
    crossed = [row("a", {"test": right(210)}), row("b", {"test": [0] * 200 + [1] * 200})]
    assert ranks(paired) == {"a": 1, "b": 2}
    assert ranks(crossed) == {"a": 1, "b": 1}


def test_the_worst_split_decides_or_the_mean():
    even = row("even", {"test": right(150), "test_both": right(150)})
    uneven = row("uneven", {"test": right(390), "test_both": right(10)})
    assert ranks([even, uneven]) == {"even": 1, "uneven": 2}
    assert ranks([even, uneven], "mean") == {"uneven": 1, "even": 2}
    worst = {row.entry.name: row.split for row in ranked([even, uneven], "shifted_pass_at_1")}
    assert worst == {"even": "test", "uneven": "test_both"}


def test_worst_splits_that_differ_are_compared_as_independent():
    rows = [row("a", {"s": right(200), "t": right(300)}), row("b", {"s": right(300), "t": right(190)})]
    assert ranks(rows) == {"a": 1, "b": 1}
    rows[1] = row("b", {"s": right(300), "t": right(100)})
    assert ranks(rows) == {"a": 1, "b": 2}


def test_rows_that_solve_nothing_are_all_first():
    assert set(ranks([row(str(n), {"test": right(0)}) for n in range(5)]).values()) == {1}


def test_one_solved_task_of_many_is_no_lead():
    assert ranks([row("a", {"test": right(1, 2000)}), row("b", {"test": right(0, 2000)})]) == {"a": 1, "b": 1}


def test_rows_of_other_tracks_task_sets_and_verdicts_are_left_out():
    rows = [
        row("a", {"test": right(9)}),
        row("b", {"test": right(9)}, track="search"),
        row("c", {"test": right(9)}, status="rejected"),
        row("d", {"test": right(9)}, config="random"),
        row("e", {"test": right(9)}),
    ]
    assert ranks(rows) == {"a": 1, "e": 1}
    [other] = ranked(rows, "shifted_pass_at_1", task_set=rows[3].task_set)
    assert other.entry.name == "d"
    assert entries_module.task_sets(rows)[0].config == "support_shift"


def test_a_track_without_rows_is_empty():
    assert ranked([], "search") == []


@pytest.mark.parametrize(("track", "by"), [("best", "worst"), ("search", "median")])
def test_unknown_names_are_refused(track, by):
    with pytest.raises(UsageError):
        ranked([], track, by)


@st.composite
def boards(draw):
    """Counts of a few rows on one split, of which many tasks are alike: int[row, task], out of int[row]."""
    n_tasks, n_rows = draw(st.integers(2, 300)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    base = rng.random(n_tasks)
    out_of = [draw(st.sampled_from([1, 1, 4, 10])) for _ in range(n_rows)]
    rates = [np.clip(base ** draw(st.sampled_from([0.3, 1.0, 1.1, 30.0])), 0, 1) for _ in range(n_rows)]
    return [(rng.binomial(n, rate).tolist(), n) for n, rate in zip(out_of, rates, strict=True)]


@settings(max_examples=200, deadline=None)
@given(boards())
def test_who_is_better_is_what_the_interval_says(rows):
    better = better_on_mean([answered(rows)])
    for i, (first, first_of) in enumerate(rows):
        for j, (second, second_of) in enumerate(rows):
            if i != j:
                low, _ = difference_interval(first, second, out_of=first_of, subtrahend_out_of=second_of)
                value = sum(first) / first_of - sum(second) / second_of
                assert bool(better[i, j]) == (low > 1e-12 and value > 0)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted), min_size=1, max_size=6))
def test_the_interval_of_a_mean_holds_it_and_is_no_wider_than_the_mean_of_intervals(parts):
    value, (low, high) = mean_over([(middle, (below, above)) for below, middle, above in parts])
    slack = 1e-12
    assert sum(below for below, _, _ in parts) / len(parts) - slack <= low <= value <= high
    assert high <= sum(above for _, _, above in parts) / len(parts) + slack


def test_the_mean_of_one_split_has_its_interval():
    assert mean_over([(0.5, (0.25, 0.625))]) == (0.5, (0.25, 0.625))


def test_a_rejected_submission_has_no_row(verified, rows, folder):
    del rows[0]
    reason(verified())
    found = entries_module.read_entries(folder.parent.parent, report=pytest.fail)
    assert [entry.status for entry in found] == ["rejected"]
    assert ranked(found, "shifted_pass_at_1") == []
