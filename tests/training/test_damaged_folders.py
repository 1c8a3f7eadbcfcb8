"""Damaged or odd files in the folder of a run: one line that says what is wrong and what to do, never a traceback."""

import json
from dataclasses import asdict

import pytest

from arith_synth.errors import CheckpointError, UsageError
from arith_synth.training import train
from arith_synth.training.checkpoints import load_checkpoint, newest_checkpoint, save_checkpoint
from arith_synth.training.device import accelerator_for
from arith_synth.training.identity import check_same_run
from arith_synth.training.logs import RunLog, read_log
from arith_synth.training.progress import Progress

KEY = {"seed": 0}
REACHED = Progress(steps=2, examples=64, seconds=1.0)
WHOLE = asdict(REACHED)
LINE = {"event": "train", "step": 1, "examples": 32, "seconds": 0.5, "loss": 2.0}
DONE = {
    "config": {"seed": 0, "split": "train"},
    "data": {"version": "1", "checksums": {"train": "00"}},
    "n_processes": 1,
}


def log_with(folder, tail):
    (folder / "log.jsonl").write_bytes(json.dumps(LINE).encode() + b"\n" + tail)
    return folder


@pytest.fixture
def accelerator():
    return accelerator_for("cpu", 1)


@pytest.fixture
def checkpoint(tmp_path, accelerator):
    """A checkpoint of a run that trains nothing: random states and a manifest."""
    return save_checkpoint(tmp_path, accelerator, REACHED, KEY, keep=1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"garbage\n", "not valid JSON|Expecting value"),
        (b"[1,2]\n", "a JSON list"),
        (b"\xff\n", "utf-8"),
        (b"\0\0\0\n", "Expecting value"),
        (b'{"event": "train", "step": 2, "examples": 64, "seconds": NaN}\n', "NaN"),
        (b'{"event": "train", "step": 2, "examples": 64, "seconds": 1, "loss": 1e999}\n', "beyond all floats"),
        (b'{"event": "train", "step": "2", "examples": 64, "seconds": 1}\n', "step is no number"),
        (b'{"event": "train", "step": true, "examples": 64, "seconds": 1}\n', "step is no number"),
        (b'{"event": "train", "step": 2, "examples": 64}\n', "seconds is no number"),
        (b'{"step": 2, "examples": 64, "seconds": 1}\n', "says no event"),
    ],
)
def test_a_damaged_line_of_a_log_is_named(tmp_path, line, reason):
    with pytest.raises(CheckpointError, match=rf"log\.jsonl, line 2.*({reason}).*remove that line") as raised:
        read_log(log_with(tmp_path, line))
    assert "\n" not in str(raised.value)


def test_a_damaged_log_is_left_as_it_is(tmp_path):
    log_with(tmp_path, b"garbage\n")
    before = (tmp_path / "log.jsonl").read_bytes()
    with pytest.raises(CheckpointError):
        RunLog(tmp_path, 1)
    assert (tmp_path / "log.jsonl").read_bytes() == before


@pytest.mark.parametrize("tail", [b"", b"\n", b'{"event": "tr', b"\xff\0"])
def test_a_last_line_that_was_cut_off_and_empty_ones_are_no_damage(tmp_path, tail):
    assert read_log(log_with(tmp_path, tail)) == [LINE]


@pytest.mark.parametrize("content", [None, "", '{"event": "train", "step": 1, "examples": 2, "seconds": 0.1}\n'])
def test_a_finished_run_whose_log_was_lost_is_told_from_its_record(config_of, content):
    config = config_of(max_steps=1, n_validation=4, n_monitor=0, resume=True)
    last = train(config)
    log = config.output / "log.jsonl"
    log.unlink()
    if content is not None:
        log.write_text(content)
    again = train(config)
    assert again["seconds"] == pytest.approx(last["seconds"], abs=1e-3)
    assert again["cpu_seconds"] == pytest.approx(last["cpu_seconds"], abs=1e-3)
    rounded = {"seconds", "cpu_seconds"}
    assert {name: again[name] for name in last if name not in rounded} == {
        name: last[name] for name in last if name not in rounded
    }


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("{}", "config"),
        ("", "not valid JSON"),
        ('{"config"', "not valid JSON"),
        ("[]", "a JSON list"),
        ('{"config": []}', "config"),
        (json.dumps({**DONE, "data": {}}), "checksums"),
        (json.dumps({**DONE, "data": {"checksums": ["00"]}}), "checksums"),
        (json.dumps({**DONE, "data": None}), "data"),
    ],
)
def test_a_damaged_record_of_a_finished_run_is_named(config_of, record, reason):
    config = config_of(resume=True)
    config.output.mkdir()
    (config.output / "run.json").write_text(record)
    with pytest.raises(CheckpointError, match=rf"run\.json.*{reason}.*remove .*, or name another --output") as raised:
        train(config)
    assert "\n" not in str(raised.value)


def test_a_split_that_is_no_name_is_another_split(config_of):
    config = config_of()
    config.output.mkdir()
    (config.output / "run.json").write_text(json.dumps({**DONE, "config": {"seed": 0, "split": []}}))
    with pytest.raises(UsageError, match="another content_sha256"):
        check_same_run(config, {**KEY, "data_version": "1", "content_sha256": "00", "n_processes": 1})


def test_a_record_without_the_end_is_named(config_of):
    """What is compared with the options is whole; what would be told is not."""
    config = config_of(max_steps=1, n_validation=0, n_monitor=0, resume=True)
    train(config)
    (config.output / "log.jsonl").unlink()
    path = config.output / "run.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "step": "one"}))
    with pytest.raises(CheckpointError, match=r"run\.json.*step"):
        train(config)


def test_a_whole_checkpoint_is_read(checkpoint, accelerator):
    assert load_checkpoint(checkpoint, accelerator, KEY) == REACHED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"files": None}, "files"),
        ({"files": []}, "files"),
        ({"files": {}}, "files"),
        ({"files": {"random_states_0.pkl": 3}}, "random_states_0.pkl"),
        ({"files": {"random_states_0.pkl": {"bytes": 1}}}, "random_states_0.pkl"),
        ({"key": "text"}, "key"),
        ({"progress": None}, "progress"),
        ({"progress": {}}, "progress"),
        ({"progress": {**WHOLE, "steps": "two"}}, "progress: steps"),
        ({"progress": {**WHOLE, "steps": True}}, "progress: steps"),
        ({"progress": {**WHOLE, "steps": -1}}, "progress: steps"),
        ({"progress": {**WHOLE, "examples": 1.5}}, "progress: examples"),
        ({"progress": {**WHOLE, "seconds": None}}, "progress: seconds"),
        ({"progress": {**WHOLE, "recent_loss": []}}, "progress: recent_loss"),
    ],
)
def test_a_manifest_that_does_not_say_what_it_must_is_damage(checkpoint, accelerator, change, reason):
    path = checkpoint / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CheckpointError, match=f"is damaged: .*{reason}.*; remove that folder") as raised:
        load_checkpoint(checkpoint, accelerator, KEY)
    assert "\n" not in str(raised.value)


def test_progress_that_a_later_version_writes_is_no_damage_but_another_version(checkpoint, accelerator):
    path = checkpoint / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"progress": {**WHOLE, "joules": 1}}))
    with pytest.raises(CheckpointError, match="joules.*resume with the version that wrote it, or name another"):
        load_checkpoint(checkpoint, accelerator, KEY)


def test_a_file_in_the_place_of_a_checkpoint_is_damage(tmp_path, accelerator):
    place = tmp_path / "checkpoints" / "step-00000002"
    place.parent.mkdir()
    place.write_text("")
    assert newest_checkpoint(tmp_path) == place
    with pytest.raises(CheckpointError, match="is damaged: manifest.json is missing"):
        load_checkpoint(place, accelerator, KEY)


def test_a_folder_in_the_place_of_a_manifest_is_damage(checkpoint, accelerator):
    (checkpoint / "manifest.json").unlink()
    (checkpoint / "manifest.json").mkdir()
    with pytest.raises(CheckpointError, match="is damaged: manifest.json is missing"):
        load_checkpoint(checkpoint, accelerator, KEY)
