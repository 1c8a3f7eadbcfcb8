"""Axes of support shift: regions without training mass, controls, and matched tests."""

import dataclasses

import numpy as np
import pytest

from arith_synth.errors import SplitError
from arith_synth.grammar.patterns import DENOMINATOR, DEPTH, shape_pattern
from arith_synth.semantics.programs import decode_program
from arith_synth.splits.apportion import quintile_of
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.axes import AXES, Axis, IntervalRegion, PatternRegion, Place, interval_ends, places_of
from arith_synth.splits.axis_support import plan_axis
from arith_synth.splits.matching import squared_distances
from arith_synth.splits.plans import Planned
from arith_synth.splits.sizes import SplitSizes
from tests.conftest import TOO_SMALL
from tests.splits.conftest import SIZES, Plans

SMALL_AXES = [axis for axis in AXES if axis.name not in TOO_SMALL]
NAMES = [axis.name for axis in SMALL_AXES]


def sizes_of(atlas: Atlas, plans: Plans, config: str, split: str) -> list[int]:
    return np.bincount(atlas.measures["size"][plans[config, split].classes], minlength=5).tolist()


@pytest.mark.parametrize("axis", SMALL_AXES, ids=NAMES)
def test_training_has_nothing_of_the_region_and_its_test_nothing_else(atlas: Atlas, plans: Plans, axis: Axis) -> None:
    places = places_of(axis, atlas)
    for split in ("train", "validation", "test"):
        assert (places[plans[axis.config, split].classes] == Place.INSIDE).all()
    assert (places[plans[axis.config, axis.test].classes] == Place.NOVEL).all()


@pytest.mark.parametrize("axis", SMALL_AXES, ids=NAMES)
def test_training_sets_are_disjoint_from_all_tests(plans: Plans, axis: Axis) -> None:
    of_axis = {key: set(plan.classes.tolist()) for key, plan in plans.items() if key[0] in axis.splits}
    train = of_axis[axis.config, "train"] | of_axis[axis.control, "train"]
    validation = of_axis[axis.config, "validation"] | of_axis[axis.control, "validation"]
    test, shifted = of_axis[axis.config, "test"], of_axis[axis.config, axis.test]
    for one, other in ((train, validation), (train, test | shifted), (validation, test | shifted), (test, shifted)):
        assert not one & other


@pytest.mark.parametrize("axis", SMALL_AXES, ids=NAMES)
def test_the_control_has_as_many_tasks_of_each_size(atlas: Atlas, plans: Plans, axis: Axis) -> None:
    assert len(plans[axis.config, "train"].classes) == len(plans[axis.control, "train"].classes)
    if axis.name != "size":
        assert sizes_of(atlas, plans, axis.config, "train") == sizes_of(atlas, plans, axis.control, "train")
        assert sizes_of(atlas, plans, axis.config, "test") == sizes_of(atlas, plans, axis.config, axis.test)


@pytest.mark.parametrize("axis", [axis for axis in SMALL_AXES if axis.name != "size"], ids=lambda axis: axis.name)
def test_tests_are_matched_in_distance_in_the_other_space(
    atlas: Atlas, plans: Plans, planned: Planned, axis: Axis
) -> None:
    other = "semantic" if axis.space == "syntactic" else "syntactic"
    coordinates = {"semantic": atlas.semantic, "syntactic": atlas.syntactic}[other]
    train = plans[axis.config, "train"].classes
    for size, edges in planned.facts["axes"][axis.config]["edges"].items():
        histograms = []
        for split in ("test", axis.test):
            classes = plans[axis.config, split].classes
            classes = classes[atlas.measures["size"][classes] == int(size)]
            bins = quintile_of(squared_distances(coordinates, classes, train), np.array(edges[other]))
            histograms.append(np.bincount(bins, minlength=5).tolist())
        assert histograms[0] == histograms[1]


def test_a_pattern_axis_tests_only_classes_without_a_way_around(atlas: Atlas, plans: Plans) -> None:
    (axis,) = [axis for axis in AXES if axis.name == "denominator"]
    assert atlas.corpus.forced["denominator"][plans[axis.config, axis.test].classes].all()
    for index in plans[axis.config, "train"].classes.tolist():
        assert not DENOMINATOR.accepts(decode_program(atlas.corpus.codes[index], atlas.corpus.grammar))


def test_the_axis_of_size_holds_out_the_largest_size_and_nothing_else(atlas: Atlas, plans: Plans) -> None:
    assert sizes_of(atlas, plans, "support_shift_size", "train")[4] == 0
    assert sizes_of(atlas, plans, "support_shift_size", "test_syntactic") == [0, 0, 0, 0, 40]
    assert sizes_of(atlas, plans, "support_shift_size_control", "train")[4] > 0


def test_an_interval_holds_the_share_of_the_corpus_that_it_names(atlas: Atlas) -> None:
    n = atlas.corpus.n_classes
    for axis in AXES:
        if isinstance(axis.region, IntervalRegion):
            places = places_of(axis, atlas)
            share = (axis.region.stop - axis.region.start) * n // 1000
            assert abs(int((places == Place.NOVEL).sum()) - share) <= n // 200  # equal coordinates stand on one side
            low, start, stop, high = interval_ends(axis, atlas)
            assert low <= start < stop <= high


def test_the_control_of_an_interval_is_not_validated_in_the_gap(atlas: Atlas, plans: Plans) -> None:
    (axis,) = [axis for axis in AXES if axis.name == "semantic_band"]
    places = places_of(axis, atlas)
    assert (places[plans[axis.control, "train"].classes] == Place.BETWEEN).any()
    assert not (places[plans[axis.control, "validation"].classes] == Place.BETWEEN).any()


def test_leaks_are_what_brute_force_finds(atlas: Atlas, plans: Plans, planned: Planned) -> None:
    from arith_synth.enumeration.bank import enumerate_bank
    from arith_synth.enumeration.realizations import all_realizations
    from arith_synth.enumeration.unranking import minimal_realization
    from arith_synth.semantics.programs import encode_programs
    from arith_synth.spaces.syntactic import syntactic_coordinates

    facts = planned.facts["axes"]["support_shift_coordinate"]
    realizations = all_realizations(enumerate_bank(atlas.corpus.grammar, 4))
    n_leaking = n_programs = 0
    for index in plans["support_shift_coordinate", "test_syntactic"].classes.tolist():
        programs = [minimal_realization(realizations, index, k) for k in range(int(realizations.n_minimal[index]))]
        codes = encode_programs(programs, atlas.corpus.grammar)
        coordinate = syntactic_coordinates(codes, atlas.corpus.grammar, atlas.bases.syntactic)[:, 0]
        n_leaking += bool((coordinate < facts["region"]["from"]).any())
        n_programs += len(programs)
    assert facts["leaks"] == {"classes": 40, "leaking": n_leaking, "realizations": n_programs}
    assert n_leaking > 0


def test_a_region_without_classes_says_so(atlas: Atlas) -> None:
    for pattern in (DEPTH, shape_pattern("((..)(..))")):
        forced = dict(atlas.corpus.forced) | {pattern.name: np.zeros(atlas.corpus.n_classes, dtype=bool)}
        world = dataclasses.replace(atlas, corpus=dataclasses.replace(atlas.corpus, forced=forced))
        axis = Axis(name="mine", title="mine", space="syntactic", region=PatternRegion(pattern=pattern))
        with pytest.raises(
            SplitError, match="support_shift_mine/test_syntactic: there is no class that is forced into"
        ):
            plan_axis(world, axis, SIZES)


def test_a_split_that_cannot_be_filled_is_named_with_what_there_is(atlas: Atlas) -> None:
    (axis,) = [axis for axis in AXES if axis.name == "denominator"]
    with pytest.raises(SplitError, match=r"support_shift_denominator/test_syntactic: \d+ classes .* 9000 tasks"):
        plan_axis(atlas, axis, SplitSizes(train=100, validation=10, test=9_000))
    (axis,) = [axis for axis in AXES if axis.name == "size"]
    with pytest.raises(SplitError, match=r"support_shift_size/train: \d+ classes are smaller than max_size"):
        plan_axis(atlas, axis, SplitSizes(train=100, validation=400, test=400))
