"""What commands print on standard output; everything else goes to standard error."""

import json
import sys
from collections.abc import Mapping
from typing import Any


def print_line(text: str) -> None:
    """One line on standard output; what its encoding lacks, as in the name of a file, is written as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def print_json(value: Any) -> None:
    """One JSON value on one line."""
    print_line(json.dumps(value))


def print_scores(scores: Mapping[str, Mapping[str, Any]], *, as_json: bool) -> None:
    """Scores by split: a table, or one JSON object."""
    if as_json:
        print_json(scores)
        return
    from arith_synth.commands.score_table import table_lines

    for line in table_lines(scores):
        print_line(line)
