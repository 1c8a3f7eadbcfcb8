"""A submission made from predictions: what the run.json of `eval` or `baseline` knows, and what only people know.

Predictions of any other program, or of a harness, come without run.json; more is to be said of them.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from arith_synth import __version__
from arith_synth.data.content import content_of
from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.errors import DatasetError, MetricError, UsageError
from arith_synth.evaluation.grading import Questions, grade, questions_of
from arith_synth.files import read_json, write_json
from arith_synth.names import TRAIN_PREFIX, is_test
from arith_synth.run_records import data_record
from arith_synth.scoring import Prediction, config_of, read_predictions, write_predictions
from arith_synth.scoring.pass_at_k import usual_ks
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.claims import test_splits
from arith_synth.submissions.entries import SUBMISSION_FILE, SUBMISSIONS_FOLDER
from arith_synth.submissions.numbers import claims_of
from arith_synth.submissions.regeneration import BASELINE, BASELINE_DECODING, DECODING
from arith_synth.submissions.schema import schema_problems
from arith_synth.submissions.verification import verify_submission

RUN_FILE = "run.json"


def submission_of(
    run: Path | str, data: Path | str, said: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Prediction]]:
    """submission.json of a run, and its predictions of the test splits in the order of the tasks.

    `run`: a folder with predictions.jsonl and, where `eval` or `baseline` made it, run.json; or a predictions file.

    `said`: what run.json cannot know, by the fields of the schema; of "model" and "budget" some members are enough. It
    goes before what run.json says. The scores are computed here, from the predictions.

    Raises MetricError when the run is none, is not complete or does not fit the schema, DatasetError when its data are
    others than those in `data`.
    """
    run = Path(run)
    file = run / PREDICTIONS_FILE if run.is_dir() else run
    folder = open_dataset(data)
    record = _run_record(run) if (run / RUN_FILE).is_file() else _record_of(file, folder)
    config = record["key"]["config"]
    splits = _splits(record, folder, config)
    questions = questions_of(folder.path, config, splits)
    predictions = _predictions(file, questions)
    n_samples = len(predictions[0].completions)
    ks = said.get("k") or usual_ks(n_samples)
    scores = grade(questions, predictions, k=ks).scores
    _check_record(record, scores)
    submission = _known(record, folder, config, splits, predictions) | {"k": list(ks), "scores": claims_of(scores)}
    for name, value in said.items():
        both = isinstance(value, Mapping) and isinstance(submission.get(name), dict)
        submission[name] = submission[name] | dict(value) if both else value
    if isinstance(submission["training_data"], list):
        submission["training_data"] = [_declared(named, folder) for named in submission["training_data"]]
    if problems := schema_problems(submission):
        raise MetricError(f"the submission does not keep to the schema: {'; '.join(problems)}; say it otherwise")
    return submission, predictions


def write_submission(submission: Mapping[str, Any], predictions: Iterable[Prediction], results: Path | str) -> Path:
    """Write the folder `submissions/<name>` of a results folder, aside and renamed; returns it.

    Raises UsageError when there is one of that name.
    """
    folder = Path(results) / SUBMISSIONS_FOLDER / submission["name"]
    if folder.exists():
        raise UsageError(f"{folder} is there already; choose another --name, or remove the folder")
    aside = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        write_predictions(aside / PREDICTIONS_FILE, predictions)
        write_json(aside / SUBMISSION_FILE, submission)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def check_submission(folder: Path, data: Path | str) -> dict[str, Any]:
    """The record that the receiving side would make, without answering tasks again; nothing is written.

    Raises MetricError with the reason when it would be rejected.
    """
    record = verify_submission(folder, data, write=False)
    failed = [check for check in record["checks"] if not check["holds"]]
    if failed:
        raise MetricError(f"it would be rejected: not true is that {failed[0]['claim']} ({failed[0]['detail']})")
    return record


def _run_record(run: Path) -> dict[str, Any]:
    record = read_json(run / RUN_FILE)
    key, data, scores = (_object(record.get(name)) for name in ("key", "data", "scores"))
    whole = isinstance(key.get("config"), str) and isinstance(key.get("splits"), list) and data.get("checksums")
    if record.get("kind") != "evaluation" or not whole or not all(map(_object, scores.values())):
        raise MetricError(f"{run / RUN_FILE} is of no evaluation; name a folder that arith-synth eval has written")
    return record


def _record_of(file: Path, folder: DatasetFolder) -> dict[str, Any]:
    """What predictions say themselves, in the form of run.json: which config they answer, on this dataset."""
    configs = sorted({config_of(prediction.task_id) for prediction in read_predictions(file)})
    if len(configs) > 1:
        raise MetricError(f"{file} answers several configs ({', '.join(configs)}); submit one at a time")
    config = configs[0]
    splits = test_splits(folder, config) if config in folder.configs else []
    return {
        "key": {"config": config, "splits": splits},
        "model": {"family": "third-party"},
        "data": data_record(folder, config, splits),
        "scores": {},
    }


def _splits(record: Mapping[str, Any], folder: DatasetFolder, config: str) -> list[str]:
    """The test splits, all of which the run must have answered, on the tasks of this dataset."""
    if config not in folder.configs:
        raise DatasetError(f"{folder.path} has no config {config}; name the run's dataset with --data")
    splits = test_splits(folder, config)
    answered = record["key"].get("splits", [])
    if missing := [split for split in splits if split not in answered]:
        raise MetricError(
            f"the run has not answered {', '.join(missing)}; run it again with --splits {','.join(splits)}"
        )
    if record.get("lite") or record["key"].get("lite"):
        raise MetricError("the run has answered the first tasks of each split only; run it again without --lite")
    for split in splits:
        if _object(record["data"]["checksums"]).get(split) != content_of(folder, config, split):
            raise DatasetError(f"{split} of {folder.path} is not what the run answered; name its dataset with --data")
    return splits


def _predictions(file: Path, questions: Questions) -> list[Prediction]:
    answered = {prediction.task_id: prediction for prediction in read_predictions(file)}
    if missing := [task.task_id for task in questions.tasks if task.task_id not in answered]:
        raise MetricError(f"{file} lacks {len(missing)} tasks, the first is {missing[0]}; run the evaluation again")
    return [answered[task.task_id] for task in questions.tasks]


def _check_record(record: Mapping[str, Any], scores: Mapping[str, Mapping[str, Any]]) -> None:
    """Predictions that were changed after the run must not go under its name."""
    if _object(record.get("config")).get("strict"):
        return  # scored without the rules of extraction, with which everything here is scored
    for split, values in scores.items() if record["scores"] else ():
        if _object(record["scores"].get(split)).get("execution_accuracy") != values["execution_accuracy"]:
            raise MetricError(f"the predictions of {split} do not give the accuracy that run.json says; run it again")


def _known(
    record: Mapping[str, Any],
    folder: DatasetFolder,
    config: str,
    splits: Sequence[str],
    predictions: Sequence[Prediction],
) -> dict[str, Any]:
    """The fields that run.json, the dataset and the predictions decide, or leave open."""
    key = record["key"]
    model, options, training = (_object(record.get(name)) for name in ("model", "config", "training"))
    decoding = _object(key.get("decoding"))
    family = str(model.get("family"))
    n_samples = len(predictions[0].completions)
    names = BASELINE_DECODING if family == BASELINE else DECODING
    told = {**options, **decoding}  # `decoding` has what options leave to defaults
    again = {name: told[name] for name in names if told.get(name) is not None}
    trained = _training_run(model.get("path"))
    is_baseline = family == BASELINE
    return {
        "schema_version": 1,
        "name": None,
        "model": {
            "name": model.get("name"),
            "id": model.get("name") if is_baseline else None,
            "sha256": key.get("model_sha256"),
            "n_parameters": model.get("n_parameters"),
            "family": family,
        },
        "track": None,
        "config": config,
        "splits": list(splits),
        "n_samples": n_samples,
        "temperature": decoding.get("temperature"),
        "sampling_seed": predictions[0].seed,
        "decoding": None if options.get("server") or not told else again,
        "training_seeds": [seed for seed in [training.get("seed")] if seed is not None],
        "training_data": _training_data(training, options, folder, config),
        "other_data": None,
        "budget": {
            "samples_per_task": n_samples,
            "train_flops": 0 if is_baseline else trained.get("flops"),
            "train_seconds": 0 if is_baseline else training.get("seconds"),
            "inference_seconds": record.get("decoded_s"),
            "tables": None,
        },
        "data": {
            **{name: record["data"].get(name) for name in ("version", "grammar", "max_size")},
            "checksums": {split: record["data"]["checksums"][split] for split in splits},
        },
        "licence": None,
        "links": [],
        "package_version": __version__,
    }


def _training_data(
    training: Mapping[str, Any], options: Mapping[str, Any], folder: DatasetFolder, config: str
) -> list[dict[str, Any]]:
    """What the model was trained on and selected with, split by split, and what its prompts show."""
    source = training.get("config")
    found = {(source, split): checksum for split, checksum in _object(training.get("checksums")).items() if source}
    if options.get("few_shot"):
        found.setdefault((config, TRAIN_PREFIX), content_of(folder, config, TRAIN_PREFIX))
    declared = []
    for (name, split), checksum in found.items():
        entry = folder.checksums["splits"].get(f"{name}/{split}")
        if entry is not None and not is_test(split):
            declared.append({"config": name, "split": split, "n_tasks": entry["n"], "checksum": checksum})
    return declared


def _declared(named: Any, folder: DatasetFolder) -> Any:
    """A training split that was only named, with its number of tasks and checksum; anything else as it is."""
    if not isinstance(named, dict) or named.keys() != {"config", "split"}:
        return named
    entry = folder.checksums["splits"].get(f"{named['config']}/{named['split']}")
    if entry is None:
        return named
    return {**named, "n_tasks": entry["n"], "checksum": content_of(folder, named["config"], named["split"])}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _training_run(path: Any) -> dict[str, Any]:
    """run.json of the training run behind a model that lies here; empty when there is none."""
    file = Path(str(path)) / RUN_FILE
    if path is None or not file.is_file():
        return {}
    try:
        record = read_json(file)
    except MetricError:
        return {}  # of somebody else
    return record if record.get("kind", "training") == "training" else {}
