"""Loading any causal language model and its tokenizer: safetensors only, no code of others, one line a failure."""

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from transformers.utils import logging as transformers_logging

from arith_synth.errors import CheckpointError
from arith_synth.evaluation.model_folders import damaged, read_config

WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
#: Any of these is a tokenizer's vocabulary.
_VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "tekken.json")
#: What others' configs, weights and tokenizers are seen raising.
LOADING_ERRORS = (
    OSError, ValueError, RuntimeError, TypeError, LookupError, AttributeError, ImportError, AssertionError,
    ArithmeticError, StrictDataclassError, SafetensorError,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CausalLM:
    """A causal language model in evaluation mode, and its tokenizer.

    `end_ids` end a completion; `pad_id` fills rows up; `n_context`: tokens that the model can read, None for no limit.
    """

    model: Any
    tokenizer: Any
    end_ids: tuple[int, ...]
    pad_id: int
    n_context: int | None


def load_causal_lm(folder: Path, device: torch.device, tokenizer_folder: Path | None = None) -> CausalLM:
    """The model of a folder on a device, with the tokenizer that lies there or in `tokenizer_folder`.

    On the CPU weights are float32, as half precision is slow and coarse there; elsewhere they are what they were saved
    as. Raises CheckpointError when the folder is no such model, has no tokenizer, or is damaged.
    """
    with quiet_transformers():
        tokenizer = _load_tokenizer(folder if tokenizer_folder is None else tokenizer_folder)
        model = _load_weights(folder, device)
    end_ids = _end_ids(model.generation_config, tokenizer)
    # Its other settings, as a repetition penalty, are not the protocol's.
    model.generation_config = GenerationConfig()
    return CausalLM(
        model=model.eval().to(device),
        tokenizer=tokenizer,
        end_ids=end_ids,
        pad_id=_pad_id(tokenizer, end_ids),
        n_context=getattr(model.config.get_text_config(), "max_position_embeddings", None),
    )


def has_tokenizer(folder: Path) -> bool:
    """Whether a tokenizer lies in a folder."""
    return any((folder / name).is_file() for name in _VOCABULARIES) or any(folder.glob("*.tiktoken"))


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Within the block transformers says nothing of its own: what matters becomes an error of ours."""
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity(logging.CRITICAL)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)


def unloadable(folder: Path, error: BaseException) -> CheckpointError:
    """The error for a model that a library refuses, with its reason in one line."""
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return CheckpointError(f"{folder} cannot be loaded ({reason}); name the folder of a causal language model")


def n_stored(files: Sequence[Path]) -> int:
    """Numbers that safetensors files hold. Raises CheckpointError for one that is missing or damaged."""
    n_numbers = 0
    for file in files:
        try:
            with safe_open(file, framework="pt") as weights:
                n_numbers += sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
        except FileNotFoundError as error:
            raise CheckpointError(f"{file.parent} lacks {file.name}; copy the model again") from error
        except (SafetensorError, OSError) as error:
            raise damaged(file) from error
    return n_numbers


def _load_tokenizer(folder: Path) -> Any:
    # Asked for first: without any vocabulary transformers makes an empty tokenizer.
    if not has_tokenizer(folder):
        raise CheckpointError(
            f"{folder} has no tokenizer; save it there with: tokenizer.save_pretrained({str(folder)!r})"
        )
    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except LOADING_ERRORS as error:
        raise CheckpointError(
            f"the tokenizer of {folder} cannot be loaded ({' '.join(str(error).split())[:200]}); save it again"
        ) from error


def _load_weights(folder: Path, device: torch.device) -> Any:
    described = read_config(folder)
    files = _weight_files(folder)
    stored = n_stored(files)
    options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    try:
        config = AutoConfig.from_pretrained(folder, **options)
        if getattr(config, "is_encoder_decoder", False):
            raise CheckpointError(f"{folder} is an encoder with a decoder; name a causal language model")
        with torch.device("meta"):
            n_parameters = sum(p.numel() for p in AutoModelForCausalLM.from_config(config).parameters())
        # Asked before memory is taken for what a config promises; packed weights are fewer numbers by design.
        if "quantization_config" not in described and stored < n_parameters / 2:
            raise CheckpointError(
                f"the weights of {folder} are {stored:,} numbers, and its config.json describes {n_parameters:,}; "
                "copy the model again"
            )
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32 if device.type == "cpu" else "auto",
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )
    except LOADING_ERRORS as error:
        raise unloadable(folder, error) from error
    model, report = loaded
    if report["missing_keys"] or report["mismatched_keys"]:
        name = sorted(report["missing_keys"] or [str(key) for key in report["mismatched_keys"]])[0]
        raise CheckpointError(f"the weights of {folder} do not fit its config.json ({name}); copy the model again")
    return model


def _weight_files(folder: Path) -> list[Path]:
    if not (folder / INDEX_FILE).is_file():
        if not (folder / WEIGHTS_FILE).exists() and any(folder.glob("*.bin")):
            raise CheckpointError(
                f"{folder} has weights in *.bin only, a format that can run code; save them as safetensors, "
                "with model.save_pretrained"
            )
        return [folder / WEIGHTS_FILE]
    placed = read_config(folder, INDEX_FILE).get("weight_map")
    if not isinstance(placed, dict) or not all(isinstance(name, str) for name in placed.values()):
        raise damaged(folder / INDEX_FILE)
    return [folder / name for name in sorted({Path(name).name for name in placed.values()})]


def _end_ids(settings: GenerationConfig, tokenizer: Any) -> tuple[int, ...]:
    """Tokens that end a completion, by the model's own generation settings and by its tokenizer."""
    ids = settings.eos_token_id
    listed = ids if isinstance(ids, list) else [ids]
    return tuple(sorted({int(id_) for id_ in [*listed, tokenizer.eos_token_id] if id_ is not None}))


def _pad_id(tokenizer: Any, end_ids: tuple[int, ...]) -> int:
    """Padding is masked, so any token will do where the tokenizer has none for it."""
    if tokenizer.pad_token_id is not None:
        return tokenizer.pad_token_id
    return tokenizer.eos_token_id if tokenizer.eos_token_id is not None else (*end_ids, 0)[0]
