"""An evaluation: answer each task of the splits, write the predictions, score them, write what was run."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from arith_synth.data.forms import held_out_form
from arith_synth.decoding import Decoding
from arith_synth.errors import UsageError
from arith_synth.evaluation.answering import answerer_for
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.exposure import exposure_warning, seen_in_training
from arith_synth.evaluation.model_folders import find_model
from arith_synth.evaluation.models import training_of
from arith_synth.evaluation.unfinished import answer_all, forget_unfinished
from arith_synth.scoring import (
    outcomes_of,
    read_tasks,
    scores_by_split,
    write_json,
    write_outcomes,
    write_predictions,
)
from arith_synth.training import records
from arith_synth.training.data import open_for
from arith_synth.training.device import accelerator_for, flushed_denormals
from arith_synth.training.folders import RUN_FILE, exclusive

PREDICTIONS_FILE = "predictions.jsonl"
OUTCOMES_FILE = "outcomes.jsonl"
#: The k of pass@k that are reported, as far as there are enough samples.
_KS = (1, 10, 100)


def run_evaluation(config: EvaluationConfig) -> dict[str, Any]:
    """Score a model on splits; writes predictions.jsonl, outcomes.jsonl and run.json; returns the scores by split.

    Splits that an interrupted evaluation has answered are not answered again, and an evaluation that is done is
    only read. Raises CheckpointError, DatasetError, UnknownNameError, DeviceError, HubError, MissingExtraError, and
    UsageError when the model does not fit the dataset or the output folder holds another evaluation; CapacityError
    when a batch is too large for the device, OSError when the disk is full.
    """
    started = time.monotonic()
    decoding = Decoding(
        n_samples=config.samples,
        temperature=config.temperature,
        top_p=config.top_p,
        seed=config.seed,
        max_new_tokens=config.max_new_tokens,
        mask=config.mask,
    )
    accelerator = accelerator_for(config.device, config.threads)
    model_folder = find_model(config.model)
    answerer = answerer_for(model_folder, config, decoding, accelerator.device)
    folder, grammar = open_for(config.data, answerer.grammar)
    for split in config.split_names:
        folder.files(config.config, split)  # an unknown name fails here, before any work
    data = records.data_record(folder, config.config, list(config.split_names))
    key = {
        "model_sha256": answerer.sha256,
        "data": data,
        "config": config.config,
        "splits": list(config.split_names),
        "decoding": records.plain(decoding),
    }
    with exclusive(config.output), flushed_denormals():
        if (done := _finished(config.output, key)) is not None:
            return done
        answers = answer_all(config.output, key, config.split_names, lambda split: answerer.answer(folder, split))
        predictions = [prediction for answered in answers.values() for prediction in answered.predictions]
        decoded_s = time.monotonic() - started
        tasks = read_tasks(config.data, config.config, config.split_names)
        training = training_of(model_folder)
        seen = seen_in_training(folder, training, tasks)
        outcomes = outcomes_of(tasks, predictions, grammar, in_region=held_out_form(folder, config.config))
        scores = scores_by_split(outcomes, k=[k for k in _KS if k <= config.samples])
        write_predictions(config.output / PREDICTIONS_FILE, predictions)
        write_outcomes(config.output / OUTCOMES_FILE, outcomes)
        write_json(
            config.output / RUN_FILE,
            {
                "kind": "evaluation",
                "key": key,
                "config": records.plain(config),
                "model": {"path": str(model_folder), **answerer.about},
                "data": data,
                "training": training,
                "seen_in_training": seen,
                "commit": records.commit(),
                "hardware": records.hardware(accelerator.device),
                "versions": records.versions(),
                "seed": config.seed,
                "tokens_generated": {split: answered.n_tokens for split, answered in answers.items()},
                "decoded_s": round(decoded_s, 3),
                "wall_s": round(time.monotonic() - started, 3),
                "scores": scores,
            },
        )
        forget_unfinished(config.output)
        if warning := exposure_warning(seen):
            sys.stderr.write(warning + "\n")
        return scores


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
