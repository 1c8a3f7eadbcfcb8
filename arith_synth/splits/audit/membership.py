"""The splits a second time: which classes each split must hold, worked out from the corpus and the numbers asked for.

Written from the description of the procedure (docs/decisions), and sharing no code with it. A *cell* is (syntax,
meaning, size): syntax 0 low, 1 loose, 2 forced; meaning 0 inside, 1 gap, 2 large.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from arith_synth.splits.audit.distances import squared_to_nearest
from arith_synth.splits.audit.own_hashes import in_keyed_order

_N_BINS = 5
_LOW, _FORCED = 0, 2
_INSIDE, _GAP, _LARGE = 0, 1, 2
#: Of the eligible classes, training takes this many percent at most.
_MOST_TRAIN = 80
#: Candidates of one size that the matching looks at: so many a task, and no fewer than the second number.
_PER_TASK, _AT_LEAST = 3, 600

Cell = tuple[int, int, int]
Edges = dict[str, dict[str, list[int]]]

_ARMS: dict[str, Callable[[Cell], bool]] = {
    "support_shift/train": lambda cell: cell[0] == _LOW and cell[1] == _INSIDE,
    "support_shift_control/train": lambda cell: True,
    "support_shift_control/train_syntactic_excluded": lambda cell: cell[0] == _LOW,
    "support_shift_control/train_semantic_excluded": lambda cell: cell[1] == _INSIDE,
}
_TESTS = {
    "test": (_LOW, _INSIDE),
    "test_semantic": (_LOW, _LARGE),
    "test_syntactic": (_FORCED, _INSIDE),
    "test_both": (_FORCED, _LARGE),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Number of tasks asked for in each training, validation and test split."""

    train: int
    validation: int
    test: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Classes:
    """The corpus as the procedure sees it, one row a class.

    Shapes: residues uint64[n, 2]; eligible bool[n]; syntax, meaning, size int64[n]; coordinates float64[n, 16] by
    space.
    """

    residues: np.ndarray
    eligible: np.ndarray
    syntax: np.ndarray
    meaning: np.ndarray
    size: np.ndarray
    coordinates: Mapping[str, np.ndarray]

    def shuffled(self, rows: np.ndarray, *stream: str) -> np.ndarray:
        """Rows int64[m] of the corpus, in the order of a stream."""
        return rows[in_keyed_order(self.residues[rows], *stream)]


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainders: `total` in proportion to the weights, ties to the earlier; nothing for no weight at all."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    floors, remainders = zip(*(divmod(total * weight, whole) for weight in weights), strict=True)
    shares = list(floors)
    for index in np.argsort([-remainder for remainder in remainders], kind="stable")[: total - sum(floors)].tolist():
        shares[index] += 1
    return shares


def random_splits(classes: Classes, asked: Asked) -> dict[str, np.ndarray]:
    """Rows of the corpus of each split of `random`, in no order."""
    eligible = np.flatnonzero(classes.eligible)
    sizes = np.unique(classes.size[eligible]).tolist()
    by_size = [eligible[classes.size[eligible] == size] for size in sizes]
    counts = [len(rows) for rows in by_size]
    n_train = min(asked.train, sum(counts) * _MOST_TRAIN // 100)
    quotas = zip(*(share_out(n, counts) for n in (asked.test, asked.validation, n_train)), strict=True)
    parts: dict[str, list[np.ndarray]] = {"test": [], "validation": [], "train": []}
    for rows, (n_test, n_validation, n_train_here) in zip(by_size, quotas, strict=True):
        n_train_here = min(n_train_here, len(rows) - n_test - n_validation)
        pool = _Pool(classes.shuffled(rows, "random", "pools"), n_test, n_validation, n_train_here)
        parts["test"].append(pool.test[:n_test])
        parts["validation"].append(pool.validation)
        parts["train"].append(pool.train[: max(0, n_train_here)])
    return {f"random/{split}": np.concatenate([eligible[:0], *rows]) for split, rows in parts.items()}


def support_splits(classes: Classes, asked: Asked, max_size: int) -> tuple[dict[str, np.ndarray], Edges] | str:
    """Rows of the corpus of each split of both headline configs in no order, and the edges that tests are matched by.

    A text says why the numbers asked for cannot be met.
    """
    cells = {
        (a, b, c): np.flatnonzero(
            classes.eligible & (classes.syntax == a) & (classes.meaning == b) & (classes.size == c)
        )
        for a in range(3)
        for b in range(3)
        for c in range(1, max_size + 1)
    }
    sizes = range(1, max_size + 1)
    shifted = _ARMS["support_shift/train"]
    room = [sum(len(rows) for cell, rows in cells.items() if cell[2] == size and shifted(cell)) for size in sizes]
    train_sizes = share_out(min(asked.train, sum(room) * _MOST_TRAIN // 100), room)
    validation_sizes = share_out(asked.validation, room)
    arms = {arm: _quota(cells, allowed, train_sizes) for arm, allowed in _ARMS.items()}
    validation = {
        config: _quota(
            cells, lambda cell, config=config: _ARMS[f"{config}/train"](cell) and cell[1] != _GAP, validation_sizes
        )
        for config in ("support_shift", "support_shift_control")
    }
    most_train = {cell: max(quota.get(cell, 0) for quota in arms.values()) for cell in cells}
    most_validation = {cell: max(quota.get(cell, 0) for quota in validation.values()) for cell in cells}
    rare = [(*_TESTS["test_both"], size) for size in sizes]
    spare = [len(cells[cell]) - most_train[cell] - most_validation[cell] for cell in rare]
    if min(spare) < 0 or sum(spare) < asked.test:
        return f"{sum(spare)} classes are forced, large and spare, but {asked.test} tasks are asked for"
    test_sizes = share_out(asked.test, spare)
    pools = {
        cell: _Pool(
            classes.shuffled(rows, "support_shift", "pools"),
            test_sizes[cell[2] - 1] if cell[:2] in _TESTS.values() else 0,
            most_validation[cell],
            most_train[cell],
        )
        for cell, rows in cells.items()
    }
    splits = {arm: _first(quota, {cell: pool.train for cell, pool in pools.items()}) for arm, quota in arms.items()}
    for config, quota in validation.items():
        splits[f"{config}/validation"] = _first(quota, {cell: pool.validation for cell, pool in pools.items()})
    candidates = {
        test: {size: pools[(*region, size)].test for size in sizes if test_sizes[size - 1]}
        for test, region in _TESTS.items()
    }
    tests: dict[str, list[np.ndarray]] = {test: [] for test in _TESTS}
    edges: Edges = {}
    for size in candidates["test"]:
        n = test_sizes[size - 1]
        matched = _match({test: rows[size] for test, rows in candidates.items()}, n, classes, splits)
        if isinstance(matched, str):
            return f"size {size}: {matched}"
        edges[str(size)] = matched[1]
        for test, rows in matched[0].items():
            tests[test].append(rows)
    splits |= {f"support_shift/{test}": np.concatenate(rows) for test, rows in tests.items()}
    return splits, edges


class _Pool:
    """A cell's classes in the order of pools: the test's come first, then validation's, and training's at the end."""

    def __init__(self, ordered: np.ndarray, n_test: int, n_validation: int, n_train: int) -> None:
        n_candidates = max(0, len(ordered) - n_validation - n_train) if n_test else 0
        self.test, self.validation, self.train = np.split(ordered, [n_candidates, n_candidates + n_validation])


def _quota(
    cells: Mapping[Cell, np.ndarray], allowed: Callable[[Cell], bool], by_size: Sequence[int]
) -> dict[Cell, int]:
    quota: dict[Cell, int] = {}
    for size, total in enumerate(by_size, start=1):
        chosen = sorted(cell for cell in cells if cell[2] == size and allowed(cell))
        quota |= zip(chosen, share_out(total, [len(cells[cell]) for cell in chosen]), strict=True)
    return quota


def _first(quota: Mapping[Cell, int], pools: Mapping[Cell, np.ndarray]) -> np.ndarray:
    return np.concatenate([pools[cell][:n] for cell, n in quota.items()])


def _match(
    candidates: Mapping[str, np.ndarray], n: int, classes: Classes, splits: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, list[int]]] | str:
    """The tasks of one size of the four tests, from candidates in the order of pools; a text when n are not found."""
    train = splits["support_shift/train"]
    limit = max(_PER_TASK * n, _AT_LEAST)
    plain = candidates["test"][:limit]
    if len(plain) == 0:
        return "no candidate for test"
    # A partner is matched in the space that it is not named after.
    bins: dict[str, np.ndarray] = {}
    partner_rows: dict[str, np.ndarray] = {}
    partner_bins: dict[str, np.ndarray] = {}
    edges: dict[str, list[int]] = {}
    for test, space in (("test_syntactic", "semantic"), ("test_semantic", "syntactic")):
        points = classes.coordinates[space]
        distances = squared_to_nearest(points[plain], points[train]).astype(np.int64)
        ordered = np.sort(distances)
        cuts = [int(ordered[len(ordered) * k // _N_BINS]) for k in range(1, _N_BINS)]
        edges[space] = cuts
        bins[test] = (distances[:, None] >= cuts).sum(axis=1)
        partner_rows[test] = candidates[test][:limit]
        partners = squared_to_nearest(points[partner_rows[test]], points[train])
        partner_bins[test] = (partners[:, None] >= cuts).sum(axis=1)
    left = {test: np.bincount(found, minlength=_N_BINS).tolist() for test, found in partner_bins.items()}
    taken: list[int] = []
    for index in range(len(plain)):
        cells = [(left[test], int(found[index])) for test, found in bins.items()]
        if len(taken) < n and all(capacity[b] for capacity, b in cells):
            taken.append(index)
            for capacity, b in cells:
                capacity[b] -= 1
    if len(taken) < n:
        return f"only {len(taken)} of {n} tasks can be matched"
    chosen = {"test": plain[taken], "test_both": candidates["test_both"][:n]}
    for test, found in bins.items():
        wanted = np.bincount(found[taken], minlength=_N_BINS)
        chosen[test] = np.concatenate(
            [partner_rows[test][partner_bins[test] == b][: wanted[b]] for b in range(_N_BINS)]
        )
    return chosen, edges
