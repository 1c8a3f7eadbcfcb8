"""Where a model lies, here or on the Hub, and how it is to be asked."""

import json
import re
from pathlib import Path
from typing import Any

from arith_synth.errors import CheckpointError

CONFIG_FILE = "config.json"
ADAPTER_CONFIG_FILE = "adapter_config.json"
#: `model_type` of the multimodal models; written here too, so that telling them apart loads no model code.
_MULTIMODAL_TYPE = "arith_synth"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
#: What is taken from the Hub: top-level files that hold no code, and no second copy of the weights.
_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.tiktoken", "*.jinja"]
_UNWANTED = ["*/*", "consolidated*"]


def find_model(model: Path, beside: Path | None = None) -> Path:
    """The folder of a model: a folder here, or a model of the Hub by its name, as in Qwen/Qwen3-0.6B.

    `beside`: a folder that a relative path may start from as well. A name is looked up on the Hub only when nothing
    here has it. Raises CheckpointError when there is no such model, HubError when the Hub fails.
    """
    for folder in (model, *([beside / model] if beside is not None else [])):
        if folder.exists():
            return folder
    # `runs/a` where `runs` is a folder of ours is a slip of the pen, and nobody else is to be asked about it.
    if not _HUB_NAME.fullmatch(str(model)) or model.parent.exists():
        return model
    return _from_hub(str(model))


def reads_prompts(folder: Path) -> bool:
    """Whether a folder's model is asked by prompts, and not by exact examples.

    Raises CheckpointError when there is no model or it is damaged.
    """
    return is_adapter(folder) or read_config(folder).get("model_type") != _MULTIMODAL_TYPE


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter of PEFT, which changes another model."""
    return (folder / ADAPTER_CONFIG_FILE).is_file()


def read_config(folder: Path, name: str = CONFIG_FILE) -> dict[str, Any]:
    """A JSON file that describes a model. Raises CheckpointError when there is none or it is damaged."""
    file = folder / name
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if (folder / "checkpoints").is_dir():
            raise CheckpointError(
                f"the training run in {folder} has not ended; go on with train.py --resume"
            ) from error
        raise CheckpointError(
            f"there is no model in {folder} (no {name}); train one with: train.py --output {folder}, "
            "or name the folder of another causal language model"
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged(file) from error
    if not isinstance(config, dict):
        raise damaged(file)
    return config


def damaged(file: Path) -> CheckpointError:
    """The error for a file of a model that cannot be read as what it should be."""
    return CheckpointError(f"{file} is truncated or damaged; train the model again, or copy it again")


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

    from arith_synth.data.hub.calls import hub_of

    def download() -> Path:
        try:
            return Path(snapshot_download(name, token=hub.token, allow_patterns=_WANTED, ignore_patterns=_UNWANTED))
        except (RepositoryNotFoundError, LocalEntryNotFoundError) as error:
            raise CheckpointError(
                f"there is no folder {name}, and no model of that name on the Hub that can be had now; "
                "correct --model, or look at the connection and `hf auth login`"
            ) from error

    with hub_of(name, to_write=False) as hub:
        return hub.ask(f"downloading {name}", download, n_tries=2)
