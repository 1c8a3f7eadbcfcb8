"""Numbered minimal realizations against the one-at-a-time definition, and against what they claim to be."""

import numpy as np
import pytest

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.numbered import numbered_realizations
from arith_synth.enumeration.realizations import all_realizations
from arith_synth.enumeration.unranking import minimal_realization
from arith_synth.errors import UsageError
from arith_synth.grammar import grammar_named
from arith_synth.semantics.fingerprints import residues_of
from arith_synth.semantics.programs import decode_program, row_width


@pytest.mark.parametrize(("name", "max_size"), [("xy3", 3), ("xycond", 3)])
def test_every_number_is_its_own_program_of_the_class(name: str, max_size: int) -> None:
    grammar = grammar_named(name)
    bank = enumerate_bank(grammar, max_size)
    realizations = all_realizations(bank)
    classes = np.repeat(np.arange(bank.n_classes), realizations.n_minimal)
    firsts = np.repeat(np.cumsum(realizations.n_minimal) - realizations.n_minimal, realizations.n_minimal)
    ranks = np.arange(len(classes)) - firsts
    codes = numbered_realizations(realizations, classes, ranks, row_width(max_size))
    assert len({row.tobytes() for row in codes}) == len(codes)
    for row, index, rank in zip(codes[::7], classes[::7].tolist(), ranks[::7].tolist(), strict=True):
        program = decode_program(row, grammar)
        assert program == minimal_realization(realizations, index, rank)
        if name == "xy3":
            assert residues_of(program, grammar) == tuple(bank.values[index].tolist())


def test_a_rank_that_no_realization_has_is_refused() -> None:
    bank = enumerate_bank(grammar_named("xy3"), 2)
    realizations = all_realizations(bank)
    with pytest.raises(UsageError, match="rank"):
        numbered_realizations(realizations, np.array([0]), np.array([1]), row_width(2))
