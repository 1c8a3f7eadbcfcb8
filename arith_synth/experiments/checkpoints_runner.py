"""The two runs of the checkpoints: trained alike, scored on the same splits, published as folders with cards.

A run is known by a key, which its run.json holds, of its options with their defaults, its preset and the content of the
data. A checkpoint outlives other changes of the sources: its run.json names the commit that it was made by.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from arith_synth.commands.printing import print_line
from arith_synth.data.content import content_of
from arith_synth.data.folder import DatasetFolder
from arith_synth.experiments.chains import Chain
from arith_synth.experiments.checkpoint_folders import check_size, holds_checkpoint, publish_checkpoint, write_card
from arith_synth.experiments.checkpoints import CheckpointsConfig
from arith_synth.experiments.runner import key_of, model_folder, run_all, scores_folder, training_chain
from arith_synth.files import read_json
from arith_synth.modeling import PRESETS, ArithSynthForProgramSynthesis, config_for
from arith_synth.splits import support
from arith_synth.training.config import TrainingConfig
from arith_synth.training.data import open_for
from arith_synth.training.folders import RUN_FILE
from arith_synth.training.identity import resume_key
from arith_synth.training.records import data_record

PRESET, SEED, TRAINING_SPLIT = "nano", 0, "train"
#: Half an hour goes round the tasks over a hundred times: chosen for such budgets on validation of `random`.
FOR_LONG_RUNS = {"lr": 0.01, "muon_lr": 0.01, "dropout": 0.3}
ARMS = (support.CONFIG, support.CONTROL)
#: What both models answer: the tests of the shifted config, and its validation split, on which nothing was chosen here.
SCORED_SPLITS = (*support.TESTS, "validation")
_BYTES_A_WEIGHT = 4


@dataclass(frozen=True, kw_only=True)
class CheckpointRun:
    """One checkpoint. `options`: all that `train` is told but places; `checkpoint`: the folder that is published."""

    arm: str
    options: dict[str, Any]
    key: str
    place: Path
    checkpoint: Path

    @property
    def name(self) -> str:
        """Of the run, its log and its folder."""
        return self.checkpoint.name

    @property
    def is_done(self) -> bool:
        """Whether the checkpoint of this very run is published."""
        return holds_checkpoint(self.checkpoint, self.key)

    def chain(self, data: Path) -> Chain:
        """Train, or go on, then score."""
        return training_chain(self.name, self.place, data, self.options, (support.CONFIG, SCORED_SPLITS), curve=True)

    def collect(self) -> str:
        """Publish the checkpoint; returns the scores in words. Raises CheckpointError for one that is too large."""
        publish_checkpoint(model_folder(self.place), scores_folder(self.place), self.checkpoint, self.key)
        scores = read_json(scores_folder(self.place) / RUN_FILE)["scores"]
        return ", ".join(f"{split} {100 * score['execution_accuracy']:.1f} %" for split, score in scores.items())


def planned_checkpoints(config: CheckpointsConfig, folder: DatasetFolder) -> Sequence[CheckpointRun]:
    """The two runs. Raises UnknownNameError when the dataset lacks a split."""
    splits = [*((arm, TRAINING_SPLIT) for arm in ARMS), *((support.CONFIG, split) for split in SCORED_SPLITS)]
    for name, split in splits:
        folder.files(name, split)
    runs = []
    for arm in ARMS:
        options: dict[str, Any] = {
            "config": arm,
            "split": TRAINING_SPLIT,
            "preset": PRESET,
            "seed": SEED,
            "threads": 1,
            **FOR_LONG_RUNS,
            "max_cpu_seconds": float(config.cpu_seconds),  # 1800 and 1800.0 are one budget
        }
        data = {f"{name}/{split}": content_of(folder, name, split) for name, split in splits if name in (arm, ARMS[0])}
        trained_on = data_record(folder, arm, [TRAINING_SPLIT])
        told = resume_key(TrainingConfig(**options), trained_on, n_processes=1)  # defaults too, which may change
        key = key_of(options=told, preset=asdict(PRESETS[PRESET]), data=data)
        name = f"{PRESET}-{arm}"
        runs.append(
            CheckpointRun(
                arm=arm,
                options=options,
                key=key,
                place=config.scratch / f"{name}-{key[:12]}",
                checkpoint=config.output / name,
            )
        )
    return runs


def make_checkpoints(config: CheckpointsConfig) -> None:
    """Make the checkpoints that are not there yet, or are those of other options or data.

    Raises ChainError when one fails; DatasetError, UnknownNameError for the data; CheckpointError, before anything is
    trained, when the preset is too large for a checkpoint; MissingExtraError without matplotlib, which draws a curve.
    """
    folder, grammar = open_for(config.data)
    with torch.device("meta"):
        model = ArithSynthForProgramSynthesis(config_for(PRESET, grammar))
    check_size(f"a model of preset {PRESET}", _BYTES_A_WEIGHT * sum(weights.numel() for weights in model.parameters()))
    runs = planned_checkpoints(config, folder)
    run_all(runs, data=config.data, scratch=config.scratch, n_parallel=config.parallel, seconds=config.cpu_seconds)
    for run in runs:
        write_card(run.checkpoint)  # of one that was there the generator may be newer
        print_line(f"{run.checkpoint}: trained on {run.arm}/{TRAINING_SPLIT}")
