"""What a finished run leaves: the model with its tokenizer, run.json, and a figure where one can be drawn."""

import sys
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from arith_synth.errors import MetricError
from arith_synth.files import write_json
from arith_synth.training import records
from arith_synth.training.config import TrainingConfig
from arith_synth.training.folders import RUN_FILE, move_files, written_aside
from arith_synth.training.identity import options_of
from arith_synth.training.progress import Progress


def save_model(
    output: Path, model: PreTrainedModel, weights: dict[str, Any], tokenizer: PreTrainedTokenizerFast
) -> None:
    """The model, with these weights, and its tokenizer, complete on disk before any file takes its final name."""
    transformers_logging.disable_progress_bar()
    finished = output / "finished"
    with written_aside(finished) as aside:
        model.save_pretrained(aside, state_dict=weights)
        tokenizer.save_pretrained(aside)
    move_files(finished, output)
    finished.rmdir()


def write_run(
    config: TrainingConfig,
    model: PreTrainedModel,
    data: dict[str, Any],
    n_tasks: int | None,
    n_fixed: int,
    n_processes: int,
    progress: Progress,
    measured: dict[str, Any],
    wall_s: float,
) -> None:
    """Write run.json, which says that the run is done.

    `n_tasks`: of the training split, None for a stream; `n_fixed` of them have one target in all epochs.
    `measured`: the last numbers of validation and monitor. `wall_s`: of this session, reading and saving included.
    """
    device: torch.device = model.device
    write_json(
        config.output / RUN_FILE,
        {
            "kind": "training",
            "config": options_of(config),
            "split": config.split,
            "n_tasks": n_tasks,
            "n_fixed_targets": n_fixed,
            "n_processes": n_processes,
            "model": {
                "preset": config.preset,
                "family": config.family,
                "n_parameters": n_parameters(model),
                "fields": model.config.to_diff_dict(),
            },
            "data": data,
            "commit": records.commit(),
            "hardware": records.hardware(device),
            "versions": records.versions(),
            "seed": config.seed,
            "step": progress.steps,
            "examples": progress.examples,
            "epochs": None if n_tasks is None else progress.examples / n_tasks,
            "tokens": progress.tokens,
            "flops": progress.flops,
            "seconds": progress.seconds,
            "cpu_seconds": progress.cpu_seconds,
            "examples_per_s": round(progress.examples_per_s, 1),
            "sessions": progress.sessions,
            "wall_s": wall_s,
            "loss": progress.recent_loss,
            "validation_loss": None,
            **measured,
        },
    )


def n_parameters(model: torch.nn.Module) -> int:
    """How many numbers the model has learned."""
    return sum(parameter.numel() for parameter in model.parameters())


def draw_curve(output: Path) -> None:
    """The training curve of the run, or one line on standard error that says why there is none."""
    try:
        from arith_synth.report.training_curve import draw_training_curve

        draw_training_curve(output)
    except (ImportError, MetricError) as error:
        sys.stderr.write(f"no training curve was drawn: {' '.join(str(error).split())}\n")
