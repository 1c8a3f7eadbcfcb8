"""Loading a trained model from its folder, with one line for each way that can fail."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from arith_synth.errors import CheckpointError, UsageError
from arith_synth.evaluation.causal_models import LOADING_ERRORS, quiet_transformers
from arith_synth.evaluation.model_folders import read_config
from arith_synth.evaluation.multimodal_configs import check_meaning, check_sizes, config_of
from arith_synth.modeling import ArithSynthConfig, ArithSynthForProgramSynthesis

WEIGHTS_FILE = "model.safetensors"


def load_model(folder: Path) -> ArithSynthForProgramSynthesis:
    """The model of a run's folder, in evaluation mode.

    Raises CheckpointError when there is none, it is damaged, or its config.json and its weights are of two models;
    UsageError when it is of another family or names no grammar.
    """
    described = read_config(folder)
    if described.get("model_type") != ArithSynthConfig.model_type:
        raise UsageError(
            f"{folder} holds a model of type {described.get('model_type')!r}; name a folder that train.py has written"
        )
    stored = _stored_shapes(folder)
    with quiet_transformers(), _one_line(folder):
        config = config_of(described)
    check_meaning(folder, config)
    with quiet_transformers(), _one_line(folder):
        check_sizes(folder, config, stored)
        loaded: Any = ArithSynthForProgramSynthesis.from_pretrained(
            folder, config=config, local_files_only=True, use_safetensors=True
        )
    return loaded.eval()


def training_of(folder: Path) -> dict[str, Any] | None:
    """What matters of the run that trained the model, from its run.json; None when there is no such file."""
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(record, dict) or record.get("kind", "training") != "training":
        return None  # of others
    config = record.get("config", {})
    return {
        "config": config.get("config"),
        "split": config.get("split"),
        "preset": config.get("preset"),
        "steps": record.get("step"),
        "checksums": (record.get("data") or {}).get("checksums"),
        **{name: record.get(name) for name in ("examples", "seconds", "seed", "commit")},
    }


def _stored_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """What a file of weights holds, of which only the header is read."""
    try:
        with safe_open(folder / WEIGHTS_FILE, framework="pt") as weights:
            return {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise CheckpointError(f"{folder} has no {WEIGHTS_FILE}; train the model again") from error
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{folder / WEIGHTS_FILE} is truncated or damaged; train the model again") from error


@contextmanager
def _one_line(folder: Path) -> Iterator[None]:
    """Whatever transformers makes of a config that is none becomes one error of ours."""
    try:
        yield
    except LOADING_ERRORS as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]  # a KeyError says no more than the key
        raise CheckpointError(
            f"{folder} cannot be loaded ({reason}); train the model again, or copy it again"
        ) from error
