"""What a line of scores shows: as many decimals as it takes not to call a score zero, or all, that is neither."""

import pytest

from arith_synth.commands.printing import print_scores


def score(n_right, n, interval):
    return {"execution_accuracy": n_right / n, "interval_95": interval, "n": n, "parsed": 1.0, "reasons": {}}


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
def test_a_score_that_is_neither_zero_nor_all_does_not_look_so(capsys, n_right, n, interval, shown):
    print_scores({"test": score(n_right, n, interval)}, as_json=False)
    assert capsys.readouterr().out == f"test: {shown}, n={n}, parsed 100.0%\n"


def test_some_that_did_not_parse_are_not_all(capsys):
    print_scores({"test": score(1, 2, [0.1, 0.9]) | {"parsed": 0.9999}}, as_json=False)
    assert capsys.readouterr().out.endswith("parsed 99.99%\n")
