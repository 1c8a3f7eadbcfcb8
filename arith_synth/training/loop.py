"""The training loop: read a split, make a model, spend the budget, save. One sitting, top to bottom."""

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from arith_synth.errors import CheckpointError, UsageError
from arith_synth.files import read_json
from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for
from arith_synth.names import check_name, is_train
from arith_synth.seeding import keyed_hash
from arith_synth.training import checkpoints, records, results
from arith_synth.training.batches import BatchOrder, collate
from arith_synth.training.checkpoints import Progress
from arith_synth.training.config import TrainingConfig
from arith_synth.training.device import accelerator_for, flushed_denormals
from arith_synth.training.folders import RUN_FILE, exclusive
from arith_synth.training.interruption import TrainingInterruptedError, catching_signals
from arith_synth.training.logs import RunLog, progress_bar, read_log
from arith_synth.training.losses import batch_loss, mean_loss
from arith_synth.training.optimizers import build_optimizers, scale_at, set_learning_rates
from arith_synth.training.tasks import open_for, read_model_tasks

_VALIDATION = "validation"
#: Steps over which the reported training loss is averaged, exponentially.
_LOSS_WINDOW = 50

#: Options that a resumed run may change; with any other it would not be the same run.
_FREE_OPTIONS = {
    *("data", "output", "resume", "json", "device"),
    *("n_validation", "validate_every_seconds", "log_every_steps"),
    *("checkpoint_every_seconds", "checkpoint_every_steps", "keep_checkpoints"),
}


class TrainingDivergedError(CheckpointError):
    """The loss is not a number any more."""


def run_training(config: TrainingConfig) -> dict[str, Any]:
    """Train a model on a split and leave it, with its tokenizer, in `config.output`; returns the log's last line.

    Raises DatasetError, UnknownNameError, DeviceError, CheckpointError, UsageError (another run in that folder),
    TrainingInterruptedError after Ctrl-C or SIGTERM (a checkpoint is saved); OSError when the disk is full.
    """
    called = time.monotonic()
    accelerator = accelerator_for(config.device, config.threads)
    folder, grammar = open_for(config.data)
    model_config = config_for(
        config.preset,
        grammar,
        notation=config.notation,
        encoder_dropout=config.dropout,
        example_dropout=config.example_dropout,
    )
    folder.files(config.config, config.split)  # an unknown name fails here
    if not is_train(config.split):
        raise UsageError(f"{config.config}/{config.split} is not for training; choose a split named train…")
    data = records.data_record(folder, config.config, _splits_used(folder.configs, config))
    key = _resume_key(config, data)
    with exclusive(config.output), flushed_denormals():
        checkpoint = _where_to_start(config)
        if checkpoint is None and (config.output / RUN_FILE).exists():
            _check_same_run(config, key)
            return read_log(config.output)[-1]  # resumed after its end: there is nothing to do

        torch.manual_seed(keyed_hash("training", config.seed, "weights and dropout") % 2**63)
        model = ArithSynthForProgramSynthesis(model_config)
        tasks = read_model_tasks(folder, config.config, config.split, model_config)
        validation = None
        if _VALIDATION in data["checksums"]:
            validation = read_model_tasks(folder, config.config, _VALIDATION, model_config, limit=config.n_validation)
        order = BatchOrder(len(tasks), config.batch_size, config.seed)
        optimizers = build_optimizers(model, config)
        model, *optimizers = accelerator.prepare(model, *optimizers)

        progress = Progress()
        if checkpoint is not None:
            progress = checkpoints.load_checkpoint(checkpoint, accelerator, key)
            progress = replace(progress, sessions=progress.sessions + 1)
        log = RunLog(config.output, progress.step)
        started = time.monotonic() - progress.seconds
        validated = saved = progress.seconds
        model.train()
        with catching_signals() as interruption, progress_bar(f"{config.config}/{config.split}") as bar:
            while (spent := _spent(config, progress)) < 1.0:
                scale = scale_at(spent, config.warmup)
                set_learning_rates(optimizers, scale)
                batch = collate(tasks, order.tasks_of(progress.step), model_config).to(accelerator.device)
                loss = batch_loss(model, batch, config.label_smoothing)
                accelerator.backward(loss)
                if config.clip is not None:
                    accelerator.clip_grad_norm_(model.parameters(), config.clip)
                for optimizer in optimizers:
                    optimizer.step()
                    optimizer.zero_grad()

                progress = _advance(progress, loss.item(), time.monotonic() - started)
                bar.update(_spent(config, progress), loss.item(), _examples_per_s(config, progress))
                if progress.step % config.log_every_steps == 0:
                    log.write(**_line("train", config, progress), loss=loss.item(), scale=scale)
                if validation is not None and progress.seconds - validated >= config.validate_every_seconds:
                    lately = mean_loss(model, validation, model_config, config.batch_size)
                    progress, validated = replace(progress, validation_loss=lately), progress.seconds
                    log.write(**_line("validation", config, progress), validation_loss=lately)
                if interruption.signal is not None or _checkpoint_is_due(config, progress, saved):
                    checkpoints.save_checkpoint(config.output, accelerator, progress, key, config.keep_checkpoints)
                    saved = progress.seconds
                if interruption.signal is not None:
                    raise TrainingInterruptedError(
                        f"stopped by {interruption.signal.name} at step {progress.step}; "
                        "the checkpoint is saved, go on with --resume"
                    )

        if validation is not None:
            lately = mean_loss(model, validation, model_config, config.batch_size)
            progress = replace(progress, validation_loss=lately)
        trained = accelerator.unwrap_model(model)
        log.write(
            **_line("done", config, progress),
            loss=progress.recent_loss,
            validation_loss=progress.validation_loss,
            examples_per_s=round(_examples_per_s(config, progress), 1),
            n_parameters=results.n_parameters(trained),
            output=str(config.output),
        )
        results.save_model(config.output, trained)
        results.write_run(config, trained, data, len(tasks), progress, round(time.monotonic() - called, 3))
        checkpoints.remove_checkpoints(config.output)
        return log.last


def _splits_used(configs: dict[str, list[str]], config: TrainingConfig) -> list[str]:
    check_name("config", config.config, configs)
    check_name("split", config.split, configs[config.config])
    has_validation = config.n_validation > 0 and _VALIDATION in configs[config.config]
    return [config.split, _VALIDATION] if has_validation else [config.split]


def _resume_key(config: TrainingConfig, data: dict[str, Any]) -> dict[str, Any]:
    """What a session must share with the checkpoint that it goes on from."""
    options = {name: value for name, value in records.plain(config).items() if name not in _FREE_OPTIONS}
    return options | {"data_version": data["version"], "content_sha256": data["checksums"][config.split]}


def _check_same_run(config: TrainingConfig, key: dict[str, Any]) -> None:
    """Raises UsageError when the finished run in the output folder is not the one that is asked for."""
    done = read_json(config.output / RUN_FILE)
    has = {name: done["config"].get(name) for name in key} | {
        "data_version": done["data"]["version"],
        "content_sha256": done["data"]["checksums"].get(done["config"]["split"]),
    }
    other = ", ".join(name for name in key if has[name] != key[name])
    if other:
        raise UsageError(f"{config.output} holds a finished run with another {other}; name another --output")


def _where_to_start(config: TrainingConfig) -> Path | None:
    """The checkpoint to go on from, if any. Raises UsageError where starting afresh would destroy something."""
    checkpoint = checkpoints.newest_checkpoint(config.output)
    is_done = (config.output / RUN_FILE).exists()
    if not config.resume and (is_done or checkpoint is not None):
        state = "a finished run" if is_done else "an unfinished run"
        raise UsageError(f"{config.output} holds {state}; say --resume to go on, or name another --output")
    return None if is_done else checkpoint


def _spent(config: TrainingConfig, progress: Progress) -> float:
    """The share of the budget that is spent."""
    if config.max_steps is not None:
        return progress.step / config.max_steps
    assert config.max_seconds is not None  # the config holds exactly one of the two
    return progress.seconds / config.max_seconds


def _advance(progress: Progress, loss: float, seconds: float) -> Progress:
    """One step further. Raises TrainingDivergedError, before anything is saved, when the loss is no number."""
    step = progress.step + 1
    if not math.isfinite(loss):
        raise TrainingDivergedError(
            f"the loss is {loss} at step {step}; lower --lr and --muon-lr, or --resume from the last checkpoint"
        )
    before = loss if progress.recent_loss is None else progress.recent_loss
    return replace(progress, step=step, seconds=seconds, recent_loss=before + (loss - before) / min(step, _LOSS_WINDOW))


def _checkpoint_is_due(config: TrainingConfig, progress: Progress, saved: float) -> bool:
    every = config.checkpoint_every_steps
    by_steps = every is not None and progress.step % every == 0
    return by_steps or progress.seconds - saved >= config.checkpoint_every_seconds


def _examples_per_s(config: TrainingConfig, progress: Progress) -> float:
    return progress.step * config.batch_size / progress.seconds


def _line(event: str, config: TrainingConfig, progress: Progress) -> dict[str, Any]:
    examples = progress.step * config.batch_size
    return {"event": event, "step": progress.step, "examples": examples, "seconds": round(progress.seconds, 3)}
