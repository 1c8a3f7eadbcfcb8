"""Panels: a change of one point is a change of the data version."""

import itertools

import pytest

from arith_synth.errors import GrammarError
from arith_synth.grammar import Expression, Grammar, grammar_named
from arith_synth.semantics import panels
from arith_synth.semantics.execution import execute
from arith_synth.semantics.panels import generic_points, panel_of, second_panel_of

XY3 = grammar_named("xy3")
XYZ3 = grammar_named("xyz3")
NEEDED = 96  # two panels of 16 + 32 points


def small_programs(grammar: Grammar) -> list[Expression]:
    """All programs of one or two leaves that are not zero, or undefined, everywhere."""
    ones = [Expression((leaf,)) for leaf in grammar.leaves]
    twos = [Expression((o, a, b)) for o in grammar.operators for a in grammar.leaves for b in grammar.leaves]
    elsewhere = {name: 10**6 + 7 * index**3 + 3 for index, name in enumerate(grammar.variables)}
    return [program for program in ones + twos if execute(program, elsewhere) not in (0, None)]


def generic_in_box(grammar: Grammar, box: int) -> set[tuple[int, ...]]:
    """The box's points where no small program is zero, one by one."""
    found = set()
    programs = small_programs(grammar)
    for point in itertools.product(range(-box, box + 1), repeat=len(grammar.variables)):
        assignment = dict(zip(grammar.variables, point, strict=True))
        if all(execute(program, assignment) != 0 for program in programs):
            found.add(point)
    return found


def test_the_first_points_of_xy3_are_frozen():
    assert panel_of(XY3).shown == (
        (-8, 6),
        (5, -9),
        (-7, 8),
        (5, 4),
        (5, 9),
        (4, 6),
        (-6, -4),
        (-6, 5),
        (-7, -5),
        (4, -6),
        (-7, 6),
        (6, 8),
        (-6, -9),
        (-9, 4),
        (-7, 5),
        (-9, -6),
    )
    assert panel_of(XY3).heldout[:4] == ((-4, 5), (-8, 7), (-8, -9), (8, 5))
    assert second_panel_of(XY3).shown[:4] == ((9, 7), (8, -4), (-5, 7), (5, 6))


def test_generic_points_of_xy3_are_those_with_coordinates_of_magnitude_4_to_9():
    magnitudes = [value for value in range(-9, 10) if abs(value) >= 4]
    expected = {(x, y) for x in magnitudes for y in magnitudes if abs(x) != abs(y)}
    assert set(generic_points(XY3)) == expected
    assert len(generic_points(XY3)) == 120


@pytest.mark.parametrize("grammar", [XY3, XYZ3], ids=lambda grammar: grammar.name)
def test_generic_points_are_all_generic_points_of_the_smallest_box_that_has_enough(grammar):
    listed = generic_points(grammar)
    box = max(abs(coordinate) for point in listed for coordinate in point)
    assert len(listed) == len(set(listed)) >= NEEDED
    assert set(listed) == generic_in_box(grammar, box)
    assert len(generic_in_box(grammar, box - 1)) < NEEDED


@pytest.mark.parametrize("grammar", [XY3, XYZ3], ids=lambda grammar: grammar.name)
def test_no_program_of_two_leaves_is_undefined_or_zero_on_a_panel(grammar):
    for panel in (panel_of(grammar), second_panel_of(grammar)):
        for point in panel.points:
            assignment = dict(zip(grammar.variables, point, strict=True))
            assert all(execute(program, assignment) not in (0, None) for program in small_programs(grammar))


@pytest.mark.parametrize("grammar", [XY3, XYZ3], ids=lambda grammar: grammar.name)
def test_the_two_panels_share_no_point(grammar):
    first, second = panel_of(grammar), second_panel_of(grammar)
    assert (len(first.shown), len(first.heldout)) == (len(second.shown), len(second.heldout)) == (16, 32)
    assert len(set(first.points + second.points)) == NEEDED


def test_a_panel_depends_neither_on_names_nor_on_the_order_of_constants_and_operators():
    other = Grammar(name="other", variables=("b", "a"), constants=(3, 1, 2), operators=("/", "*", "-", "+"))
    assert panel_of(other) == panel_of(XY3)


def test_a_panel_depends_on_the_constants():
    assert panel_of(grammar_named("xy5")) != panel_of(XY3)


@pytest.mark.parametrize("operators", [("+",), ("*",), ("-", "/")])
def test_a_grammar_without_some_operators_has_a_panel(operators):
    grammar = Grammar(name="mine", variables=("x",), constants=(0, 1), operators=operators)
    panel = panel_of(grammar)
    assert len(panel.points) == 48
    assert all(execute(program, {"x": x}) != 0 for (x,) in panel.points for program in small_programs(grammar))


def test_operators_that_compare_change_no_panel():
    assert panel_of(grammar_named("xycond")) == panel_of(XY3)
    assert second_panel_of(grammar_named("xycond")) == second_panel_of(XY3)


def test_a_maximum_with_zero_may_vanish_on_a_panel():
    grammar = Grammar(name="relu", variables=("x", "y"), constants=(0, 1), operators=("-", "*", "max", "min", "if"))
    assert any(x < 0 for x, _ in panel_of(grammar).points)
    assert any(x > 0 for x, _ in panel_of(grammar).points)


def test_one_variable_finds_its_points_in_a_long_interval():
    grammar = Grammar(name="line", variables=("x",), constants=(1, 2))
    assert max(abs(x) for (x,) in generic_points(grammar)) == 50


def test_a_grammar_without_a_variable_has_no_panel():
    with pytest.raises(GrammarError, match="has no variable"):
        panel_of(Grammar(name="numbers", variables=(), constants=(1, 2)))


def test_a_grammar_without_enough_generic_points_is_refused(monkeypatch):
    monkeypatch.setattr(panels, "_LARGEST_BOX", 5)
    crowded = Grammar(name="crowded", variables=("x", "y"), constants=(1, 2, 3))
    with pytest.raises(GrammarError, match=r"fewer than 96 generic points within .*5"):
        panel_of(crowded)
