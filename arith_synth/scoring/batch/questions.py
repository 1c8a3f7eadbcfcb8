"""Tasks as arrays: points of their panels, expected outputs, and what their target is."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.scoring.batch.classes import largest_leaves, residues_of_fingerprint, world_of
from arith_synth.scoring.batch.execution import World
from arith_synth.scoring.tasks import Task
from arith_synth.scoring.training_targets import TrainingTargets

#: A task with more points is left to the plain path: what the kernels keep of each answer grows with them.
MAX_POINTS = 256
#: Outputs, coordinates and sizes of so many decimal digits stay far within 64 bits.
_MAX_DIGITS = 18
_LARGEST = 10**_MAX_DIGITS
_NEWLINE, _MINUS, _SLASH, _ZERO, _NINE = b"\n-/09"


class Questions(NamedTuple):
    """n tasks over q panels. Only tasks that `is_supported` bool[n] are looked at.

    Panels: `world`, whose columns are the points of all panels one after another; `largest` float64[q, n_leaves], the
    magnitude of each leaf; `panel_starts`, `n_shown`, `n_points` int64[q]. Tasks: `panels` int64[n]; expected outputs
    `numerators`, `denominators` int64 (0 for `undef`) from `output_starts` int64[n] on; `sizes` int64[n]; residues of
    the fingerprint uint64[n, 2], and whether it `has_class` bool[n]; target programs, and those of the nearest training
    task, as bytes with offsets int64[n + 1], empty where there is none.
    """

    is_supported: np.ndarray
    world: World
    largest: np.ndarray
    panel_starts: np.ndarray
    n_shown: np.ndarray
    n_points: np.ndarray
    panels: np.ndarray
    numerators: np.ndarray
    denominators: np.ndarray
    output_starts: np.ndarray
    sizes: np.ndarray
    residues: np.ndarray
    has_class: np.ndarray
    targets: np.ndarray
    target_offsets: np.ndarray
    nearest: np.ndarray
    nearest_offsets: np.ndarray


def questions_of(tasks: Sequence[Task], grammar: Grammar, training: TrainingTargets | None) -> Questions:
    """The arrays of some tasks. Not supported: points or expected outputs beyond 64 bits, and whatever is malformed,
    which the plain path answers as it does."""
    panels, points_of, supported = _panels(tasks, grammar)
    rows = [row for points in points_of for row in points]
    columns = np.array(rows, dtype=np.int64).reshape(len(rows), len(grammar.variables))
    panel_starts = np.cumsum([0, *map(len, points_of)], dtype=np.int64)
    n_points = np.diff(panel_starts)
    n_expected = np.where(supported, n_points[panels], 0)
    output_starts = np.zeros(len(tasks) + 1, dtype=np.int64)
    np.cumsum(n_expected, out=output_starts[1:])
    numerators = np.zeros(output_starts[-1], dtype=np.int64)
    denominators = np.zeros(output_starts[-1], dtype=np.int64)
    texts = ["\n".join((*task.outputs, *task.heldout_outputs, "")) for task in tasks]
    _read_outputs(*_bytes_of(texts), output_starts, numerators, denominators, supported)
    residues = [residues_of_fingerprint(task.fingerprint) for task in tasks]
    nearest = {} if training is None else training.nearest
    targets, target_offsets = _bytes_of([task.program for task in tasks])
    nearest_texts, nearest_offsets = _bytes_of([nearest.get(task.task_id, "") for task in tasks])
    n_shown = np.zeros(len(points_of), dtype=np.int64)
    n_shown[panels] = [len(task.inputs) for task in tasks]
    n_shown = np.minimum(n_shown, n_points)  # a panel that is not supported has no points
    return Questions(
        is_supported=supported,
        world=world_of(columns, grammar),
        largest=np.array([largest_leaves(columns[start:end].T, grammar) for start, end in _runs(panel_starts)]),
        panel_starts=panel_starts[:-1],
        n_shown=n_shown,
        n_points=n_points,
        panels=panels,
        numerators=numerators,
        denominators=denominators,
        output_starts=output_starts[:-1],
        sizes=np.array([task.size if fine else 1 for task, fine in zip(tasks, supported, strict=True)], dtype=np.int64),
        residues=np.array([pair or (0, 0) for pair in residues], dtype=np.uint64),
        has_class=np.array([pair is not None for pair in residues]),
        targets=targets,
        target_offsets=target_offsets,
        nearest=nearest_texts,
        nearest_offsets=nearest_offsets,
    )


def _runs(starts: np.ndarray) -> list[tuple[int, int]]:
    return list(itertools.pairwise(starts.tolist()))


def _panels(tasks: Sequence[Task], grammar: Grammar) -> tuple[np.ndarray, list[list[tuple[int, ...]]], np.ndarray]:
    """The panel int64[n] of each task, the points of each panel, and whether each task is supported, bool[n]."""
    # Tasks share their tuples of points, and comparing identities spares comparing points.
    numbers: dict[tuple[int, int], int] = {}
    points_of: list[list[tuple[int, ...]]] = []
    panels = np.empty(len(tasks), dtype=np.int64)
    supported = np.empty(len(tasks), dtype=np.bool_)
    are_fine: list[bool] = []
    for row, task in enumerate(tasks):
        key = id(task.inputs), id(task.heldout_inputs)
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = len(points_of)
            points = [*task.inputs, *task.heldout_inputs]
            has_both = bool(task.inputs and task.heldout_inputs)
            are_fine.append(has_both and _is_fine(points, len(grammar.variables)))
            points_of.append(points if are_fine[-1] else [])
        panels[row] = number
        supported[row] = are_fine[number] and isinstance(task.size, int) and 0 < task.size < _LARGEST
    return panels, points_of, supported


def _is_fine(points: list[tuple[int, ...]], n_variables: int) -> bool:
    return len(points) <= MAX_POINTS and all(
        len(point) == n_variables and all(isinstance(value, int) and abs(value) < _LARGEST for value in point)
        for point in points
    )


def _bytes_of(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """ASCII texts as bytes uint8[m] with offsets int64[n + 1]. In another text '?' stands for what is not ASCII, which
    makes it no output and no program."""
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=offsets[1:])
    return np.frombuffer("".join(texts).encode("ascii", "replace"), dtype=np.uint8), offsets


@numba.njit(cache=True, nogil=True)
def _read_outputs(data, offsets, starts, numerators, denominators, supported):
    """Read each task's outputs, a newline after each: `-7/3`, `4` or `undef`. Anything else is not supported."""
    for task in range(len(supported)):
        place, stop = offsets[task], offsets[task + 1]
        for index in range(starts[task], starts[task + 1]):
            if stop - place >= 6 and _is_undef(data, place):
                place += 5
                numerators[index], denominators[index] = 0, 0
            else:
                is_negative = place < stop and data[place] == _MINUS
                place += np.int64(is_negative)
                end, numerator = _read_number(data, place, stop)
                supported[task] &= 0 < end - place <= _MAX_DIGITS
                place, denominator = end, np.int64(1)
                if place < stop and data[place] == _SLASH:
                    end, denominator = _read_number(data, place + 1, stop)
                    supported[task] &= 0 < end - place - 1 <= _MAX_DIGITS and denominator != 0
                    place = end
                numerators[index], denominators[index] = (-numerator if is_negative else numerator), denominator
            supported[task] &= place < stop and data[place] == _NEWLINE
            place += 1
            if not supported[task]:
                break
        supported[task] &= place == stop


@numba.njit(cache=True, nogil=True)
def _is_undef(data, place):
    return (
        data[place] == 117  # u
        and data[place + 1] == 110  # n
        and data[place + 2] == 100  # d
        and data[place + 3] == 101  # e
        and data[place + 4] == 102  # f
    )


@numba.njit(cache=True, nogil=True)
def _read_number(data, place, stop):
    """Where the digits from `place` on end, and their value; one that is too long wraps around."""
    value = np.int64(0)
    while place < stop and _ZERO <= data[place] <= _NINE:
        value = value * 10 + (data[place] - _ZERO)
        place += 1
    return place, value
