"""Laws of the bank: order, counts, independence of threads and of the order of symbols, refusals."""

from functools import cache

import numpy as np
import pytest

from arith_synth.enumeration import bank as bank_module
from arith_synth.enumeration.bank import MAX_SUPPORTED_SIZE, Bank, enumerate_bank
from arith_synth.enumeration.memory import Plan
from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar, grammar_named, leaf_expression
from arith_synth.semantics.fingerprints import PRIME, residues_of

XY3 = grammar_named("xy3")


@cache
def bank_of(max_size: int) -> Bank:
    return enumerate_bank(XY3, max_size)


def test_classes_of_xy3_by_size_are_the_known_counts():
    assert bank_of(5).classes_by_size == [5, 51, 674, 9297, 141118]


def test_classes_of_xy3_of_size_6_are_the_known_count():
    assert bank_of(6).classes_by_size == [5, 51, 674, 9297, 141118, 2244387]


def test_a_smaller_bank_is_the_beginning_of_a_larger_one():
    for max_size in range(1, 5):
        smaller, larger = bank_of(max_size), bank_of(max_size + 1)
        assert np.array_equal(smaller.values, larger.values[: smaller.n_classes])


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


@pytest.mark.parametrize("max_size", [0, -1, MAX_SUPPORTED_SIZE + 1])
def test_a_size_out_of_range_is_refused(max_size):
    with pytest.raises(UsageError, match=f"max_size {max_size} is out of range; choose 1 to {MAX_SUPPORTED_SIZE}"):
        enumerate_bank(XY3, max_size)


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_the_bank_does_not_depend_on_the_number_of_threads(threads):
    one, several = bank_of(5), enumerate_bank(XY3, 5, threads=threads)
    assert several.values.tobytes() == one.values.tobytes()
    assert several.first_of_size.tolist() == one.first_of_size.tolist()
    assert several.candidates_by_size.tolist() == one.candidates_by_size.tolist()


@pytest.mark.parametrize("entries_of_slab", [1, 700, 20_000])
def test_the_bank_does_not_depend_on_the_size_of_a_slab(entries_of_slab, monkeypatch):
    reports = set()
    monkeypatch.setattr(bank_module, "plan_in_core", lambda *_: Plan(n_bytes=0, entries_of_slab=entries_of_slab))
    small = enumerate_bank(XY3, 5, lambda label, done, total: reports.add((label, total)), threads=2)
    assert dict(reports)["enumerating size 5"] > 10 * dict(reports)["enumerating size 5: counting"]
    assert small.values.tobytes() == bank_of(5).values.tobytes()
    assert small.first_of_size.tolist() == bank_of(5).first_of_size.tolist()


def test_a_memory_limit_changes_the_time_alone():
    # As little as is accepted, and so several slabs for the last size.
    steps = {}
    limited = enumerate_bank(XY3, 6, lambda label, done, total: steps.update({label: total}), memory_limit=480 << 20)
    assert steps["enumerating size 6"] > steps["enumerating size 6: counting"]
    assert limited.values.tobytes() == bank_of(6).values.tobytes()


def test_the_bank_does_not_depend_on_the_order_in_which_the_grammar_lists_its_symbols():
    shuffled = Grammar(name="shuffled", variables=("y", "x"), constants=(3, 1, 2), operators=("/", "*", "-", "+"))
    assert enumerate_bank(shuffled, 5).values.tobytes() == bank_of(5).values.tobytes()


def test_each_leaf_is_a_class_of_its_own():
    grammar = Grammar(name="many", variables=("x", "y", "z"), constants=tuple(range(200)))
    assert enumerate_bank(grammar, 1).classes_by_size == [203]


@pytest.mark.parametrize(
    "constants",
    [
        (1,),
        (0, 1),
    ],
)
def test_a_grammar_may_have_no_new_class_of_some_sizes(constants):
    grammar = Grammar(name="idle", variables=(), constants=constants, operators=("*",))
    assert enumerate_bank(grammar, 4).classes_by_size == [len(constants), 0, 0, 0]


def test_size_nine_is_enumerated_where_it_is_small():
    # Over the constant 1 and +, each whole number is one class: n leaves for n.
    grammar = Grammar(name="count", variables=(), constants=(1,), operators=("+",))
    bank = enumerate_bank(grammar, MAX_SUPPORTED_SIZE)
    assert bank.values[:, 0].tolist() == bank.values[:, 1].tolist() == list(range(1, MAX_SUPPORTED_SIZE + 1))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_progress_counts_every_step_up_to_the_total(threads):
    reports: dict[str, list[tuple[int, int]]] = {}
    enumerate_bank(
        XY3, 4, lambda label, done, total: reports.setdefault(label, []).append((done, total)), threads=threads
    )
    for size in (2, 3, 4):
        assert any(label.endswith(f"enumerating size {size}") for label in reports)
    for steps in reports.values():
        assert [done for done, _ in steps] == list(range(len(steps)))
        assert {total for _, total in steps} == {len(steps) - 1}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_progress_raises_stops_the_enumeration(threads, error):
    def interrupt(label, done, total):
        if label.endswith("size 3"):
            raise error

    with pytest.raises(error):
        enumerate_bank(XY3, 3, interrupt, threads=threads)


def test_bytes_and_seconds_are_those_of_the_whole_bank():
    bank = bank_of(4)
    assert bank.n_bytes == 16 * bank.n_classes
    assert len(bank.seconds_by_size) == len(bank.candidates_by_size) == bank.max_size + 1
    assert bank.seconds == pytest.approx(float(bank.seconds_by_size.sum()))
    assert np.all(bank.seconds_by_size[1:] > 0)


def test_no_threads_are_refused():
    with pytest.raises(UsageError, match="0 threads cannot work; pass 1 or more"):
        enumerate_bank(XY3, 2, threads=0)
