"""Loading a trained model from its folder, with one line for each way that can fail."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from transformers.utils import logging as transformers_logging

from arith_synth.errors import CheckpointError, UsageError
from arith_synth.evaluation.model_folders import read_config
from arith_synth.modeling import ArithSynthConfig, ArithSynthForProgramSynthesis

WEIGHTS_FILE = "model.safetensors"


def load_model(folder: Path) -> ArithSynthForProgramSynthesis:
    """The model of a run's folder, in evaluation mode.

    Raises CheckpointError when there is none or it is damaged, UsageError when it is of another family.
    """
    config = read_config(folder)
    if config.get("model_type") != ArithSynthConfig.model_type:
        raise UsageError(
            f"{folder} holds a model of type {config.get('model_type')!r}; name a folder that train.py has written"
        )
    try:
        with safe_open(folder / WEIGHTS_FILE, framework="pt") as weights:
            n_tensors = len(list(weights.keys()))
    except FileNotFoundError as error:
        raise CheckpointError(f"{folder} has no {WEIGHTS_FILE}; train the model again") from error
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{folder / WEIGHTS_FILE} is truncated or damaged; train the model again") from error
    transformers_logging.disable_progress_bar()
    try:
        loaded: Any = ArithSynthForProgramSynthesis.from_pretrained(
            folder, local_files_only=True, output_loading_info=True
        )
    except (ValueError, RuntimeError, TypeError) as error:  # a config that no longer fits its weights
        reason = str(error).partition("\n")[0]
        raise CheckpointError(f"{folder} cannot be loaded ({reason}); train the model again") from error
    model, report = loaded
    if report["missing_keys"] or report["mismatched_keys"] or report["unexpected_keys"]:
        raise CheckpointError(
            f"the {n_tensors} tensors of {folder / WEIGHTS_FILE} do not fit this version's model; "
            "evaluate it with the version of arith-synth that trained it"
        )
    return model.eval()


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
