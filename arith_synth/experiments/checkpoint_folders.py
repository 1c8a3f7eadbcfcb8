"""The folder of a checkpoint that others build on: a model, what it was made by, its scores and its card.

It is made of the folders of a training run and of an evaluation, small and portable: no tasks, no path of a machine.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import safe_open

from arith_synth.errors import CheckpointError, MetricError
from arith_synth.files import read_json, write_json
from arith_synth.report.model_card import CURVE_FILE, model_card, write_model_card
from arith_synth.report.training_curve import draw_training_curve
from arith_synth.training.folders import RUN_FILE, written_aside

WEIGHTS_FILE = "model.safetensors"
CARD_FILE = "README.md"
#: Where in the folder of a checkpoint its scores are.
EVALUATION = "evaluation"
#: A repository carries these files for ever.
MAX_FILE_BYTES = 2_000_000
#: In the run.json of a checkpoint: what it is known by.
KEY = "checkpoint_key"
#: Model, settings and tokenizer; the log and the checkpoints to resume from stay behind.
_SUFFIXES = {".json", ".jinja", ".safetensors"}
#: Options that say where something lay on one machine, or how its command was called.
_PLACES = {"model", "data", "output", "resume", "json"}


def publish_checkpoint(run: Path, scores: Path, target: Path, key: str) -> None:
    """Write the folder of a checkpoint, whole or not at all, in place of what is there.

    `run`, `scores`: folders that `train` and `eval` have written. Raises CheckpointError when a file is too large or
    the weights are not float32, MetricError when a file is missing or damaged or the scores are of another model.
    """
    if not (run / CURVE_FILE).is_file():
        draw_training_curve(run)
    with written_aside(target) as aside:
        for file in sorted(run.iterdir()):
            if file.is_file() and file.name != RUN_FILE and (file.suffix in _SUFFIXES or file.name == CURVE_FILE):
                shutil.copyfile(file, aside / file.name)
        trained, scored = read_json(run / RUN_FILE), read_json(scores / RUN_FILE)
        about = {name: value for name, value in scored["model"].items() if name not in ("path", "name")}
        write_json(aside / RUN_FILE, {**_portable(trained), KEY: key})
        write_json(aside / EVALUATION / RUN_FILE, {**_portable(scored), "model": about})
        write_card(aside)
        for file in sorted(path for path in aside.rglob("*") if path.is_file()):
            check_size(f"{target.name}/{file.relative_to(aside)}", file.stat().st_size)
        _check_float32(aside / WEIGHTS_FILE, target.name)


def checkpoint_card(folder: Path) -> str:
    """The card that the files of a checkpoint give. Raises MetricError when one is missing or damaged."""
    return model_card(folder, [folder / EVALUATION])


def write_card(folder: Path) -> None:
    """Write the card that the files of a checkpoint give, and its scores as the Hub reads them.

    Raises MetricError when a file is missing or damaged.
    """
    write_model_card(folder, [folder / EVALUATION], folder / CARD_FILE)


def holds_checkpoint(folder: Path, key: str) -> bool:
    """Whether a folder has the checkpoint that a key names, with scores that are its own."""
    try:
        checkpoint_card(folder)
        return read_json(folder / RUN_FILE).get(KEY) == key
    except MetricError:
        return False


def check_size(name: str, n_bytes: int) -> None:
    """Raises CheckpointError for a file that is too large to be part of a repository."""
    if n_bytes > MAX_FILE_BYTES:
        raise CheckpointError(
            f"{name} takes {n_bytes:,} bytes, and a file of a checkpoint may take {MAX_FILE_BYTES:,}; "
            "take a smaller preset"
        )


def _check_float32(weights: Path, name: str) -> None:
    with safe_open(weights, framework="pt") as tensors:
        kinds = {tensors.get_slice(tensor).get_dtype() for tensor in tensors.keys()}  # noqa: SIM118
    if kinds != {"F32"}:
        raise CheckpointError(f"the weights of {name} are {', '.join(sorted(kinds))}, not float32; train it again")


def _portable(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a run says of itself, without places."""
    options = {name: value for name, value in record["config"].items() if name not in _PLACES}
    return {**record, "config": options}
