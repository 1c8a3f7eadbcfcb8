"""Which rows are compared, and what a comparison says of a constructed shift."""

import numpy as np
import pytest

from arith_synth.splits.shift.comparisons import compare, pairs_of
from arith_synth.splits.shift.density import density_facts
from arith_synth.splits.shift.samples import n_shared_classes, plain_sample, size_matched_sample

OPERATORS = ["+", "-"]


def test_tests_are_compared_with_train_and_test_and_arms_with_the_shifted_arm():
    configs = {
        "a": ["test", "test_semantic", "train", "validation"],
        "a_control": ["train", "train_semantic_excluded", "validation"],
        "corpus": ["full"],
    }
    assert [(pair.split[1], pair.against[1]) for pair in pairs_of(configs, "a")] == [
        ("test", "train"),
        ("test_semantic", "train"),
        ("test_semantic", "test"),
        ("validation", "train"),
    ]
    assert [(pair.split[1], pair.against) for pair in pairs_of(configs, "a_control")] == [
        ("train", ("a", "train")),
        ("train_semantic_excluded", ("a", "train")),
        ("validation", ("a_control", "train")),
    ]
    assert pairs_of(configs, "corpus") == []


def test_a_matched_sample_has_one_size_histogram(make):
    first = make("a/test", sizes=np.repeat([4, 5], [100, 300]))
    second = make("a/train", sizes=np.repeat([3, 4, 5], [50, 250, 100]))
    sample = size_matched_sample(first, second)
    histograms = [
        np.unique(split.sizes[rows], return_counts=True)
        for split, rows in zip((first, second), sample.rows, strict=True)
    ]
    assert [values.tolist() for histogram in histograms for values in histogram] == [[4, 5], [100, 100]] * 2


def test_splits_without_a_size_in_common_have_no_matched_sample(make):
    first, second = make("a/test", sizes=np.full(400, 6)), make("a/train")
    assert len(size_matched_sample(first, second)) == 0
    found = compare(first, second, None, OPERATORS, matched_only=True)
    assert found["size_matched"] is None
    assert found["all_sizes"]["n"] == 400
    assert found["sizes"]["total_variation"] == 1


def test_distances_are_compared_where_rows_are_too_few_for_a_classifier(make):
    first, second = make("a/test_semantic", n=60), make("a/test", n=60)
    measured = compare(first, second, second, OPERATORS, matched_only=True)["size_matched"]
    assert measured["syntactic"]["auc"] is None
    assert measured["distance_ratio"]["syntactic_distance"] == 1


def test_a_class_of_both_splits_stands_on_one_side_only(make):
    first, second = make("a/train", first_class=0), make("b/train", first_class=100)
    assert n_shared_classes(first, second) == 300
    for sample in (
        plain_sample(first, second, disjoint=True),
        size_matched_sample(first, second, disjoint=True),
    ):
        classes = [set(split.fingerprints[rows, 1]) for split, rows in zip((first, second), sample.rows, strict=True)]
        assert len(sample) > 150
        assert not classes[0] & classes[1]


def test_arms_of_one_law_that_share_classes_cannot_be_told(make):
    # With shared classes on both sides a classifier would do worse than chance: it remembers them from the other side.
    first = make("a/train", n=2_000, first_class=0)
    found = compare(first, first, None, OPERATORS, matched_only=True)
    assert found["n_shared_classes"] == 2_000
    assert found["size_matched"]["syntactic"]["auc"]["boosting"] == pytest.approx(0.5, abs=0.05)


def test_a_shift_of_one_space_leaves_the_other(make):
    first, second = make("a/test_syntactic", n=1_000, shift=2.0), make("a/test", n=1_000)
    found = compare(first, second, second, OPERATORS, matched_only=True)
    assert found["all_sizes"] is None
    measured = found["size_matched"]
    assert measured["syntactic"]["auc"]["logistic"] > 0.9
    assert measured["semantic"]["auc"]["logistic"] < 0.55
    assert measured["syntactic"]["mmd2"] > 0.01 > abs(measured["semantic"]["mmd2"])
    assert measured["distance_ratio"]["syntactic_distance"] == 2
    assert measured["distance_ratio"]["semantic_distance"] is None


def test_operators_are_counted_by_program(make):
    found = compare(make("a/test"), make("a/train"), None, OPERATORS, matched_only=False)["operators"]
    assert found["total_variation"] == 0
    assert found["each"]["+"] == {"mean": [0.5, 0.5], "total_variation": 0, "counts": [{"0": 200, "1": 200}] * 2}


def test_density_facts_count_cells_by_axis_and_jointly(make):
    splits = {"train": make("d/train"), "test_uniform": make("d/test_uniform")}
    four = np.repeat(np.arange(4), 100)
    cells = {
        "train": {"syntactic": four, "semantic": four},
        "test_uniform": {"syntactic": four, "semantic": np.tile(np.arange(4), 100)},
    }
    facts = density_facts(splits, cells)
    assert facts["splits"]["train"]["n_classes"] == 400
    assert facts["splits"]["train"]["filled_cells"] == {"syntactic": 4, "semantic": 4, "joint": 4}
    assert facts["splits"]["test_uniform"]["effective_cells"]["joint"] == pytest.approx(16)
    assert facts["joint_cells"] == {"test_uniform": {"tested": 16, "trained": 4}}
