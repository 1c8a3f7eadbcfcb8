"""Training data as the loop sees it: batches by step and rank, whatever the source, the targets and the panels."""

import gc
import itertools
import shutil
import threading
import time
from fractions import Fraction

import numpy as np
import pytest
import torch
from strategies import XY3

from arith_synth.data.folder import open_dataset
from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.files import parse_json, write_json
from arith_synth.grammar import grammar_named, parse_prefix
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.modeling import config_for
from arith_synth.semantics.execution import execute
from arith_synth.semantics.fingerprints import residues_of
from arith_synth.semantics.panels import generic_points, panel_of, second_panel_of
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces.pattern_states import lies_in
from arith_synth.tokenization import build_tokenizer
from arith_synth.training.data import DataOptions, open_training_data, splits, streams
from arith_synth.training.data.columns import split_columns
from arith_synth.training.data.panels import panel_sampler

KINDS = {
    "published": {},
    "resampled targets": {"targets": "resampled"},
    "canonical targets": {"targets": "canonical"},
    "resampled panels": {"panels": "resampled"},
    "both resampled": {"targets": "resampled", "panels": "resampled"},
    "stream": {"source": "stream"},
    "canonical stream": {"source": "stream", "targets": "canonical"},
    "stream on resampled panels": {"source": "stream", "panels": "resampled"},
}


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def kind(request):
    return request.param


def programs_of(batch):
    """The programs of a batch's labels."""
    tokenizer = build_tokenizer(XY3)
    rows = [[id_ for id_ in row if id_ > 2] for row in batch.labels.tolist()]
    return [parse_prefix(text, XY3) for text in tokenizer.batch_decode(rows)]


def assert_equal(batch, other):
    assert torch.equal(batch.labels, other.labels)
    assert batch.inputs.keys() == other.inputs.keys()
    for name, tensor in batch.inputs.items():
        assert torch.equal(tensor, other.inputs[name])


@pytest.mark.parametrize("family", ["multimodal", "text"])
def test_a_batch_is_a_function_of_seed_and_step(open_data, family, kind):
    walked = open_data(family, **kind)
    steps = [0, 1, 700, 2, 55]
    batches = [walked.batch(step) for step in steps]
    for step, batch in zip(steps, batches, strict=True):
        assert_equal(open_data(family, **kind).batch(step), batch)
    other = open_data(family, seed=1, **kind).batch(0)
    assert not torch.equal(other.inputs["input_ids"], batches[0].inputs["input_ids"])


@pytest.mark.parametrize("n_ranks", [2, 3, 5])
def test_ranks_share_a_step_out(open_data, kind, n_ranks):
    whole = open_data(**kind).batch(37)
    parts = [open_data(**kind).batch(37, rank=rank, n_ranks=n_ranks) for rank in range(n_ranks)]
    assert sum(map(len, parts)) == len(whole) == 24
    for rank, part in enumerate(parts):
        assert torch.equal(part.labels, whole.labels[rank::n_ranks])
        for name, tensor in part.inputs.items():
            assert torch.equal(tensor, whole.inputs[name][rank::n_ranks])


def test_an_epoch_of_a_split_has_every_class_once(open_data, folder):
    data = open_data(targets="resampled", batch_size=50)
    assert data.n_tasks == 1000
    assert data.steps_per_epoch == 20
    seen = [residues_of(program, XY3) for step in range(20) for program in programs_of(data.batch(step))]
    columns = split_columns(folder, "support_shift", "train", XY3)
    assert sorted(seen) == sorted(map(tuple, columns.fingerprints.tolist()))


def test_a_stream_has_no_end(open_data):
    data = open_data(source="stream")
    assert data.n_tasks is None
    assert data.steps_per_epoch is None
    assert len(data.batch(10**9)) == 24


def test_a_stream_takes_its_draws_in_their_order(open_data, source):
    data = open_data(source="stream", batch_size=10)
    codes, _ = source.stream("support_shift").draw(np.arange(40))
    programs = list(itertools.chain(*(programs_of(data.batch(step)) for step in range(4))))
    assert encode_programs(programs, XY3, codes.shape[1]).tolist() == codes.tolist()


def test_no_target_is_of_an_excluded_form(open_data, kind):
    data = open_data(**kind)
    programs = [program for step in range(60) for program in programs_of(data.batch(step))]
    assert not lies_in(encode_programs(programs, XY3), XY3, STRAHLER).any()


def test_no_target_is_of_a_class_that_a_test_of_its_family_has(open_data, folder, kind):
    held_out = {
        tuple(row)
        for config, split in [
            *(("support_shift", name) for name in folder.configs["support_shift"] if name != "train"),
            ("support_shift_control", "validation"),
        ]
        for row in split_columns(folder, config, split, XY3).fingerprints.tolist()
    }
    data = open_data(**kind)
    drawn = {residues_of(program, XY3) for step in range(60) for program in programs_of(data.batch(step))}
    assert not held_out & drawn


def test_outputs_are_those_of_exact_execution(open_data, folder, kind):
    """Through the exact outputs that a device would get, on the inputs that the batch names."""
    options = DataOptions(config="support_shift", batch_size=24, **kind)
    config = config_for("nano", XY3, reads_inputs=True)
    data = open_training_data(folder, options, config)
    batch, exact = _exact_batch(data)
    for row, program in enumerate(programs_of(batch)[:8]):
        for column in range(16):
            point = dict(zip(XY3.variables, exact.inputs[row, column].tolist(), strict=True))
            value = execute(program, point)
            numerator, denominator = exact.numerators[row, column], exact.denominators[row, column]
            assert value == (None if denominator == 0 else Fraction(int(numerator), int(denominator)))


def _exact_batch(data):
    """A batch, and the exact examples that it was made of."""
    made = []
    original = splits.batch_of

    def batch_of(examples, config):
        made.append(examples)
        return original(examples, config)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splits, "batch_of", batch_of)
        patch.setattr(streams, "batch_of", batch_of)
        batch = data.batch(3)
    return batch, made[-1]


def test_fixed_panels_show_the_first_inputs_of_the_panel(folder):
    options = DataOptions(config="random", batch_size=4, source="stream")
    config = config_for("nano", XY3, reads_inputs=True, n_shown=6)
    _, exact = _exact_batch(open_training_data(folder, options, config))
    assert exact.inputs.tolist() == [[list(point) for point in panel_of(XY3).shown[:6]]] * 4


def test_resampled_panels_are_other_inputs_each_time_and_none_of_the_second_panel():
    sampler = panel_sampler(XY3, 16, seed=0)
    assert {tuple(point) for point in sampler.points.tolist()} == {*generic_points(XY3)} - {
        *second_panel_of(XY3).points
    }
    codes = encode_programs([parse_prefix("+ x y", XY3)] * 200, XY3)
    numbers = np.arange(200)
    drawn = [
        sampler.draw(codes, sampler.outputs(codes), numbers, np.full(200, epoch)).inputs.tolist() for epoch in (0, 1)
    ]
    panels = [tuple(map(tuple, panel)) for epoch in drawn for panel in epoch]
    assert len(set(panels)) == 400
    assert all(len(set(panel)) == 16 for panel in panels)
    counts = np.unique(np.array(panels).reshape(-1, 2), axis=0, return_counts=True)[1]
    assert len(counts) == len(sampler.points)
    assert counts.min() > 0.5 * counts.mean()


def test_an_undefined_output_is_shown_only_where_there_are_no_others():
    sampler = panel_sampler(XY3, 16, seed=0)
    codes = encode_programs([parse_prefix(text, XY3) for text in ("/ 1 - x + 2 3", "/ 1 - 1 1")], XY3)
    outputs = sampler.outputs(codes)
    assert (outputs[1][0] == 0).any()
    drawn = sampler.draw(codes, outputs, np.arange(2))
    assert (drawn.denominators[0] != 0).all()
    assert (drawn.denominators[1] == 0).all()


def test_more_inputs_than_there_are_points_are_refused():
    with pytest.raises(UsageError, match="72 inputs to draw from"):
        panel_sampler(XY3, 73, seed=0)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"config": "rnadom"}, UnknownNameError),
        ({"config": "random", "split": "tset"}, UnknownNameError),
        ({"config": "random", "n_shown": 5}, UsageError),
        ({"config": "random", "batch_size": 1001}, UsageError),
    ],
)
def test_options_that_do_not_fit_are_refused(folder, options, error):
    with pytest.raises(error):
        open_training_data(folder, DataOptions(**options), config_for("nano", XY3))


@pytest.mark.parametrize("source", ["split", "stream"])
def test_a_model_that_reads_more_than_tasks_show_is_refused_on_any_inputs(folder, source):
    config = config_for("nano", XY3, encoder="tokens", reads_inputs=True, n_shown=17)
    with pytest.raises(UsageError, match="tasks show 16"):
        open_training_data(folder, DataOptions(config="random", panels="resampled", source=source), config)


def test_a_model_of_another_grammar_is_refused(folder):
    with pytest.raises(UsageError, match="xy9"):
        open_training_data(folder, DataOptions(config="random"), config_for("nano", grammar_named("xy9")))


@pytest.mark.parametrize(
    "options", [{"source": "steam"}, {"targets": "new"}, {"panels": "none"}, {"n_shown": 0}, {"batch_size": 0}]
)
def test_options_that_make_no_sense_are_refused_at_birth(options):
    with pytest.raises(UsageError):
        DataOptions(**{"config": "random", **options})


def test_the_same_file_name_with_other_content_has_arrays_of_its_own(folder, tmp_path):
    before = split_columns(folder, "random", "test", XY3)
    other = _copy_with_another_test_split(folder, tmp_path / "arith-synth")
    after = split_columns(other, "random", "test", XY3)
    assert not np.array_equal(before.codes, after.codes)
    assert np.array_equal(split_columns(folder, "random", "test", XY3).codes, before.codes)


def _copy_with_another_test_split(folder, path):
    shutil.copytree(folder.path, path)
    for name in ("test", "validation"):
        file = path / "random" / f"{name}-00000-of-00001.parquet"
        file.rename(file.with_name(f"{name}.aside"))
    for name, other in (("test", "validation"), ("validation", "test")):
        (path / "random" / f"{other}.aside").rename(path / "random" / f"{name}-00000-of-00001.parquet")
    checksums = parse_json((path / "checksums.json").read_bytes())
    names = [f"random/{name}-00000-of-00001.parquet" for name in ("test", "validation")]
    first, second = (checksums["files"][name] for name in names)
    checksums["files"] |= {names[0]: second, names[1]: first}
    write_json(path / "checksums.json", checksums)
    return open_dataset(path)


def test_a_batch_does_not_depend_on_how_much_is_drawn_at_once(open_data, monkeypatch):
    kind = {"source": "stream", "targets": "canonical", "panels": "resampled"}
    batches = [open_data(**kind).batch(step) for step in (0, 13, 50)]
    monkeypatch.setattr(streams, "_BLOCK", 7 * 24)
    for step, batch in zip((0, 13, 50), batches, strict=True):
        assert_equal(open_data(**kind).batch(step), batch)


def test_threads_that_work_ahead_end_with_the_data(open_data):
    def running():
        return [thread for thread in threading.enumerate() if thread.name.startswith("arith-synth-data")]

    data = open_data(source="stream")
    data.batch(0)
    assert running()
    del data
    deadline = time.monotonic() + 20
    while running() and time.monotonic() < deadline:
        gc.collect()  # the piece in hand holds on to its maker until it is done
        time.sleep(0.05)
    assert not running()
