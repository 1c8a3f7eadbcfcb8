"""Commands over the classes of a grammar: count them, write them to disk, show one."""

import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from arith_synth.commands.printing import print_json, print_line
from arith_synth.entry import progress_bar
from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.kernels import compiling_text
from arith_synth.progress import Progress

_MEMORY = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*([kMGT]?)(i?)B?", re.IGNORECASE)
_FACTORS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True, kw_only=True)
class Enumerate:
    """Count the classes of a grammar, or write them all to disk.

    Example: arith-synth enumerate --grammar xy3 --max-size 6 --json
    """

    grammar: str = "xy3"
    """Named grammar, or a grammar file ending in .toml."""
    max_size: int = 5
    """Largest minimal size, in leaves."""
    out: Path | None = None
    """Folder to write the classes and their target programs to; what is finished there is kept."""
    threads: int | None = None
    """Threads; every core when None."""
    memory_limit: str | None = None
    """Most memory to take, as 1GB; what is free when None."""
    verify: bool = False
    """Read what is in --out again, every byte of it."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, kw_only=True)
class Show:
    """Show the class of a program: its minimal size and realizations, its regions, its coordinates.

    Example: arith-synth show "x * (y + 1) / 2"
    """

    program: Annotated[str, tyro.conf.Positional]
    """A program (infix), or the fingerprint of a class (32 hexadecimal digits)."""
    grammar: str = "xy3"
    """Named grammar, or a grammar file ending in .toml."""
    max_size: int | None = None
    """Largest minimal size to look among; 5 when None, or the program's own up to 6."""
    realizations: int = 10
    """Most minimal realizations to list."""
    json: bool = False
    """Print one JSON object."""


def run_enumerate(options: Enumerate) -> int:
    """Enumerate a grammar's classes and print what it took; returns the exit status."""
    from arith_synth.enumeration.bank import check_max_size
    from arith_synth.enumeration.memory import peak_bytes
    from arith_synth.enumeration.threads import checked_threads
    from arith_synth.grammar import resolve_grammar

    grammar = resolve_grammar(options.grammar)
    check_max_size(options.max_size)
    limit = None if options.memory_limit is None else bytes_of(options.memory_limit)
    threads = checked_threads(options.threads)
    with progress_bar() as progress:
        compile_kernels(grammar, progress)
        run = _in_core if options.out is None else _to_disk
        result = run(grammar, options, threads, limit, progress)
    result |= {"threads": threads, "peak_bytes": peak_bytes()}
    if options.json:
        print_json(result)
    else:
        _print_counts(result)
    return 0


def run_show(options: Show) -> int:
    """Print what is known of a class; returns the exit status."""
    from arith_synth.commands.classes import facts_of, lines_of
    from arith_synth.grammar import resolve_grammar

    if options.realizations < 0:
        raise UsageError(f"--realizations is {options.realizations}; list 0 or more")
    with progress_bar() as progress:
        grammar = resolve_grammar(options.grammar)
        compile_kernels(grammar, progress)
        facts = facts_of(options.program, grammar, options.max_size, options.realizations, progress)
    if options.json:
        print_json(facts)
    else:
        for line in lines_of(facts):
            print_line(line)
    return 0


def bytes_of(text: str) -> int:
    """The bytes of `1GB`, `512 MB` or `1.5GiB`; UsageError for anything else."""
    match = _MEMORY.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no amount of memory; write it as 512MB or 1.5GB")
    amount, unit, binary = match.groups()
    n_bytes = int(float(amount) * (1024 if binary else 1000) ** _FACTORS[unit.lower()])
    if n_bytes < 1:
        raise UsageError(f"{text!r} is no amount of memory to work in; write it as 512MB or 1.5GB")
    return n_bytes


def compile_kernels(grammar: Grammar, progress: Progress) -> None:
    """Compile what an enumeration needs, and say so where it takes long; quick when it was done before."""
    from arith_synth.enumeration.bank import enumerate_bank
    from arith_synth.enumeration.realizations import target_programs

    text = compiling_text()
    if text is not None:
        progress(text, 0, 1)
    target_programs(enumerate_bank(grammar, 3, threads=1), threads=1)
    if text is not None:
        progress(text, 1, 1)


def _in_core(
    grammar: Grammar, options: Enumerate, threads: int, limit: int | None, progress: Progress
) -> dict[str, Any]:
    from arith_synth.enumeration.bank import enumerate_bank
    from arith_synth.enumeration.folders import growth_on_disk
    from arith_synth.enumeration.memory import plan_in_core, size_text

    growth = growth_on_disk(grammar, options.max_size)
    plan = plan_in_core(grammar, growth, options.max_size, limit)
    _tell(f"about {growth.total(options.max_size):,} classes, {size_text(plan.n_bytes)} of memory in core")
    bank = enumerate_bank(grammar, options.max_size, progress, threads=threads, memory_limit=limit)
    return {
        "classes_by_size": bank.classes_by_size,
        "candidates_by_size": bank.candidates_by_size[1:].tolist(),
        "seconds_by_size": [round(seconds, 6) for seconds in bank.seconds_by_size[1:].tolist()],
        "candidates": bank.n_candidates,
        "seconds": bank.seconds,
        "candidates_per_s": bank.n_candidates / bank.seconds,
    }


def _to_disk(
    grammar: Grammar, options: Enumerate, threads: int, limit: int | None, progress: Progress
) -> dict[str, Any]:
    from arith_synth.enumeration.folders import candidates_on_disk, growth_on_disk, verify_size
    from arith_synth.enumeration.memory import size_text
    from arith_synth.enumeration.out_of_core import enumerate_to_disk, output_bytes, plan_on_disk

    assert options.out is not None
    plan = plan_on_disk(grammar, options.max_size, limit)
    out = options.out.expanduser().resolve()
    _tell(
        f"about {growth_on_disk(grammar, options.max_size).total(options.max_size):,} classes, "
        f"{size_text(plan.n_bytes)} of memory, up to {size_text(output_bytes(grammar, options.max_size))} on disk"
    )
    there = candidates_on_disk(out)
    started = time.perf_counter()
    seals = enumerate_to_disk(out, grammar, options.max_size, progress, threads=threads, memory_limit=limit)
    seconds = time.perf_counter() - started
    if options.verify:
        for size in range(1, options.max_size + 1):
            progress("verifying", size, options.max_size)
            verify_size(out, size)
    n_candidates = sum(seal["n_candidates"] for seal in seals)
    made = n_candidates - there
    return {
        "classes_by_size": [seal["n_classes"] for seal in seals],
        "candidates_by_size": [seal["n_candidates"] for seal in seals],
        "content_sha256_by_size": [seal["content_sha256"] for seal in seals],
        "candidates": n_candidates,
        "candidates_made": made,
        "seconds": seconds,
        "candidates_per_s": made / seconds if made else None,
    }


def _print_counts(result: dict[str, Any]) -> None:
    from arith_synth.enumeration.memory import size_text

    print_line(f"{sum(result['classes_by_size']):,} classes; by size: {', '.join(map(str, result['classes_by_size']))}")
    threads = "1 thread" if result["threads"] == 1 else f"{result['threads']} threads"
    made = result.get("candidates_made", result["candidates"])
    if made == 0:
        print_line("all of it was there already")
        return
    rest = "" if made == result["candidates"] else f" (of {result['candidates']:,}; the others were there already)"
    print_line(
        f"{made:,} candidates{rest} in {result['seconds']:.2f} s, {result['candidates_per_s']:,.0f} a second "
        f"on {threads}, {size_text(result['peak_bytes'])} of memory"
    )


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
