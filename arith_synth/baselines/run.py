"""A run of a baseline: answer the tasks, score the answers, write what was run; as an evaluation of a model does."""

import platform
import time
from dataclasses import replace
from typing import Any

from arith_synth import __version__
from arith_synth.baselines.answers import answers_to
from arith_synth.baselines.config import BaselineConfig
from arith_synth.data.content import content_of
from arith_synth.data.schema import CORPUS_CONFIG, CORPUS_SPLIT
from arith_synth.evaluation.exposure import seen_in_training
from arith_synth.evaluation.grading import Questions, grade, questions_of
from arith_synth.files import write_json
from arith_synth.progress import Progress
from arith_synth.run_records import commit, data_record, finished_scores, machine, now, plain
from arith_synth.scoring import write_outcomes, write_predictions
from arith_synth.scoring.outcomes import OUTCOMES_FILE
from arith_synth.scoring.pass_at_k import usual_ks
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.training.folders import RUN_FILE, exclusive

#: Answering and scoring, for the bar.
_STAGES = 2


def run_baseline(config: BaselineConfig, progress: Progress | None = None) -> dict[str, Any]:
    """Answer and score splits; writes predictions.jsonl, outcomes.jsonl and run.json; returns the scores by split.

    A run that is done is only read. Raises DatasetError, UnknownNameError, and UsageError when the output folder holds
    another run; OSError when the disk is full.
    """
    started = time.monotonic()

    def stage(n_done: int) -> None:
        if progress is not None:
            progress(f"baseline {config.name}", n_done, _STAGES)

    questions = _questions(config)
    data = data_record(questions.folder, config.config, list(questions.splits))
    training = _training(config, questions)
    decoding = {"n_samples": config.samples, "temperature": None, "seed": config.seed}
    key = {
        "baseline": config.name,
        "data": data,
        "config": config.config,
        "splits": list(questions.splits),
        "lite": config.lite,
        "training": training,
        "decoding": decoding,
    }
    ks = usual_ks(config.samples)
    scoring = {"k": list(ks), "extraction": "rules"}
    with exclusive(config.output):
        if (done := finished_scores(config.output, key, scoring)) is not None:
            return done
        stage(0)
        predictions = answers_to(questions, config, progress)
        answered_s = time.monotonic() - started
        stage(1)
        graded = grade(questions, predictions, k=ks)
        write_predictions(config.output / PREDICTIONS_FILE, predictions)
        write_outcomes(config.output / OUTCOMES_FILE, graded.outcomes)
        record = {
            "kind": "evaluation",
            "key": key,
            "config": plain(config),
            "model": {"family": "baseline", "name": config.name, "n_parameters": 0},
            "data": data,
            "training": training,
            "seen_in_training": seen_in_training(questions.folder, training, questions.tasks),
            "lite": config.lite,
            "scoring": scoring,
            "commit": commit(),
            "hardware": machine(),
            "versions": {"arith_synth": __version__, "python": platform.python_version()},
            "seed": config.seed,
            "date": now(),
            "decoded_s": round(answered_s, 3),
            "wall_s": round(time.monotonic() - started, 3),
            "scores": graded.scores,
        }
        write_json(config.output / RUN_FILE, record)  # last: that it is there says that the run is done
        stage(_STAGES)
        return graded.scores


def _questions(config: BaselineConfig) -> Questions:
    """The tasks. Copies can be told where there is a training split: the one that the baseline sees, or `train`."""
    questions = questions_of(config.data, config.config, config.split_names, lite=config.lite)
    name, split = config.training_split
    if split not in questions.folder.configs.get(name, []):
        return questions
    from arith_synth.baselines.retrieval import training_targets_of  # numba

    return replace(questions, training=training_targets_of(questions.folder, name, questions.tasks, split=split))


def _training(config: BaselineConfig, questions: Questions) -> dict[str, Any] | None:
    """What the baseline has seen beside the tasks themselves, as the run of a model says it."""
    if config.name == "target":
        return None
    name, split = (CORPUS_CONFIG, CORPUS_SPLIT) if config.name == "lookup" else config.training_split
    questions.folder.files(name, split)  # an unknown name fails here, before any work
    return {"config": name, "split": split, "checksums": {split: content_of(questions.folder, name, split)}}
