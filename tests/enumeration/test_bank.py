"""Laws of the bank: order, counts, tables, refusals."""

from functools import cache

import numpy as np
import pytest

from arith_synth.enumeration.bank import MAX_SUPPORTED_SIZE, Bank, enumerate_bank
from arith_synth.enumeration.growing import FIRST, SECOND, GrowingClasses
from arith_synth.enumeration.table import MAX_LOAD, new_table
from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar, grammar_named, leaf_expression
from arith_synth.semantics.fingerprints import PRIME, residues_of

XY3 = grammar_named("xy3")


@cache
def bank_of(max_size: int) -> Bank:
    return enumerate_bank(XY3, max_size)


def test_classes_of_xy3_by_size_are_the_known_counts():
    assert bank_of(5).classes_by_size == [5, 51, 674, 9297, 141118]


@pytest.mark.slow
def test_classes_of_xy3_of_size_6_are_the_known_count():
    assert enumerate_bank(XY3, 6).classes_by_size == [5, 51, 674, 9297, 141118, 2244387]


def test_a_smaller_bank_is_the_beginning_of_a_larger_one():
    for max_size in range(1, 5):
        smaller, larger = bank_of(max_size), bank_of(max_size + 1)
        assert np.array_equal(smaller.values, larger.values[: smaller.n_classes])
        assert np.array_equal(smaller.n_minimal, larger.n_minimal[: smaller.n_classes])


def test_classes_stand_in_the_order_of_size_and_fingerprint():
    bank = bank_of(5)
    keys = list(zip(bank.sizes.tolist(), *bank.values.T.tolist(), strict=True))
    assert keys == sorted(keys)


def test_no_two_classes_share_a_fingerprint():
    bank = bank_of(5)
    assert len(np.unique(bank.values, axis=0)) == bank.n_classes


def test_no_two_classes_share_even_one_residue():
    # Not needed, but so likely that anything else points to a mistake in the arithmetic.
    bank = bank_of(5)
    for point in range(2):
        assert len(np.unique(bank.values[:, point])) == bank.n_classes


def test_residues_are_below_the_prime():
    assert int(bank_of(5).values.max()) < PRIME


def test_the_first_classes_are_the_leaves():
    leaves = sorted(residues_of(leaf_expression(leaf), XY3) for leaf in XY3.leaves)
    assert [tuple(row) for row in bank_of(4).values[:5].tolist()] == leaves


def test_classes_of_equal_first_residue_are_ordered_by_the_second():
    values = np.array([[5, 9], [1, 7], [5, 2], [1, 3], [0, 8]], dtype=np.uint64)
    new = GrowingClasses(len(values))
    new.n = len(values)
    new.rows[:, [FIRST, SECOND]] = values
    assert new.canonical_order().tolist() == [4, 3, 1, 2, 0]


def test_classes_that_share_the_leading_bits_of_a_residue_are_ordered_by_all_of_it():
    rng = np.random.default_rng(7)
    values = rng.integers(0, 4, (5_000, 2), dtype=np.uint64) * np.uint64(3) + (np.uint64(1) << np.uint64(60))
    values = np.unique(values + rng.integers(0, 2**10, values.shape, dtype=np.uint64), axis=0)
    values = rng.permutation(values)
    new = GrowingClasses(len(values))
    new.n = len(values)
    new.rows[:, [FIRST, SECOND]] = values
    assert new.canonical_order().tolist() == np.lexsort((values[:, 1], values[:, 0])).tolist()


def test_candidates_are_the_triples_that_commutativity_and_zero_leave():
    bank = bank_of(5)
    sizes = bank.sizes.tolist()
    zero = np.flatnonzero((bank.values == 0).all(axis=1))
    assert len(zero) == 1
    (zero_size,) = (sizes[index] for index in zero)
    count = dict(enumerate(bank.classes_by_size, start=1))
    expected = 0
    for left in range(1, 5):
        for right in range(left, 6 - left):
            pairs = count[left] * count[right] if left != right else count[left] * (count[left] - 1) // 2
            expected += 6 * pairs + 4 * count[left] * (left == right)
            # zero divides nothing: a pair with zero in it loses one form, zero with itself its only quotient
            expected -= count[right] * (left == zero_size) + count[left] * (right == zero_size and right != left)
    assert bank.n_candidates == expected


def test_derivations_never_outnumber_minimal_trees():
    bank = bank_of(5)
    assert np.all(bank.n_derivations >= 1)
    assert np.all(bank.n_derivations <= bank.n_minimal)


def test_the_table_holds_every_class_under_its_number():
    bank = bank_of(4)
    used = bank.table[bank.table[:, 2] > 0]
    assert len(used) == bank.n_classes <= MAX_LOAD * len(bank.table)
    assert np.array_equal(bank.values[used[:, 2].astype(np.int64) - 1], used[:, :2])


def test_all_inverses_are_inverses_the_largest_size_included():
    bank = bank_of(4)
    inverses = bank.all_inverses()
    assert inverses.shape == bank.values.shape
    for value, inverse in zip(bank.values.ravel().tolist(), inverses.ravel().tolist(), strict=True):
        assert value * inverse % PRIME == (1 if value else 0)


@pytest.mark.parametrize("max_size", [1, 2])
def test_all_inverses_of_the_smallest_banks_cover_every_class(max_size):
    assert bank_of(max_size).all_inverses().shape == bank_of(max_size).values.shape


def test_progress_counts_every_left_operand_up_to_the_total():
    reports: dict[str, list[tuple[int, int]]] = {}
    enumerate_bank(XY3, 4, lambda label, done, total: reports.setdefault(label, []).append((done, total)))
    assert len(reports) == 3
    for steps in reports.values():
        assert [done for done, _ in steps] == list(range(1, len(steps) + 1))
        assert {total for _, total in steps} == {len(steps)}


def test_progress_may_interrupt():
    def interrupt(label, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        enumerate_bank(XY3, 3, interrupt)


def test_bytes_count_the_arrays():
    bank = bank_of(3)
    assert bank.n_bytes >= bank.values.nbytes + bank.table.nbytes


@pytest.mark.parametrize("max_size", [0, -1, MAX_SUPPORTED_SIZE + 1])
def test_a_size_out_of_range_is_refused(max_size):
    with pytest.raises(UsageError, match=f"max_size {max_size} is out of range; choose 1 to {MAX_SUPPORTED_SIZE}"):
        enumerate_bank(XY3, max_size)


def test_a_grammar_with_many_leaves_outgrows_its_first_table():
    grammar = Grammar(name="wide", variables=("x", "y"), constants=tuple(range(1, 60)))
    bank = enumerate_bank(grammar, 2)
    used = bank.table[bank.table[:, 2] > 0]
    assert len(used) == bank.n_classes > MAX_LOAD * len(new_table(0))
    assert np.array_equal(bank.values[used[:, 2].astype(np.int64) - 1], used[:, :2])
