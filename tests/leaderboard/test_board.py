"""The table ranks, filters and escapes."""

import pytest
from leaderboard.submitted import IMAGE, SCRIPT

from arith_synth.leaderboard.board import Filters, board, families, shown_rows
from arith_synth.leaderboard.wording import amount, percent, points


@pytest.fixture
def filters(results):
    def made(**asked):
        return Filters(track="shifted_pass_at_1", task_set=results.task_sets()[0], **asked)

    return made


def names(results, filters):
    return [row.entry.name for row in shown_rows(results, filters)]


def test_the_order_is_that_of_the_worst_split_or_of_the_mean(results, filters):
    assert names(results, filters(by="worst")) == ["everywhere", "everywhere-else", "on-test-only"]
    assert [row.rank for row in shown_rows(results, filters(by="worst"))] == [1, 1, 3]
    assert [row.value for row in shown_rows(results, filters(by="mean"))] == [0.5, 0.5, 0.25]


def test_filters_hide_rows_and_leave_ranks_alone(results, filters):
    (row,) = shown_rows(results, filters(text="RIGHT only"))
    assert (row.entry.name, row.rank) == ("on-test-only", 3)
    assert names(results, filters(statuses=("verified",))) == []
    assert names(results, filters(family="text")) == []
    assert len(names(results, filters(family="multimodal"))) == 3
    assert families(results.entries) == ["baseline", "multimodal", "text"]


def test_a_track_shows_only_its_own(results):
    task_set = results.task_sets()[0]
    assert names(results, Filters(track="other_data", task_set=task_set)) == ["target"]
    assert names(results, Filters(track="search", task_set=task_set)) == []


def test_names_of_strangers_are_texts(results, filters):
    page = board(results, filters()).text
    assert IMAGE not in page
    assert SCRIPT not in page
    assert "&lt;img src=x onerror=&quot;window.pwned=1&quot;&gt;" in page
    assert "<script" not in page


def test_the_table_says_units_and_n(results, filters):
    page = board(results, filters()).text
    assert "in %, with 95 % intervals over tasks" in page
    assert "n = 40" in page
    assert "share a rank" in page


def test_a_filter_that_nothing_passes_says_what_to_do(results, filters):
    assert "clear the search" in board(results, filters(text="nobody")).text


def test_rates_never_look_certain_when_they_are_not():
    assert [percent(rate) for rate in (0.0, 0.0001, 0.5, 0.9999, 1.0)] == ["0.0", "<0.1", "50.0", ">99.9", "100.0"]
    assert [points(difference) for difference in (-0.1, 0.0, -0.0001, 0.25)] == ["−10.0", "0.0", "0.0", "+25.0"]
    assert [amount(number) for number in (12, 412_345, 7_000_000_000)] == ["12", "412 k", "7 B"]
