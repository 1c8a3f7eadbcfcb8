"""The candidates of pairs of classes, against residues computed one by one in Python."""

from functools import cache

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.candidates import (
    BLOCK,
    FORM_COMMUTES,
    FORM_SWAPPED,
    FORM_SYMBOLS,
    N_FORMS,
    NO_CANDIDATE,
    fill_block,
    fill_kept,
    operands_of,
    residue_of,
)
from arith_synth.enumeration.derivations import operand_of, operator_of
from arith_synth.enumeration.partition import Workspace, all_buckets
from arith_synth.enumeration.shards import Shards
from arith_synth.enumeration.sources import source_of
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.fingerprints import PRIME

ZERO = Grammar(name="zero", variables=("x", "y"), constants=(0, 1, 2))
FIRST_PRODUCT_FORM = FORM_SYMBOLS.index("*")


@numba.njit
def block_of(left, start, stop, value, inverse, zero, out):
    fill_block(left, start, stop, value, inverse, zero, out)


@numba.njit
def one_by_one(left, start, stop, value, inverse, out):
    for form in range(N_FORMS):
        for right in range(start, stop):
            out[form, right - start] = residue_of(form, left, right, value, inverse)


@numba.njit
def some_of_block(form, left, start, kept, value, inverse, out):
    fill_kept(form, left, start, kept, len(kept), value, inverse, out)


@numba.njit
def unpack_pairs(words, out):
    for index in range(len(words)):
        out[index, 0] = operator_of(words[index])
        out[index, 1] = operand_of(words[index], 0, 2)
        out[index, 2] = operand_of(words[index], 1, 2)


@cache
def bank_of(grammar: Grammar, max_size: int) -> Bank:
    return enumerate_bank(grammar, max_size)


def by_python(form: int, left: int, right: int) -> int | None:
    """One candidate's residue, or None where it divides by zero."""
    one, other = (right, left) if FORM_SWAPPED[form] else (left, right)
    symbol = FORM_SYMBOLS[form]
    if symbol == "/":
        return one * pow(other, -1, PRIME) % PRIME if other else None
    return {"+": one + other, "-": one - other, "*": one * other}[symbol] % PRIME


@given(st.integers(0, 63), st.data())
def test_a_block_holds_every_form_and_marks_what_is_no_candidate(left, data):
    operands = operands_of(ZERO, bank_of(ZERO, 2).values)
    n = len(operands.first)
    left %= n
    start = data.draw(st.integers(left, n - 1))
    stop = data.draw(st.integers(start + 1, min(n, start + BLOCK)))
    assert 0 <= operands.zero < n
    for value, inverse in ((operands.first, operands.first_inverse), (operands.second, operands.second_inverse)):
        out = np.zeros((N_FORMS, BLOCK), dtype=np.uint64)
        block_of(left, start, stop, value, inverse, operands.zero, out)
        for form in range(N_FORMS):
            for right in range(start, stop):
                expected = by_python(form, int(value[left]), int(value[right]))
                if FORM_SWAPPED[form] and left == right:
                    expected = None  # the same candidate as the form that is not swapped
                assert out[form, right - start] == (NO_CANDIDATE if expected is None else expected)


@given(st.integers(0, 10**6), st.lists(st.booleans(), min_size=1, max_size=40))
def test_one_candidate_alone_and_some_of_a_block_have_the_residues_of_the_block(number, chosen):
    operands = operands_of(ZERO, bank_of(ZERO, 2).values)
    value, inverse = operands.first, operands.first_inverse
    left = number % (len(value) - len(chosen))
    kept = np.flatnonzero(chosen).astype(np.int64)
    alone = np.zeros((N_FORMS, BLOCK), dtype=np.uint64)
    one_by_one(left, left, left + len(chosen), value, inverse, alone)
    for form in range(N_FORMS):
        for k in range(len(chosen)):
            expected = by_python(form, int(value[left]), int(value[left + k]))
            assert expected is None or alone[form, k] == expected
        if form >= FIRST_PRODUCT_FORM:
            some = np.zeros(BLOCK, dtype=np.uint64)
            some_of_block(form, left, left, kept, value, inverse, some)
            assert some[: len(kept)].tolist() == alone[form, kept].tolist()


def test_forms_are_the_operators_each_in_both_orders_unless_commutative():
    forms = [(symbol, bool(swapped)) for symbol, swapped in zip(FORM_SYMBOLS, FORM_SWAPPED, strict=True)]
    assert sorted(forms) == sorted(
        (symbol, swapped)
        for symbol in "+-*/"
        for swapped in ([False] if OPERATORS[symbol].commutative else [False, True])
    )
    assert FORM_COMMUTES.tolist() == [OPERATORS[symbol].commutative for symbol in FORM_SYMBOLS]
    assert list(FORM_SYMBOLS).index("*") == 3  # sums and differences first


@pytest.mark.parametrize("operators", [("+",), ("-",), ("*",), ("/",), ("-", "/"), ("/", "+"), ("+", "-", "*", "/")])
@pytest.mark.parametrize("size", [2, 3])
def test_a_source_has_every_candidate_and_every_derivation_once(operators, size):
    grammar = Grammar(name="some", variables=("x",), constants=(0, 1, 3), operators=operators)
    bank = bank_of(grammar, 3)
    offsets, values = bank.first_of_size.tolist(), bank.values.tolist()
    source = source_of(grammar, size, bank.values, offsets)
    zero = next((number for number, row in enumerate(values) if row == [0, 0]), None)
    derivations = [
        (symbol, left, right)
        for symbol in operators
        for left in range(offsets[size])
        for right in range(offsets[size])
        if bank.sizes[left] + bank.sizes[right] == size and not (symbol == "/" and right == zero)
    ]
    found = entries_of(Shards(source, all_buckets(source.most_candidates), threads=1, derivations=True))
    parts = np.zeros((len(found), 3), dtype=np.int64)
    unpack_pairs(np.array([word for _, word in found], dtype=np.uint64), parts)
    symbols = list(OPERATORS)
    triples = [(symbols[operator], left, right) for operator, left, right in parts.tolist()]
    assert sorted(triples) == sorted(derivations)
    for (first, _), (symbol, left, right) in zip(found, triples, strict=True):
        form = FORM_SYMBOLS.index(symbol)
        assert first == by_python(form, values[left][0], values[right][0])

    def residues(symbol, left, right):
        form = FORM_SYMBOLS.index(symbol)
        return tuple(by_python(form, values[left][point], values[right][point]) for point in range(2))

    candidates = sorted(
        residues(symbol, left, right)
        for symbol, left, right in derivations
        if left <= right or not OPERATORS[symbol].commutative
    )
    assert sorted(entries_of(Shards(source, all_buckets(source.most_candidates), threads=1))) == candidates
    assert bank.candidates_by_size[size] == len(candidates)


def entries_of(shards: Shards) -> list[tuple[int, int]]:
    """All entries of a source: (first residue, second word)."""
    found = []
    for slab in shards.slabs(Workspace(), 10**9):
        pairs = slab.entries.reshape(-1, 2)
        for share in range(len(slab.layout.counts)):
            for start, count in zip(slab.layout.starts[share], slab.layout.counts[share], strict=True):
                found += map(tuple, pairs[start : start + count].tolist())
    return found


@pytest.mark.parametrize("name", ["xy3", "xyz3"])
def test_a_class_of_value_zero_is_known_as_such(name):
    values = bank_of(grammar_named(name), 2).values
    operands = operands_of(grammar_named(name), values)
    assert values[operands.zero].tolist() == [0, 0]
    assert operands_of(grammar_named(name), values[:5]).zero == -1
    for value, inverse in ((operands.first, operands.first_inverse), (operands.second, operands.second_inverse)):
        for residue, other in zip(value.tolist(), inverse.tolist(), strict=True):
            assert residue * other % PRIME == (1 if residue else 0)
