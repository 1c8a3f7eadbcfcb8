"""Images of sets of states, against the states of their members."""

import itertools

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.candidates import OPERATOR_CODES
from arith_synth.enumeration.state_sets import leaf_word, pair_image, set_images
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.patterns import PATTERNS

XY3, XYCOND = grammar_named("xy3"), grammar_named("xycond")
NAMED = list(PATTERNS.values())


@numba.njit
def image_of_pair(starts, n_states, images, operator, left_word, right_word):
    return pair_image(starts, n_states, images, operator, left_word, right_word)


@st.composite
def automata(draw, max_states: int = 8) -> Pattern:
    n = draw(st.integers(1, max_states))
    state = st.integers(0, n - 1)
    table = st.lists(st.tuples(*[state] * n), min_size=n, max_size=n).map(tuple)
    rows = draw(st.dictionaries(st.sampled_from("+-*/"), table, max_size=2))
    return Pattern(
        name="drawn",
        title="drawn",
        states=tuple("abcdefgh"[:n]),
        leaf_state=draw(state),
        transitions={"any": draw(table), **rows},
        accepting=frozenset({0}),
    )


def members(bits: int) -> list[int]:
    return [state for state in range(8) if bits >> state & 1]


def image_by_members(pattern: Pattern, symbol: str, *sets: int) -> int:
    image = 0
    for states in itertools.product(*map(members, sets)):
        entry = pattern.table(symbol)
        for state in states:
            entry = entry[state]
        image |= 1 << entry
    return image


@given(automata(), st.sampled_from("+-*/"), st.data())
def test_the_image_of_two_sets_holds_the_states_of_all_their_pairs(pattern, symbol, data):
    sets = st.integers(0, (1 << pattern.n_states) - 1)
    left, right = data.draw(sets), data.draw(sets)
    images = set_images([pattern], XY3)
    word = image_of_pair(*images.arrays, OPERATOR_CODES[symbol], np.uint64(left), np.uint64(right))
    assert word == image_by_members(pattern, symbol, left, right)


@given(st.lists(automata(max_states=4), min_size=1, max_size=8), st.sampled_from("+-*/"), st.data())
def test_several_patterns_share_a_word_without_touching_each_other(patterns, symbol, data):
    sets = [[data.draw(st.integers(0, (1 << pattern.n_states) - 1)) for pattern in patterns] for _ in ("left", "right")]
    left, right = (np.uint64(int.from_bytes(bytes(some), "little")) for some in sets)
    word = int(image_of_pair(*set_images(patterns, XY3).arrays, OPERATOR_CODES[symbol], left, right))
    expected = [image_by_members(pattern, symbol, *pair) for pattern, *pair in zip(patterns, *sets, strict=True)]
    assert list(word.to_bytes(8, "little"))[: len(patterns)] == expected
    assert not any(list(word.to_bytes(8, "little"))[len(patterns) :])


@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: pattern.name)
def test_images_of_operators_of_any_arity_are_those_of_their_members(pattern):
    images = set_images([pattern], XYCOND)
    rng = np.random.default_rng(11)
    for symbol, arity in [("min", 2), ("if", 4)]:
        for sets in rng.integers(0, 1 << pattern.n_states, (40, arity)).tolist():
            place = 0
            for states in sets:
                place = place << pattern.n_states | states
            start = images.starts[0, OPERATOR_CODES[symbol]]
            assert images.images[start + place] == image_by_members(pattern, symbol, *sets)


def test_operators_that_the_grammar_lacks_have_no_image():
    grammar = Grammar(name="sums", variables=("x",), constants=(), operators=("+", "/"))
    starts = set_images(NAMED, grammar).starts
    for symbol, code in OPERATOR_CODES.items():
        assert np.all((starts[:, code] >= 0) == (symbol in grammar.operators))


@given(st.lists(automata(), min_size=1, max_size=8))
def test_a_leaf_is_in_its_leaf_state_alone(patterns):
    states = [1 << pattern.leaf_state for pattern in patterns]
    assert leaf_word(patterns) == int.from_bytes(bytes(states), "little")
