"""No stream emits a class that is tested anywhere, nor a program that its split excludes: looked at one by one."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from arith_synth.grammar import Expression, Grammar, grammar_named, parse_prefix, size, strahler_number, to_prefix
from arith_synth.grammar.patterns import DENOMINATOR, DIVISIONS, NESTING
from arith_synth.semantics.execution import execute
from arith_synth.semantics.fingerprints import residues_of
from arith_synth.semantics.panels import panel_of
from arith_synth.semantics.programs import decode_program, encode_programs
from arith_synth.spaces.bases import bases_of
from arith_synth.splits.regions import semantic_region
from arith_synth.splits.streams.stream import TrainingStream

GRAMMAR = grammar_named("xy3")
#: Programs that are executed at every point of the panel: exact rationals take milliseconds.
N_EXECUTED = 200

#: Whether a program of a class may not be emitted.
Excluded = Callable[[Expression, int], bool]


def excluded_in(world, config: str, split: str) -> Excluded:
    """What a split excludes, said in other words than the planner's."""
    atlas = world.source.atlas
    if config == "support_shift":
        gap_from = semantic_region(atlas).gap_threshold
        return lambda program, number: strahler_number(program) > 2 or atlas.semantic[number, 0] >= gap_from
    if split == "train_syntactic_excluded":
        return lambda program, _: strahler_number(program) > 2
    patterns = {pattern.name: pattern for pattern in (DENOMINATOR, DIVISIONS, NESTING)}
    axis = config.removeprefix("support_shift_")
    if axis in patterns:
        return lambda program, _: patterns[axis].accepts(program)
    if axis == "size":
        return lambda program, _: size(program) == atlas.corpus.max_size
    if axis == "coordinate":
        region = world.planned.facts["axes"][config]["region"]
        return lambda program, _: first_syntactic_coordinate(program) >= region["from"]
    if axis == "semantic_band":
        region = world.planned.facts["axes"][config]["region"]
        return lambda _, number: region["gap_from"] <= atlas.semantic[number, 0] < region["gap_below"]
    return lambda *_: False


def first_syntactic_coordinate(program: Expression) -> int:
    return int(bases_of(GRAMMAR).coordinates(encode_programs([program], GRAMMAR))[0][0, 0])


def distinct_programs(stream: TrainingStream, n: int) -> list[tuple[Expression, int]]:
    """The distinct programs of n draws, read from their text, with the class that each is said to be of."""
    codes, classes = next(stream.batches(n))
    rows = np.unique(np.column_stack([codes.astype(np.int64), classes]), axis=0)
    texts = (to_prefix(decode_program(row[:-1], GRAMMAR)) for row in rows)
    return [(parse_prefix(text, GRAMMAR), int(row[-1])) for text, row in zip(texts, rows, strict=True)]


def check_emitted(world, config: str, split: str, n: int) -> None:
    atlas = world.source.atlas
    is_excluded, tested = excluded_in(world, config, split), world.classes_not_trained_on()
    emitted = distinct_programs(world.source.stream(config, split=split), n)
    assert len(emitted) > 50
    for program, number in emitted:
        assert not is_excluded(program, number)
        assert number not in tested
        assert residues_of(program, GRAMMAR) == tuple(atlas.corpus.fingerprints[number].tolist())
        assert size(program) == atlas.corpus.sizes[number]
    for program, number in emitted[:: max(1, len(emitted) // N_EXECUTED)]:
        assert outputs_on_panel(program) == outputs_on_panel(decode_program(atlas.corpus.codes[number], GRAMMAR))


def outputs_on_panel(program: Expression, grammar: Grammar = GRAMMAR) -> list[Fraction]:
    outputs = [execute(program, dict(zip(grammar.variables, point, strict=True))) for point in panel_of(grammar).points]
    assert None not in outputs
    return outputs  # pyright: ignore[reportReturnType]


CASES = [
    ("support_shift", "train"),
    ("support_shift_denominator", "train"),
    ("support_shift_coordinate", "train"),
    ("density_shift_none", "train"),
]
MORE_CASES = [
    ("support_shift_control", "train_syntactic_excluded"),
    ("support_shift_divisions", "train"),
    ("support_shift_size", "train"),
    ("support_shift_semantic_band", "train"),
    ("random", "train"),
]


@pytest.mark.parametrize(("config", "split"), CASES + MORE_CASES)
def test_no_excluded_form_and_no_tested_class_is_emitted(world, config: str, split: str) -> None:
    check_emitted(world, config, split, 5_000)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(("config", "split"), [*CASES, ("support_shift_nesting", "train")])
def test_no_excluded_form_and_no_tested_class_is_emitted_in_a_million_draws(demo_world, config, split) -> None:
    check_emitted(demo_world, config, split, 1_000_000)


def test_every_training_split_has_a_stream_that_shares_no_class_with_any_test(world) -> None:
    tested = np.array(sorted(world.classes_not_trained_on()))
    for config, split in world.source.train:
        stream = world.source.stream(config, split=split)
        classes = next(stream.batches(2_000)).classes
        assert not np.isin(tested, stream.classes).any()
        assert np.isin(classes, stream.classes).all()


def test_controls_emit_the_forms_that_the_shifted_splits_exclude(world) -> None:
    """Or there would be nothing to compare."""
    for config in ("support_shift", "support_shift_denominator", "support_shift_coordinate"):
        is_excluded = excluded_in(world, config, "train")
        emitted = distinct_programs(world.source.stream(f"{config}_control"), 2_000)
        assert any(is_excluded(program, number) for program, number in emitted)
