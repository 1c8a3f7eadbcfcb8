"""The contamination matrix against sets, and the zeros that families promise."""

import itertools

from arith_synth.splits.atlas import Atlas
from arith_synth.splits.contamination import contamination
from arith_synth.splits.plans import Planned
from arith_synth.splits.registry import FAMILIES


def test_it_counts_what_sets_count(atlas: Atlas, planned: Planned) -> None:
    matrix = contamination(planned.plans, atlas.corpus.n_classes)
    sets = [set(plan.classes.tolist()) for plan in planned.plans]
    expected = [[i, j, len(sets[i] & sets[j])] for i, j in itertools.combinations(range(len(sets)), 2)]
    assert matrix["shared"] == [entry for entry in expected if entry[2]]
    assert matrix["n"] == [len(one) for one in sets]


def test_in_a_family_no_training_or_validation_class_is_in_a_test(atlas: Atlas, planned: Planned) -> None:
    matrix = contamination(planned.plans, atlas.corpus.n_classes)
    family_of = {config: number for number, family in enumerate(FAMILIES) for config in family.splits}
    for i, j, _ in matrix["shared"]:
        one, other = planned.plans[i], planned.plans[j]
        if family_of[one.config] == family_of[other.config]:
            sides = [plan.split.partition("_")[0] for plan in (one, other)]
            assert sides[0] == sides[1], (one.name, other.name)


def test_new_inputs_are_asked_of_the_same_classes(planned: Planned) -> None:
    of_split = {plan.name: plan for plan in planned.plans}
    test, new_inputs = of_split["input_shift/test"], of_split["input_shift/test_new_inputs"]
    assert test.classes.tolist() == new_inputs.classes.tolist()  # task k of both is one class
    assert (test.panel, new_inputs.panel) == (0, 1)
