"""The density configs a second time. Strata are (syntactic cell, semantic cell, size)."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from arith_synth.splits.audit.block_filling import Law, Shared, keyed_numbers, share_by_law, systematic_sample
from arith_synth.splits.audit.pools import MOST_TRAIN, Asked, Classes, Stratum, by_size, strata_of

FAMILY = "density_shift"
SPACES = ("syntactic", "semantic")
#: Whether the syntactic and the semantic axis are concentrated.
_REGIMES = {
    "none": (True, True),
    "syntactic": (False, True),
    "semantic": (True, False),
    "joint": (False, False),
}
#: strength -> (what the heavy cells of an axis weigh, in thousandths; heavy cells of 64, of 16)
_STRENGTHS = {"strong": (900, 8, 2), "mild": (750, 12, 3)}
DENSITY_CONFIGS = {
    f"{FAMILY}_{regime}{'_mild' if strength == 'mild' else ''}": (regime, strength)
    for strength in _STRENGTHS
    for regime in _REGIMES
    if (regime, strength) != ("joint", "mild")
}
#: A corpus of a smaller max_size has fewer cells.
_MANY_CELLS, _FEW_CELLS, _MANY_FROM = 64, 16, 6
_MOST_ATTEMPTS = 100_000
_SIDES = ("test", "validation", "train")

#: Tasks int64[n_cells, n_cells] of each size by joint cell.
Tasks: TypeAlias = dict[int, np.ndarray]


def n_cells_of(max_size: int) -> int:
    """Cells of each space."""
    return _MANY_CELLS if max_size >= _MANY_FROM else _FEW_CELLS


def density_splits(
    classes: Classes, cells: Mapping[str, np.ndarray], n_cells: int, asked: Asked
) -> tuple[dict[str, np.ndarray], dict[str, Any]] | str:
    """Rows of the corpus of each split of all density configs in no order, and what build.json says under `density`.

    `cells`: the cell int64[n] of each class, by space. A text says why the numbers asked for cannot be met.
    """
    strata = strata_of(classes, [cells[space] for space in SPACES], FAMILY, "pools")
    room = _by_size(strata, n_cells)
    counts = {size: int(of_size.sum()) for size, of_size in room.items()}
    n_train = min(asked.train, sum(counts.values()) * MOST_TRAIN // 100)
    numbers = dict(zip(_SIDES, (asked.test, asked.validation, n_train), strict=True))
    totals = {side: by_size(n, counts) for side, n in numbers.items()}
    strengths: dict[str, dict[str, Any]] = {}
    for strength in _STRENGTHS:
        heavy = _heavy_cells(strength, _all_sizes(room), sum(numbers.values()))
        if heavy is None:
            return "no choice of heavy cells holds enough classes"
        strengths[strength] = heavy
    laws = {config: _law(config, regime, strengths[strength]) for config, (regime, strength) in DENSITY_CONFIGS.items()}
    uniform = _share(Law(name=FAMILY, heavy=(None, None), permille=0), "test_uniform", totals["test"], room)
    if isinstance(uniform, str):
        return uniform
    uniform_tasks = {size: of_size.tasks for size, of_size in uniform.items()}
    left = {size: room[size] - uniform_tasks[size] for size in room}
    together = {size: sum(of_side[size] for of_side in totals.values()) for size in room}
    quotas: dict[str, dict[str, Tasks]] = {}
    facts: dict[str, dict[str, Any]] = {}
    for config, law in laws.items():
        shared = _share(law, "law", together, left)
        if isinstance(shared, str):
            return shared
        quotas[config] = _sides(config, shared, totals)
        facts[config] = {
            "short_of_even": sum(of_size.short_of_even for of_size in shared.values()),
            "moved_between_blocks": sum(of_size.moved for of_size in shared.values()),
            "given_way": {},
        }
    splits = {f"{config}/test_uniform": _pieces(strata, None, uniform_tasks) for config in laws}
    begins = uniform_tasks
    for side in _SIDES:
        for config, law in laws.items():
            if side != "test":
                mended = _give_way(law, side, quotas[config][side], left)
                if isinstance(mended, str):
                    return mended
                quotas[config][side], facts[config]["given_way"][side] = mended
            splits[f"{config}/{side}"] = _pieces(strata, begins, quotas[config][side])
        for size in room:
            most = np.max([of_config[side][size] for of_config in quotas.values()], axis=0)
            left, begins = left | {size: left[size] - most}, begins | {size: begins[size] + most}
    in_uniform, in_any = _all_sizes(uniform_tasks) > 0, _all_sizes(room) > 0
    for config, of_config in quotas.items():
        in_train = _all_sizes(of_config["train"]) > 0
        facts[config] |= {
            "cells_with_classes": _covered(in_any),
            "cells_of_train": _covered(in_train),
            "cells_of_test_uniform": _covered(in_uniform),
            "cells_of_both": _covered(in_train & in_uniform),
        }
    return splits, {"n_cells": n_cells, "strengths": strengths, "configs": facts}


def _law(config: str, regime: str, strength: dict[str, Any]) -> Law:
    syntactic, semantic = (
        strength[space] if is_concentrated else None
        for space, is_concentrated in zip(SPACES, _REGIMES[regime], strict=True)
    )
    return Law(name=config, heavy=(syntactic, semantic), permille=strength["heavy_permille"])


def _all_sizes(tasks: Tasks) -> np.ndarray:
    return np.sum([*tasks.values()], axis=0)


def _sides(config: str, shared: Mapping[int, Shared], totals: Mapping[str, Mapping[int, int]]) -> dict[str, Tasks]:
    """What a config's law gives to test, validation and training, which all have the same law."""
    sides: dict[str, Tasks] = {side: {} for side in _SIDES}
    for size, of_size in shared.items():
        rest = of_size.tasks.ravel()
        for side in ("test", "validation"):
            sample = systematic_sample(totals[side][size], rest, FAMILY, config, side, size)
            sides[side][size], rest = sample.reshape(of_size.tasks.shape), rest - sample
        sides["train"][size] = rest.reshape(of_size.tasks.shape)
    return sides


def _give_way(law: Law, side: str, quota: Tasks, room: Tasks) -> tuple[Tasks, int] | str:
    """A quota that fits into the room, tasks too many shared by the law once more; and how many these are."""
    kept = {size: np.minimum(of_size, room[size]) for size, of_size in quota.items()}
    too_many = {size: int((quota[size] - kept[size]).sum()) for size in quota}
    again = _share(law, f"{side} gives way", too_many, {size: room[size] - kept[size] for size in quota})
    if isinstance(again, str):
        return again
    return {size: kept[size] + again[size].tasks for size in quota}, sum(too_many.values())


def _by_size(strata: Mapping[Stratum, np.ndarray], n_cells: int) -> dict[int, np.ndarray]:
    """Number of classes of each size by joint cell, int64[n_cells, n_cells]."""
    sizes = sorted({stratum[-1] for stratum in strata})
    room = {size: np.zeros((n_cells, n_cells), dtype=np.int64) for size in sizes}
    for (syntactic, semantic, size), rows in strata.items():
        room[size][syntactic, semantic] = len(rows)
    return room


def _heavy_cells(strength: str, room: np.ndarray, n_drawn: int) -> dict[str, Any] | None:
    """The heavy cells of both axes in the first choice whose block holds enough classes."""
    permille, of_many, of_few = _STRENGTHS[strength]
    n_heavy = of_many if len(room) == _MANY_CELLS else of_few
    for attempt in range(_MOST_ATTEMPTS):
        chosen = [
            sorted(keyed_numbers(len(room), FAMILY, "heavy cells", strength, axis, attempt)[:n_heavy].tolist())
            for axis in SPACES
        ]
        if 4_000_000 * int(room[np.ix_(*chosen)].sum()) >= 5 * n_drawn * permille**2:
            return {"heavy_permille": permille, "attempt": attempt} | dict(zip(SPACES, chosen, strict=True))
    return None


def _share(law: Law, part: str, totals: Mapping[int, int], room: Tasks) -> dict[int, Shared] | str:
    shared = {size: share_by_law(law, part, size, totals[size], of_size) for size, of_size in room.items()}
    for size, of_size in shared.items():
        if int(of_size.tasks.sum()) < totals[size]:
            return f"{law.name}, {part}: finds only {int(of_size.tasks.sum())} of {totals[size]} tasks of size {size}"
    return shared


def _pieces(strata: Mapping[Stratum, np.ndarray], begins: Tasks | None, quota: Tasks) -> np.ndarray:
    """The classes of each stratum from where the side's piece begins, as many as there are tasks: int64[n]."""
    parts = [np.empty(0, dtype=np.int64)]
    for (syntactic, semantic, size), rows in strata.items():
        begin = 0 if begins is None else int(begins[size][syntactic, semantic])
        parts.append(rows[begin : begin + int(quota[size][syntactic, semantic])])
    return np.concatenate(parts)


def _covered(cells: np.ndarray) -> dict[str, int]:
    """Cells of each space, and joint ones, of bool[n_cells, n_cells]."""
    return {
        "syntactic": int(cells.any(axis=1).sum()),
        "semantic": int(cells.any(axis=0).sum()),
        "joint": int(cells.sum()),
    }
