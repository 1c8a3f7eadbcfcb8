"""Targets beyond the published ones: the same classes, no excluded form, nothing that a test holds out."""

import numpy as np
import pytest
from strategies import XY3

from arith_synth.errors import DatasetError, UsageError
from arith_synth.grammar.patterns import DENOMINATOR, STRAHLER
from arith_synth.names import is_train
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.fingerprints import residues_of
from arith_synth.semantics.panels import panel_of
from arith_synth.semantics.programs import decode_program
from arith_synth.spaces.pattern_states import lies_in
from arith_synth.training.data.columns import split_columns
from arith_synth.training.data.targets import CanonicalTargets, ResampledTargets, classes_of

#: The splits of the small dataset, and what they exclude.
SPLITS = [
    ("random", "train", None),
    ("support_shift", "train", STRAHLER),
    ("support_shift_control", "train", None),
    ("support_shift_control", "train_syntactic_excluded", STRAHLER),
    ("support_shift_control", "train_semantic_excluded", None),
]


@pytest.fixture(params=SPLITS, ids=lambda param: "-".join(param[:2]))
def case(request, folder, source):
    """A training split: its stream, columns, classes and excluded pattern."""
    config, split, pattern = request.param
    columns = split_columns(folder, config, split, XY3)
    return source.stream(config, split=split), columns, classes_of(columns.fingerprints, source.atlas.corpus), pattern


def assert_right(codes, columns, pattern):
    """Programs are algebraically equal to the published targets, defined on the panel, and of no excluded form."""
    for row, fingerprint in zip(codes[::5], columns.fingerprints[::5].tolist(), strict=True):
        assert residues_of(decode_program(row, XY3), XY3) == tuple(fingerprint)
    points = np.array(panel_of(XY3).points)
    for mine, published in zip(
        rational_outputs(codes, XY3, points), rational_outputs(columns.codes, XY3, points), strict=True
    ):
        assert np.array_equal(mine, published)
    if pattern is not None:
        assert not lies_in(codes, XY3, pattern).any()


def test_the_classes_of_a_split_are_found_in_the_order_of_the_file(case, source):
    stream, _, classes, _ = case
    assert np.array_equal(classes, source.train[stream.config, stream.split].classes)


def test_canonical_targets_are_right_and_of_no_excluded_form(case):
    stream, columns, classes, pattern = case
    assert_right(CanonicalTargets(stream).codes(classes), columns, pattern)


def test_a_canonical_target_is_a_function_of_the_class(case):
    stream, _, classes, _ = case
    targets = CanonicalTargets(stream)
    codes = targets.codes(classes)
    assert np.array_equal(CanonicalTargets(stream).codes(classes[::-3]), codes[::-3])
    assert (targets.codes(classes[[5, 5]]) == codes[5]).all()


def test_where_no_composition_of_canonical_parts_is_allowed_another_allowed_program_is_found(folder, source):
    """Of a region that a program can enter and leave again, such as an interval of a coordinate."""
    stream = source.stream("support_shift_coordinate")
    classes = stream.classes
    codes = CanonicalTargets(stream).codes(classes)
    assert stream.emission.allows(codes).all()
    first_residues = source.atlas.corpus.fingerprints[classes, 0].tolist()
    for row, residue in zip(codes[::40], first_residues[::40], strict=True):
        residues = residues_of(decode_program(row, XY3), XY3)
        assert residues is not None
        assert residues[0] == residue


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_resampled_targets_are_right_and_of_no_excluded_form(case, epoch):
    stream, columns, classes, pattern = case
    assert_right(ResampledTargets(stream, classes, columns.codes).codes(epoch), columns, pattern)


def test_epochs_have_targets_of_their_own(case):
    stream, columns, classes, _ = case
    targets = ResampledTargets(stream, classes, columns.codes)
    first, second = targets.codes(1), targets.codes(2)
    assert (first != second).any(axis=1).mean() > 0.3
    assert np.array_equal(first, ResampledTargets(stream, classes, columns.codes).codes(1))


def test_a_class_that_a_test_of_any_config_holds_out_keeps_its_published_program(case, source):
    stream, columns, classes, _ = case
    targets = ResampledTargets(stream, classes, columns.codes)
    held_out = source.held_out[classes]
    assert targets.n_fixed >= held_out.sum()
    for epoch in range(3):
        assert np.array_equal(targets.codes(epoch)[held_out], columns.codes[held_out])


def test_the_source_holds_out_every_test_of_the_folder_and_of_other_configs(folder, source):
    for config, splits in folder.configs.items():
        for split in splits:
            if config != "corpus" and not is_train(split):
                columns = split_columns(folder, config, split, XY3)
                assert source.held_out[classes_of(columns.fingerprints, source.atlas.corpus)].all()
    assert ("support_shift_denominator", "train") in source.train  # which the folder does not have
    assert source.held_out.sum() > 6 * 40


def test_streams_of_the_source_draw_nothing_held_out_and_no_excluded_form(source):
    for (config, split), pattern in {
        ("support_shift", "train"): STRAHLER,
        ("support_shift_denominator", "train"): DENOMINATOR,
    }.items():
        codes, classes = source.stream(config, split=split).draw(np.arange(5000))
        assert not source.held_out[classes].any()
        assert not lies_in(codes, XY3, pattern).any()


def test_a_fingerprint_that_the_corpus_lacks_is_a_damaged_dataset(source):
    with pytest.raises(DatasetError, match="corpus lacks"):
        classes_of(np.array([[1, 2]], dtype=np.uint64), source.atlas.corpus)


def test_the_stream_itself_refuses_a_class_that_is_held_out(source):
    held_out = np.flatnonzero(source.held_out)[:1]
    with pytest.raises(UsageError, match="held out"):
        source.stream("random").realize(held_out, np.zeros(1, dtype=np.int64))
