"""Tasks are determined by their shown examples: checked pair by pair against exact execution."""

import numpy as np

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.semantics.execution import UNDEF, outputs_of
from arith_synth.semantics.panels import panel_of
from arith_synth.semantics.programs import decode_program
from arith_synth.splits.well_posed import _ambiguous, regular_and_well_posed

GRAMMAR = grammar_named("xy3")


def naive(grammar: Grammar, max_size: int) -> tuple[list[bool], list[bool]]:
    corpus, panel = build_corpus(grammar, max_size), panel_of(grammar)
    programs = [decode_program(row, grammar) for row in corpus.codes]
    shown = [outputs_of(program, grammar, panel.shown) for program in programs]
    regular = [UNDEF not in outputs_of(program, grammar, panel.points) for program in programs]

    def agrees(other: list[str], outputs: list[str]) -> bool:
        defined = [(a, b) for a, b in zip(other, outputs, strict=True) if a != UNDEF]
        return bool(defined) and all(a == b for a, b in defined)

    posed = [
        is_regular and not any(agrees(other, outputs) for index, other in enumerate(shown) if index != own)
        for own, (is_regular, outputs) in enumerate(zip(regular, shown, strict=True))
    ]
    return regular, posed


def test_regular_and_well_posed_agree_with_a_naive_oracle() -> None:
    regular, posed = regular_and_well_posed(build_corpus(GRAMMAR, 3))
    assert (regular.tolist(), posed.tolist()) == naive(GRAMMAR, 3)


def test_some_classes_are_not_regular() -> None:
    regular, _ = regular_and_well_posed(build_corpus(GRAMMAR, 4))
    assert 0.9 < regular.mean() < 1


def test_a_partly_undefined_class_that_agrees_where_it_is_defined_makes_a_task_ambiguous() -> None:
    hashes = np.array([[1, 2, 3], [1, 2, 9], [4, 5, 6]], dtype=np.uint64)
    defined = np.array([[True, True, True], [True, True, False], [True, True, True]])
    assert _ambiguous(hashes, defined).tolist() == [True, False, False]


def test_two_classes_with_the_same_shown_outputs_are_both_ambiguous() -> None:
    hashes = np.array([[1, 2], [1, 2], [1, 3]], dtype=np.uint64)
    assert _ambiguous(hashes, np.ones((3, 2), dtype=bool)).tolist() == [True, True, False]


def test_a_class_that_is_defined_nowhere_agrees_with_nothing() -> None:
    hashes = np.array([[1, 2], [7, 8]], dtype=np.uint64)
    defined = np.array([[True, True], [False, False]])
    assert not _ambiguous(hashes, defined).any()
