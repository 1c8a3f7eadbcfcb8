"""A derivation in one word gives back what was packed, and words ascend as derivations do."""

import itertools
import re

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.candidates import OPERATOR_CODES
from arith_synth.enumeration.derivations import (
    ARITIES,
    check_capacity,
    n_trees_of,
    operand_of,
    operator_of,
    pack_pair,
)
from arith_synth.errors import CapacityError
from arith_synth.grammar import grammar_named
from arith_synth.grammar.operators import OPERATORS

MOST_CLASSES = 1 << 30
classes = st.integers(0, MOST_CLASSES - 1) | st.sampled_from([0, 1, MOST_CLASSES - 1])
BINARY = [OPERATOR_CODES[symbol] for symbol in "+-*/"]


@numba.njit
def packed(operators, firsts, seconds):
    words = np.empty(len(operators), dtype=np.uint64)
    for index in range(len(operators)):
        words[index] = pack_pair(operators[index], firsts[index], seconds[index])
    return words


@numba.njit
def unpacked(words):
    parts = np.empty((len(words), 3), dtype=np.int64)
    for index in range(len(words)):
        arity = ARITIES[operator_of(words[index])]
        parts[index, 0] = operator_of(words[index])
        for place in range(2):
            parts[index, 1 + place] = operand_of(words[index], place, arity)
    return parts


@numba.njit
def trees(words, n_minimal):
    return np.array([n_trees_of(word, n_minimal) for word in words])


def words_of(derivations: list[tuple[int, int, int]]) -> np.ndarray:
    return packed(*(np.array(column, dtype=np.int64) for column in zip(*derivations, strict=True)))


derivations = st.lists(st.tuples(st.sampled_from(BINARY), classes, classes), min_size=1, max_size=30)


@given(derivations)
def test_unpacking_inverts_packing(some):
    assert [tuple(row) for row in unpacked(words_of(some)).tolist()] == some


@given(derivations)
def test_words_ascend_as_operators_and_operands_do(some):
    words = words_of(some).tolist()
    order = sorted(range(len(some)), key=some.__getitem__)
    assert [words[index] for index in order] == sorted(words)


@given(st.lists(st.tuples(st.sampled_from(BINARY), st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_a_derivation_stands_for_the_product_of_its_operands_trees(some):
    n_minimal = np.array([1, 2, 5, 11, 3_000_000_000], dtype=np.int64)
    expected = [int(n_minimal[first] * n_minimal[second]) for _, first, second in some]
    assert trees(words_of(some), n_minimal).tolist() == expected


def test_arities_are_those_of_the_operator_table():
    assert ARITIES.tolist() == [operator.arity for operator in OPERATORS.values()]
    assert [OPERATOR_CODES[symbol] for symbol in OPERATORS] == list(range(len(OPERATORS)))


def test_every_operator_has_a_code_of_four_bits():
    assert len(OPERATORS) <= 16


#: Classes that end where sizes 0, 1, 2, … do: 2^15 up to size 2, 2^30 up to size 4.
MANY = [0, 0, 5, 1 << 15, 1 << 20, 1 << 30]


@pytest.mark.parametrize(("name", "size"), [("xy3", 5), ("xycond", 3), ("xycond", 4), ("xycond", 5)])
def test_operands_that_have_numbers_are_accepted(name, size):
    # A conditional of 5 leaves has operands of at most 2.
    check_capacity(grammar_named(name), MANY, size)


@pytest.mark.parametrize(
    ("name", "size", "place", "symbol"), [("xy3", 5, 5, "+"), ("xycond", 5, 5, "+"), ("xycond", 5, 3, "if")]
)
def test_more_operands_than_numbers_are_refused(name, size, place, symbol):
    too_many = list(MANY)
    too_many[place] += 1
    with pytest.raises(
        CapacityError, match=f"operands of '{re.escape(symbol)}' .* {name}, size {size}.; lower --max-size"
    ):
        check_capacity(grammar_named(name), too_many, size)


def test_words_differ_for_different_derivations():
    some = list(itertools.product(BINARY, range(6), range(6)))
    assert len(set(words_of(some).tolist())) == len(some)
