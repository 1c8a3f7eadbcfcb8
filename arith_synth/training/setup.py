"""Everything that a run needs before its first step, in the state in which its last session left it."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn
from torch.optim import Optimizer
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from arith_synth.data.config_names import check_config
from arith_synth.data.folder import DatasetFolder
from arith_synth.entry import progress_bar
from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.names import check_name, is_train
from arith_synth.scoring import Scorer
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.panels import N_SHOWN
from arith_synth.training import checkpoints, identity, records
from arith_synth.training.answers import GreedyAnswers
from arith_synth.training.averaging import WeightAverage
from arith_synth.training.config import TrainingConfig
from arith_synth.training.data import Batch, DataOptions, TrainingData, open_for, open_training_data
from arith_synth.training.device import accelerator_for, set_tf32
from arith_synth.training.families import build_model, model_config_for, tokenizer_of
from arith_synth.training.launching import check_sharing, hold_output, on_main
from arith_synth.training.measuring import read_task_set, with_held_out
from arith_synth.training.monitor import Monitor
from arith_synth.training.observing import Observer
from arith_synth.training.optimizers import build_optimizers
from arith_synth.training.progress import Progress
from arith_synth.training.stepping import Step
from arith_synth.training.tracking import trackers_of

_VALIDATION = "validation"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that is ready to go on.

    `model` is what Accelerate has made of `trained`; they share their weights. `data_record`: what names the data in
    run.json; `key`: what a checkpoint must share.
    """

    config: TrainingConfig
    accelerator: Accelerator
    data_record: dict[str, Any]
    key: dict[str, Any]
    data: TrainingData
    trained: PreTrainedModel
    model: nn.Module
    tokenizer: PreTrainedTokenizerFast
    optimizers: list[Optimizer]
    average: WeightAverage
    step: Step
    observer: Observer
    progress: Progress

    @property
    def is_main(self) -> bool:
        """Whether this process writes."""
        return self.accelerator.is_main_process

    def batch(self, step: int) -> Batch:
        """This process's share of a step, counted from 0, on the device."""
        rank, n_ranks = self.accelerator.process_index, self.accelerator.num_processes
        return self.data.batch(step, rank=rank, n_ranks=n_ranks).to(self.accelerator.device, non_blocking=True)


def open_run(config: TrainingConfig, stack: ExitStack) -> Run | None:
    """The run of a config, afresh or from its newest checkpoint; None when it is done already.

    The output folder is held until the stack is closed, and nothing is written before every option has been looked
    at. Errors as `arith_synth.training.loop.run_training`.
    """
    accelerator = accelerator_for(
        config.device,
        config.threads,
        precision=config.precision,
        n_processes=config.n_processes,
        trackers=trackers_of(config) or None,
    )
    check_sharing(accelerator, config)
    if accelerator.device.type == "cuda":
        set_tf32(config.tf32)
    folder, grammar = open_for(config.data)
    model_config = model_config_for(config, grammar)
    splits = _splits_used(folder, config)
    data_record = records.data_record(folder, config.config, splits)
    key = identity.resume_key(config, data_record, accelerator.num_processes)
    options = _data_options(config)

    hold_output(stack, accelerator, config.output)
    checkpoint = on_main(accelerator, lambda: identity.where_to_start(config))
    if checkpoint is None and identity.is_finished(config.output):
        on_main(accelerator, lambda: identity.check_same_run(config, key))
        return None

    torch.manual_seed(keyed_hash("training", config.seed, "weights") % 2**63)
    trained = build_model(config, model_config)
    torch.manual_seed(keyed_hash("training", config.seed, "dropout", accelerator.process_index) % 2**63)
    with progress_bar("making the training source of this dataset, once") as making:  # others wait for who makes it
        data = open_training_data(folder, options, model_config, accelerator.device, making)
    model, *optimizers = accelerator.prepare(trained, *build_optimizers(trained, config))
    average = WeightAverage(trained, config.ema)
    accelerator.register_for_checkpointing(average)
    progress = Progress()
    if checkpoint is not None:
        saved = checkpoints.load_checkpoint(checkpoint, accelerator, key)
        progress = replace(saved, sessions=saved.sessions + 1)
    observer = _observer(config, folder, grammar, splits, data, trained, average)
    return Run(
        config=config,
        accelerator=accelerator,
        data_record=data_record,
        key=key,
        data=data,
        trained=trained,
        model=model,
        tokenizer=tokenizer_of(config, grammar),
        optimizers=optimizers,
        average=average,
        step=Step(config, accelerator, model, optimizers, average),
        observer=observer,
        progress=progress,
    )


def _splits_used(folder: DatasetFolder, config: TrainingConfig) -> list[str]:
    """The training split, and the validation split where it is there and measured."""
    configs = folder.configs
    check_config(config.config, configs)
    check_name("split", config.split, configs[config.config])
    if not is_train(config.split):
        raise UsageError(f"{config.config}/{config.split} is not for training; choose a split named train…")
    measures = config.n_validation > 0 or config.n_monitor > 0
    return [config.split, *([_VALIDATION] if measures and _VALIDATION in configs[config.config] else [])]


def _data_options(config: TrainingConfig) -> DataOptions:
    return DataOptions(
        config=config.config,
        split=config.split,
        source=config.data_source,
        targets=config.targets,
        panels=config.panels,
        n_shown=config.n_shown or N_SHOWN,
        seed=config.seed,
        batch_size=config.batch_size,
    )


def _observer(
    config: TrainingConfig,
    folder: DatasetFolder,
    grammar: Grammar,
    splits: list[str],
    data: TrainingData,
    model: PreTrainedModel,
    average: WeightAverage,
) -> Observer:
    """What is measured on the way: the validation split, and tasks that are trained on beside tasks that are not."""

    def read(split: str, n: int) -> Any:
        return read_task_set(
            folder,
            config.config,
            split,
            model.config,
            limit=n,
            n_shown=config.n_shown,
            device=model.device,
            rewritten=data.rewritten,
        )

    validation = monitor = None
    if _VALIDATION in splits and config.n_validation > 0:
        validation = read(_VALIDATION, config.n_validation)
    if _VALIDATION in splits and config.n_monitor > 0:
        unseen, seen, targets = read(_VALIDATION, config.n_monitor), None, frozenset()
        if config.data_source == "split":
            seen = with_held_out(read(config.split, config.n_monitor), unseen.scored[0], grammar)
            targets = data.programs()
        monitor = Monitor(seen=seen, unseen=unseen, targets=targets)
    answers = GreedyAnswers(model)
    return Observer(config, model, average, answers, Scorer(grammar), validation=validation, monitor=monitor)
