"""What a table of scores shows: as many decimals as it takes not to call a score zero, or all, that is neither, and no
line that is wider than the terminal."""

import pytest

from arith_synth.commands.printing import print_scores
from arith_synth.commands.score_table import table_lines

SPLITS = ("test", "test_semantic", "test_syntactic", "test_both")


def score(n_right, n, interval, **fields):
    scores = {"execution_accuracy": n_right / n, "interval_95": interval, "n": n, "parsed": 1.0, "reasons": {}}
    return scores | {"intervals_95": {"parsed": [0.998, 1.0]}} | fields


def row(lines, label):
    """The cells of the first line that begins with a label."""
    (line, *_) = [line for line in lines if line.startswith(label)]
    return line.removeprefix(label).split()


@pytest.mark.parametrize(
    ("n_right", "n", "interval", "shown"),
    [
        (500, 2_000, [0.231, 0.269], "25.0% [23.1%, 26.9%]"),
        (0, 2_000, [0.0, 0.00184], "0.0% [0.0%, 0.2%]"),
        (2_000, 2_000, [0.99816, 1.0], "100.0% [99.8%, 100.0%]"),
        (1, 2_000, [0.0, 0.00234], "0.1% [0.0%, 0.2%]"),
        (1, 16_000, [0.0, 0.0004], "0.01% [0.00%, 0.04%]"),
        (15_999, 16_000, [0.9996, 1.0], "99.99% [99.96%, 100.00%]"),
        (0, 100_000, [0.0, 0.00004], "0.000% [0.000%, 0.004%]"),
        (500, 2_000, [1e-12, 0.5], "25.0% [0.0%, 50.0%]"),
    ],
)
def test_a_score_that_is_neither_zero_nor_all_does_not_look_so(n_right, n, interval, shown):
    lines = table_lines({"test": score(n_right, n, interval)}, width=80)
    assert row(lines, "accuracy") == shown.split()
    assert row(lines, "tasks") == [f"{n:,}"]


def test_some_that_did_not_parse_are_not_all():
    assert row(table_lines({"test": score(1, 2, [0.1, 0.9], parsed=0.9999)}), "parsed")[0] == "99.99%"


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("n_splits", [1, 2, 4])
def test_no_line_is_wider_than_the_terminal(width, n_splits):
    worst = score(200, 400, [0.4, 0.6], group="semantic_distance 0.003971 to 0.008305")
    scores = {split: score(1, 2, [0.4, 0.6], worst_group=worst) for split in SPLITS[:n_splits]}
    lines = table_lines(scores, width=width)
    assert max(map(len, lines)) <= width
    assert "".join(lines).count("400") == n_splits
    for split in scores:
        assert split in " ".join(lines).split()


def test_intervals_stand_behind_their_rates_where_there_is_room():
    scores = {split: score(1, 2, [0.4, 0.6]) for split in SPLITS}
    assert row(table_lines(scores, width=120), "accuracy") == ["50.0%", "[40.0%,", "60.0%]"] * 4
    assert row(table_lines(scores, width=80), "accuracy") == ["50.0%"] * 4


def test_what_one_split_lacks_is_a_dash_and_what_all_lack_is_no_row():
    copied = {"share": 0.25, "interval_95": [0.2, 0.3], "n_wrong": 4}
    scores = {"test": score(1, 2, [0.4, 0.6], copied=copied), "test_both": score(1, 2, [0.4, 0.6], copied=None)}
    lines = table_lines(scores, width=80)
    assert row(lines, "wrong: copied") == ["25.0%", "[20.0%,", "30.0%]", "-"]
    assert not any("nearest" in line or "control" in line for line in lines)


def test_no_wrong_answer_has_no_share_of_copies():
    nothing = {"share": None, "interval_95": None, "n_wrong": 0}
    assert row(table_lines({"test": score(2, 2, [0.9, 1.0], copied=nothing)}), "wrong: copied") == ["none", "wrong"]


def test_reasons_are_counted_over_all_splits_the_most_frequent_first():
    reasons = {"it is too long": 1, "an operand is missing": 2, "a": 1, "b": 1}
    lines = table_lines({split: score(1, 2, [0.4, 0.6], reasons=reasons) for split in SPLITS[:2]}, width=80)
    assert "why completions are no program (10 times):" in lines
    assert lines[lines.index("why completions are no program (10 times):") + 1] == "  4  an operand is missing"
    assert lines[-1] == "  2  other"


def test_a_table_is_plain_text(capsys):
    print_scores({"te[bold]st": score(1, 2, [0.4, 0.6])}, as_json=False)
    out = capsys.readouterr().out
    assert "te[bold]st" in out
    assert "\x1b" not in out
