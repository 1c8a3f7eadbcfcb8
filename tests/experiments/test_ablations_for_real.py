"""The ablations on small data, as their user runs them: every run of the plan, killed, repeated, and failing."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arith_synth.experiments.ablations import ABLATIONS, Ablation, AblationConfig
from arith_synth.experiments.ablations_page import ablations_section, read_results
from arith_synth.experiments.ablations_runner import run_ablations
from arith_synth.experiments.chains import ChainError
from arith_synth.training import TrainingConfig, train

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("ablation", ABLATIONS, ids=lambda ablation: ablation.name)
def test_every_run_of_the_plan_can_take_a_step(small_dataset, tmp_path, ablation):
    last = train(
        TrainingConfig(
            data=small_dataset,
            config="random",
            max_steps=2,
            n_validation=10,
            n_monitor=10,
            curve=False,
            output=tmp_path / "model",
            **ablation.options,
        )
    )
    assert last["step"] == 2


def start(data, place, *options):
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "arith_synth.experiments.ablations", "--data", str(data)),
            *("--output", str(place / "results"), "--scratch", str(place / "scratch"), "--cpu-seconds", "3", *options),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_a_killed_runner_goes_on_and_a_finished_one_is_only_read(small_dataset, tmp_path):
    only = ("--only", "default,n-shown-4")
    process = start(small_dataset, tmp_path, *only)
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("scratch/*/model/log.jsonl")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert not list(tmp_path.glob("results/*.json"))

    process = start(small_dataset, tmp_path, *only)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert str(tmp_path / "results") in out
    assert "2 of 2 in" in err
    assert len(list(tmp_path.glob("scratch/*-s0-*"))) == 2  # the folders of the killed session are those of this one
    records = {record["name"]: record for record in read_results(tmp_path / "results")}
    assert set(records) == {"default", "n-shown-4"}
    for record in records.values():
        assert record["validation"]["n"] == 40
        assert record["cpu_seconds"] >= 3
        assert 0 <= record["seen_accuracy"] <= 1
        assert record["hardware"]["threads"] == 1
    assert records["n-shown-4"]["changed"] == {"n_shown": 4}
    assert "`n-shown-4`" in ablations_section(list(records.values()))

    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("results/*.json")}
    process = start(small_dataset, tmp_path, *only)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "2 runs, 2 of them done already\n")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("results/*.json")} == written


def test_a_run_that_fails_is_told_and_the_others_have_results(small_dataset, tmp_path, capsys):
    config = AblationConfig(
        data=small_dataset, output=tmp_path / "results", scratch=tmp_path / "scratch", cpu_seconds=1, parallel=1
    )
    bad = Ablation(name="bad", change="more examples than there are", options={"n_shown": 99})
    with pytest.raises(ChainError, match="1 of 2 runs failed, the first of them bad-s0: .* run the same command"):
        run_ablations(config, [bad, ABLATIONS[0]])
    assert [json.loads(path.read_text())["name"] for path in tmp_path.glob("results/*.json")] == ["default"]
    assert "failed: bad-s0: " in capsys.readouterr().err
