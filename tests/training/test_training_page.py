"""docs/training.md: every command trains, every flag is named."""

import json
import re
import shlex
from dataclasses import fields, replace
from pathlib import Path

import pytest
import tyro

from arith_synth.report.training_curve import draw_training_curve
from arith_synth.training import TrainingConfig, train

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
#: What makes a run of the page cheap. All else is as it stands there.
_CHEAP = {
    "max_seconds": None, "max_steps": 2, "batch_size": 8, "n_validation": 8, "n_monitor": 4, "n_processes": None,
    "device": "cpu", "resume": False,
}  # fmt: skip


def training_commands():
    lines = re.findall(
        r"^(?:arith-synth train|(?:torchrun|accelerate launch) .*train\.py) (.*)$", PAGE, flags=re.MULTILINE
    )
    return list(dict.fromkeys(lines))


def small_run(arguments, small_dataset, output):
    """The run that a command of the page asks for, on a small dataset and for two steps."""
    options = tyro.cli(TrainingConfig, args=shlex.split(arguments))
    return replace(options, data=small_dataset, output=output, **_CHEAP)


def test_the_first_command_trains_and_the_curve_is_drawn(small_dataset, tmp_path):
    assert train(small_run(training_commands()[0], small_dataset, tmp_path / "run"))["step"] == 2
    assert [path.name for path in draw_training_curve(tmp_path / "run")] == ["curve.png", "curve.svg"]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", training_commands()[1:])
def test_every_command_trains(arguments, small_dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("ARITH_SYNTH_CACHE", str(tmp_path / "cache"))
    assert train(small_run(arguments, small_dataset, tmp_path / "run"))["step"] == 2


def test_the_files_of_a_run_are_those_of_the_table(small_dataset, tmp_path):
    train(small_run(training_commands()[0], small_dataset, tmp_path / "run"))
    table = PAGE.split("| file of the run |")[1].split("\n\n")[0]
    named = set(re.findall(r"`([\w.]+)/?`", "".join(line.split("|")[1] for line in table.splitlines()[1:])))
    left = {path.name for path in (tmp_path / "run").iterdir() if not path.name.startswith(".")}
    assert left == named - {"checkpoints"}


def test_every_flag_is_named():
    flags = {"--" + field.name.replace("_", "-") for field in fields(TrainingConfig)}
    assert sorted(flags - set(re.findall(r"--[a-z][a-z0-9-]*", PAGE))) == []


def test_every_file_of_settings_that_is_named_is_there_and_no_other():
    folder = Path(__file__).parents[2] / "accelerate_configs"
    assert set(re.findall(r"(?<![/\w-])\w+\.yaml|(?<=accelerate_configs/)\w+\.yaml", PAGE)) == {
        path.name for path in folder.glob("*.yaml")
    }


def test_every_flag_that_is_named_is_one():
    flags = {"--" + field.name.replace("_", "-") for field in fields(TrainingConfig)}
    of_others = {"--model", "--splits", "--evaluation", "--help", "--nproc_per_node", "--config_file"}
    assert set(re.findall(r"--[a-z][a-z0-9_-]*", PAGE)) <= flags | of_others


def test_every_event_of_the_log_is_described(small_dataset, tmp_path):
    train(
        replace(
            small_run(training_commands()[0], small_dataset, tmp_path / "run"),
            validate_every_steps=1,
            monitor_every_steps=1,
            log_every_steps=1,
        )
    )
    table = PAGE.split("| event | says |")[1].split("\n\n")[0]
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert {line["event"] for line in lines} == set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))
