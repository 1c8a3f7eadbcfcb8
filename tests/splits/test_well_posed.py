"""Tasks are determined by their shown examples: checked pair by pair against exact execution."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named
from arith_synth.seeding import splitmix64
from arith_synth.semantics.execution import UNDEF, outputs_of
from arith_synth.semantics.panels import panel_of, second_panel_of
from arith_synth.semantics.programs import decode_program
from arith_synth.splits.well_posed import NOT_ENOUGH, examples_needed, examples_needed_of, posedness_of

GRAMMAR = grammar_named("xy3")

Outputs = Sequence[str | int]


def n_agreed(rival: Outputs, outputs: Outputs) -> int:
    """The largest k such that the rival agrees on the first k outputs, 0 where there is none."""
    agreed, is_defined = 0, False
    for k, (output, expected) in enumerate(zip(rival, outputs, strict=True), start=1):
        if output != UNDEF and output != expected:
            break
        is_defined |= output != UNDEF
        agreed = k if is_defined else 0
    return agreed


def naive(shown: Sequence[Outputs], own: int) -> int:
    """One more than the largest number of examples on which another class agrees."""
    needed = 1 + max((n_agreed(rival, shown[own]) for other, rival in enumerate(shown) if other != own), default=0)
    return needed if needed <= len(shown[own]) else NOT_ENOUGH


@pytest.mark.parametrize("panel", [panel_of(GRAMMAR), second_panel_of(GRAMMAR)], ids=["first", "second"])
def test_examples_needed_are_those_of_comparing_every_pair(panel) -> None:
    corpus = build_corpus(GRAMMAR, 3)
    programs = [decode_program(row, GRAMMAR) for row in corpus.codes]
    shown = [outputs_of(program, GRAMMAR, panel.shown) for program in programs]
    regular = [UNDEF not in outputs_of(program, GRAMMAR, panel.points) for program in programs]
    needed = [naive(shown, own) if regular[own] else NOT_ENOUGH for own in range(len(programs))]
    posedness = posedness_of(corpus, panel)
    assert posedness.regular.tolist() == regular
    assert posedness.examples_needed.tolist() == examples_needed(corpus, panel).tolist() == needed
    assert posedness.well_posed.tolist() == [n <= len(panel.shown) for n in needed]


@st.composite
def tables(draw: st.DrawFn) -> list[list[str | int]]:
    """Shown outputs of up to 9 classes, few enough to agree often."""
    n_shown = draw(st.integers(1, 4))
    outputs = st.lists(st.sampled_from([UNDEF, 1, 2]), min_size=n_shown, max_size=n_shown)
    return draw(st.lists(outputs, min_size=1, max_size=9))


@given(tables())
def test_examples_needed_with_any_pattern_of_undefined_outputs(shown) -> None:
    table = np.array(shown, dtype=object).T
    values = np.where(table == UNDEF, 0, table).astype(np.uint64)
    hashes = splitmix64(values + 10 * np.arange(len(table), dtype=np.uint64)[:, None])
    expected = [NOT_ENOUGH if UNDEF in shown[own] else naive(shown, own) for own in range(len(shown))]
    assert examples_needed_of(hashes, table != UNDEF).tolist() == expected


def test_some_classes_are_not_regular() -> None:
    regular = posedness_of(build_corpus(GRAMMAR, 4)).regular
    assert 0.9 < regular.mean() < 1


def test_a_partly_undefined_class_that_agrees_where_it_is_defined_makes_a_task_ambiguous() -> None:
    hashes = np.array([[1, 2, 3], [1, 2, 9], [4, 5, 6]], dtype=np.uint64)
    defined = np.array([[True, True, True], [True, True, False], [True, True, True]])
    assert examples_needed_of(hashes.T, defined.T).tolist() == [NOT_ENOUGH, NOT_ENOUGH, 1]


def test_two_classes_with_the_same_shown_outputs_are_both_ambiguous() -> None:
    hashes = np.array([[1, 2], [1, 2], [1, 3]], dtype=np.uint64)
    assert examples_needed_of(hashes.T, np.ones((2, 3), dtype=bool)).tolist() == [NOT_ENOUGH, NOT_ENOUGH, 2]


def test_a_class_that_is_defined_nowhere_agrees_with_nothing() -> None:
    hashes = np.array([[1, 2], [7, 8]], dtype=np.uint64)
    defined = np.array([[True, True], [False, False]])
    assert examples_needed_of(hashes.T, defined.T).tolist() == [1, NOT_ENOUGH]


def test_progress_ends_with_every_class() -> None:
    steps: list[tuple[str, int, int]] = []
    posedness_of(build_corpus(GRAMMAR, 3), progress=lambda *step: steps.append(step))
    assert steps[-1] == ("executing on the panel", 730, 730)
