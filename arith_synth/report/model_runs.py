"""The files of a trained model and of its evaluations, read and checked against each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.files import read_json
from arith_synth.model_files import model_sha256

RUN_FILE = "run.json"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
#: `model_type` of the models that read exact examples; for them an evaluation must be of the very files of the folder.
#: An adapter cannot be asked so: its hash is that of its base too, which may be elsewhere.
MULTIMODAL_TYPE = "arith_synth"

#: What an evaluation repeats of the training run: its name for it and ours.
_SAME = {"steps": "step", "examples": "examples", "seconds": "seconds", "seed": "seed", "commit": "commit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The scores of one split in one evaluation."""

    config: str
    split: str
    scores: Mapping[str, Any]
    decoding: Mapping[str, Any]
    data: Mapping[str, Any]
    n_seen: int | None
    """Tasks whose class was in the training split; None when that could not be told."""
    lite: bool = False
    """Whether only the first tasks of the split were asked."""
    date: str | None = None
    """When the evaluation ended, ISO 8601; None in runs of versions that did not say."""

    @property
    def is_headline(self) -> bool:
        """Whether all tasks were answered by one completion, greedily."""
        return not self.lite and self.decoding.get("n_samples") == 1 and self.decoding.get("temperature") == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """A trained model: its run.json, its config.json, its scores, the run.json of each evaluation, where it lies."""

    folder: Path
    record: Mapping[str, Any]
    model_config: Mapping[str, Any]
    scores: Sequence[Score]
    evaluations: Sequence[Mapping[str, Any]] = ()

    @property
    def options(self) -> Mapping[str, Any]:
        """What the training was told."""
        return self.record["config"]

    @property
    def is_multimodal(self) -> bool:
        """Whether the model reads exact outputs; else it reads the prompt."""
        return self.model_config.get("model_type") == MULTIMODAL_TYPE

    @property
    def weights_bytes(self) -> int:
        """Bytes of the file of weights."""
        return (self.folder / WEIGHTS_FILE).stat().st_size


def read_model_run(folder: Path, evaluations: Sequence[Path]) -> ModelRun:
    """A finished training run with its evaluations.

    Raises MetricError when a file is missing or damaged, the run has not ended, an evaluation is of another model, or
    two give scores of one split in one way of decoding.
    """
    record = _record(folder, "training")
    config = record["config"]
    if not (folder / WEIGHTS_FILE).is_file():
        raise MetricError(f"{folder} has no {WEIGHTS_FILE}; name the folder that the training has written")
    model_config = read_json(folder / CONFIG_FILE)
    scores: list[Score] = []
    scored: list[Mapping[str, Any]] = []
    for place in evaluations:
        evaluation = _record(place, "evaluation")
        _check_model(folder, record, model_config, place, evaluation)
        scored.append(evaluation)
        scores += _scores(evaluation)
    ways = [(score.config, score.split, sorted(score.decoding.items()), score.data) for score in scores]
    for index, way in enumerate(ways):
        if way in ways[:index]:
            raise MetricError(f"two evaluations score {way[0]}/{way[1]} in the same way; name one of them")
    assert isinstance(config, dict)
    return ModelRun(folder=folder, record=record, model_config=model_config, scores=scores, evaluations=scored)


def _record(folder: Path, kind: str) -> dict[str, Any]:
    if not (folder / RUN_FILE).is_file():
        raise MetricError(f"{folder} has no {RUN_FILE}; name the folder of one {kind} that has come to its end")
    record = read_json(folder / RUN_FILE)
    if record.get("kind") != kind:
        raise MetricError(f"{folder / RUN_FILE} is of kind {record.get('kind')!r}; name the folder of one {kind}")
    for section in ("config", "data", *(("key", "scores") if kind == "evaluation" else ("model",))):
        if not isinstance(record.get(section), dict):
            raise MetricError(f"{folder / RUN_FILE} lacks {section!r}; run the {kind} again")
    return record


def _check_model(
    folder: Path,
    record: Mapping[str, Any],
    model_config: Mapping[str, Any],
    place: Path,
    evaluation: Mapping[str, Any],
) -> None:
    said = evaluation.get("training") or {}
    expected = {name: record.get(ours) for name, ours in _SAME.items()}
    expected |= {name: record["config"].get(name) for name in ("config", "split", "preset")}
    other = [name for name, value in expected.items() if said.get(name) != value]
    if not other and model_config.get("model_type") == MULTIMODAL_TYPE:
        other = [] if evaluation["key"].get("model_sha256") == model_sha256(folder) else ["weights or config.json"]
    if other:
        raise MetricError(f"{place} is an evaluation of another model than {folder} ({', '.join(other)}); leave it out")


def _scores(evaluation: Mapping[str, Any]) -> Iterator[Score]:
    seen = evaluation.get("seen_in_training")
    for split, scores in evaluation["scores"].items():
        yield Score(
            config=evaluation["config"]["config"],
            split=split,
            scores=scores,
            decoding=evaluation["key"]["decoding"],
            data=evaluation["data"],
            n_seen=None if seen is None else seen.get(split),
            lite=bool(evaluation["key"].get("lite")),
            date=evaluation.get("date"),
        )
