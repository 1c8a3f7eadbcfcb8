"""What is expected of a size is exact where it was enumerated, and near to the truth two sizes beyond."""

import pytest

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.folders import growth_on_disk
from arith_synth.enumeration.growth import ENUMERATED_CANDIDATES, compositions, extrapolate, growth_of, n_candidates
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.grammar.operators import OPERATORS


def exact(grammar: Grammar, max_size: int) -> tuple[list[int], list[int]]:
    """Classes and candidates by size, index 0 unused."""
    bank = enumerate_bank(grammar, max_size, threads=1)
    return [0, *bank.classes_by_size], bank.candidates_by_size.tolist()


@pytest.mark.parametrize(("name", "known"), [("xy3", 5), ("xy5", 4), ("xy9", 4), ("xyz3", 4), ("xycond", 4)])
def test_growth_is_exact_as_far_as_it_was_enumerated_and_goes_on_from_there(name, known):
    grammar = grammar_named(name)
    growth = growth_on_disk(grammar, 8)
    classes, candidates = exact(grammar, 3)
    assert growth.known == known
    assert list(growth.classes[:4]) == classes
    assert list(growth.candidates[:4]) == candidates
    assert len(growth.classes) == len(growth.candidates) == 9
    assert all(growth.classes[size] < growth.candidates[size] for size in range(2, 9))
    assert growth.candidates[growth.known] <= ENUMERATED_CANDIDATES < growth.candidates[growth.known + 1]


def test_enumerating_all_that_is_asked_for_leaves_nothing_to_expect():
    classes, candidates = exact(grammar_named("xy3"), 4)
    growth = growth_on_disk(grammar_named("xy3"), 4)
    assert (list(growth.classes), list(growth.candidates), growth.known) == (classes, candidates, 4)
    assert growth.total(3) == sum(classes[:4])


def check(name: str, known: int, beyond: int, tolerance: float) -> None:
    grammar = grammar_named(name)
    classes, candidates = exact(grammar, known + beyond)
    expected = extrapolate(grammar, classes[: known + 1], candidates[: known + 1], known + beyond)
    for size in range(known + 1, known + beyond + 1):
        assert expected.classes[size] == pytest.approx(classes[size], rel=tolerance)
        assert expected.candidates[size] == pytest.approx(candidates[size], rel=tolerance)


def test_two_sizes_beyond_are_expected_within_five_percent():
    check("xy3", 4, 2, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "known"), [("xy3", 5), ("xy5", 4), ("xyz3", 4)])
def test_so_they_are_beyond_what_is_enumerated_for_a_plan(name, known):
    check(name, known, 2, 0.05)


@pytest.mark.slow
def test_so_is_one_size_of_a_grammar_that_is_told_apart_by_outputs():
    check("xycond", 4, 1, 0.05)


def test_candidates_of_a_size_follow_from_the_classes_below_it():
    for name in ("xy3", "xyz3"):
        grammar = grammar_named(name)
        classes, candidates = exact(grammar, 4)
        for size in range(2, 5):
            counted = n_candidates(grammar, classes, size)
            # Divisions by zero are counted and never made.
            n_zero = sum(classes[other] for other in range(1, size - 1)) + 1
            assert candidates[size] <= counted <= candidates[size] + n_zero


def test_candidates_with_three_and_four_operands_are_counted():
    grammar = Grammar(name="if", variables=("x", "y"), constants=(1,), operators=("if",))
    assert OPERATORS["if"].arity == 4
    assert n_candidates(grammar, [0, 3], 2) == 0
    assert n_candidates(grammar, [0, 3, 0, 0], 4) == 3**4
    assert n_candidates(grammar, [0, 3, 0, 0, 5], 7) == 4 * 3**3 * 5


@pytest.mark.parametrize(("total", "n_parts"), [(1, 1), (4, 2), (5, 3), (6, 4), (2, 3), (0, 1)])
def test_compositions_are_all_ordered_sums(total, n_parts):
    from itertools import product

    brute = [parts for parts in product(range(1, total + 1), repeat=n_parts) if sum(parts) == total]
    assert list(compositions(total, n_parts)) == brute


def test_a_grammar_without_new_classes_is_expected_to_have_none():
    grammar = Grammar(name="one", variables=(), constants=(1,), operators=("*",))
    growth = growth_of(grammar, 6, exact)
    assert growth.classes == (0, 1, 0, 0, 0, 0, 0)
