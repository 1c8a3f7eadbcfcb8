"""A training source as plain arrays, so that its minutes of enumerating and planning are spent once a dataset."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arith_synth.enumeration.corpus import Corpus
from arith_synth.enumeration.drawing import Realizations
from arith_synth.grammar import Grammar
from arith_synth.spaces.bases import Bases
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.axes import Axis
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.streams.source import TrainingSource
from arith_synth.training.data.cache import Entry

_OF_CORPUS = ("sizes", "fingerprints", "codes", "n_minimal")
_OF_ATLAS = ("syntactic", "semantic", "regular", "eligible", "examples_needed")
_OF_REALIZATIONS = ("leaves", "n_minimal", "extents", "derivations")
_OF_PLANS = ("classes", "syntactic_out", "semantic_out")


def entry_of(source: TrainingSource) -> Entry:
    """All that `source_from` needs beside the grammar, its bases and the axes."""
    atlas, corpus = source.atlas, source.atlas.corpus
    arrays = {
        "held_out": source.held_out,
        **{f"corpus.{name}": getattr(corpus, name) for name in _OF_CORPUS},
        **{f"forced.{name}": forced for name, forced in corpus.forced.items()},
        **{f"atlas.{name}": getattr(atlas, name) for name in _OF_ATLAS},
        **{f"measures.{name}": measure for name, measure in atlas.measures.items()},
        **{f"realizations.{name}": getattr(source.realizations, name) for name in _OF_REALIZATIONS},
    }
    names: dict[int, str] = {}  # plans of a config share arrays of a bool for each class: each is written once
    plans: list[dict[str, Any]] = []
    for plan in source.train.values():
        facts: dict[str, Any] = {"config": plan.config, "split": plan.split, "panel": plan.panel}
        for name in _OF_PLANS:
            array = getattr(plan, name)
            if array is not None:
                facts[name] = names.setdefault(id(array), f"plan.{plan.config}.{plan.split}.{name}")
                arrays[facts[name]] = array
        plans.append(facts)
    facts = {"max_size": corpus.max_size, "n_candidates": corpus.n_candidates, "plans": plans}
    return Entry(arrays=arrays, facts=facts)


def source_from(entry: Entry, grammar: Grammar, bases: Bases, axes: tuple[Axis, ...]) -> TrainingSource:
    """The source that `entry_of` took apart."""
    arrays, facts = entry.arrays, entry.facts
    corpus = Corpus(
        grammar=grammar,
        max_size=facts["max_size"],
        forced=_below(arrays, "forced"),
        n_candidates=facts["n_candidates"],
        **_below(arrays, "corpus"),
    )
    atlas = Atlas(corpus=corpus, bases=bases, measures=_below(arrays, "measures"), **_below(arrays, "atlas"))
    plans = [
        SplitPlan(
            config=plan["config"],
            split=plan["split"],
            panel=plan["panel"],
            reference=None,  # training splits have none
            classes=arrays[plan["classes"]],
            **{name: arrays[plan[name]] if name in plan else None for name in _OF_PLANS[1:]},
        )
        for plan in facts["plans"]
    ]
    return TrainingSource(
        atlas=atlas,
        realizations=Realizations(grammar=grammar, **_below(arrays, "realizations")),
        train={(plan.config, plan.split): plan for plan in plans},
        held_out=arrays["held_out"],
        axes=axes,
    )


def _below(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(f"{prefix}."): array for name, array in arrays.items() if name.startswith(f"{prefix}.")}
