"""What launchers leave behind, and processes that really train together."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from accelerate.commands.config.config_args import load_config_from_file
from safetensors.numpy import load_file

from arith_synth.errors import DeviceError
from arith_synth.training.launching import check_launch

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
CONFIGS = sorted((ROOT / "accelerate_configs").glob("*.yaml"))
#: What `accelerate launch --cpu --num_processes 2` leaves in the environment of the one process that it starts.
SIMPLE_LAUNCH = {"ACCELERATE_MIXED_PRECISION": "no", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
MEETING = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
OPTIONS = [
    *("--config", "random", "--max-steps", "8", "--batch-size", "33", "--example-dropout", "0", "--no-curve"),
    *("--log-every-steps", "1", "--n-validation", "10", "--n-monitor", "4"),
]


@pytest.mark.parametrize(
    ("environment", "n_wanted"),
    [
        (SIMPLE_LAUNCH, None),
        (SIMPLE_LAUNCH, 2),
        ({}, 2),
        ({"WORLD_SIZE": "2"}, None),
        ({"WORLD_SIZE": "2", "RANK": "0", **MEETING}, 3),
        ({"WORLD_SIZE": "2", "RANK": "0"}, None),
        ({"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": ""}, 2),
        ({"PMI_SIZE": "2", "PMI_RANK": "0"}, None),
        ({"OMPI_COMM_WORLD_SIZE": "2"}, 2),
    ],
)
def test_a_launch_that_would_run_fewer_processes_is_refused(environment, n_wanted):
    with pytest.raises(DeviceError, match="torchrun --nproc_per_node") as raised:
        check_launch(environment, n_wanted)
    assert raised.value.exit_status == 2


@pytest.mark.parametrize(
    ("environment", "n_wanted"),
    [
        ({}, None),
        ({}, 1),
        ({"ACCELERATE_MIXED_PRECISION": "no"}, None),
        (SIMPLE_LAUNCH, 1),
        ({"WORLD_SIZE": "2", "RANK": "1", **MEETING}, 2),
        ({"OMPI_COMM_WORLD_SIZE": "2", **MEETING}, 2),
        ({"WORLD_SIZE": "1", "RANK": "0"}, None),
        ({"PMI_SIZE": "-1"}, None),
    ],
)
def test_other_launches_are_left_alone(environment, n_wanted):
    check_launch(environment, n_wanted)


@pytest.mark.parametrize("name", ["WORLD_SIZE", "PMI_SIZE", "RANK", "LOCAL_RANK", "MASTER_PORT"])
@pytest.mark.parametrize("value", ["abc", "", "1.5", "²"])
def test_a_launch_that_counts_in_words_is_refused(name, value):
    environment = {"WORLD_SIZE": "2", "RANK": "0", **MEETING, name: value}
    with pytest.raises(DeviceError, match=f"{name} .*is no whole number; .*torchrun") as raised:
        check_launch(environment, None)
    assert "\n" not in str(raised.value)


def test_a_launch_without_a_place_to_meet_says_how_to_name_one():
    with pytest.raises(DeviceError, match="PMI_SIZE.*MASTER_ADDR"):
        check_launch({"PMI_SIZE": "2"}, None)


def test_there_are_configs_for_every_way_of_sharing():
    assert [path.stem for path in CONFIGS] == ["cpu_2", "ddp", "deepspeed_zero2", "fsdp2"]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_accelerate_reads_our_config(path):
    config = load_config_from_file(str(path))
    assert config.num_processes == 2
    if path.stem == "fsdp2":
        assert config.fsdp_config["fsdp_version"] == 2
    if path.stem == "deepspeed_zero2":
        assert config.deepspeed_config["zero_stage"] == 2


def environment():
    return {name: value for name, value in os.environ.items() if name not in SIMPLE_LAUNCH} | {"OMP_NUM_THREADS": "1"}


def arguments(data, output, *options):
    return ["train.py", "--data", str(data), "--output", str(output), *OPTIONS, *options]


def train(launcher, data, output, *options):
    command = [*launcher, *arguments(data, output, *options)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment(), check=False)


def torchrun(n):
    return [
        str(BIN / "torchrun"),
        "--nproc_per_node",
        str(n),
        "--rdzv-backend",
        "c10d",
        "--rdzv-endpoint",
        "localhost:0",
    ]


def losses(output):
    lines = [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["event"] == "train"]


@pytest.mark.slow
def test_two_processes_have_the_loss_curve_of_one(small_dataset, tmp_path):
    """33 tasks a step: 17 and 16, in micro-batches of 9, 8 and 8, 8."""
    one = train([sys.executable], small_dataset, tmp_path / "one")
    assert one.returncode == 0, one.stderr
    two = train(torchrun(2), small_dataset, tmp_path / "two", "--n-processes", "2", "--gradient-accumulation", "2")
    assert two.returncode == 0, two.stderr
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-3)
    assert two.stdout.count("8 steps") == 1
    record = json.loads((tmp_path / "two" / "run.json").read_text())
    assert (record["n_processes"], record["examples"]) == (2, 264)
    assert record["tokens"] == json.loads((tmp_path / "one" / "run.json").read_text())["tokens"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_processes_that_are_told_to_stop_go_on_to_the_same_bits(small_dataset, tmp_path):
    noise = ["--dropout", "0.1", "--ema", "0.9", "--max-steps", "40"]
    whole = train(torchrun(2), small_dataset, tmp_path / "whole", *noise)
    assert whole.returncode == 0, whole.stderr
    command = [*torchrun(2), *arguments(small_dataset, tmp_path / "parts", *noise)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment())
    log = tmp_path / "parts" / "log.jsonl"
    while not (log.exists() and len(log.read_text().splitlines()) >= 5):
        assert process.poll() is None, process.stderr
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert "stopped by SIGTERM at step" in errors
    done = train(torchrun(2), small_dataset, tmp_path / "parts", *noise, "--resume")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "parts" / "run.json").read_text())["sessions"] == 2
    a, b = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "parts"))
    assert all((a[name] == b[name]).all() for name in a)


@pytest.mark.slow
def test_a_launch_that_starts_one_process_instead_of_two_is_one_line(small_dataset, tmp_path):
    launcher = [str(BIN / "accelerate"), "launch", "--cpu", "--num_processes", "2", "--num_machines", "1"]
    done = train(launcher, small_dataset, tmp_path / "run")
    assert done.returncode != 0
    ours = [line for line in done.stderr.splitlines() if line.startswith("train: ")]
    assert len(ours) == 1
    assert "has started one" in ours[0]
    assert "exit status 2" in done.stderr  # of train.py, as the launcher tells it
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_our_config_for_cpus_starts_two(small_dataset, tmp_path):
    config = str(ROOT / "accelerate_configs" / "cpu_2.yaml")
    launcher = [str(BIN / "accelerate"), "launch", "--config_file", config, "--main_process_port", "0"]
    done = train(launcher, small_dataset, tmp_path / "run", "--n-processes", "2", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "run" / "run.json").read_text())["n_processes"] == 2


@pytest.mark.slow
def test_a_second_run_of_two_processes_into_one_folder_is_refused(small_dataset, tmp_path):
    assert train(torchrun(2), small_dataset, tmp_path / "run").returncode == 0
    again = train(torchrun(2), small_dataset, tmp_path / "run")
    assert again.returncode != 0
    assert len([line for line in again.stderr.splitlines() if "holds a finished run" in line]) == 1
