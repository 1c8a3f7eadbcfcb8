"""The rows of the corpus: every class, what it is forced into and which test splits it serves."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from arith_synth.names import is_test
from arith_synth.semantics.program_texts import infix_texts, shape_texts
from arith_synth.splits.arrow_columns import MEASURES, TEXTS, coordinate_array, fingerprint_array, text_array
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.rows import Rows


def corpus_rows(atlas: Atlas, plans: Sequence[SplitPlan]) -> Rows:
    """Every class of the corpus; `used_by` names the test splits among `plans` that a class serves, sorted."""
    corpus = atlas.corpus
    forced = _names_by_class({name: np.flatnonzero(mask) for name, mask in corpus.forced.items()}, corpus.n_classes)
    tests = {plan.name: plan.classes for plan in sorted(plans, key=lambda plan: plan.name) if is_test(plan.split)}
    used_by = _names_by_class(tests, corpus.n_classes)

    def make(start: int, end: int) -> pa.RecordBatch:
        rows = slice(start, end)
        codes = corpus.codes[rows]
        measures = {name: pa.array(atlas.measures[name][rows].astype(np.int32)) for name in MEASURES}
        return pa.record_batch(
            {
                "program": text_array(infix_texts(codes, corpus.grammar)),
                "size": measures.pop("size"),
                "fingerprint": fingerprint_array(corpus.fingerprints[rows]),
                **measures,
                "shape": text_array(shape_texts(codes, corpus.grammar)),
                "forced": forced.slice(start, end - start),
                "used_by": used_by.slice(start, end - start),
                "syntactic": coordinate_array(atlas.syntactic[rows]),
                "semantic": coordinate_array(atlas.semantic[rows]),
            }
        )

    return Rows(num_rows=corpus.n_classes, make=make)


def _names_by_class(classes_of: dict[str, np.ndarray], n_classes: int) -> pa.ListArray:
    """Of each class the names under which it is listed, in the order of `classes_of`: list<string>[n_classes]."""
    classes = np.concatenate([np.empty(0, dtype=np.int64), *classes_of.values()])
    numbers = np.repeat(np.arange(len(classes_of)), [len(listed) for listed in classes_of.values()])
    by_class = np.argsort(classes, kind="stable")
    names = pa.array(list(classes_of), type=pa.string()).take(pa.array(numbers[by_class]))
    offsets = np.concatenate(([0], np.cumsum(np.bincount(classes, minlength=n_classes)))).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, names, type=TEXTS)
