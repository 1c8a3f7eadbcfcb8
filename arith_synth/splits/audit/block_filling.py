"""How a law shares tasks over joint cells, a second time: blocks of the plane, filled as evenly as capacities allow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from arith_synth.splits.audit.identity import keyed_hash
from arith_synth.splits.audit.own_hashes import mix
from arith_synth.splits.audit.pools import share_out

_WHOLE = 1_000


@dataclass(frozen=True, kw_only=True)
class Law:
    """How tasks lie over the plane of cells. `heavy`: the heavy cells of the syntactic and of the semantic axis, None
    for an even one; `permille`: what the heavy cells of an axis weigh."""

    name: str
    heavy: tuple[Sequence[int] | None, Sequence[int] | None]
    permille: int


@dataclass
class Shared:
    """Tasks int64[n_cells, n_cells], and what cells and blocks fell short of."""

    tasks: np.ndarray
    short_of_even: int = 0
    moved: int = 0


def keyed_numbers(n: int, *stream: object) -> np.ndarray:
    """The numbers 0..n-1 in the order of a stream: int64[n]."""
    return np.argsort(mix(np.arange(n, dtype=np.uint64) ^ np.uint64(keyed_hash(*stream))), kind="stable")


def fill_evenly(total: int, room: np.ndarray, order: Callable[[], np.ndarray]) -> np.ndarray:
    """Share `total` over places with room int64[n]: everybody gets up to a common level, and what is left of a level
    goes, one each, to the first places in the order that have more room."""
    total = min(total, int(room.sum()))
    low, high = 0, int(room.max(initial=0))
    while low < high:  # the largest level that does not exceed the total
        middle = (low + high + 1) // 2
        low, high = (middle, high) if int(np.minimum(room, middle).sum()) <= total else (low, middle - 1)
    shares = np.minimum(room, low)
    left = total - int(shares.sum())
    if left:
        places = order()
        shares[places[room[places] > low][:left]] += 1
    return shares


def systematic_sample(total: int, weights: np.ndarray, *stream: object) -> np.ndarray:
    """`total` tasks in proportion to weights int64[n], at even steps along the places in the order of a stream."""
    whole = int(weights.sum())
    if whole == 0:
        return np.zeros_like(weights)
    places = keyed_numbers(len(weights), *stream)
    start = keyed_hash(*stream, "start") % whole
    reached = (np.concatenate([[0], np.cumsum(weights[places])]) * total + start) // whole
    shares = np.zeros_like(weights)
    shares[places] = np.diff(reached)
    return shares


def share_by_law(law: Law, part: str, size: int, total: int, room: np.ndarray) -> Shared:
    """Tasks of one size by joint cell, from room int64[n_cells, n_cells]."""
    n_cells = len(room)
    axes = [_blocks(heavy, law.permille, n_cells) for heavy in law.heavy]
    blocks = [(one[0] * two[0], np.ix_(one[1], two[1])) for one in axes[0] for two in axes[1]]
    shared = Shared(tasks=np.zeros_like(room))
    n_left = 0
    for number, (n, cells) in enumerate(zip(share_out(total, [weight for weight, _ in blocks]), blocks, strict=True)):
        tasks, short = _fill_block(law, n, _only(room, cells[1]), ("density_shift", law.name, part, size, number))
        shared.tasks += tasks
        shared.short_of_even += short
        n_left += n - int(tasks.sum())
    shared.moved = n_left
    for number, (_, cells) in enumerate(blocks):
        if n_left:
            stream = ("density_shift", law.name, part, size, number, "left over")
            tasks, _ = _fill_block(law, n_left, _only(room - shared.tasks, cells), stream)
            shared.tasks += tasks
            n_left -= int(tasks.sum())
    return shared


def _blocks(heavy: Sequence[int] | None, permille: int, n_cells: int) -> list[tuple[int, list[int]]]:
    """The blocks of one axis, heavy before light: weight and cells."""
    if heavy is None:
        return [(_WHOLE, list(range(n_cells)))]
    return [(permille, list(heavy)), (_WHOLE - permille, [cell for cell in range(n_cells) if cell not in heavy])]


def _only(room: np.ndarray, cells: tuple[np.ndarray, ...]) -> np.ndarray:
    of_block = np.zeros_like(room)
    of_block[cells] = room[cells]
    return of_block


def _fill_block(law: Law, total: int, room: np.ndarray, stream: tuple[object, ...]) -> tuple[np.ndarray, int]:
    """Tasks of one block by joint cell, and by how much cells with room fall short of an even share."""
    syntactic_is_even, semantic_is_even = (heavy is None for heavy in law.heavy)
    if syntactic_is_even == semantic_is_even:
        flat = fill_evenly(total, room.ravel(), lambda: keyed_numbers(room.size, *stream))
        tasks = flat.reshape(room.shape)
        return tasks, _short(total, tasks, room)
    turned = room if syntactic_is_even else room.T  # a row is a cell of the even axis
    of_rows = turned.sum(axis=1)
    rows = fill_evenly(total, of_rows, lambda: keyed_numbers(len(turned), *stream, "rows"))
    tasks = np.stack(
        [
            fill_evenly(int(n), turned[row], lambda row=row: keyed_numbers(len(turned), *stream, row))
            for row, n in enumerate(rows)
        ]
    )
    return tasks if syntactic_is_even else tasks.T, _short(total, tasks, turned)


def _short(total: int, shares: np.ndarray, room: np.ndarray) -> int:
    has_room = room > 0
    n = int(has_room.sum())
    return int(np.maximum(0, total // n - shares[has_room]).sum()) if n else 0
