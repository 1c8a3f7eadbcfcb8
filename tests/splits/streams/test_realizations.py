"""What a stream emits for a class: each of its allowed minimal realizations, equally often."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from all_trees import MODULO, minimal_realizations, n_leaves

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.numbered import numbered_realizations
from arith_synth.enumeration.realizations import all_realizations
from arith_synth.errors import UsageError
from arith_synth.grammar import Expression, grammar_named, parse_infix
from arith_synth.grammar.patterns import DENOMINATOR
from arith_synth.seeding import splitmix64
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import residues_of
from arith_synth.semantics.panels import panel_of
from arith_synth.semantics.programs import decode_program, row_width
from arith_synth.splits.streams.emission import Emission
from arith_synth.splits.streams.stream import TrainingStream

GRAMMAR = grammar_named("xy3")
N_DRAWS = 20_000


def all_minimal_programs(program: Expression) -> list[Expression]:
    """Found by a naive enumeration of all trees."""
    by_value = minimal_realizations(MODULO, GRAMMAR, n_leaves(program.symbols))
    return [Expression(symbols) for symbols in by_value[MODULO.value_of(program.symbols)]]


def emitted_for(stream: TrainingStream, number: int) -> Counter[tuple[str, ...]]:
    codes = stream.realize(np.full(N_DRAWS, number), np.arange(N_DRAWS))
    return Counter(decode_program(row, GRAMMAR).symbols for row in codes)


def classes_with_a_choice(stream: TrainingStream) -> list[int]:
    """Some classes of 3 leaves with at least 3 allowed programs and a forbidden one."""
    atlas = stream.atlas
    of_size = stream.classes[atlas.corpus.sizes[stream.classes] == 3]
    found = []
    for number in of_size.tolist():
        programs = all_minimal_programs(decode_program(atlas.corpus.codes[number], GRAMMAR))
        n_forbidden = sum(DENOMINATOR.accepts(program) for program in programs)
        if n_forbidden and len(programs) - n_forbidden >= 3:
            found.append(number)
    return found[:5]


@pytest.mark.parametrize("attempts", [0, 1, 32], ids=["listed", "one attempt", "as published"])
def test_a_class_gets_each_of_its_allowed_programs_equally_often(world, attempts: int) -> None:
    """However they are drawn: by redrawing, from the list of all, or the one after the other."""
    stream = world.source.stream("support_shift_denominator")
    stream = replace(stream, emission=replace(stream.emission, attempts=attempts))
    numbers = classes_with_a_choice(stream)
    assert numbers
    for number in numbers:
        programs = all_minimal_programs(decode_program(stream.atlas.corpus.codes[number], GRAMMAR))
        allowed = {program.symbols for program in programs if not DENOMINATOR.accepts(program)}
        emitted = emitted_for(stream, number)
        assert emitted.keys() == allowed
        expected = N_DRAWS / len(allowed)
        assert all(abs(n - expected) < 5 * np.sqrt(expected) for n in emitted.values())


def test_a_control_gets_all_minimal_programs(world) -> None:
    stream = world.source.stream("support_shift_denominator_control")
    numbers = np.intersect1d(
        classes_with_a_choice(world.source.stream("support_shift_denominator")), stream.classes
    ).tolist()
    assert numbers
    for number in numbers:
        programs = all_minimal_programs(decode_program(stream.atlas.corpus.codes[number], GRAMMAR))
        assert emitted_for(stream, number).keys() == {program.symbols for program in programs}


def test_no_program_is_emitted_that_is_undefined_where_its_class_is_tested() -> None:
    """The panel has points with x = 9: there `2 / (y / (3 * 3 - x))` divides by zero, its class's target does not."""
    bank = enumerate_bank(GRAMMAR, 5)
    panel = panel_of(GRAMMAR)
    emission = Emission(
        realizations=all_realizations(bank), width=row_width(5), points=np.array(panel.points), excluded=None
    )
    residues = residues_of(parse_infix("2 * (3 * 3 - x) / y", GRAMMAR), GRAMMAR)
    number = int(np.flatnonzero((bank.values == np.array(residues, dtype=np.uint64)).all(axis=1))[0])
    n_minimal = int(emission.realizations.n_minimal[number])
    everything = numbered_realizations(
        emission.realizations, np.full(n_minimal, number), np.arange(n_minimal), emission.width
    )
    programs = [decode_program(row, GRAMMAR) for row in everything]
    defined = {program.symbols for program in programs if "undef" not in outputs_of(program, GRAMMAR, panel.points)}
    assert parse_infix("2 / (y / (3 * 3 - x))", GRAMMAR) in programs
    assert len(defined) < len(programs)

    def hashes(places: np.ndarray, attempt: int) -> np.ndarray:
        return splitmix64(places.astype(np.uint64) + np.uint64(attempt * N_DRAWS))

    emitted = emission.emit(np.full(N_DRAWS, number), hashes)
    assert {decode_program(row, GRAMMAR).symbols for row in emitted} == defined


def test_another_epoch_has_other_programs_of_the_same_classes(world) -> None:
    stream = world.source.stream("support_shift")
    classes = stream.classes
    first, second = (stream.realize(classes, epoch * len(classes) + np.arange(len(classes))) for epoch in (0, 1))
    assert (first != second).any(axis=1).mean() > 0.5
    assert (first == stream.realize(classes, np.arange(len(classes)))).all()


def test_a_class_that_is_held_out_is_refused(world) -> None:
    stream = world.source.stream("support_shift")
    tested = next(iter(world.classes_not_trained_on()))
    with pytest.raises(UsageError, match=f"class {tested} is not in the stream"):
        stream.realize(np.array([stream.classes[0], tested]), np.arange(2))
