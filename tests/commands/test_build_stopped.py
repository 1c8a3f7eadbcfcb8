"""`arith-synth build` stopped at any moment: the same command finishes it, with the bytes of an undisturbed build."""

import hashlib
import signal

import pytest

from arith_synth.data.folder import open_dataset, verify

#: What the fixture `small_dataset` is, asked for on the command line.
BUILD = (
    *("build", "--grammar", "xy3", "--max-size", "4", "--train-tasks", "1000", "--test-tasks", "40"),
    *("--configs", "corpus", "random", "support_shift", "support_shift_control"),
)
#: Lines of stages, in the order in which they come.
MOMENTS = [
    "enumerating size 2: …",
    "drawing target programs: …",
    "realizability up to 5 leaves: …",
    "computing coordinates: …",
    "planning support_shift: …",
    "writing corpus: …",
    "writing random: …",
    "writing support_shift_control: …",
    "measuring shifts: …",
]


def checksums_of(folder):
    """SHA-256 of every file, but for the one that tells how long the build took."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "build_log.json"
    }


def finish(run, out, small_dataset):
    again = run(*BUILD, "--out", out)
    assert again.status == 0, again.err
    verify(open_dataset(out))
    assert checksums_of(out) == checksums_of(small_dataset)
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_the_command_and_the_fixture_build_the_same_bytes(run, tmp_path, small_dataset):
    finish(run, tmp_path / "data", small_dataset)


def test_ctrl_c_while_a_config_is_written_keeps_the_one_before(start, run, tmp_path, small_dataset):
    building = start(*BUILD, "--out", tmp_path / "data")
    building.wait_for("writing random: …")
    line = building.stop().complaint(1)
    assert line == "arith-synth build: interrupted; run the same command to go on"
    assert not (tmp_path / "data").exists()
    (kept,) = tmp_path.glob("data.partial-*/corpus/*.parquet")
    before = kept.stat().st_mtime_ns, kept.stat().st_ino
    again = run(*BUILD, "--out", tmp_path / "data")
    assert again.status == 0, again.err
    finished = tmp_path / "data" / "corpus" / kept.name
    assert (finished.stat().st_mtime_ns, finished.stat().st_ino) == before
    assert checksums_of(tmp_path / "data") == checksums_of(small_dataset)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_at_any_moment_loses_nothing(start, run, tmp_path, small_dataset, moment):
    building = start(*BUILD, "--out", tmp_path / "data")
    building.wait_for(moment)
    assert "interrupted; run the same command to go on" in building.stop().complaint(1)
    assert not (tmp_path / "data").exists()
    finish(run, tmp_path / "data", small_dataset)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_minus_nine_at_any_moment_loses_nothing(start, run, tmp_path, small_dataset, moment):
    building = start(*BUILD, "--out", tmp_path / "data")
    building.wait_for(moment)
    assert building.stop(signal.SIGKILL).status == -signal.SIGKILL
    assert not (tmp_path / "data").exists()
    finish(run, tmp_path / "data", small_dataset)
