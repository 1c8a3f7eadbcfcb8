"""The training loop: spend the budget step by step, measuring and saving on the way. One sitting, top to bottom."""

import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from signal import Signals
from typing import Any

from arith_synth.training import checkpoints, identity, results
from arith_synth.training.budgets import budget_of
from arith_synth.training.clock import Clock
from arith_synth.training.config import TrainingConfig
from arith_synth.training.device import flushed_denormals
from arith_synth.training.divergence import Losses, check_finite
from arith_synth.training.flops import flop_formula
from arith_synth.training.interruption import Interruption, TrainingInterruptedError, catching_signals
from arith_synth.training.launching import agreed, on_main
from arith_synth.training.logs import Bar, RunLog, progress_bar
from arith_synth.training.memory import naming_memory_flags
from arith_synth.training.observing import Cadence
from arith_synth.training.progress import Progress
from arith_synth.training.schedules import scale_at, set_learning_rates
from arith_synth.training.setup import Run, open_run
from arith_synth.training.tracking import metrics_of, tracked


def run_training(config: TrainingConfig) -> dict[str, Any]:
    """Train a model on a split and leave it, with its tokenizer, in `config.output`; returns the log's last line.

    Raises DatasetError, UnknownNameError, DeviceError, CheckpointError, UsageError (another run in that folder),
    MissingExtraError (a tracker), CapacityError (a full memory), TrainingInterruptedError after Ctrl-C or SIGTERM (a
    checkpoint is saved), TrainingDivergedError (the loss is no number); OSError when the disk is full.
    """
    called = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(naming_memory_flags(config))
        stack.enter_context(flushed_denormals())
        run = open_run(config, stack)
        if run is None:
            return identity.last_line(config.output)  # resumed after its end: there is nothing to do
        if run.progress.steps == 0:
            on_main(run.accelerator, lambda: checkpoints.remove_checkpoints(config.output))
        stack.enter_context(tracked(run.accelerator, config, identity.options_of(config)))
        log = RunLog(
            config.output,
            run.progress.steps,
            is_last=budget_of(config).share_spent(run.progress) >= 1.0,
            is_main=run.is_main,
            also=lambda line: run.accelerator.log(metrics_of(line), step=line["step"]),
        )
        title = f"{config.config}/{config.split}"
        with progress_bar(title, is_main=run.is_main) as bar, catching_signals() as interruption:
            progress = _spend(run, log, bar, interruption)
        _heed(run, interruption, progress)
        return _finish(run, log, progress, called)


def _spend(run: Run, log: RunLog, bar: Bar, interruption: Interruption) -> Progress:
    """Take steps until the budget is spent; returns how far the run has come."""
    config, accelerator, step, observer, progress = run.config, run.accelerator, run.step, run.observer, run.progress
    budget, formula = budget_of(config), flop_formula(run.trained)
    run.model.train()
    if step.is_compiled:
        step.compile(run.batch(progress.steps))

    observer.start(progress)

    # To read a loss is to wait for the device. A processor makes nobody wait, and a budget of tokens needs each count.
    reads_each = accelerator.device.type == "cpu" or budget.unit == "tokens"
    read_every = 1 if reads_each else config.log_every_steps
    clock, losses = Clock(accelerator, progress, interruption), Losses()
    saving = Cadence(every_steps=None, every_seconds=config.checkpoint_every_seconds, last_seconds=progress.seconds)
    saved_at = progress.steps
    while (spent := budget.share_spent(progress)) < 1.0:
        number = progress.steps + 1
        is_logged = number % config.log_every_steps == 0
        scale = scale_at(spent, config)
        set_learning_rates(run.optimizers, scale)
        batch = run.batch(progress.steps)
        losses.add(step.backward(batch))
        if is_logged or number % read_every == 0:
            # Before the update: where each loss is read, one that is no number has not touched the weights.
            keep = partial(checkpoints.save_diverged, config.output, accelerator, progress, run.key)
            progress = losses.read(progress, number, keep if reads_each else None)
        step.update()

        progress = replace(progress, steps=number, examples=progress.examples + config.batch_size)
        progress = clock.tell(progress, formula.of(batch))
        bar.update(budget.share_spent(progress), progress)
        if is_logged:
            log.write("train", progress, loss=losses.last, scale=scale)
        for event in observer.due(progress):
            line, started = observer.measure(event), progress
            progress = clock.tell(progress)
            observer.done(event, started, progress)
            check_finite(line, number)
            log.write(event, progress, **line)
        by_steps = config.checkpoint_every_steps is not None and number % config.checkpoint_every_steps == 0
        if clock.signal or by_steps or saving.is_due(progress):
            progress = losses.read(progress, number)
            checkpoints.save_checkpoint(config.output, accelerator, progress, run.key, config.keep_checkpoints)
            saving.last_seconds, saved_at = progress.seconds, progress.steps
        if clock.signal:
            raise _stopped_by(clock.signal, progress)
    progress = losses.read(progress, progress.steps)
    if saved_at != progress.steps:
        # Whatever stops the last measurement or the saving of the model, no step is taken twice.
        checkpoints.save_checkpoint(config.output, accelerator, progress, run.key, config.keep_checkpoints)
    return progress


def _heed(run: Run, interruption: Interruption, progress: Progress) -> None:
    """Stop for a signal that has come since the last step looked for one: in it, or while its checkpoint was saved."""
    number = max(int(own[0]) for own in agreed(run.accelerator, [float(interruption.signal or 0)]))
    if number:
        raise _stopped_by(number, progress)


def _stopped_by(number: int, progress: Progress) -> TrainingInterruptedError:
    return TrainingInterruptedError(
        f"stopped by {Signals(number).name} at step {progress.steps}; the checkpoint is saved, go on with --resume"
    )


def _finish(run: Run, log: RunLog, progress: Progress, called: float) -> dict[str, Any]:
    """Measure once more, save the model, and say in run.json that the run is done; returns the last line of the log."""
    config = run.config
    measured: dict[str, Any] = {"validation_loss": None}
    for event in run.observer.events:
        line = run.observer.measure(event)
        check_finite(line, progress.steps)
        measured |= line
        if event == "monitor":
            log.write(event, progress, **line)
    log.write(
        "done",
        progress,
        loss=progress.recent_loss,
        **measured,
        tokens=progress.tokens,
        flops=progress.flops,
        cpu_seconds=round(progress.cpu_seconds, 3),
        examples_per_s=round(progress.examples_per_s, 1),
        n_parameters=results.n_parameters(run.trained),
        output=str(config.output),
    )
    with run.average.applied():
        weights = run.accelerator.get_state_dict(run.model)
        if run.is_main:
            results.save_model(config.output, run.trained, weights, run.tokenizer)
    if run.is_main:
        wall_s = round(time.monotonic() - called, 3)
        results.write_run(
            config,
            run.trained,
            run.data_record,
            run.data.n_tasks,
            run.data.n_fixed,
            run.accelerator.num_processes,
            progress,
            measured,
            wall_s,
        )
        checkpoints.remove_checkpoints(config.output)
        if config.curve:
            results.draw_curve(config.output)
    run.accelerator.wait_for_everyone()
    return log.last
