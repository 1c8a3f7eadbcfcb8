"""Which classes are forced into which regions: against all programs, and against the known counts."""

import numpy as np
import pytest
from audit_oracle import TINY, all_programs, key_of

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.realizability import forced_into
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.patterns import PATTERNS, STRAHLER, shape_pattern
from arith_synth.splits.audit.closure import enumerate_classes
from arith_synth.splits.audit.realizations import forced_classes

XY3 = grammar_named("xy3")

#: Not symmetric, and another row for each operator.
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
#: More than go into one word.
ALL = [*PATTERNS.values(), LOPSIDED, shape_pattern("((..)(..))"), shape_pattern("(.(..))")]

#: Forced classes of minimal size 3, 4, …, max_size.
KNOWN = {
    5: {
        "strahler": [0, 310, 17_046],
        "denominator": [110, 3_201, 71_426],
        "divisions": [0, 0, 13_117],
        "nesting": [0, 0, 3_750],
        "depth": [0, 0, 13_706],
        "shape": [110, 3_246, 78_229],
    },
    6: {
        "strahler": [0, 268, 13_813, 533_403],
        "denominator": [110, 3_201, 71_416, 1_422_852],
        "divisions": [0, 0, 1_726, 572_691],
        "nesting": [0, 0, 0, 225_287],
        "depth": [0, 0, 8_685, 962_020],
        "shape": [110, 3_201, 73_344, 1_600_702],
    },
}


def forced(grammar: Grammar, max_size: int, patterns: list[Pattern], max_leaves: int):
    """The sorted keys of all classes, for each pattern whether they are forced, and the keys by size."""
    _, by_size = enumerate_classes(grammar, max_size)
    wanted = np.sort(np.concatenate(by_size))
    return wanted, forced_classes(grammar, patterns, max_leaves, by_size, wanted), by_size


@pytest.mark.parametrize("max_leaves", [3, pytest.param(4, marks=pytest.mark.slow)])
def test_forced_classes_are_those_of_all_programs(max_leaves):
    wanted, found, _ = forced(TINY, 3, ALL, max_leaves)
    outside: list[set[int]] = [set() for _ in ALL]
    for programs in all_programs(TINY, max_leaves):
        for program in programs:
            key = key_of(program, TINY)
            for pattern, keys in zip(ALL, outside, strict=True):
                if not pattern.accepts(program):
                    keys.add(key)
    for pattern, mask, keys in zip(ALL, found, outside, strict=True):
        assert mask.tolist() == [key not in keys for key in wanted.tolist()], pattern.name


def test_a_pattern_alone_is_as_with_others():
    _, together, _ = forced(XY3, 3, ALL, 4)
    for pattern, mask in zip(ALL, together, strict=True):
        assert (forced(XY3, 3, [pattern], 4)[1][0] == mask).all()


def test_one_leaf_of_slack_can_only_unforce():
    tight, slack = (forced(XY3, 4, [STRAHLER], max_leaves)[1][0] for max_leaves in (4, 5))
    assert (tight | ~slack).all()
    assert (tight & ~slack).any()


def test_as_many_are_forced_as_the_bank_says():
    bank = enumerate_bank(XY3, 4)
    expected = forced_into(bank, ALL, 5)
    _, found, _ = forced(XY3, 4, ALL, 5)
    assert {pattern.name: int(mask.sum()) for pattern, mask in zip(ALL, found, strict=True)} == {
        name: int(mask.sum()) for name, mask in expected.items()
    }


@pytest.mark.parametrize("max_size", [pytest.param(n, marks=pytest.mark.slow) for n in KNOWN])
def test_forced_classes_of_xy3_are_the_known_counts(max_size):
    patterns = list(PATTERNS.values())
    wanted, found, by_size = forced(XY3, max_size, patterns, max_size + 1)
    counts = {
        pattern.name: [int(np.isin(keys, wanted[mask]).sum()) for keys in by_size[2:]]
        for pattern, mask in zip(patterns, found, strict=True)
    }
    assert counts == KNOWN[max_size]
