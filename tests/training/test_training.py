"""Whole runs of a few steps, in this process."""

import json
import os
import signal

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from arith_synth.errors import CheckpointError, DatasetError, DeviceError, UnknownNameError, UsageError
from arith_synth.training import train
from arith_synth.training.checkpoints import newest_checkpoint
from arith_synth.training.divergence import TrainingDivergedError
from arith_synth.training.folders import exclusive
from arith_synth.training.interruption import TrainingInterruptedError
from arith_synth.training.logs import read_log


def weights(folder):
    return AutoModelForCausalLM.from_pretrained(folder).state_dict()


def equal(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def interrupted(config, monkeypatch, at_step):
    """Run until a step, at which this process gets SIGTERM."""
    from arith_synth.training.stepping import Step

    update = Step.update
    steps = iter(range(1, 1_000))

    def signal_then_update(step):
        if next(steps) == at_step:
            os.kill(os.getpid(), signal.SIGTERM)
        update(step)

    with monkeypatch.context() as patch:
        patch.setattr(Step, "update", signal_then_update)
        with pytest.raises(TrainingInterruptedError, match=f"SIGTERM at step {at_step}; .*--resume"):
            train(config)


def test_a_run_leaves_a_model_a_tokenizer_and_a_record(config_of):
    config = config_of()
    last = train(config)
    record = json.loads((config.output / "run.json").read_text())
    assert (record["kind"], record["step"], record["examples"], record["split"]) == ("training", 6, 192, "train")
    assert record["data"]["checksums"].keys() == {"train", "validation"}
    assert AutoTokenizer.from_pretrained(config.output).decode([5, 10, 7]) == "x + 1"
    assert weights(config.output)
    assert last == read_log(config.output)[-1]
    left = sorted(path.name for path in config.output.iterdir() if not path.name.startswith("."))
    assert left == [
        "config.json", "generation_config.json", "log.jsonl", "model.safetensors", "run.json", "tokenizer.json",
        "tokenizer_config.json",
    ]  # fmt: skip


def test_the_loss_falls(config_of):
    config = config_of(max_steps=40)
    train(config)
    losses = [line["loss"] for line in read_log(config.output) if line["event"] == "train"]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(config_of, tmp_path):
    runs = [config_of(seed=seed, dropout=0.1, output=tmp_path / name) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    for config in runs:
        train(config)
    a, b, c = (weights(config.output) for config in runs)
    assert equal(a, b)
    assert not equal(a, c)


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.1},
        {"dropout": 0.1, "ema": 0.9, "gradient_accumulation": 3},
        {"optimizer": "adamw", "schedule": "cosine", "label_smoothing": 0.1, "clip": None},
        {"family": "text", "dropout": 0.1, "batch_size": 8, "n_validation": 0, "n_monitor": 0},
    ],
)
def test_a_run_that_was_stopped_and_resumed_ends_with_the_same_bits(config_of, tmp_path, monkeypatch, options):
    train(config_of(**options, output=tmp_path / "whole"))
    parts = {**options, "output": tmp_path / "parts"}
    interrupted(config_of(**parts), monkeypatch, at_step=3)
    train(config_of(**parts, resume=True))
    assert equal(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    losses = [
        [(line["step"], line["loss"]) for line in read_log(tmp_path / name) if line["event"] == "train"]
        for name in ("whole", "parts")
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "adamw"},
        {"notation": "infix"},
        {"clip": None, "n_validation": 0},
        {"encoder": "tokens", "n_shown": 8},
        {"panels": "resampled", "precision": "bf16"},
        {"family": "text", "n_validation": 4, "n_monitor": 2, "batch_size": 8},
    ],
)
def test_other_options_train_too(config_of, options):
    assert train(config_of(max_steps=2, **options))["step"] == 2


def test_seconds_end_a_run(config_of):
    last = train(config_of(max_steps=None, max_seconds=0.5))
    assert 0.5 <= last["seconds"] < 3


def test_a_finished_run_is_not_trained_again(config_of):
    last = train(config_of())
    with pytest.raises(UsageError, match="finished run; say --resume"):
        train(config_of())
    assert train(config_of(resume=True)) == last


def test_an_unfinished_run_is_not_overwritten(config_of, monkeypatch):
    interrupted(config_of(), monkeypatch, at_step=2)
    with pytest.raises(UsageError, match="unfinished run; say --resume"):
        train(config_of())


def test_old_checkpoints_are_pruned(config_of, monkeypatch):
    config = config_of(checkpoint_every_steps=1, keep_checkpoints=2)
    interrupted(config, monkeypatch, at_step=5)
    assert sorted(path.name for path in (config.output / "checkpoints").iterdir()) == ["step-00000004", "step-00000005"]


@pytest.mark.parametrize(
    "file",
    ["model.safetensors", "optimizer.bin", "random_states_0.pkl", "custom_checkpoint_0.pkl", "manifest.json"],
)
def test_a_truncated_checkpoint_is_named_in_one_line(config_of, monkeypatch, file):
    config = config_of(ema=0.9)
    interrupted(config, monkeypatch, at_step=2)
    checkpoint = newest_checkpoint(config.output)
    assert checkpoint is not None
    content = (checkpoint / file).read_bytes()
    (checkpoint / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match=f"damaged: {file}") as raised:
        train(config_of(ema=0.9, resume=True))
    assert "\n" not in str(raised.value)


def test_a_checkpoint_of_other_options_is_refused(config_of, monkeypatch):
    interrupted(config_of(), monkeypatch, at_step=2)
    with pytest.raises(CheckpointError, match="batch_size=32, and now it is 16"):
        train(config_of(resume=True, batch_size=16))


def test_two_runs_in_one_folder_are_refused(config_of):
    config = config_of()
    with exclusive(config.output), pytest.raises(UsageError, match="another run is writing"):
        train(config)


def test_a_loss_that_is_no_number_stops_the_run_and_the_state_before_it_is_kept(config_of):
    """The first step has a learning rate of zero, the second blows the weights up, the third finds out."""
    config = config_of(lr=1e30, muon_lr=1e30, clip=None, n_validation=0, n_monitor=0, checkpoint_every_steps=1)
    with pytest.raises(TrainingDivergedError, match="the loss is nan at step 3; lower --lr .*diverged/step-00000002"):
        train(config)
    kept = config.output / "diverged" / "step-00000002"
    assert (kept / "model.safetensors").is_file()
    assert not (config.output / "model.safetensors").exists()
    assert [line["step"] for line in read_log(config.output)] == [1, 2]


def test_an_average_of_the_weights_is_what_is_saved(config_of, tmp_path):
    for name, ema in (("last", None), ("average", 0.999)):
        train(config_of(ema=ema, output=tmp_path / name))
    assert not equal(weights(tmp_path / "last"), weights(tmp_path / "average"))


def test_a_text_model_is_saved_as_any_causal_language_model(config_of):
    config = config_of(family="text", batch_size=8, n_validation=4, n_monitor=2)
    train(config)
    saved = json.loads((config.output / "config.json").read_text())
    assert saved["architectures"] == ["LlamaForCausalLM"]
    assert json.loads((config.output / "run.json").read_text())["config"]["notation"] == "infix"
    assert AutoTokenizer.from_pretrained(config.output)("f(x, y) =")["input_ids"]


def test_a_checkpoint_of_another_version_is_refused(config_of, monkeypatch):
    config = config_of()
    interrupted(config, monkeypatch, at_step=2)
    checkpoint = newest_checkpoint(config.output)
    assert checkpoint is not None
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    (checkpoint / "manifest.json").write_text(json.dumps(manifest | {"format": 1}))
    with pytest.raises(CheckpointError, match="another format than 2"):
        train(config_of(resume=True))


def test_the_record_says_what_was_spent_and_what_was_reached(config_of):
    config = config_of(ema=0.9, gradient_accumulation=2)
    done = train(config)
    record = json.loads((config.output / "run.json").read_text())
    for name in (
        "tokens",
        "flops",
        "validation_loss",
        "validation_accuracy",
        "seen_accuracy",
        "unseen_accuracy",
        "copied",
    ):
        assert record[name] == done[name], name
    assert record["cpu_seconds"] > 0
    assert record["n_processes"] == 1
    assert record["config"]["notation"] == "prefix"


def test_the_training_curve_is_drawn_when_the_run_ends(config_of):
    config = config_of(curve=True)
    train(config)
    assert (config.output / "curve.png").is_file()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_asked_for_and_absent_is_a_wrong_call(config_of):
    with pytest.raises(DeviceError, match="--device cpu"):
        train(config_of(device="cuda"))


def test_a_folder_that_is_no_dataset_is_named(config_of, tmp_path):
    with pytest.raises(DatasetError, match="there is no dataset"):
        train(config_of(data=tmp_path / "nothing"))


@pytest.mark.parametrize("options", [{"config": "randm"}, {"split": "trian"}, {"preset": "nanoo"}])
def test_unknown_names_are_named_and_leave_nothing_behind(config_of, options):
    config = config_of(**options)
    with pytest.raises(UnknownNameError, match=next(iter(options.values()))):
        train(config)
    assert not config.output.exists()
