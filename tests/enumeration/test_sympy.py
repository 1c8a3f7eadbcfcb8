"""Identity and completeness against SymPy, which decides both by algebra and not by values."""

import itertools
from collections import Counter
from functools import cache

import numpy as np
import pytest
import sympy
from all_trees import Symbols, all_trees, minimal_realizations, n_leaves, rational_functions

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.realizations import target_programs
from arith_synth.grammar import Expression, Grammar, grammar_named, to_infix
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.fingerprints import fingerprint_of, format_fingerprint, residues_of
from arith_synth.semantics.programs import decode_program

XY3, XYZ3 = grammar_named("xy3"), grammar_named("xyz3")
Pair = tuple[Symbols, Symbols]
PAIRS_OF_KIND = 1_000


@cache
def bank_of(grammar: Grammar, max_size: int) -> Bank:
    return enumerate_bank(grammar, max_size)


@cache
def corpus_programs(grammar: Grammar, max_size: int) -> tuple[np.ndarray, list[Symbols]]:
    """The target programs as codes uint8[n, width] and as symbols."""
    codes = target_programs(bank_of(grammar, max_size)).codes
    return codes, [decode_program(row, grammar).symbols for row in codes]


def end_of(tree: Symbols, start: int) -> int:
    """Where the subtree that starts there ends."""
    n_open = 1
    while n_open:
        n_open += 1 if tree[start] in "+-*/" else -1
        start += 1
    return start


def random_tree(rng: np.random.Generator, size: int, grammar: Grammar) -> Symbols:
    if size == 1:
        return (str(rng.choice(grammar.leaves)),)
    left = int(rng.integers(1, size))
    operator = str(rng.choice(grammar.operators))
    return (operator, *random_tree(rng, left, grammar), *random_tree(rng, size - left, grammar))


def any_tree(rng: np.random.Generator, smallest: int = 3, largest: int = 6) -> Symbols:
    return random_tree(rng, int(rng.integers(smallest, largest + 1)), XY3)


def place_of(rng: np.random.Generator, tree: Symbols, symbols: str | tuple[str, ...]) -> int:
    return int(rng.choice([place for place, symbol in enumerate(tree) if symbol in symbols]))


def replaced(tree: Symbols, start: int, stop: int, part: Symbols) -> Symbols:
    return (*tree[:start], *part, *tree[stop:])


def other_leaf(rng: np.random.Generator) -> Pair:
    tree = any_tree(rng)
    place = place_of(rng, tree, XY3.leaves)
    leaf = str(rng.choice([leaf for leaf in XY3.leaves if leaf != tree[place]]))
    return tree, replaced(tree, place, place + 1, (leaf,))


def other_operator(rng: np.random.Generator) -> Pair:
    tree = any_tree(rng)
    place = place_of(rng, tree, "+-*/")
    operator = str(rng.choice([operator for operator in "+-*/" if operator != tree[place]]))
    return tree, replaced(tree, place, place + 1, (operator,))


def operands_swapped(rng: np.random.Generator) -> Pair:
    tree = any_tree(rng)
    place = place_of(rng, tree, "+-*/")
    middle = end_of(tree, place + 1)
    stop = end_of(tree, middle)
    return tree, replaced(tree, place + 1, stop, (*tree[middle:stop], *tree[place + 1 : middle]))


def undone(rng: np.random.Generator) -> Pair:
    """A subtree p becomes p * q / q, p + q - q or alike: equal, unless q is 0."""
    tree, part = any_tree(rng), any_tree(rng, 1, 2)
    place = int(rng.integers(len(tree)))
    stop = end_of(tree, place)
    there, back = [("*", "/"), ("/", "*"), ("+", "-"), ("-", "+")][int(rng.integers(4))]
    return tree, replaced(tree, place, stop, (back, there, *tree[place:stop], *part, *part))


def nearly_undone(rng: np.random.Generator) -> Pair:
    """As `undone`, but what comes back differs by a leaf from what went there."""
    tree, part = any_tree(rng, 2, 4), any_tree(rng, 1, 3)
    leaf = place_of(rng, part, XY3.leaves)
    nearly = replaced(part, leaf, leaf + 1, (str(rng.choice(XY3.leaves)),))
    there, back = [("*", "/"), ("/", "*"), ("+", "-"), ("-", "+")][int(rng.integers(4))]
    return tree, (back, there, *tree, *part, *nearly)


def regrouped(rng: np.random.Generator) -> Pair:
    """Laws of sums and products, right ones and wrong ones that look alike."""
    a, b, c = (any_tree(rng, 1, 2) for _ in range(3))
    one, other = [
        (("-", *a, "-", *b, *c), ("+", "-", *a, *b, *c)),
        (("-", *a, "-", *b, *c), ("-", "-", *a, *b, *c)),
        (("/", *a, "/", *b, *c), ("*", "/", *a, *b, *c)),
        (("/", *a, "/", *b, *c), ("/", "/", *a, *b, *c)),
        (("*", *a, "+", *b, *c), ("+", "*", *a, *b, "*", *a, *c)),
        (("*", *a, "-", *b, *c), ("+", "*", *a, *b, "*", *a, *c)),
        (("/", "+", *a, *b, *c), ("+", "/", *a, *c, "/", *b, *c)),
        (("/", *c, "+", *a, *b), ("+", "/", *c, *a, "/", *c, *b)),
        (("+", "/", *a, *b, "/", *c, *b), ("/", "+", *a, *c, *b)),
        (("-", "*", *a, *a, "*", *b, *b), ("*", "+", *a, *b, "-", *a, *b)),
        (("+", "*", *a, *a, "*", *b, *b), ("*", "+", *a, *b, "+", *a, *b)),
    ][int(rng.integers(11))]
    return one, other


def plus_what_vanishes(rng: np.random.Generator) -> Pair:
    """A difference that is 0 wherever x or y takes some small values: (x - 1)(y - 2), x (x - 3), …"""
    tree = any_tree(rng, 2, 4)
    factors = [("-", "x", "1"), ("-", "y", "2"), ("-", "x", "3"), ("x",), ("y",), ("-", "x", "y"), ("-", "y", "1")]
    one, other = (factors[index] for index in rng.permutation(len(factors))[:2])
    return tree, (str(rng.choice(["+", "-"])), *tree, "*", *one, *other)


def pairs_that_agree_at(points: list[tuple[int, int]], n: int) -> list[Pair]:
    """Different classes of up to 4 leaves with the same outputs at all these points."""
    codes, programs = corpus_programs(XY3, 4)
    numerators, denominators = rational_outputs(codes, XY3, np.array(points))
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, outputs in enumerate(np.concatenate([numerators, denominators], axis=1).tolist()):
        if all(outputs[len(points) :]):
            groups.setdefault(tuple(outputs), []).append(number)
    rng = np.random.default_rng(len(points))
    neighbours = [pair for group in groups.values() for pair in itertools.pairwise(group)]
    chosen = rng.permutation(len(neighbours))[:n]
    return [(programs[neighbours[index][0]], programs[neighbours[index][1]]) for index in chosen]


DRAWN_KINDS = [other_leaf, other_operator, operands_swapped, undone, nearly_undone, regrouped, plus_what_vanishes]
POINTS = [(2, 3), (3, 5), (-1, 4), (5, -2)]


@cache
def pairs_by_kind() -> dict[str, list[Pair]]:
    kinds = {}
    for number, draw in enumerate(DRAWN_KINDS):
        rng = np.random.default_rng(1_000 + number)
        kinds[draw.__name__] = [draw(rng) for _ in range(PAIRS_OF_KIND)]
    for n_points in (1, 2):
        kinds[f"equal at {n_points} points"] = pairs_that_agree_at(POINTS[:n_points], PAIRS_OF_KIND)
    return kinds


@cache
def function_of(tree: Symbols):
    """The rational function in lowest terms, or None when the tree divides by algebraic zero."""
    return rational_functions(XY3.variables).value_of(tree)


@pytest.mark.parametrize("kind", [*(draw.__name__ for draw in DRAWN_KINDS), "equal at 1 points", "equal at 2 points"])
def test_fingerprints_are_equal_exactly_when_functions_are(kind):
    seen = Counter()
    for one, other in pairs_by_kind()[kind]:
        fingerprints = [fingerprint_of(Expression(tree), XY3) for tree in (one, other)]
        functions = [function_of(one), function_of(other)]
        for fingerprint, function in zip(fingerprints, functions, strict=True):
            assert (fingerprint is None) == (function is None)
        if None not in functions:
            texts = [to_infix(Expression(tree)) for tree in (one, other)]
            assert (fingerprints[0] == fingerprints[1]) == (functions[0] == functions[1]), texts
            seen[functions[0] == functions[1]] += 1
    assert seen.total() > 0.8 * PAIRS_OF_KIND
    if kind in ("operands_swapped", "nearly_undone", "regrouped"):
        assert min(seen[True], seen[False]) > 10  # both happen among them
    elif kind == "undone":
        assert not seen[False]
    elif kind.startswith("equal at"):
        assert not seen[True]


def test_thousands_of_pairs_are_tried_many_of_them_equal():
    defined = [
        (function_of(one), function_of(other))
        for pairs in pairs_by_kind().values()
        for one, other in set(pairs)
        if function_of(one) is not None and function_of(other) is not None
    ]
    n_equal = sum(one == other for one, other in defined)
    assert n_equal > 1_500
    assert len(defined) - n_equal > 5_000


def test_lowest_terms_and_cancelling_decide_alike():
    """The oracle above is SymPy's field of fractions; its `cancel` starts from texts and agrees."""
    x, y = sympy.symbols("x y")
    pairs = [pair for kind in pairs_by_kind().values() for pair in kind[:15]]
    for one, other in pairs:
        if function_of(one) is None or function_of(other) is None:
            continue
        left, right = (
            sympy.sympify(to_infix(Expression(tree)), locals={"x": x, "y": y}, evaluate=False) for tree in (one, other)
        )
        assert (sympy.cancel(left - right) == 0) == (function_of(one) == function_of(other))


def test_pairs_that_agree_at_points_do_agree_there():
    for n_points in (1, 2):
        pairs = pairs_by_kind()[f"equal at {n_points} points"]
        assert len(pairs) == PAIRS_OF_KIND
        for one, other in pairs[:50]:
            for point in POINTS[:n_points]:
                assert output_of(function_of(one), point) == output_of(function_of(other), point)


def output_of(function, point: tuple[int, int]):
    at_point = list(zip(function.numer.ring.gens, point, strict=True))
    return function.numer.evaluate(at_point) / function.denom.evaluate(at_point)


WORLDS = [
    (XY3, 3),
    (XYZ3, 3),
    (Grammar(name="x", variables=("x",), constants=(0, 1, 5)), 4),
    pytest.param(XY3, 4, marks=pytest.mark.slow),
]
worlds = pytest.mark.parametrize(("grammar", "max_size"), WORLDS, ids=lambda value: getattr(value, "name", value))


@worlds
def test_classes_by_size_are_those_of_all_trees_by_sympy(grammar, max_size):
    classes = minimal_realizations(rational_functions(grammar.variables), grammar, max_size)
    sizes = [n_leaves(trees[0]) for trees in classes.values()]
    assert bank_of(grammar, max_size).classes_by_size == np.bincount(sizes)[1:].tolist()


@worlds
def test_every_tree_is_in_the_class_of_its_function_and_every_class_has_one(grammar, max_size):
    bank = bank_of(grammar, max_size)
    number_of = {tuple(row): number for number, row in enumerate(bank.values.tolist())}
    functions: dict[int, set] = {}
    for size in range(1, max_size + 1):
        for tree, function in all_trees(rational_functions(grammar.variables), grammar, size):
            number = number_of[residues_of(Expression(tree), grammar)]
            assert bank.sizes[number] <= size
            functions.setdefault(number, set()).add(function)
    assert len(functions) == bank.n_classes
    assert all(len(of_class) == 1 for of_class in functions.values())
    assert len(set().union(*functions.values())) == bank.n_classes


@worlds
def test_targets_are_minimal_trees_by_sympy_out_of_as_many_as_are_counted(grammar, max_size):
    arithmetic = rational_functions(grammar.variables)
    classes = minimal_realizations(arithmetic, grammar, max_size)
    bank, targets = bank_of(grammar, max_size), target_programs(bank_of(grammar, max_size))
    for row, residues, n_minimal in zip(targets.codes, bank.values.tolist(), targets.n_minimal.tolist(), strict=True):
        program = decode_program(row, grammar)
        trees = classes[arithmetic.value_of(program.symbols)]
        assert program.symbols in trees
        assert len(trees) == n_minimal
        assert fingerprint_of(program, grammar) == format_fingerprint(*residues)
