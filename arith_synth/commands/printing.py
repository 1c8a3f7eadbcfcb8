"""What commands print on standard output; everything else goes to standard error."""

import json
import sys
from collections.abc import Mapping
from typing import Any


def print_line(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(text + "\n")


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
        print_line(f"{split}: {score['execution_accuracy']:.1%} [{low:.1%}, {high:.1%}], n={score['n']}")
