"""Where the numbers of a report come from: data, model, budget, seeds, commit, machine, versions."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from arith_synth.report.results import ArmResults
from arith_synth.scoring import ARMS

_UNKNOWN = "not recorded"


def provenance_of(arms: Mapping[str, ArmResults]) -> dict[str, Any]:
    """What the run.json files of the arms say; a list holds each distinct value once, in the order of the arms."""
    trainings = [arms[arm].training for arm in ARMS]
    runs = [*trainings, *(arms[arm].evaluation for arm in ARMS)]
    data, config = trainings[0].get("data") or {}, trainings[0].get("config") or {}  # read_arms: the same for all arms
    return {
        "grammar": data.get("grammar"),
        "max_size": data.get("max_size"),
        "data_version": data.get("version"),
        "n_training_tasks": _distinct(run.get("n_tasks") for run in trainings),
        "preset": config.get("preset"),
        "n_parameters": _distinct((run.get("model") or {}).get("n_parameters") for run in trainings),
        "steps": _distinct(run.get("step") for run in trainings),
        "batch_size": config.get("batch_size"),
        "training_seeds": _distinct(run.get("seed") for run in trainings),
        "commits": _distinct(run.get("commit") for run in runs),
        "hardware": _distinct(run.get("hardware") for run in runs),
        "versions": _distinct(run.get("versions") for run in runs),
    }


def provenance_line(provenance: Mapping[str, Any]) -> str:
    """`provenance_of` as a line of Markdown."""
    return (
        f"Provenance: data {_one(provenance['data_version'])}, grammar {_one(provenance['grammar'])}, "
        f"max_size {_one(provenance['max_size'])}, {_all(provenance['n_training_tasks'])} training tasks an arm; "
        f"model {_one(provenance['preset'])}, {_all(provenance['n_parameters'])} parameters, "
        f"{_all(provenance['steps'])} steps of {_one(provenance['batch_size'])} tasks, "
        f"training seed(s) {_all(provenance['training_seeds'])}; commit {_all(provenance['commits'])}; "
        f"hardware: {_all(provenance['hardware'])}; versions: {_all(provenance['versions'])}."
    )


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list({json.dumps(value, sort_keys=True): value for value in values if value is not None}.values())


def _all(values: list[Any]) -> str:
    return " or ".join(_one(value) for value in values) or _UNKNOWN


def _one(value: Any) -> str:
    if value is None:
        return _UNKNOWN
    if isinstance(value, dict):
        return ", ".join(f"{name} {_one(item)}" for name, item in value.items())
    return str(value)
