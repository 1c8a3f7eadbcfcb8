"""The verdicts on all answers to all tasks, as `Scorer` gives them, for every task whose answers are certain.

An answer whose integers may leave 64 bits is refuted modulo a prime, which proves it wrong: residues that differ are of
different numbers. Nothing is ever taken for right, or for equal, because residues agree: then the whole task is left
to the plain path, which settles it in Python's integers.
"""

from typing import NamedTuple

import numba
import numpy as np

from arith_synth.grammar import MAX_LEAVES
from arith_synth.scoring.batch.classes import KNOWN, UNKNOWN, Classes
from arith_synth.scoring.batch.clusters import agree, cluster_of, clusters_for, copy, table_size
from arith_synth.scoring.batch.execution import Room, room_for, run_exactly
from arith_synth.scoring.batch.modular import divide_all, residue_of, run_modulo, to_residues
from arith_synth.scoring.batch.questions import MAX_POINTS, Questions
from arith_synth.semantics.field import multiply_mod
from arith_synth.semantics.fingerprints import PRIME

#: What a text is: no program, a program, or one that only the plain path can judge.
NONSENSE, PROGRAM, UNDECIDED = range(3)
#: Stands for `undef` among residues, and is none.
_UNDEFINED = np.uint64(PRIME)


class Programs(NamedTuple):
    """t distinct texts: `states` int8[t], `codes` uint8[t, width], `n_codes` int64[t], `classes`, and canonical texts
    as bytes with offsets int32[t + 1]."""

    states: np.ndarray
    codes: np.ndarray
    n_codes: np.ndarray
    classes: Classes
    canonical: np.ndarray
    canonical_offsets: np.ndarray


class Answers(NamedTuple):
    """m answers: `texts` int64[m], given so many `times` int64[m]; those to task i, in the order in which they first
    came, from `starts`[i] to `starts`[i + 1]."""

    texts: np.ndarray
    times: np.ndarray
    starts: np.ndarray


class Verdicts(NamedTuple):
    """By answer: `consistent`, `correct`, `equivalent`, `exact_match`, `is_nearest` bool[m] (the tree of the nearest
    training task's target). By task: `is_settled` bool[n]; where it is not, nothing else holds. `first_consistent`,
    `largest_cluster` int64[n]; `size_ratios` float64[n], summed over correct completions in their order."""

    consistent: np.ndarray
    correct: np.ndarray
    equivalent: np.ndarray
    exact_match: np.ndarray
    is_nearest: np.ndarray
    is_settled: np.ndarray
    first_consistent: np.ndarray
    largest_cluster: np.ndarray
    size_ratios: np.ndarray


class _Room(NamedTuple):
    """Room to work in: operands of an exact execution and of one modulo p, and residues of shown outputs."""

    tops: np.ndarray
    bottoms: np.ndarray
    above: np.ndarray
    below: np.ndarray
    execution: Room
    residues: np.ndarray
    under: np.ndarray
    prefix: np.ndarray


def verdicts_on(programs: Programs, questions: Questions, answers: Answers) -> Verdicts:
    """The verdicts on all answers to all questions."""
    n_answers, n_tasks = len(answers.texts), len(questions.panels)
    verdicts = Verdicts(
        *(np.zeros(n_answers, dtype=np.bool_) for _ in range(5)),
        is_settled=np.zeros(n_tasks, dtype=np.bool_),
        first_consistent=np.zeros(n_tasks, dtype=np.int64),
        largest_cluster=np.zeros(n_tasks, dtype=np.int64),
        size_ratios=np.zeros(n_tasks, dtype=np.float64),
    )
    most_answers = int(np.diff(answers.starts).max(initial=1))
    most_shown = int(questions.n_shown.max(initial=1))
    clusters = clusters_for(most_answers, most_shown)
    room = _Room(
        tops=np.empty(MAX_LEAVES * MAX_POINTS, dtype=np.int64),
        bottoms=np.empty(MAX_LEAVES * MAX_POINTS, dtype=np.int64),
        above=np.empty(MAX_LEAVES * MAX_POINTS, dtype=np.uint64),
        below=np.empty(MAX_LEAVES * MAX_POINTS, dtype=np.uint64),
        execution=room_for(MAX_POINTS),
        residues=np.empty(MAX_POINTS, dtype=np.uint64),
        under=np.empty(MAX_POINTS, dtype=np.uint64),
        prefix=np.empty(MAX_POINTS, dtype=np.uint64),
    )
    _judge(programs, questions, answers, clusters, room, verdicts)
    return verdicts


@numba.njit(cache=True, nogil=True)
def _judge(programs, questions, answers, clusters, room, verdicts):
    for task in range(len(questions.panels)):
        if questions.is_supported[task]:
            verdicts.is_settled[task] = _settle(task, programs, questions, answers, clusters, room, verdicts)


@numba.njit(inline="always")
def _settle(task, programs, questions, answers, clusters, room, verdicts):
    """Judge all answers to a task; False when there is one that only Python's integers can judge."""
    panel, output = questions.panels[task], questions.output_starts[task]
    start, n_shown, n_points = questions.panel_starts[panel], questions.n_shown[panel], questions.n_points[panel]
    n_heldout = n_points - n_shown
    begin, end = answers.starts[task], answers.starts[task + 1]
    rows, n_codes, states, classes = programs.codes, programs.n_codes, programs.states, programs.classes
    consistent, correct, world = verdicts.consistent, verdicts.correct, questions.world
    numerators = questions.numerators[output : output + n_points]
    denominators = questions.denominators[output : output + n_points]
    tops, bottoms = _operands(room.tops, n_shown), _operands(room.bottoms, n_shown)
    heldout_tops, heldout_bottoms = _operands(room.tops, n_heldout), _operands(room.bottoms, n_heldout)
    above, below = _operands(room.above, n_shown), _operands(room.below, n_shown)
    residues, under, largest = room.residues[:n_shown], room.under[:n_shown], questions.largest[panel]
    mask = table_size(end - begin) - 1
    clusters.table[: mask + 1] = -1
    n_clusters, first_consistent, ratios = np.int64(0), np.int64(-1), 0.0
    for answer in range(begin, end):
        text = answers.texts[answer]
        if states[text] == NONSENSE:
            continue
        if states[text] == UNDECIDED or classes.states[text] == UNKNOWN:
            return False
        row, length = rows[text], n_codes[text]
        is_exact = run_exactly(row, length, world, largest, start, room.execution, tops, bottoms)
        if is_exact:
            if not to_residues(tops[0], bottoms[0], _UNDEFINED, residues, under):
                return False
            consistent[answer] = agree(tops[0], bottoms[0], numerators[:n_shown], denominators[:n_shown])
        else:
            if not run_modulo(row, length, world, start, above, below):
                return False
            copy(above[0], below[0], residues, under)
            if _may_agree(residues, under, numerators, denominators):
                return False
        divide_all(residues, under, room.prefix)
        cluster = cluster_of(residues, is_exact, tops[0], bottoms[0], clusters, mask, n_clusters)
        if cluster < 0:
            return False
        if cluster == n_clusters:
            n_clusters += 1
            clusters.firsts[cluster], clusters.n_completions[cluster] = answer, 0
        clusters.n_completions[cluster] += answers.times[answer]
        if consistent[answer]:
            if not run_exactly(
                row, length, world, largest, start + n_shown, room.execution, heldout_tops, heldout_bottoms
            ):
                return False
            correct[answer] = agree(heldout_tops[0], heldout_bottoms[0], numerators[n_shown:], denominators[n_shown:])
            first_consistent = answer if first_consistent < 0 else first_consistent
        if correct[answer]:
            # In the order of plain counting, for floats do not add up alike in another.
            ratios += _n_leaves(row, length, len(largest)) / questions.sizes[task] * answers.times[answer]
        verdicts.equivalent[answer] = questions.has_class[task] and _is_of_class(
            classes, text, questions.residues[task]
        )
        canonical = programs.canonical[programs.canonical_offsets[text] : programs.canonical_offsets[text + 1]]
        verdicts.exact_match[answer] = _is_text(canonical, questions.targets, questions.target_offsets, task)
        verdicts.is_nearest[answer] = _is_text(canonical, questions.nearest, questions.nearest_offsets, task)
    verdicts.size_ratios[task] = ratios
    verdicts.first_consistent[task] = first_consistent >= 0 and correct[first_consistent]
    if n_clusters:
        # The first of the largest.
        verdicts.largest_cluster[task] = correct[clusters.firsts[np.argmax(clusters.n_completions[:n_clusters])]]
    return True


@numba.njit(cache=True, nogil=True)
def _operands(room, n_points):
    return room[: MAX_LEAVES * n_points].reshape(MAX_LEAVES, n_points)


@numba.njit(cache=True, nogil=True)
def _may_agree(tops, bottoms, numerators, denominators):
    """Whether residues of outputs, all defined, do not tell them from the expected ones."""
    for point in range(len(tops)):
        if denominators[point] == 0:
            return False
        left = multiply_mod(tops[point], residue_of(denominators[point]))
        if left != multiply_mod(residue_of(numerators[point]), bottoms[point]):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _n_leaves(row, n_codes, n_leaf_codes):
    n_leaves = 0
    for place in range(n_codes):
        n_leaves += row[place] <= n_leaf_codes
    return n_leaves


@numba.njit(cache=True, nogil=True)
def _is_of_class(classes, text, residues):
    """Whether a program has the two residues."""
    if classes.states[text] != KNOWN:
        return False
    for which in range(len(residues)):
        if classes.tops[text, which] != multiply_mod(residues[which], classes.bottoms[text, which]):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _is_text(canonical, texts, offsets, task):
    """Whether a canonical text is the task's among `texts`."""
    start = offsets[task]
    if offsets[task + 1] - start != len(canonical):
        return False
    is_same = True
    for index in range(len(canonical)):
        is_same &= texts[start + index] == canonical[index]
    return is_same
