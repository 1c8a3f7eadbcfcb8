"""What a finished run leaves: the model with its tokenizer, and run.json."""

from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from arith_synth.files import write_json
from arith_synth.modeling import ArithSynthForProgramSynthesis
from arith_synth.tokenization import build_tokenizer
from arith_synth.training import records
from arith_synth.training.checkpoints import Progress
from arith_synth.training.config import TrainingConfig
from arith_synth.training.folders import RUN_FILE, move_files, written_aside


def save_model(output: Path, model: ArithSynthForProgramSynthesis) -> None:
    """The model and its tokenizer, complete on disk before any file takes its final name."""
    transformers_logging.disable_progress_bar()
    finished = output / "finished"
    with written_aside(finished) as aside:
        model.save_pretrained(aside)
        build_tokenizer(model.config.grammar_definition()).save_pretrained(aside)
    move_files(finished, output)
    finished.rmdir()


def write_run(
    config: TrainingConfig,
    model: ArithSynthForProgramSynthesis,
    data: dict[str, Any],
    n_tasks: int,
    progress: Progress,
    wall_s: float,
) -> None:
    """Write run.json, which says that the run is done. `wall_s`: of this session, reading and saving included."""
    device: torch.device = model.device
    write_json(
        config.output / RUN_FILE,
        {
            "kind": "training",
            "config": records.plain(config),
            "split": config.split,
            "n_tasks": n_tasks,
            "model": {
                "preset": config.preset,
                "n_parameters": n_parameters(model),
                "fields": model.config.to_diff_dict(),
            },
            "data": data,
            "commit": records.commit(),
            "hardware": records.hardware(device),
            "versions": records.versions(),
            "seed": config.seed,
            "step": progress.step,
            "examples": progress.step * config.batch_size,
            "epochs": progress.step * config.batch_size / n_tasks,
            "seconds": progress.seconds,
            "sessions": progress.sessions,
            "wall_s": wall_s,
            "loss": progress.recent_loss,
            "validation_loss": progress.validation_loss,
        },
    )


def n_parameters(model: torch.nn.Module) -> int:
    """How many numbers the model has learned."""
    return sum(parameter.numel() for parameter in model.parameters())
