"""An evaluation: answer each task of the splits, write the predictions, score them, write what was run."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from arith_synth.data.content import content_of
from arith_synth.data.schema import CORPUS_CONFIG
from arith_synth.errors import DatasetError, MetricError
from arith_synth.evaluation.answering import answerer_for
from arith_synth.evaluation.answers import Asked
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.exposure import exposure_warning, seen_in_training, training_split_in
from arith_synth.evaluation.grading import Questions, grade, questions_of
from arith_synth.evaluation.kept import forget_unfinished
from arith_synth.evaluation.prompts import SolvedTask, few_shot_examples
from arith_synth.evaluation.splits import answer_all, costs_of
from arith_synth.names import TRAIN_PREFIX
from arith_synth.run_records import commit, data_record, finished_scores, now, plain
from arith_synth.scoring import split_of, write_json, write_outcomes, write_predictions
from arith_synth.scoring.outcomes import OUTCOMES_FILE
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.training.folders import RUN_FILE, exclusive


def run_evaluation(config: EvaluationConfig) -> dict[str, Any]:
    """Score a model on splits; writes predictions.jsonl, outcomes.jsonl and run.json; returns the scores by split.

    Answers that an interrupted evaluation was given are not asked for again, and an evaluation that is done is only
    read. Raises CheckpointError, DatasetError, UnknownNameError, DeviceError, HubError, ServerError, MissingExtraError,
    and UsageError when model, options and dataset do not fit or the output folder holds another evaluation;
    CapacityError when a batch is too large for the device, OSError when the disk is full.
    """
    started = time.monotonic()
    if config.config == CORPUS_CONFIG:
        raise DatasetError(f"there are no tasks in {CORPUS_CONFIG}/{config.splits}; name a config of tasks")
    questions = questions_of(config.data, config.config, config.split_names, lite=config.lite)
    _check_held_out(questions)
    examples = few_shot_examples(questions.folder, config.config, config.few_shot, config.seed)
    answerer = answerer_for(config, examples)
    data = data_record(questions.folder, config.config, list(questions.splits))
    shown = _few_shot_record(questions, examples)
    key = {
        **answerer.key,
        "data": data,
        "config": config.config,
        "splits": list(questions.splits),
        "decoding": answerer.decoding,
        # Only where they are asked for: the runs of earlier versions are still known by their keys.
        **({"lite": True} if config.lite else {}),
        **({"few_shot": shown} if shown is not None else {}),
    }
    scoring = {"k": list(config.ks), "extraction": "strict" if config.strict else "rules"}
    with exclusive(config.output):
        if (done := finished_scores(config.output, key, scoring)) is not None:
            return done
        task_ids = [
            [task.task_id for task in questions.tasks if split_of(task.task_id) == split] for split in questions.splits
        ]
        answered = answer_all(
            config.output,
            key,
            [
                Asked(folder=questions.folder, config=config.config, split=split, n_tasks=len(ids))
                for split, ids in zip(questions.splits, task_ids, strict=True)
            ],
            task_ids,
            answerer,
            n_samples=config.samples,
            seed=config.seed,
        )
        predictions = [prediction for split in answered.values() for prediction in split.predictions]
        seen = seen_in_training(questions.folder, answerer.training, questions.tasks)
        graded = grade(
            with_training_targets(questions, answerer.training), predictions, k=config.ks, strict=config.strict
        )
        costs = costs_of(answered)
        write_predictions(config.output / PREDICTIONS_FILE, predictions)
        write_outcomes(config.output / OUTCOMES_FILE, graded.outcomes)
        write_json(
            config.output / RUN_FILE,
            {
                "kind": "evaluation",
                "key": key,
                "config": plain(config),
                "model": answerer.about,
                "data": data,
                "training": answerer.training,
                "seen_in_training": seen,
                "few_shot": shown,
                "lite": config.lite,
                "scoring": scoring,
                "commit": commit(),
                "hardware": answerer.hardware,
                "versions": answerer.versions,
                "seed": config.seed,
                "date": now(),
                **costs,
                "wall_s": round(time.monotonic() - started, 3),
                "scores": graded.scores,
            },
        )
        forget_unfinished(config.output)
        for warning in filter(None, (exposure_warning(seen), _cut_warning(config, costs))):
            sys.stderr.write(warning + "\n")
        return graded.scores


def with_training_targets(questions: Questions, training: Mapping[str, Any] | None) -> Questions:
    """The questions, told what wrong answers may be copies of: targets of the split that the model was trained on.

    Where that is not known to be in this dataset, it is the training split of the config; where there is none,
    copies are not counted.
    """
    from arith_synth.baselines.retrieval import training_targets_of  # numba

    source = training_split_in(questions.folder, training)
    if source is None:
        if TRAIN_PREFIX not in questions.folder.configs[questions.config]:
            return questions
        source = questions.config, TRAIN_PREFIX
    config, split = source
    return replace(questions, training=training_targets_of(questions.folder, config, questions.tasks, split=split))


def _check_held_out(questions: Questions) -> None:
    """Before a model is asked for hours: what holds no outputs out cannot be scored."""
    for task in questions.tasks:
        if not task.heldout_outputs:
            raise MetricError(
                f"{questions.config}/{split_of(task.task_id)} holds no outputs out (a training split?); score a test "
                "split"
            )


def _cut_warning(config: EvaluationConfig, costs: Mapping[str, Any]) -> str | None:
    """One line where a server has cut answers off: a program may stand behind the end."""
    if not (n_cut := sum((costs.get("cut_off") or {}).values())):
        return None
    return f"note: {n_cut} answers ended at {config.n_new_tokens} tokens; a higher --max-new-tokens lets them end"


def _few_shot_record(questions: Questions, examples: Sequence[SolvedTask]) -> dict[str, Any] | None:
    if not examples:
        return None
    return {
        "split": TRAIN_PREFIX,
        "checksum": content_of(questions.folder, questions.config, TRAIN_PREFIX),
        "task_ids": [example.task_id for example in examples],
    }
