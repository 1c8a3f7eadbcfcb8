"""The dataset from the command line: built, audited and loaded, each in a process of its own, as users do it.

There is no peer that builds such a dataset. What can be compared is the work on one row: our task tables against the
plain way to write them, the renderers for one program and `fractions.Fraction` for its outputs.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_BUILD = """
import sys
from arith_synth.cli import main
from arith_synth.enumeration.memory import peak_bytes
status = main(["build", *sys.argv[1:]])
sys.stdout.write(f"\\n{status} {peak_bytes()}")
"""
_AUDIT = _BUILD.replace('"build"', '"audit"')
_LOAD = """
import sys, time
import datasets
datasets.disable_progress_bars()
for _ in range(2):  # the first one prepares the cache
    started = time.perf_counter()
    split = datasets.load_dataset(sys.argv[1], "support_shift", split="test_syntactic")
    seconds = time.perf_counter() - started
assert split.num_rows == 2000
sys.stdout.write(f"\\n0 {seconds}")
"""
_ROWS = """
import sys, time
import numpy as np
from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named, to_infix, to_prefix
from arith_synth.grammar.prompts import prompt
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.panels import panel_of
from arith_synth.semantics.programs import decode_program
from arith_synth.spaces.bases import bases_of
from arith_synth.splits.atlas import build_atlas
from arith_synth.splits.plans import plan_split
from arith_synth.splits.tasks import task_rows
grammar = grammar_named("xy3")
panel = panel_of(grammar)
atlas = build_atlas(build_corpus(grammar, 5), bases_of(grammar))
classes = np.flatnonzero(atlas.eligible)
for n in (100, 40_000):  # the first one compiles
    plan = plan_split(atlas, "random", "train", classes[-n:], None)
    started = time.perf_counter()
    table = task_rows(atlas, plan).to_table()
    ours_s = (time.perf_counter() - started) / n
rows = table.slice(0, 300).to_pylist()
started = time.perf_counter()
for row, index in zip(rows, plan.classes):
    program = decode_program(atlas.corpus.codes[index], grammar)
    outputs = outputs_of(program, grammar, panel.shown)
    made = (to_infix(program), to_prefix(program), outputs, prompt(grammar, panel.shown, outputs))
    assert made == (row["program"], row["program_prefix"], row["outputs"], row["prompt"])
plain_s = (time.perf_counter() - started) / len(rows)
sys.stdout.write(f"\\n{1 / ours_s} {plain_s / ours_s}")
"""


def run() -> dict[str, Any]:
    """Wall seconds and peak bytes, once each; the demo's configs a second time, with compiled kernels."""
    rows_per_s, ratio = _last_line(_ROWS)
    with tempfile.TemporaryDirectory() as place:
        demo = ["--max-size", "5", "--configs", "corpus", "random", "support_shift", "support_shift_control"]
        _timed(_BUILD, *demo, "--out", f"{place}/first")
        demo_s, _ = _timed(_BUILD, *demo, "--out", f"{place}/demo")
        five_s, _ = _timed(_BUILD, "--max-size", "5", "--out", f"{place}/five")
        full_s, full_peak = _timed(_BUILD, "--max-size", "6", "--out", f"{place}/full")
        audit_s, audit_peak = _timed(_AUDIT, f"{place}/full")
        load_s = _last_line(_LOAD, f"{place}/full")[1]
        size = sum(path.stat().st_size for path in Path(place, "full").rglob("*") if path.is_file())
        n_rows = sum(
            entry["rows"] for entry in json.loads(Path(place, "full/checksums.json").read_text())["files"].values()
        )
    return {
        "task_rows_per_s": round(rows_per_s),
        "task_rows_over_plain_ratio": round(ratio, 1),
        "demo_configs_seconds": demo_s,
        "max_size_5_seconds": five_s,
        "max_size_6_seconds": full_s,
        "max_size_6_peak_bytes": int(full_peak),
        "max_size_6_disk_bytes": size,
        "max_size_6_rows": n_rows,
        "max_size_6_audit_seconds": audit_s,
        "max_size_6_audit_peak_bytes": int(audit_peak),
        "load_one_split_seconds": round(load_s, 3),
    }


def _timed(code: str, *arguments: str) -> tuple[float, float]:
    """Wall seconds and peak bytes of a command that has to succeed."""
    started = time.perf_counter()
    status, peak = _last_line(code, *arguments)
    if status != 0:
        raise RuntimeError(f"arith-synth {' '.join(arguments)} ended with status {int(status)}")
    return round(time.perf_counter() - started, 1), peak


def _last_line(code: str, *arguments: str) -> list[float]:
    """The numbers in the last line that a process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True, env={**os.environ}
    )
    return [float(word) for word in done.stdout.splitlines()[-1].split()]
