"""How much memory an enumeration takes: said before it starts, and refused when there is less."""

import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from arith_synth.enumeration.behaviours import BEHAVIOUR_BYTES
from arith_synth.enumeration.candidates import OPERAND_BYTES
from arith_synth.enumeration.growth import Growth
from arith_synth.enumeration.partition import ENTRY_BYTES
from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.semantics.meanings import identity_of

#: The interpreter, kernels and their working space, with what compiling them in a first run takes.
PROCESS_BYTES = 360 << 20
#: A class: its two residues.
VALUE_BYTES = 16
#: Entries of a slab: more of them save passes over the candidates, less of them save memory.
MOST_ENTRIES = 25_000_000
_MOST_SLABS = 8
LEAST_ENTRIES = 2_000_000
#: A grammar's growth is a law only after so many candidates of a size.
_TELLING_CANDIDATES = 20_000
#: Of the memory that the system calls available, what is surely so.
_USABLE_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An enumeration in core: bytes that it takes, about, and entries of a slab."""

    n_bytes: int
    entries_of_slab: int


def operand_bytes(grammar: Grammar) -> int:
    """Bytes of a class as an operand: residues and inverses, or all its outputs (more while they are made)."""
    return OPERAND_BYTES if identity_of(grammar) == "algebraic" else BEHAVIOUR_BYTES * 4 // 3


def in_core_bytes(grammar: Grammar, growth: Growth, max_size: int) -> int:
    """Bytes of an enumeration in core beside its slab: the process, all values, the operands and their inverses."""
    operands = growth.total(max_size - 1)
    return PROCESS_BYTES + growth.total(max_size) * VALUE_BYTES + operands * (operand_bytes(grammar) + VALUE_BYTES)


def plan_in_core(grammar: Grammar, growth: Growth, max_size: int, memory_limit: int | None) -> Plan:
    """The plan for a bank of max_size within `memory_limit` bytes (None: what is available).

    Raises CapacityError when it does not fit, once the grammar's growth can be told.
    """
    limit = available_bytes() if memory_limit is None else min(memory_limit, available_bytes())
    fixed = in_core_bytes(grammar, growth, max_size)
    room = (limit - fixed) // ENTRY_BYTES
    largest = max(growth.candidates[1 : max_size + 1])
    wanted = min(largest, max(MOST_ENTRIES, largest // _MOST_SLABS))
    told = growth.known >= max_size - 1 or growth.candidates[growth.known] >= _TELLING_CANDIDATES
    if told and room < min(wanted, LEAST_ENTRIES):
        raise CapacityError(
            f"grammar {grammar.name} at max_size {max_size} has about {growth.total(max_size):,} classes and needs "
            f"{size_text(fixed + min(wanted, LEAST_ENTRIES) * ENTRY_BYTES)} in core, but {size_text(limit)} may be "
            "used; enumerate to disk with --out DIR --memory-limit, or lower --max-size"
        )
    entries = max(LEAST_ENTRIES, min(wanted, room))
    return Plan(n_bytes=fixed + min(wanted, entries) * ENTRY_BYTES, entries_of_slab=entries)


def available_bytes() -> int:
    """Memory that this process may still take, by the system, its control group and its own limits."""
    limits = [int(_USABLE_SHARE * _system_bytes())]
    for used, most in (
        ("memory.current", "memory.max"),
        ("memory/memory.usage_in_bytes", "memory/memory.limit_in_bytes"),
    ):
        group = Path("/sys/fs/cgroup")
        try:
            limits.append(int((group / most).read_text()) - int((group / used).read_text()))
        except (OSError, ValueError):
            continue  # no such group, or "max"
    address_space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if address_space != resource.RLIM_INFINITY:
        limits.append(address_space - _address_space_in_use())
    return max(0, min(limits))


def peak_bytes() -> int:
    """The most memory that this process has had."""
    try:  # what getrusage gives survives exec: it may be that of the process that started this one
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def size_text(n_bytes: float) -> str:
    """`1.5 GB`: decimal units, as --memory-limit reads them."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:,.3g} {unit}" if n_bytes < 1000 * factor else f"{n_bytes / factor:,.0f} {unit}"
    return f"{max(1, round(n_bytes / 1000))} kB"


def _system_bytes() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _address_space_in_use() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0
