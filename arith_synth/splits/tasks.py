"""Tasks: the rows of the published splits, made from classes a batch at a time."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arith_synth.grammar import Grammar
from arith_synth.grammar.prompts import completion, example_line, prompt_head, signature
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.output_texts import output_texts
from arith_synth.semantics.panels import Panel, Point, panel_of, second_panel_of
from arith_synth.semantics.program_texts import infix_texts, prefix_texts, shape_texts
from arith_synth.semantics.text_columns import TextColumn, interleaved
from arith_synth.spaces.neighbours import nearest, nearest_k
from arith_synth.spaces.quantization import COORDINATE_UNIT
from arith_synth.spaces.tree_edit import nearest_by_tree_edit
from arith_synth.splits.arrow_columns import (
    MEASURES,
    POINTS,
    TEXTS,
    constant_points,
    coordinate_array,
    fingerprint_array,
    labels,
    text_array,
    text_lists,
)
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.rows import Rows

#: The exact tree edit distance is taken over this many syntactically nearest training programs.
N_TREE_EDIT_CANDIDATES = 64

INSIDE = "in"
OUTSIDE = "out"
DISTANCES = ("syntactic_distance", "semantic_distance", "tree_edit_distance")


def task_rows(atlas: Atlas, plan: SplitPlan) -> Rows:
    """The tasks of a split, in the order of their numbers.

    Held-out columns and distances are null in training splits, that is, in those without a reference. Distances are
    measured at once, all else while the rows are read.
    """
    grammar = atlas.corpus.grammar
    panel = second_panel_of(grammar) if plan.panel else panel_of(grammar)
    fragments, name = prompt_fragments(grammar, panel), plan.name
    distances = None if plan.reference is None else distances_to(atlas, plan.classes, plan.reference)

    def make(start: int, end: int) -> pa.RecordBatch:
        classes = plan.classes[start:end]
        n = len(classes)
        codes = atlas.corpus.codes[classes]
        shown = _outputs(codes, grammar, panel.shown)
        programs = text_array(infix_texts(codes, grammar))
        columns = {
            "task_id": pa.array([f"{name}/{number:06d}" for number in range(start, end)], type=pa.string()),
            "prompt": text_array(interleaved(shown, fragments)),
            "completion": pc.binary_join_element_wise(completion(""), programs, ""),
            "program": programs,
            "program_prefix": text_array(prefix_texts(codes, grammar)),
            "inputs": constant_points(panel.shown, n),
            "outputs": text_lists(shown, len(panel.shown)),
            **_heldout(codes, grammar, None if distances is None else panel.heldout),
            **{name: pa.array(atlas.measures[name][classes].astype(np.int32)) for name in MEASURES},
            "shape": text_array(shape_texts(codes, grammar)),
            "fingerprint": fingerprint_array(atlas.corpus.fingerprints[classes]),
            "syntactic": coordinate_array(atlas.syntactic[classes]),
            "semantic": coordinate_array(atlas.semantic[classes]),
            "syntactic_region": _regions(plan.syntactic_out, classes),
            "semantic_region": _regions(plan.semantic_out, classes),
        }
        for number, column in enumerate(DISTANCES):
            columns[column] = pa.nulls(n, pa.float32()) if distances is None else pa.array(distances[number][start:end])
        return pa.record_batch(columns)

    return Rows(num_rows=len(plan.classes), make=make)


def distances_to(atlas: Atlas, classes: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, ...]:
    """Distance of each class to the nearest of the training classes `reference`, in the order of `DISTANCES`.

    Shapes: classes int64[n], reference int64[m] -> three float32[n].
    """
    codes = atlas.corpus.codes
    if not len(classes):
        return tuple(np.empty(0, dtype=np.float32) for _ in DISTANCES)
    candidates = nearest_k(
        atlas.syntactic[classes], atlas.syntactic[reference], min(N_TREE_EDIT_CANDIDATES, len(reference))
    )
    to_nearest = (atlas.syntactic[classes] - atlas.syntactic[reference[candidates[:, 0]]]).astype(np.int64)
    _, semantic = nearest(atlas.semantic[classes], atlas.semantic[reference])
    trees = nearest_by_tree_edit(codes[classes], codes[reference], candidates, atlas.corpus.grammar)
    syntactic = (to_nearest**2).sum(axis=1)
    in_spaces = [np.sqrt(squared.astype(np.float64)) * COORDINATE_UNIT for squared in (syntactic, semantic)]
    return tuple(values.astype(np.float32) for values in (*in_spaces, trees))


def prompt_fragments(grammar: Grammar, panel: Panel) -> list[str]:
    """What stands before the first shown output in a prompt, between two, and behind the last."""
    starts = [example_line(point, "")[:-1] for point in panel.shown]
    return [prompt_head(grammar) + starts[0], *(f"\n{start}" for start in starts[1:]), f"\n{signature(grammar)} ="]


def _outputs(codes: np.ndarray, grammar: Grammar, points: Sequence[Point]) -> TextColumn:
    """Output texts at p points, row by row: n p texts."""
    return output_texts(*rational_outputs(codes, grammar, np.array(points, dtype=np.int64)))


def _heldout(codes: np.ndarray, grammar: Grammar, points: Sequence[Point] | None) -> dict[str, pa.Array]:
    names = ("heldout_inputs", "heldout_outputs")
    if points is None:
        return {name: pa.nulls(len(codes), kind) for name, kind in zip(names, (POINTS, TEXTS), strict=True)}
    outputs = text_lists(_outputs(codes, grammar, points), len(points))
    return dict(zip(names, (constant_points(points, len(codes)), outputs), strict=True))


def _regions(is_out: np.ndarray | None, classes: np.ndarray) -> pa.StringArray:
    return labels(np.zeros(len(classes), dtype=bool) if is_out is None else is_out[classes], OUTSIDE, INSIDE)
