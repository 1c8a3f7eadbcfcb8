"""Loading a PEFT adapter on top of the model it was trained on."""

import warnings
from pathlib import Path

import torch

from arith_synth.errors import CheckpointError, MissingExtraError
from arith_synth.evaluation.causal_models import (
    LOADING_ERRORS,
    CausalLM,
    has_tokenizer,
    load_causal_lm,
    n_stored,
    quiet_transformers,
    unloadable,
)
from arith_synth.evaluation.model_folders import ADAPTER_CONFIG_FILE, CONFIG_FILE, damaged, find_model, read_config

ADAPTER_WEIGHTS_FILE = "adapter_model.safetensors"


def base_of(folder: Path) -> Path:
    """The folder of the model that an adapter changes, as its adapter_config.json says.

    Raises CheckpointError when the file is damaged or that model is not to be found, HubError when the Hub fails.
    """
    name = read_config(folder, ADAPTER_CONFIG_FILE).get("base_model_name_or_path")
    if not isinstance(name, str) or not name:
        raise damaged(folder / ADAPTER_CONFIG_FILE)
    base = find_model(Path(name), beside=folder)
    if not (base / CONFIG_FILE).is_file():
        raise CheckpointError(
            f"the adapter in {folder} changes the model {name}, which is not there; put it there, or correct "
            f"base_model_name_or_path in {folder / ADAPTER_CONFIG_FILE}"
        )
    return base


def load_adapter(folder: Path, base_folder: Path, device: torch.device) -> CausalLM:
    """A base model with the adapter of a folder, and the tokenizer of the adapter, or of the base if it has none.

    Raises MissingExtraError without `peft`, CheckpointError when adapter or base cannot be loaded.
    """
    try:
        from peft import PeftModel
    except ImportError as error:
        raise MissingExtraError(
            f"{folder} is an adapter, and peft cannot be imported ({str(error).partition(chr(10))[0]}); "
            "say: pip install 'arith-synth[finetune]'"
        ) from error
    n_stored([folder / ADAPTER_WEIGHTS_FILE])  # that it is there and whole, and no file that could run code
    base = load_causal_lm(base_folder, device, folder if has_tokenizer(folder) else base_folder)
    try:
        with quiet_transformers(), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # what peft and transformers have to settle between them
            warnings.filterwarnings("error", message="Found missing adapter keys")
            model = PeftModel.from_pretrained(base.model, str(folder))
    except UserWarning as error:
        raise CheckpointError(
            f"{folder / ADAPTER_WEIGHTS_FILE} lacks weights that its adapter_config.json names; train the adapter again"
        ) from error
    except LOADING_ERRORS as error:
        raise unloadable(folder, error) from error
    return CausalLM(
        model=model.eval().to(device),
        tokenizer=base.tokenizer,
        end_ids=base.end_ids,
        pad_id=base.pad_id,
        n_context=base.n_context,
    )
