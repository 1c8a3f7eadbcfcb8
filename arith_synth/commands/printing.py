"""What commands print on standard output; everything else goes to standard error."""

import json
import sys
from collections.abc import Mapping
from typing import Any

#: Below this share of programs something is wrong with the format, and the reason is worth a line.
_FEW_PARSED = 0.95


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
        accuracy = f"{score['execution_accuracy']:.1%} [{low:.1%}, {high:.1%}]"
        print_line(f"{split}: {accuracy}, n={score['n']}, parsed {score['parsed']:.1%}")
        if score["parsed"] < _FEW_PARSED and score["reasons"]:
            reason, n = max(score["reasons"].items(), key=lambda item: item[1])
            print_line(f"  the most frequent reason why a completion is no program ({n} times): {reason}")
