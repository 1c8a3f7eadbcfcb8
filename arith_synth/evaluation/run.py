"""An evaluation: answer each task of the splits, write the predictions, score them, write what was run."""

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from arith_synth.data.checksums import file_sha256
from arith_synth.data.folder import DatasetFolder
from arith_synth.data.forms import held_out_form
from arith_synth.decoding import Decoding, decode
from arith_synth.errors import UsageError
from arith_synth.evaluation.completions import CompletionReader
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.exposure import exposure_warning, seen_in_training
from arith_synth.evaluation.models import WEIGHTS_FILE, load_model, training_of
from arith_synth.modeling import ArithSynthForProgramSynthesis
from arith_synth.scoring import (
    Prediction,
    outcomes_of,
    read_predictions,
    read_tasks,
    scores_by_split,
    write_json,
    write_outcomes,
    write_predictions,
)
from arith_synth.training import records
from arith_synth.training.device import accelerator_for, flushed_denormals
from arith_synth.training.folders import RUN_FILE, exclusive
from arith_synth.training.tasks import open_for, read_model_tasks

PREDICTIONS_FILE = "predictions.jsonl"
OUTCOMES_FILE = "outcomes.jsonl"
#: Splits that are answered while others are not; gone when all are.
_UNFINISHED = "unfinished"
#: The k of pass@k that are reported, as far as there are enough samples.
_KS = (1, 10, 100)


def run_evaluation(config: EvaluationConfig) -> dict[str, Any]:
    """Score a model on splits; writes predictions.jsonl, outcomes.jsonl and run.json; returns the scores by split.

    Splits that an interrupted evaluation has answered are not answered again, and an evaluation that is done is
    only read. Raises CheckpointError, DatasetError, UnknownNameError, DeviceError, and UsageError when the model is of
    another grammar than the dataset or the output folder holds another evaluation; OSError when the disk is full.
    """
    started = time.monotonic()
    decoding = Decoding(n_samples=config.samples, temperature=config.temperature, top_p=config.top_p, seed=config.seed)
    accelerator = accelerator_for(config.device, config.threads)
    model = load_model(config.model).to(accelerator.device)
    folder, grammar = open_for(config.data, model.config.grammar_definition())
    for split in config.split_names:
        folder.files(config.config, split)  # an unknown name fails here, before any work
    data = records.data_record(folder, config.config, list(config.split_names))
    key = {
        "model_sha256": file_sha256(config.model / WEIGHTS_FILE),
        "data": data,
        "config": config.config,
        "splits": list(config.split_names),
        "decoding": records.plain(decoding),
    }
    with exclusive(config.output), flushed_denormals():
        if (done := _finished(config.output, key)) is not None:
            return done
        answers = _answer_all(config, decoding, model, folder, key)
        decoded_s = time.monotonic() - started
        tasks = read_tasks(config.data, config.config, config.split_names)
        training = training_of(config.model)
        seen = seen_in_training(folder, training, tasks)
        outcomes = outcomes_of(tasks, answers, grammar, in_region=held_out_form(folder, config.config))
        scores = scores_by_split(outcomes, k=[k for k in _KS if k <= config.samples])
        write_predictions(config.output / PREDICTIONS_FILE, answers)
        write_outcomes(config.output / OUTCOMES_FILE, outcomes)
        write_json(
            config.output / RUN_FILE,
            {
                "kind": "evaluation",
                "key": key,
                "config": records.plain(config),
                "model": {
                    "path": str(config.model),
                    "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
                    "notation": model.config.notation,
                },
                "data": data,
                "training": training,
                "seen_in_training": seen,
                "commit": records.commit(),
                "hardware": records.hardware(accelerator.device),
                "versions": records.versions(),
                "seed": config.seed,
                "decoded_s": round(decoded_s, 3),
                "wall_s": round(time.monotonic() - started, 3),
                "scores": scores,
            },
        )
        shutil.rmtree(config.output / _UNFINISHED, ignore_errors=True)
        if warning := exposure_warning(seen):
            sys.stderr.write(warning + "\n")
        return scores


def _answer_all(
    config: EvaluationConfig,
    decoding: Decoding,
    model: ArithSynthForProgramSynthesis,
    folder: DatasetFolder,
    key: dict[str, Any],
) -> list[Prediction]:
    """The predictions of all splits, in order; each split is on disk before the next one begins."""
    unfinished = config.output / _UNFINISHED
    if _read_key(unfinished / "key.json") != key:
        shutil.rmtree(unfinished, ignore_errors=True)
        write_json(unfinished / "key.json", key)
    answers: list[Prediction] = []
    for split in config.split_names:
        file = unfinished / f"{split}.jsonl"
        if not file.exists():
            write_predictions(file, _answer(config, decoding, model, folder, split))
        answers.extend(read_predictions(file))
    return answers


def _answer(
    config: EvaluationConfig,
    decoding: Decoding,
    model: ArithSynthForProgramSynthesis,
    folder: DatasetFolder,
    split: str,
) -> list[Prediction]:
    reader = CompletionReader(model.config)
    tasks = read_model_tasks(folder, config.config, split, model.config, with_targets=False)
    console = Console(stderr=True)
    starts = range(0, len(tasks), config.batch_size)
    predictions: list[Prediction] = []
    for start in track(starts, split, console=console, disable=not console.is_terminal, transient=True):
        rows = slice(start, start + config.batch_size)
        features = tasks.features[rows].float().to(model.device)
        tokens = decode(model, features, tasks.task_ids[rows], decoding)
        predictions.extend(
            Prediction(task_id=task_id, completions=completions, seed=config.seed)
            for task_id, completions in zip(tasks.task_ids[rows], reader.read(tokens), strict=True)
        )
    return predictions


def _finished(output: Path, key: dict[str, Any]) -> dict[str, Any] | None:
    """The scores that are there already. Raises UsageError when they are those of another evaluation."""
    file = output / RUN_FILE
    if not file.exists():
        return None
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{file} is damaged; remove it, or name another --output") from error
    if record.get("key") != key:
        raise UsageError(f"{output} holds another run (see its {RUN_FILE}); name another --output")
    return record["scores"]


def _read_key(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
