"""What `support_shift` promises, on a world small enough to look at every class."""

import itertools
from collections import Counter

import numpy as np
import pytest

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.errors import SplitError
from arith_synth.grammar import grammar_named, strahler_number
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.names import is_train
from arith_synth.semantics.programs import decode_program
from arith_synth.splits.apportion import quintile_of
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.matching import squared_distances
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.regions import Meaning, Syntax, meaning_of, semantic_region, syntax_of
from arith_synth.splits.sizes import SplitSizes
from arith_synth.splits.support import ARMS, CONFIG, CONTROL, TESTS, plan_support_shift

Plans = dict[tuple[str, str], SplitPlan]

GRAMMAR = grammar_named("xy3")
TRAIN = (CONFIG, "train")


def sizes_of(atlas: Atlas, plan: SplitPlan) -> Counter[int]:
    return Counter(atlas.measures["size"][plan.classes].tolist())


def test_no_arm_shares_a_class_with_a_test_or_validation_split(support: Plans) -> None:
    trained = np.concatenate([plan.classes for (_, split), plan in support.items() if is_train(split)])
    for (_, split), plan in support.items():
        if not is_train(split):
            assert not np.intersect1d(trained, plan.classes).size


def test_no_test_shares_a_class_with_another_test_or_a_validation_split(support: Plans) -> None:
    sides = [(CONFIG, split) for split in TESTS] + [(CONFIG, "validation")]
    for first, second in itertools.combinations(sides, 2):
        assert not np.intersect1d(support[first].classes, support[second].classes).size
    for split in TESTS:
        assert not np.intersect1d(support[CONFIG, split].classes, support[CONTROL, "validation"].classes).size


def test_no_split_holds_a_class_twice(support: Plans) -> None:
    for plan in support.values():
        assert len(np.unique(plan.classes)) == len(plan.classes)


def test_every_task_is_eligible(atlas: Atlas, support: Plans) -> None:
    for plan in support.values():
        assert atlas.eligible[plan.classes].all()


@pytest.mark.parametrize("arm", ["train", "validation", "test", "test_semantic"])
def test_targets_outside_the_syntactic_region_have_a_low_strahler_number(
    atlas: Atlas, support: Plans, arm: str
) -> None:
    for row in atlas.corpus.codes[support[CONFIG, arm].classes]:
        assert strahler_number(decode_program(row, GRAMMAR)) <= 2


@pytest.mark.parametrize("split", ["test_syntactic", "test_both"])
def test_syntactically_novel_classes_have_no_realization_outside_the_region(
    atlas: Atlas, support: Plans, split: str
) -> None:
    """Refuted by one low program of up to max_size + 1 leaves; they are enumerated here leaf by leaf."""
    bank = enumerate_bank(GRAMMAR, 5)
    values = {tuple(row) for row in atlas.corpus.fingerprints[support[CONFIG, split].classes].tolist()}
    assert not values & low_values(bank.values[bank.sizes == 1], atlas.corpus.max_size + 1)


def low_values(leaves: np.ndarray, max_leaves: int) -> set[tuple[int, int]]:
    """Values of all programs whose every operation has a leaf operand: exactly those of Strahler number <= 2."""
    prime = (1 << 61) - 1

    def apply(operator: str, left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int] | None:
        if operator == "/" and 0 in right:
            return None
        pairs = zip(left, right, strict=True)
        if operator == "+":
            return tuple((a + b) % prime for a, b in pairs)
        if operator == "-":
            return tuple((a - b) % prime for a, b in pairs)
        if operator == "*":
            return tuple(a * b % prime for a, b in pairs)
        return tuple(a * pow(b, -1, prime) % prime for a, b in pairs)

    base = [tuple(row) for row in leaves.tolist()]
    current, found = set(base), set(base)
    # The last leaf is left to the caller's bank where it is large: 5 leaves suffice to refute here in a second.
    for _ in range(max_leaves - 1):
        grown = {
            value
            for operator in "+-*/"
            for other in current
            for leaf in base
            for value in (apply(operator, other, leaf), apply(operator, leaf, other))
            if value is not None
        }
        current = grown - found
        found |= grown
    return found


def test_the_semantic_region_is_the_top_fifth_and_the_gap_a_twentieth(atlas: Atlas) -> None:
    region = semantic_region(atlas)
    coordinate = atlas.semantic[:, 0]
    n = len(coordinate)
    assert (coordinate > region.threshold).sum() < n // 5 <= (coordinate >= region.threshold).sum()
    assert (coordinate > region.gap_threshold).sum() < n // 4 <= (coordinate >= region.gap_threshold).sum()


def test_nothing_in_the_gap_is_validated_or_tested_or_trained_under_the_semantic_exclusion(
    atlas: Atlas, support: Plans
) -> None:
    meaning = meaning_of(atlas)
    for (config, split), plan in support.items():
        if not is_train(split) or split == "train_semantic_excluded" or (config, split) == TRAIN:
            assert not (meaning[plan.classes] == Meaning.GAP).any()


def test_arms_obey_their_exclusions(atlas: Atlas, support: Plans) -> None:
    syntax, meaning = syntax_of(atlas), meaning_of(atlas)
    for arm, allowed in ARMS.items():
        for a, b in zip(syntax[support[arm].classes], meaning[support[arm].classes], strict=True):
            assert allowed(Syntax(a), Meaning(b))


def test_all_arms_have_the_same_number_of_tasks_of_every_size(atlas: Atlas, support: Plans) -> None:
    histograms = [sizes_of(atlas, support[arm]) for arm in ARMS]
    assert all(histogram == histograms[0] for histogram in histograms)


def test_all_tests_have_the_same_number_of_tasks_of_every_size(atlas: Atlas, support: Plans) -> None:
    histograms = [sizes_of(atlas, support[CONFIG, split]) for split in TESTS]
    assert all(histogram == histograms[0] for histogram in histograms)


@pytest.mark.parametrize("arm", list(ARMS))
def test_an_arm_is_uniform_over_the_eligible_classes_that_its_exclusions_leave(
    atlas: Atlas, support: Plans, arm: tuple[str, str]
) -> None:
    """Each stratum of a size gives its share, to the nearest task, although tests have taken classes from some."""
    syntax, meaning, size = syntax_of(atlas), meaning_of(atlas), atlas.measures["size"]
    chosen = np.zeros(atlas.corpus.n_classes, dtype=bool)
    chosen[support[arm].classes] = True
    for leaves, n in sizes_of(atlas, support[arm]).items():
        allowed = np.array([ARMS[arm](Syntax(a), Meaning(b)) for a, b in zip(syntax, meaning, strict=True)])
        eligible = atlas.eligible & allowed & (size == leaves)
        for a, b in itertools.product(Syntax, Meaning):
            stratum = eligible & (syntax == a) & (meaning == b)
            assert abs((chosen & stratum).sum() - n * stratum.sum() / eligible.sum()) < 1


@pytest.mark.parametrize(("split", "space"), [("test_syntactic", "semantic"), ("test_semantic", "syntactic")])
def test_matched_tests_have_as_many_tasks_in_each_distance_bin(
    atlas: Atlas, support: Plans, split: str, space: str
) -> None:
    edges = plan_support_shift(atlas, SplitSizes(train=1_000, validation=40, test=40)).facts["matching"]["edges"]
    coordinates = getattr(atlas, space)
    train = support[TRAIN].classes
    for leaves, by_space in edges.items():
        counts = []
        for name in ("test", split):
            classes = support[CONFIG, name].classes
            of_size = classes[atlas.measures["size"][classes] == int(leaves)]
            bins = quintile_of(squared_distances(coordinates, of_size, train), np.array(by_space[space]))
            counts.append(np.bincount(bins, minlength=5).tolist())
        assert counts[0] == counts[1]


def test_a_world_that_is_too_small_says_which_split_and_how_many(atlas: Atlas) -> None:
    with pytest.raises(SplitError, match=r"support_shift/test_both: \d+ classes"):
        plan_support_shift(atlas, SplitSizes(train=1_000, validation=40, test=5_000))


def test_forced_classes_are_those_whose_target_cannot_be_low(atlas: Atlas) -> None:
    forced = atlas.corpus.forced[STRAHLER.name]
    assert (atlas.measures["strahler"][forced] >= 3).all()
    assert forced.sum() > 0
