"""Enumerations on disk, their checksums, what an enumeration in core would have written, and builds to be killed."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.folders import LOGS, content_sha256, n_shards, seal_of, seal_size, start_build
from arith_synth.enumeration.partition import RESIDUE_BITS, Buckets
from arith_synth.enumeration.realizations import target_programs
from arith_synth.enumeration.shard_files import Classes, shard_path, write_classes_file
from arith_synth.enumeration.shards import Shards
from arith_synth.enumeration.sources import source_of
from arith_synth.grammar import Grammar, grammar_named

ROOT = Path(__file__).parents[1]
XY3 = grammar_named("xy3")
#: Few sizes, and several shards in the last of them.
WIDE = Grammar(name="wide", variables=("x", "y"), constants=tuple(range(1, 21)))

#: What every script begins with; its first argument is the folder.
PREAMBLE = """
import os, sys
from pathlib import Path
from arith_synth.grammar import Grammar, grammar_named

folder = Path(sys.argv[1])
"""


def write_in_core(folder: Path, grammar: Grammar, max_size: int) -> dict[str, str]:
    """Write the bank and its target programs, made in core on one thread, as files; returns their checksums.

    The seals come from the files: that they hold the sums of the arrays in core is asserted.
    """
    bank = enumerate_bank(grammar, max_size, threads=1)
    targets = target_programs(bank, threads=1)
    offsets = bank.first_of_size.tolist()
    start_build(folder, grammar, max_size)
    for size in range(1, max_size + 1):
        of_size = slice(offsets[size], offsets[size + 1])
        columns = bank.values[of_size], targets.n_minimal[of_size], targets.codes[of_size]
        n = n_shards(grammar, max_size, size)
        shift = RESIDUE_BITS - (n.bit_length() - 1)
        candidates = [0]
        if size > 1:
            buckets = Buckets(shift=shift, low=0, n=n)
            source = source_of(grammar, size, bank.values, offsets)
            candidates = Shards(source, buckets, threads=1).counts.sum(axis=0).tolist()
        for shard in range(n):
            values, n_minimal, codes = (column[columns[0][:, 0] >> shift == shard] for column in columns)
            classes = Classes(values=values, n_minimal=n_minimal, codes=codes, n_candidates=candidates[shard])
            write_classes_file(shard_path(folder, size, shard, n), classes)
        seal_size(folder, size)
        assert seal_of(folder, size)["content_sha256"] == content_sha256(*columns)
        assert seal_of(folder, size)["n_candidates"] == bank.candidates_by_size[size]
    return checksums(folder)


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a build, also of those that have no business there, without datatrove's records."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and LOGS not in path.relative_to(folder).parts
    }


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of writing of each file under its final name."""
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and LOGS not in path.relative_to(folder).parts
    }


def script(
    code: str, *arguments: str | Path, env: Mapping[str, str] | None = None, **options: object
) -> subprocess.Popen[str]:
    """A process that runs `PREAMBLE` and then `code`, in a group of its own."""
    command = [sys.executable, "-c", PREAMBLE + code, *map(str, arguments)]
    fixed = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    environment = os.environ | (env or {})
    return subprocess.Popen(command, cwd=ROOT, env=environment, **{**fixed, **options})  # pyright: ignore


def run_script(code: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run `PREAMBLE` and then `code` to the end; what it wrote to standard output."""
    process = script(code, *arguments, env=env)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return out


def wait_for(patterns: Sequence[str], folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until some file of the folder matches one of the patterns, or the process has ended."""
    deadline = time.monotonic() + 120
    while process.poll() is None and not any(any(folder.glob(pattern)) for pattern in patterns):
        assert time.monotonic() < deadline, f"no {patterns}"
        time.sleep(0.001)
