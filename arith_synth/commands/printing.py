"""What commands print on standard output; everything else goes to standard error."""

import json
import sys
from collections.abc import Mapping
from typing import Any

#: Below this share of programs something is wrong with the format, and the reason is worth a line.
_FEW_PARSED = 0.95
_MOST_DECIMALS = 6


def print_line(text: str) -> None:
    """One line on standard output; what its encoding lacks, as in the name of a file, is written as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def print_json(value: Any) -> None:
    """One JSON value on one line."""
    print_line(json.dumps(value))


def print_scores(scores: Mapping[str, Mapping[str, Any]], *, as_json: bool) -> None:
    """Scores by split: one line a split, or one JSON object."""
    if as_json:
        print_json(scores)
        return
    for split, score in scores.items():
        low, high = score["interval_95"]
        accuracy = score["execution_accuracy"]
        n_decimals = _n_decimals(accuracy, low, high)
        shown, low, high = (_percent(value, n_decimals) for value in (accuracy, low, high))
        parsed = _percent(score["parsed"], _n_decimals(score["parsed"]))
        print_line(f"{split}: {shown} [{low}, {high}], n={score['n']}, parsed {parsed}")
        if score["parsed"] < _FEW_PARSED and score["reasons"]:
            reason, n = max(score["reasons"].items(), key=lambda item: item[1])
            print_line(f"  the most frequent reason why a completion is no program ({n} times): {reason}")


def _percent(rate: float, n_decimals: int) -> str:
    return f"{rate:.{n_decimals}%}"


def _n_decimals(rate: float, low: float = 0.0, high: float = 1.0) -> int:
    """As many as it takes that a rate does not look like 0 or 100 % when it is neither, nor its interval like a point
    when it is none; one or more."""
    for n_decimals in range(1, _MOST_DECIMALS):
        looks_extreme = _percent(rate, n_decimals) in (_percent(0.0, n_decimals), _percent(1.0, n_decimals))
        looks_certain = _percent(low, n_decimals) == _percent(high, n_decimals)
        if not (looks_extreme and 0 < rate < 1) and not (looks_certain and low < high):
            return n_decimals
    return _MOST_DECIMALS
