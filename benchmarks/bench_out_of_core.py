"""`xy3` max_size 7 to disk under a limit of 1 GB, against the same classes in core on one thread in the same run.

The build on disk draws target programs too. So there are two ratios: to the bank alone, and to bank and targets.
"""

import json
import subprocess
import sys
import tempfile
from typing import Any

_LIMIT = 10**9
_COMMON = """
import json, sys, time
from pathlib import Path
from arith_synth.grammar import grammar_named
from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.known import known_below
from arith_synth.enumeration.memory import MOST_ENTRIES, peak_bytes
from arith_synth.enumeration.partition import all_buckets
from arith_synth.enumeration.shards import Shards
from arith_synth.enumeration.sources import source_of
from arith_synth.enumeration.out_of_core import enumerate_to_disk
from arith_synth.enumeration.realizations import target_programs
xy3 = grammar_named("xy3")
target_programs(enumerate_bank(xy3, 3, threads=1), threads=1)  # compiles
started = time.perf_counter()
"""
_ON_DISK = (
    _COMMON
    + f"""
seals = enumerate_to_disk(Path(sys.argv[1]), xy3, 7, memory_limit={_LIMIT})
n_classes = sum(seal["n_classes"] for seal in seals)
seconds, peak = time.perf_counter() - started, peak_bytes()
started = time.process_time()
known_below(Path(sys.argv[1]), 7, 1, MOST_ENTRIES)
print(json.dumps([n_classes, seconds, peak, (time.process_time() - started) / seals[5]["n_candidates"]]))
"""
)
_IN_CORE = (
    _COMMON
    + """
bank = enumerate_bank(xy3, 7, threads=1)
bank_s = time.perf_counter() - started
target_programs(bank, threads=1)
in_core_s = time.perf_counter() - started
source = source_of(xy3, 7, bank.values, bank.first_of_size.tolist())
started = time.process_time()
counted = Shards(source, all_buckets(source.most_candidates), threads=1).n_entries
print(json.dumps([bank.n_classes, bank_s, in_core_s, (time.process_time() - started) / counted]))
"""
)


def run() -> dict[str, Any]:
    """Wall seconds, once each; peak memory of the build on disk."""
    n_in_core, bank_s, in_core_s, pass_s = _measured(_IN_CORE)
    with tempfile.TemporaryDirectory() as folder:
        n_on_disk, seconds, peak_bytes, load_s = _measured(_ON_DISK, f"{folder}/classes")
    if n_on_disk != n_in_core:
        raise AssertionError(f"{n_on_disk} classes on disk, {n_in_core} in core")
    return {
        "n_classes": n_on_disk,
        "seconds": seconds,
        "peak_bytes": peak_bytes,
        "in_core_one_thread_seconds": bank_s,
        "in_core_with_targets_one_thread_seconds": in_core_s,
        "pass_ns_per_candidate": pass_s * 1e9,
        "load_ns_per_candidate": load_s * 1e9,
        "over_in_core_ratio": seconds / bank_s,
        "over_in_core_with_targets_ratio": seconds / in_core_s,
    }


def _measured(code: str, *arguments: str) -> list[Any]:
    command = [sys.executable, "-c", code, *arguments]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
