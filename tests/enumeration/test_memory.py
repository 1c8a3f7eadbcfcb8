"""Memory is stated before a build starts, and the statement holds; what would not fit is refused with advice."""

import os
import resource
import subprocess
import sys

import pytest

from arith_synth.enumeration import memory
from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.folders import growth_on_disk
from arith_synth.enumeration.memory import (
    LEAST_ENTRIES,
    available_bytes,
    in_core_bytes,
    operand_bytes,
    plan_in_core,
    size_text,
)
from arith_synth.enumeration.partition import ENTRY_BYTES
from arith_synth.errors import CapacityError
from arith_synth.grammar import grammar_named

XY3 = grammar_named("xy3")


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "1 kB"),
        (999, "1 kB"),
        (5_300, "5 kB"),
        (1_000_000, "1 MB"),
        (1_540_000, "1.54 MB"),
        (772_000_000, "772 MB"),
        (1_500_000_000, "1.5 GB"),
        (2.5e12, "2.5 TB"),
        (4.2e15, "4,200 TB"),
    ],
)
def test_sizes_are_told_in_decimal_units(n_bytes, text):
    assert size_text(n_bytes) == text


def test_a_plan_keeps_within_its_limit():
    growth = growth_on_disk(XY3, 7)
    least = in_core_bytes(XY3, growth, 7) + LEAST_ENTRIES * ENTRY_BYTES
    plans = [plan_in_core(XY3, growth, 7, limit) for limit in (least, least + 10**8, 10 * least)]
    for plan, limit in zip(plans, (least, least + 10**8, 10 * least), strict=True):
        assert plan.n_bytes <= limit
    entries = [plan.entries_of_slab for plan in plans]
    assert entries == sorted(set(entries))
    assert entries[0] == LEAST_ENTRIES


@pytest.mark.parametrize(("name", "max_size"), [("xy3", 7), ("xycond", 6)])
def test_what_does_not_fit_is_refused_with_numbers_and_advice(name, max_size):
    grammar = grammar_named(name)
    growth = growth_on_disk(grammar, max_size)
    limit = in_core_bytes(grammar, growth, max_size)
    advice = r"needs [\d.]+ [MG]B in core, but [\d.]+ [MG]B may be used; enumerate to disk with --out DIR"
    with pytest.raises(CapacityError, match=advice) as refused:
        plan_in_core(grammar, growth, max_size, limit)
    assert "\n" not in str(refused.value)


def test_an_enumeration_that_cannot_fit_is_refused_while_it_is_small(monkeypatch):
    with pytest.raises(CapacityError, match="grammar xy3 at max_size 9 has about"):
        enumerate_bank(XY3, 9, threads=1, memory_limit=1 << 30)


def test_the_bank_does_not_depend_on_the_memory_limit():
    growth = growth_on_disk(XY3, 5)
    plain, tight = (
        enumerate_bank(XY3, 5, threads=1, memory_limit=limit) for limit in (None, in_core_bytes(XY3, growth, 5) + 10**8)
    )
    assert plain.values.tobytes() == tight.values.tobytes()


def test_outputs_on_all_inputs_are_counted_as_part_of_an_operand():
    assert operand_bytes(XY3) == 32
    assert operand_bytes(grammar_named("xycond")) > 8 * 4 * 256


def test_some_memory_is_available_and_not_more_than_the_machine_has():
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < available_bytes() < total


def test_a_limit_of_the_process_is_a_limit_of_what_is_available():
    before = resource.getrlimit(resource.RLIMIT_AS)
    in_use = memory._address_space_in_use()
    try:
        resource.setrlimit(resource.RLIMIT_AS, (in_use + 300_000_000, before[1]))
        within = available_bytes()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert 200_000_000 < within <= 300_000_000
    assert available_bytes() > within


@pytest.mark.parametrize(("used", "most", "expected"), [("100\n", "1000100\n", 10**6), ("100\n", "max\n", None)])
def test_a_control_group_is_a_limit_of_what_is_available(tmp_path, monkeypatch, used, most, expected):
    (tmp_path / "memory.current").write_text(used)
    (tmp_path / "memory.max").write_text(most)
    path = memory.Path
    monkeypatch.setattr(memory, "Path", lambda name: tmp_path if name == "/sys/fs/cgroup" else path(name))
    available = available_bytes()
    assert available == expected if expected else available > 10**8


PEAK = """
import sys
from pathlib import Path
from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.folders import growth_on_disk
from arith_synth.enumeration.memory import plan_in_core
from arith_synth.grammar import grammar_named

grammar, max_size = grammar_named(sys.argv[1]), int(sys.argv[2])
stated = plan_in_core(grammar, growth_on_disk(grammar, max_size), max_size, None).n_bytes
enumerate_bank(grammar, max_size, threads=2)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
print(int(status["VmHWM"].split()[0]) * 1024, stated)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "max_size"), [("xy3", 6), ("xy9", 5), ("xycond", 5)])
def test_an_enumeration_in_core_takes_the_memory_that_was_stated(name, max_size):
    done = subprocess.run([sys.executable, "-c", PEAK, name, str(max_size)], capture_output=True, text=True, check=True)
    peak, stated = map(int, done.stdout.split())
    assert stated / 3 < peak <= stated
