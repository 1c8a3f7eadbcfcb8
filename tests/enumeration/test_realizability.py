"""Reachable states against all trees, and the counts of forced classes."""

from functools import cache

import numpy as np
import pytest

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.field_realizability import Gathered, Reaching
from arith_synth.enumeration.lookup import ClassIndex, index_of
from arith_synth.enumeration.realizability import forced_into, reachable_states
from arith_synth.enumeration.realizations import target_programs
from arith_synth.enumeration.sources import source_of
from arith_synth.enumeration.state_sets import leaf_word, set_images
from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar, grammar_named, patterns
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.semantics.programs import decode_program

XY3 = grammar_named("xy3")
QUOTIENTS = Grammar(name="quotients", variables=("x",), constants=(2, 0), operators=("/", "-"))

#: Not symmetric, and another row for each operator: state 1 holds a quotient, state 2 one as a right operand, state 3
#: a difference of a leaf from anything else.
LOPSIDED = Pattern(
    name="lopsided",
    title="lopsided",
    states=("other", "quotient", "divisor", "difference"),
    leaf_state=0,
    transitions={
        "any": ((0, 2, 2, 0), (1, 2, 2, 1), (2, 2, 2, 2), (0, 1, 2, 3)),
        "/": ((1, 2, 2, 1), (1, 2, 2, 3), (2, 2, 2, 2), (1, 2, 2, 1)),
        "-": ((3, 3, 2, 3), (1, 2, 2, 0), (2, 2, 2, 2), (0, 1, 2, 3)),
    },
    accepting=frozenset({2, 3}),
)
PATTERNS = [*patterns.PATTERNS.values(), patterns.shape_pattern("((..)(..))"), LOPSIDED]

#: The two largest primes below 2^32: products of residues fit 64 bits.
ORACLE_PRIMES = np.array([[4294967291], [4294967279]], dtype=np.uint64)
#: A residue of each variable modulo each prime.
ORACLE_POINTS = {"x": [2718281828, 1414213562], "y": [3141592653, 1732050807]}


@cache
def bank_of(grammar: Grammar, max_size: int) -> Bank:
    return enumerate_bank(grammar, max_size)


def inverses(residues: np.ndarray) -> np.ndarray:
    """By Fermat's theorem, elementwise: uint64[2, n]."""
    power, base, exponent = np.ones_like(residues), residues, ORACLE_PRIMES - np.uint64(2)
    for bit in range(32):
        taken = (exponent >> np.uint64(bit)) & np.uint64(1) == 1
        power = np.where(taken, power * base % ORACLE_PRIMES, power)
        base = base * base % ORACLE_PRIMES
    return power


def leaf_residues(symbol: str) -> list[int]:
    return ORACLE_POINTS[symbol] if symbol in ORACLE_POINTS else [int(symbol)] * 2


def roots(operator, left, right, patterns):
    """All trees operator(left tree, right tree): residues uint64[2, n], a row of states for each pattern."""
    (left_residues, left_states), (right_residues, right_states) = left, right
    if operator == "/":
        allowed = (right_residues != 0).all(axis=0)
        right_residues, right_states = right_residues[:, allowed], right_states[:, allowed]
    a, b, primes = left_residues[:, :, None], right_residues[:, None, :], ORACLE_PRIMES[:, :, None]
    if operator == "+":
        residues = (a + b) % primes
    elif operator == "-":
        residues = (a + (primes - b)) % primes
    else:
        residues = a * (b if operator == "*" else inverses(right_residues)[:, None, :]) % primes
    states = [
        np.array(pattern.table(operator), dtype=np.uint8)[left_states[row][:, None], right_states[row][None, :]]
        for row, pattern in enumerate(patterns)
    ]
    return residues.reshape(2, -1), np.array([state.ravel() for state in states])


def states_of_all_trees(bank: Bank, patterns: list[Pattern], max_leaves: int) -> list[np.ndarray]:
    """The states of every tree of at most n leaves, tree by tree: for each pattern uint8[max_leaves + 1, n_classes]."""
    grammar = bank.grammar
    targets = [decode_program(row, grammar) for row in target_programs(bank).codes]
    keys = np.array([_key_of(target.symbols) for target in targets], dtype=np.uint64)
    order = np.argsort(keys)
    assert len(np.unique(keys)) == len(keys)
    seen = np.zeros((len(patterns), bank.n_classes, max_leaves + 1, 8), dtype=bool)

    def record(residues, states, n):
        found = (residues[0] << np.uint64(32)) | residues[1]
        place = np.minimum(np.searchsorted(keys[order], found), len(keys) - 1)
        known = keys[order][place] == found
        for row in range(len(patterns)):
            seen[row, order[place[known]], n, states[row][known]] = True

    leaves = np.array([leaf_residues(leaf) for leaf in grammar.leaves], dtype=np.uint64).T
    leaf_states = np.repeat([[pattern.leaf_state] for pattern in patterns], leaves.shape[1], axis=1)
    trees = {1: (leaves, leaf_states.astype(np.uint8))}
    record(*trees[1], 1)
    for n in range(2, max_leaves + 1):
        parts = []
        for i in range(1, n):
            for operator in grammar.operators:
                part = roots(operator, trees[i], trees[n - i], patterns)
                record(*part, n)
                parts.append(part if n < max_leaves else None)
        if n < max_leaves:
            trees[n] = tuple(np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True))
    at_most = np.maximum.accumulate(seen, axis=2)
    return [np.packbits(at_most[row], axis=2, bitorder="little")[:, :, 0].T for row in range(len(patterns))]


def _key_of(symbols) -> int:
    stack = []
    for symbol in reversed(symbols):
        if symbol not in "+-*/":
            stack.append(leaf_residues(symbol))
            continue
        left, right = stack.pop(), stack.pop()
        value = []
        for a, b, prime in zip(left, right, ORACLE_PRIMES.ravel().tolist(), strict=True):
            results = {"+": a + b, "-": a - b, "*": a * b}
            value.append((results[symbol] if symbol in results else a * pow(b, -1, prime)) % prime)
        stack.append(value)
    return stack[0][0] << 32 | stack[0][1]


@cache
def xy3_reach(max_size: int) -> dict[str, np.ndarray]:
    """What classes of xy3 reach with a leaf of slack, for each pattern uint8[max_size + 2, n_classes]."""
    reach = reachable_states(bank_of(XY3, max_size), PATTERNS, max_size + 1)
    return {pattern.name: of_pattern for pattern, of_pattern in zip(PATTERNS, reach, strict=True)}


@pytest.mark.parametrize(
    ("grammar", "max_size"), [(XY3, 3), (XY3, 4), (QUOTIENTS, 5)], ids=["xy3-3", "xy3-4", "quotients"]
)
def test_reachable_states_are_the_states_of_all_trees_with_one_leaf_of_slack(grammar, max_size):
    bank = bank_of(grammar, max_size)
    expected = states_of_all_trees(bank, PATTERNS, max_size + 1)
    reach = reachable_states(bank, PATTERNS, max_size + 1)
    assert reach.dtype == np.uint8
    for pattern, found, states in zip(PATTERNS, reach, expected, strict=True):
        assert np.array_equal(found, states), pattern.name


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_pattern_alone_reaches_what_it_reaches_among_others(pattern):
    alone = reachable_states(bank_of(XY3, 4), [pattern], 5)
    assert np.array_equal(alone[0], xy3_reach(4)[pattern.name])


def test_more_patterns_than_a_word_holds_are_carried_in_several_passes():
    # Seventeen patterns take three words; each must come back at its own place.
    many = [PATTERNS[number % 8] for number in range(17)]
    assert len({pattern.name for pattern in many}) == 8
    reach = reachable_states(bank_of(XY3, 3), many, 4)
    for pattern, found in zip(many, reach, strict=True):
        assert np.array_equal(found, xy3_reach(3)[pattern.name])


def test_no_pattern_is_no_work():
    assert reachable_states(bank_of(XY3, 3), [], 4).shape == (0, 5, bank_of(XY3, 3).n_classes)
    assert forced_into(bank_of(XY3, 3), [], 4) == {}


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_reachable_states_do_not_depend_on_the_number_of_threads(threads):
    reach = reachable_states(bank_of(XY3, 4), PATTERNS, 5, threads=threads)
    for pattern, found in zip(PATTERNS, reach, strict=True):
        assert np.array_equal(found, xy3_reach(4)[pattern.name])


def test_forced_classes_of_xy3_are_the_known_counts():
    bank = bank_of(XY3, 5)
    forced = forced_into(bank, [STRAHLER], 6)["strahler"]
    assert np.bincount(bank.sizes[forced], minlength=6).tolist() == [0, 0, 0, 0, 310, 17046]


def test_forced_is_who_reaches_accepting_states_alone():
    forced = forced_into(bank_of(XY3, 4), PATTERNS, 5)
    assert list(forced) == [pattern.name for pattern in PATTERNS]
    for pattern in PATTERNS:
        reached = xy3_reach(4)[pattern.name][5]
        for state in range(pattern.n_states):
            if state not in pattern.accepting:
                assert not np.any(reached[forced[pattern.name]] >> state & 1)
        inside = sum(1 << state for state in pattern.accepting)
        assert np.array_equal(forced[pattern.name], (reached & ~np.uint8(inside)) == 0)


@pytest.mark.parametrize("name", [pattern.name for pattern in PATTERNS])
def test_a_leaf_of_slack_only_removes_forced_classes(name):
    bank = bank_of(XY3, 4)
    without, with_slack = forced_into(bank, PATTERNS, 4)[name], forced_into(bank, PATTERNS, 5)[name]
    assert not np.any(with_slack & ~without)


def test_a_leaf_of_slack_frees_some_class():
    bank = bank_of(XY3, 4)
    assert forced_into(bank, [STRAHLER], 5)["strahler"].sum() < forced_into(bank, [STRAHLER], 4)["strahler"].sum()


@pytest.mark.parametrize("name", [pattern.name for pattern in PATTERNS])
def test_more_leaves_only_add_states(name):
    reach = xy3_reach(4)[name]
    assert np.all(reach[1:] & reach[:-1] == reach[:-1])


@pytest.mark.parametrize("name", [pattern.name for pattern in PATTERNS])
def test_a_class_reaches_nothing_below_its_minimal_size_and_something_from_there_on(name):
    reach, sizes = xy3_reach(4)[name], bank_of(XY3, 4).sizes
    assert np.array_equal(reach != 0, np.arange(6)[:, None] >= sizes[None, :])


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_the_target_of_a_forced_class_lies_in_the_region_and_reaches_its_state(pattern):
    bank = bank_of(XY3, 4)
    forced = forced_into(bank, [pattern], 5)[pattern.name]
    targets = [decode_program(row, XY3) for row in target_programs(bank).codes]
    states = np.array([pattern.state_of(target) for target in targets])
    assert np.all(xy3_reach(4)[pattern.name][4] >> states & 1)
    assert all(pattern.accepts(targets[number]) for number in np.flatnonzero(forced))


def test_fewer_leaves_give_the_first_rows():
    fewer = reachable_states(bank_of(XY3, 4), PATTERNS, 3)
    for pattern, found in zip(PATTERNS, fewer, strict=True):
        assert np.array_equal(found, xy3_reach(4)[pattern.name][:4])


def test_more_than_one_leaf_of_slack_is_refused():
    with pytest.raises(UsageError, match="max_size 3 decides realizations up to 4 leaves"):
        reachable_states(bank_of(XY3, 3), [STRAHLER], 5)


def test_a_pattern_may_have_eight_states():
    # The state counts operators modulo 8, so a class of minimal size 3 reaches 2 with 3 leaves and 3 with 4.
    table = tuple(tuple((left + right + 1) % 8 for right in range(8)) for left in range(8))
    pattern = Pattern(
        name="operators",
        title="operators",
        states=tuple("01234567"),
        leaf_state=0,
        transitions={"any": table},
        accepting=frozenset({7}),
    )
    bank = bank_of(XY3, 3)
    (reach,) = reachable_states(bank, [pattern], 4)
    of_size_three = reach[:, bank.sizes == 3]
    assert set(of_size_three[3].tolist()) == {0b100}
    assert set(of_size_three[4].tolist()) <= {0b100, 0b1100}
    assert not forced_into(bank, [pattern], 4)["operators"].any()


def test_forced_classes_do_not_depend_on_the_order_of_symbols():
    other = Grammar(name="other", variables=("y", "x"), constants=(2, 3, 1), operators=("*", "/", "+", "-"))
    bank = enumerate_bank(other, 4)
    assert np.array_equal(bank_of(XY3, 4).values, bank.values)
    assert np.array_equal(reachable_states(bank, [LOPSIDED], 5)[0], xy3_reach(4)["lopsided"])


def test_a_filter_that_excludes_nothing_changes_nothing():
    """What is no candidate, such as x / 0, must not be looked for even where the filter would let it pass."""
    bank = bank_of(QUOTIENTS, 3)
    offsets = bank.first_of_size.tolist()
    leaves, regions_beyond = 3, 64
    images = set_images(PATTERNS, QUOTIENTS)
    exact = index_of(bank.values)
    saturated = ClassIndex(filter=np.full_like(exact.filter, 2**64 - 1), slots=exact.slots, values=exact.values)
    reach = np.zeros((leaves + 1, bank.n_classes), dtype=np.uint64)
    reach[1:, : offsets[2]] = leaf_word(PATTERNS)
    states = {}
    for index in (exact, saturated):
        gathered = Gathered(index)
        # The places beyond the regions, where nothing may be written, belong to the test.
        collected = np.zeros((regions_beyond, 64, 3), dtype=np.uint64)
        n_collected = np.zeros(regions_beyond, dtype=np.int64)
        gathered.collected, gathered.n_collected = collected[: index.n_regions], n_collected[: index.n_regions]
        reaching = Reaching(index=index, images=images, sizes=bank.sizes, reach=reach, leaves=leaves)
        source = source_of(QUOTIENTS, 2, bank.values, offsets)
        for piece in source.pieces:
            source.spread(piece, reaching, gathered)
        states[index is exact] = gathered.finished(index)
        assert not n_collected[index.n_regions :].any()
        assert not collected[index.n_regions :].any()
    assert np.array_equal(states[True], states[False])
    assert states[True].any()
