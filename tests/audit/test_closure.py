"""The audit's own enumeration."""

import numpy as np
import pytest
from audit_oracle import TINY, all_programs, key_of

from arith_synth.grammar import grammar_named
from arith_synth.splits.audit.closure import enumerate_classes
from arith_synth.splits.audit.identity import NO_KEY

XY3 = grammar_named("xy3")


def test_counts_of_xy3_by_size():
    _, by_size = enumerate_classes(XY3, 5)
    assert [len(keys) for keys in by_size] == [5, 51, 674, 9_297, 141_118]


def test_sizes_are_disjoint_sorted_and_unique():
    _, by_size = enumerate_classes(XY3, 4)
    together = np.concatenate(by_size)
    assert len(np.unique(together)) == len(together)
    assert all((np.diff(keys.astype(object)) > 0).all() for keys in by_size)


@pytest.mark.parametrize("grammar", [TINY, XY3], ids=lambda grammar: grammar.name)
def test_classes_are_those_of_all_programs(grammar):
    _, by_size = enumerate_classes(grammar, 3)
    known: set[int] = {int(NO_KEY)}
    for programs, keys in zip(all_programs(grammar, 3), by_size, strict=True):
        new = {key_of(program, grammar) for program in programs} - known
        assert new == set(keys.tolist())
        known |= new
