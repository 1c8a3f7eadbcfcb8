"""Block laws over the joint cells of the two spaces: even or concentrated along each axis.

Concentrated along an axis: `heavy_permille` thousandths of the mass lie evenly on the heavy cells, the rest evenly on
the others. So every joint cell that has classes has positive mass under every law: a density shift, not a support
shift.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.splits.apportion import apportion
from arith_synth.splits.filling import even_fill, places_in_keyed_order
from arith_synth.splits.sizes import ASK_FOR_FEWER

FAMILY = "density_shift"
_PERMILLE = 1000
#: The heavy x heavy block must hold 5/4 of what is drawn from it, so that a sample does not exhaust it.
_ROOM = (5, 4)
_MAX_ATTEMPTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How concentrated: this much of the mass on this share of the cells, in 64ths."""

    name: str
    heavy_permille: int
    heavy_64ths: int

    def n_heavy(self, n_cells: int) -> int:
        """Number of heavy cells of an axis."""
        return max(1, n_cells * self.heavy_64ths // 64)


STRONG = Strength(name="strong", heavy_permille=900, heavy_64ths=8)
MILD = Strength(name="mild", heavy_permille=750, heavy_64ths=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """Along which axes training is even; the name says which diversity is kept."""

    name: str
    even_syntactic: bool
    even_semantic: bool


REGIMES = (
    Regime(name="none", even_syntactic=False, even_semantic=False),
    Regime(name="syntactic", even_syntactic=True, even_semantic=False),
    Regime(name="semantic", even_syntactic=False, even_semantic=True),
    Regime(name="joint", even_syntactic=True, even_semantic=True),
)
JOINT = REGIMES[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeavyCells:
    """The heavy cells of both axes, bool[n_cells] each, and which choice in keyed order they were."""

    syntactic: np.ndarray
    semantic: np.ndarray
    attempt: int


def choose_heavy(counts: np.ndarray, strength: Strength, n_tasks: int) -> HeavyCells:
    """The first choice of heavy cells in keyed order whose heavy x heavy block has room for what it must give.

    `counts` int64[n_cells, n_cells]: eligible classes by syntactic and semantic cell. `n_tasks`: of train, validation
    and test together. Raises SplitError when no choice has the room.
    """
    n_cells, most = len(counts), 0
    for attempt in range(_MAX_ATTEMPTS):
        masks = []
        for axis in ("syntactic", "semantic"):
            order = places_in_keyed_order(n_cells, FAMILY, "heavy cells", strength.name, axis, attempt)
            masks.append(np.isin(np.arange(n_cells), order[: strength.n_heavy(n_cells)]))
        room = int(counts[np.ix_(*masks)].sum())
        most = max(most, room)
        if room * _ROOM[1] * _PERMILLE**2 >= _ROOM[0] * n_tasks * strength.heavy_permille**2:
            return HeavyCells(syntactic=masks[0], semantic=masks[1], attempt=attempt)
    raise SplitError(
        f"{FAMILY}_none/train: no choice of {strength.n_heavy(n_cells)} heavy cells an axis has room for "
        f"{n_tasks} tasks (at most {most} classes in the block); {ASK_FOR_FEWER}"
    )


#: Blocks of joint cells: the weight of each, and its mask bool[n_cells, n_cells].
Blocks = list[tuple[int, np.ndarray]]


def blocks_of(regime: Regime, strength: Strength, heavy: HeavyCells) -> Blocks:
    """The blocks that a regime is even on: products of each axis's parts, heavy before light."""

    def parts(is_even: bool, mask: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        if is_even:
            yield _PERMILLE, np.ones_like(mask)
        else:
            yield strength.heavy_permille, mask
            yield _PERMILLE - strength.heavy_permille, ~mask

    return [
        (weight_a * weight_b, mask_a[:, None] & mask_b[None, :])
        for weight_a, mask_a in parts(regime.even_syntactic, heavy.syntactic)
        for weight_b, mask_b in parts(regime.even_semantic, heavy.semantic)
    ]


def fill_law(
    total: int, regime: Regime, blocks: Blocks, capacities: np.ndarray, *stream: str | int
) -> tuple[np.ndarray, int, int]:
    """Tasks by joint cell: `total` shared over blocks by weight, and evenly inside each block as capacities allow.

    `capacities` int64[n_cells, n_cells]. Where one axis is even and the other is not, a block is first shared evenly
    over the cells of the even axis, then inside each over the other's. What a block cannot hold goes to the others, one
    after another. Returns int64[n_cells, n_cells]; how many tasks the cells that have classes lack of an even share;
    and how many a block could not hold. SplitError when all cells together cannot hold them.
    """
    shares = np.zeros_like(capacities)
    wanted = apportion(total, {number: weight for number, (weight, _) in enumerate(blocks)})
    short, left_over = 0, 0
    for number, (_, mask) in enumerate(blocks):
        room = np.where(mask, capacities, 0)
        part = _fill_block(wanted[number], regime, room, *stream, number)
        shares += part
        left_over += wanted[number] - int(part.sum())
        even_share = wanted[number] // max(1, int((room > 0).sum()))
        short += int(np.maximum(0, even_share - part)[room > 0].sum())
    moved_between = left_over
    for number, (_, mask) in enumerate(blocks):
        if left_over == 0:
            break
        part = _fill_block(left_over, regime, np.where(mask, capacities - shares, 0), *stream, number, "left over")
        shares += part
        left_over -= int(part.sum())
    if left_over:
        raise SplitError(
            f"{stream[1]}/{stream[2]}: the cells hold {total - left_over} classes of size {stream[3]}, but {total} "
            f"tasks are wanted; {ASK_FOR_FEWER}"
        )
    return shares, short, moved_between


def _fill_block(total: int, regime: Regime, room: np.ndarray, *stream: str | int) -> np.ndarray:
    if regime.even_syntactic == regime.even_semantic:
        return even_fill(total, room.ravel(), *stream).reshape(room.shape)
    by_row = room if regime.even_syntactic else room.T
    rows = even_fill(total, by_row.sum(axis=1), *stream, "rows")
    filled = np.stack([even_fill(n, row, *stream, i) for i, (n, row) in enumerate(zip(rows, by_row, strict=True))])
    return filled if regime.even_syntactic else filled.T
