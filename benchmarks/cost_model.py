"""What sizes 7, 8 and 9 of `xy3` cost on a cluster, computed from rates that `bench_out_of_core` has measured.

A task reads the classes of smaller sizes and makes all their derivations. Then it makes all candidates twice (classes,
derivations) to count them, and twice more for each group of shards that fits in memory; what falls into a group is
looked up once. So

    core seconds = tasks x (load x candidates of the size before + 2 x pass x candidates)
                   + candidates x (2 x groups x pass + rest)

where `rest` is what the build in core takes beside its own passes. Nothing is sent from worker to worker: the bytes
that a shuffle would move are given beside the bytes of the result.

    python -m benchmarks.cost_model RESULTS.json docs/enumeration.md     writes the table into the page
"""

import json
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from arith_synth.enumeration.folders import growth_on_disk, n_shards
from arith_synth.enumeration.memory import MOST_ENTRIES, PROCESS_BYTES, size_text
from arith_synth.enumeration.out_of_core import DERIVATION_SHARE, known_bytes, made_bytes
from arith_synth.enumeration.partition import ENTRY_BYTES
from arith_synth.grammar import grammar_named
from arith_synth.semantics.programs import row_width

GRAMMAR = grammar_named("xy3")
SIZES = (7, 8, 9)
#: Memory of a task beside the smaller classes, and tasks.
TASK_BYTES = 4 * 10**9
TASKS = {7: 4, 8: 64, 9: 1000}
BEGIN, END = "<!-- cost model: begin -->", "<!-- cost model: end -->"
_HEAD = (
    "| size | candidates | classes | result | shuffle, if there was one | shards | tasks | memory of a task "
    "| core-hours |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def cost_table(results: Mapping[str, Any]) -> str:
    """The table in Markdown, from the results of one benchmark run."""
    measured = results["out_of_core"]
    pass_s, load_s = measured["pass_ns_per_candidate"] * 1e-9, measured["load_ns_per_candidate"] * 1e-9
    built = growth_on_disk(GRAMMAR, 7).candidates[7]
    slabs = math.ceil(built / MOST_ENTRIES) + math.ceil(built * DERIVATION_SHARE / MOST_ENTRIES)
    rest_s = measured["in_core_with_targets_one_thread_seconds"] / built - pass_s * (2 + slabs)
    return "\n".join([_HEAD, *(_row(size, pass_s, load_s, rest_s) for size in SIZES)])


def _row(size: int, pass_s: float, load_s: float, rest_s: float) -> str:
    growth = growth_on_disk(GRAMMAR, size)
    candidates, classes, tasks = growth.candidates[size], growth.classes[size], TASKS[size]
    groups = max(tasks, math.ceil(made_bytes(candidates, size) / TASK_BYTES))
    starting = tasks * (load_s * growth.candidates[size - 1] + 2 * pass_s * candidates)
    hours = (starting + candidates * (2 * groups * pass_s + rest_s)) / 3600
    cells = (
        str(size),
        f"{candidates / 1e9:.3g} billion",
        f"{classes / 1e6:,.0f} million",
        size_text(classes * (24 + row_width(size))),
        size_text(candidates * ENTRY_BYTES),
        f"{n_shards(GRAMMAR, size, size):,}",
        f"{tasks:,}",
        size_text(PROCESS_BYTES + known_bytes(GRAMMAR, size, size) + TASK_BYTES),
        f"{hours:,.2g}" if hours < 100 else f"{hours:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def page_with(page: str, table: str) -> str:
    """The page with the table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main(arguments: list[str]) -> Iterator[str]:
    """Write the table into a page."""
    results, page = map(Path, arguments)
    table = cost_table(json.loads(results.read_text())["results"])
    page.write_text(page_with(page.read_text(), table))
    yield table


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in main(sys.argv[1:]))
