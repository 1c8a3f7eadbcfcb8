"""Answering drawn tasks again: the same weights and seeds must give the same completions, to the letter."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import fields, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import CapacityError, CheckpointError, DeviceError, UsageError
from arith_synth.scoring import Prediction, split_of
from arith_synth.seeding import keyed_hash
from arith_synth.submissions.checks import one_line

if TYPE_CHECKING:
    from arith_synth.evaluation.config import EvaluationConfig

BASELINE = "baseline"
#: Of an evaluation's options, those that decide completions, beside samples, temperature and seed.
DECODING = ("top_p", "max_new_tokens", "mask", "few_shot", "batch_size")
#: The same of a baseline.
BASELINE_DECODING = ("trained_on",)

Completions = dict[str, tuple[str, ...]]


def drawn(predictions: Sequence[Prediction], n_tasks: int, seed: int, right: Container[str] = ()) -> list[Prediction]:
    """`n_tasks` of the predictions, drawn by the keyed hash of (seed, task id).

    `right`: ids of tasks that count as solved. Half of what is drawn is drawn among them, from each split alike, as far
    as there are so many: who exchanges a few answers exchanges them for right ones, where those are rare.
    """
    ordered = sorted(predictions, key=lambda one: keyed_hash("regeneration", seed, one.task_id))
    by_split: dict[str, list[str]] = {}
    for one in ordered:
        if one.task_id in right:
            by_split.setdefault(split_of(one.task_id), []).append(one.task_id)
    in_turn = (task_id for turn in zip_longest(*by_split.values()) for task_id in turn if task_id is not None)
    first = frozenset(islice(in_turn, n_tasks // 2))
    n_others = n_tasks - len(first)
    others = frozenset(islice((one.task_id for one in ordered if one.task_id not in first), n_others))
    return [one for one in ordered if one.task_id in first or one.task_id in others]


def regenerated(
    submission: Mapping[str, Any],
    dataset: DatasetFolder,
    chosen: Sequence[Prediction],
    seed: int,
    *,
    model: str | None = None,
    device: str = "cpu",
) -> dict[str, Any] | None:
    """What came of it: {"n_tasks", "n_equal", "seed", "detail"}; None when there is nothing to answer with.

    `chosen`: the predictions that `drawn` has drawn by `seed`, whose tasks are answered again. `model`: a folder, or a
    name on the Hub; weights are read from safetensors alone, no code of theirs is run, and no other model is loaded. A
    baseline needs none. Weights that cannot be loaded, or are not those that were submitted, give no equal task, and
    `detail` says why. Raises DeviceError, MissingExtraError and HubError, which are not the submitter's fault.
    """
    if submission["decoding"] is None or (model is None and submission["model"]["family"] != BASELINE):
        return None
    task_ids = frozenset(prediction.task_id for prediction in chosen)
    answer = _answers_of_baseline if submission["model"]["family"] == BASELINE else _answers_of_model
    detail, completions = "", {}
    try:
        completions = answer(submission, dataset, task_ids, model, device)
    except DeviceError:
        raise
    except (CheckpointError, CapacityError, UsageError) as error:
        detail = one_line(str(error))
    different = [one.task_id for one in chosen if completions.get(one.task_id) != one.completions]
    if different and not detail:
        detail = f"{different[0]} has other completions"
    return {"n_tasks": len(chosen), "n_equal": len(chosen) - len(different), "seed": seed, "detail": detail}


def _answers_of_baseline(
    submission: Mapping[str, Any], dataset: DatasetFolder, task_ids: frozenset[str], model: str | None, device: str
) -> Completions:
    from arith_synth.baselines.answers import answers_to
    from arith_synth.baselines.config import BaselineConfig, BaselineName
    from arith_synth.evaluation.grading import questions_of

    if submission["model"]["id"] not in get_args(BaselineName):
        raise UsageError("there is no baseline of that name, so nothing can be answered again")
    config = BaselineConfig(
        name=submission["model"]["id"],
        data=dataset.path,
        config=submission["config"],
        splits=",".join(submission["splits"]),
        samples=submission["n_samples"],
        seed=submission["sampling_seed"],
        **_options(submission["decoding"], BASELINE_DECODING),
    )
    questions = questions_of(dataset.path, config.config, config.split_names)
    tasks = tuple(task for task in questions.tasks if task.task_id in task_ids)
    predictions = answers_to(replace(questions, tasks=tasks), config)
    return {prediction.task_id: prediction.completions for prediction in predictions}


def _answers_of_model(
    submission: Mapping[str, Any], dataset: DatasetFolder, task_ids: frozenset[str], model: str | None, device: str
) -> Completions:
    from arith_synth.evaluation.answering import answerer_for
    from arith_synth.evaluation.answers import Asked
    from arith_synth.evaluation.model_folders import find_model, is_adapter
    from arith_synth.evaluation.prompts import few_shot_examples
    from arith_synth.training import require_training_extra

    require_training_extra()
    if is_adapter(find_model(Path(str(model)))):
        raise CheckpointError(
            "it is an adapter, which names another model, and nothing is loaded that the receiver has not named; merge "
            "it into its model, and submit the answers of that"
        )
    config = _evaluation_of(submission, dataset.path, str(model), device)
    examples = few_shot_examples(dataset, config.config, config.few_shot, config.seed)
    answerer = answerer_for(config, examples)
    expected, found = submission["model"]["sha256"], answerer.key.get("model_sha256")
    if expected is not None and found != expected:
        raise CheckpointError("the weights are not those that were submitted: they have another sha256")

    def lacking(task_id: str) -> Sequence[int]:
        return range(config.samples) if task_id in task_ids else ()

    completions: Completions = {}
    for split in sorted({split_of(task_id) for task_id in task_ids}):
        n_tasks = dataset.checksums["splits"][f"{config.config}/{split}"]["n"]
        asked = Asked(folder=dataset, config=config.config, split=split, n_tasks=n_tasks)
        for answers in answerer.answer(asked, lacking):
            for answer in answers:  # samples of one task may come apart
                completions[answer.task_id] = completions.get(answer.task_id, ()) + answer.completions
    return completions


def _evaluation_of(submission: Mapping[str, Any], data: Path, model: str, device: Any) -> "EvaluationConfig":
    from arith_synth.evaluation.config import EvaluationConfig

    allowed = [field.name for field in fields(EvaluationConfig) if field.name in DECODING]
    return EvaluationConfig(
        model=model,
        data=data,
        config=submission["config"],
        splits=",".join(submission["splits"]),
        samples=submission["n_samples"],
        temperature=submission["temperature"] or 0.0,
        seed=submission["sampling_seed"],
        device=device,
        **_options(submission["decoding"], allowed),
    )


def _options(decoding: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, Any]:
    if unknown := sorted(decoding.keys() - set(allowed)):
        raise UsageError(f"decoding.{unknown[0]} is no option of it, so nothing can be answered as it was")
    return dict(decoding)
