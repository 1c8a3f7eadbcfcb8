"""Tasks: the rows of the published tables, made from classes."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from arith_synth.grammar import to_infix, to_prefix
from arith_synth.grammar.prompts import completion, example_line, prompt_head, signature
from arith_synth.names import is_test
from arith_synth.semantics.batch import output_texts, rational_outputs
from arith_synth.semantics.panels import Point, panel_of
from arith_synth.semantics.programs import decode_program
from arith_synth.spaces.measures import shapes
from arith_synth.spaces.neighbours import nearest_k
from arith_synth.spaces.quantization import COORDINATE_UNIT, N_COORDINATES, published_coordinates
from arith_synth.spaces.tree_edit import nearest_by_tree_edit
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.matching import squared_distances
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.regions import Meaning, Syntax, meaning_of, syntax_of

#: The exact tree edit distance is taken over this many syntactically nearest training programs.
N_TREE_EDIT_CANDIDATES = 64

INSIDE = "in"
OUTSIDE = "out"

_POINTS = pa.list_(pa.list_(pa.int64()))
_TEXTS = pa.list_(pa.string())
_COORDINATES = pa.list_(pa.float32(), N_COORDINATES)


class TaskWriter:
    """Turns split plans over one atlas into Arrow tables, rendering each program once."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._panel = panel_of(atlas.corpus.grammar)

    def tasks(self, plan: SplitPlan) -> pa.Table:
        """The tasks of a split, in the order of their numbers; held-out columns are null in training splits."""
        atlas, classes = self._atlas, plan.classes
        grammar = atlas.corpus.grammar
        programs = [self._infix[index] for index in classes.tolist()]
        outputs = self._outputs(classes)
        n_shown = len(self._panel.shown)
        shown = [row[:n_shown] for row in outputs]
        has_heldout = plan.reference is not None
        n = len(classes)
        nulls = pa.nulls(n)
        distances = [pa.nulls(n, pa.float32())] * 3 if plan.reference is None else self._distances(plan)
        syntactic_region, semantic_region = self._regions(plan)
        columns = {
            "task_id": pa.array([f"{plan.name}/{number:06d}" for number in range(n)]),
            "prompt": pa.array(self._prompts(shown)),
            "completion": pa.array([completion(program) for program in programs]),
            "program": pa.array(programs),
            "program_prefix": pa.array([to_prefix(self._expressions[index]) for index in classes.tolist()]),
            "inputs": _constant_points(self._panel.shown, n),
            "outputs": pa.array(shown, type=_TEXTS),
            "heldout_inputs": _constant_points(self._panel.heldout, n) if has_heldout else nulls.cast(_POINTS),
            "heldout_outputs": pa.array([row[n_shown:] for row in outputs], type=_TEXTS)
            if has_heldout
            else nulls.cast(_TEXTS),
            **self._measures(classes),
            "shape": pa.array(shapes(atlas.corpus.codes[classes], grammar)),
            "fingerprint": pa.array(fingerprint_texts(atlas.corpus.fingerprints[classes])),
            "syntactic": _coordinates(atlas.syntactic[classes]),
            "semantic": _coordinates(atlas.semantic[classes]),
            "syntactic_region": pa.array(syntactic_region),
            "semantic_region": pa.array(semantic_region),
            "syntactic_distance": distances[0],
            "semantic_distance": distances[1],
            "tree_edit_distance": distances[2],
        }
        return pa.table(columns)

    def corpus(self, plans: Sequence[SplitPlan]) -> pa.Table:
        """Every class of the corpus; `used_by` names the test splits among `plans` that a class serves."""
        corpus = self._atlas.corpus
        forced = [[] for _ in range(corpus.n_classes)]
        for name, mask in corpus.forced.items():
            for index in np.flatnonzero(mask).tolist():
                forced[index].append(name)
        used_by: list[list[str]] = [[] for _ in range(corpus.n_classes)]
        for plan in sorted(plans, key=lambda plan: plan.name):
            if is_test(plan.split):
                for index in plan.classes.tolist():
                    used_by[index].append(plan.name)
        everything = np.arange(corpus.n_classes)
        measures = self._measures(everything)
        return pa.table(
            {
                "program": pa.array(self._infix),
                "size": measures.pop("size"),
                "fingerprint": pa.array(fingerprint_texts(corpus.fingerprints)),
                **measures,
                "shape": pa.array(shapes(corpus.codes, corpus.grammar)),
                "forced": pa.array(forced, type=_TEXTS),
                "used_by": pa.array(used_by, type=_TEXTS),
                "syntactic": _coordinates(self._atlas.syntactic),
                "semantic": _coordinates(self._atlas.semantic),
            }
        )

    @cached_property
    def _expressions(self) -> list:
        return [decode_program(row, self._atlas.corpus.grammar) for row in self._atlas.corpus.codes]

    @cached_property
    def _infix(self) -> list[str]:
        return [to_infix(expression) for expression in self._expressions]

    def _outputs(self, classes: np.ndarray) -> list[list[str]]:
        points = np.array(self._panel.points, dtype=np.int64)
        numerators, denominators = rational_outputs(
            self._atlas.corpus.codes[classes], self._atlas.corpus.grammar, points
        )
        texts = output_texts(numerators.ravel(), denominators.ravel())
        width = len(points)
        return [texts[start : start + width] for start in range(0, len(texts), width)]

    def _prompts(self, shown: list[list[str]]) -> list[str]:
        grammar = self._atlas.corpus.grammar
        head, tail = prompt_head(grammar), f"{signature(grammar)} ="
        starts = [example_line(point, "")[:-1] for point in self._panel.shown]
        return [
            head + "".join([f"{start}{output}\n" for start, output in zip(starts, row, strict=True)]) + tail
            for row in shown
        ]

    def _measures(self, classes: np.ndarray) -> dict[str, pa.Array]:
        names = ("size", "depth", "strahler", "n_divisions")
        return {name: pa.array(self._atlas.measures[name][classes].astype(np.int32)) for name in names}

    def _regions(self, plan: SplitPlan) -> tuple[list[str], list[str]]:
        if not plan.has_regions:
            return [INSIDE] * len(plan.classes), [INSIDE] * len(plan.classes)
        syntax, meaning = self._status
        return (
            [INSIDE if value == Syntax.LOW else OUTSIDE for value in syntax[plan.classes].tolist()],
            [INSIDE if value == Meaning.INSIDE else OUTSIDE for value in meaning[plan.classes].tolist()],
        )

    @cached_property
    def _status(self) -> tuple[np.ndarray, np.ndarray]:
        return syntax_of(self._atlas), meaning_of(self._atlas)

    def _distances(self, plan: SplitPlan) -> list[pa.Array]:
        """Syntactic, semantic and tree edit distance to the reference: three float32[n]."""
        assert plan.reference is not None
        atlas, classes = self._atlas, plan.classes
        codes = atlas.corpus.codes
        result = [
            np.sqrt(squared_distances(coordinates, classes, plan.reference).astype(np.float64)) * COORDINATE_UNIT
            for coordinates in (atlas.syntactic, atlas.semantic)
        ]
        k = min(N_TREE_EDIT_CANDIDATES, len(plan.reference))
        candidates = nearest_k(atlas.syntactic[classes], atlas.syntactic[plan.reference], k)
        result.append(
            nearest_by_tree_edit(codes[classes], codes[plan.reference], candidates, atlas.corpus.grammar).astype(
                np.float64
            )
        )
        return [pa.array(values.astype(np.float32)) for values in result]


def fingerprint_texts(fingerprints: np.ndarray) -> list[str]:
    """32 hex digits for each row of uint64[n, 2]."""
    first, second = fingerprints[:, 0].tolist(), fingerprints[:, 1].tolist()
    return [f"{a:016x}{b:016x}" for a, b in zip(first, second, strict=True)]


def _coordinates(integers: np.ndarray) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(published_coordinates(integers).ravel()), type=_COORDINATES)


def _constant_points(points: Sequence[Point], n: int) -> pa.Array:
    """The same list of points in each of n rows."""
    flat = np.tile(np.array(points, dtype=np.int64).ravel(), n)
    n_variables = len(points[0])
    inner = pa.ListArray.from_arrays(
        np.arange(0, len(flat) + 1, n_variables, dtype=np.int32), pa.array(flat), type=_POINTS.value_type
    )
    outer_offsets = np.arange(0, n * len(points) + 1, len(points), dtype=np.int32)
    return pa.ListArray.from_arrays(outer_offsets, inner, type=_POINTS)
