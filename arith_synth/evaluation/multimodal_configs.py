"""The config.json of a multimodal model, checked against its weights before anything of that size is built.

Folders come from anyone, and a config may ask for what its weights do not have: layers without end, other tokens.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig

from arith_synth.errors import CheckpointError
from arith_synth.modeling import N_FEATURES, ArithSynthConfig, ArithSynthForProgramSynthesis
from arith_synth.tokenization import NOTATIONS, SPECIAL_TOKENS, vocabulary_of

#: Names and shapes of tensors.
Shapes = Mapping[str, tuple[int, ...]]

#: What says which model it is. Other fields are those of any model: where its weights lie, whose code attends, how many
#: labels it has. None of them is obeyed.
_FIELDS = {*LlamaConfig.__annotations__, *ArithSynthConfig.__annotations__, "dtype"}
#: Fields that name a token of ours; the mask and the reader of completions have them from the tokenizer.
_TOKENS = {"pad_token_id": "<pad>", "eos_token_id": "<eos>", "example_token_id": "<example>"}
_LAYER = re.compile(r"decoder\.layers\.(\d+)\.")


def config_of(described: Mapping[str, Any]) -> ArithSynthConfig:
    """The config that a config.json describes. Raises whatever transformers does where it describes none."""
    return ArithSynthConfig(**{name: value for name, value in described.items() if name in _FIELDS})


def check_meaning(folder: Path, config: ArithSynthConfig) -> None:
    """Whether a config means what this version means by it.

    Raises CheckpointError when it names other tokens, another notation, other features, or a grammar of more symbols
    than the model can write; UsageError when it names no grammar.
    """
    for name, token in _TOKENS.items():
        value, expected = getattr(config, name), SPECIAL_TOKENS.index(token)
        if value != expected:
            raise _unmeant(folder, f"{name} is {value!r:.40}, and {token} of the tokenizer is {expected}")
    if config.n_features != N_FEATURES:
        raise _unfitting(folder, f"read {config.n_features} numbers of each example, and there are {N_FEATURES}")
    if config.notation not in NOTATIONS:
        raise _unmeant(folder, f"notation is {config.notation!r:.40}, which is none of {', '.join(NOTATIONS)}")
    n_symbols = len(vocabulary_of(config.grammar_definition()))
    if n_symbols > config.vocab_size:
        raise _unmeant(folder, f"its grammar has {n_symbols} tokens, and the model {config.vocab_size}")


def check_sizes(folder: Path, config: ArithSynthConfig, stored: Shapes) -> None:
    """Compare a config with the tensors of its weights, and take no memory for what it only promises.

    Raises CheckpointError when they differ, and whatever torch and transformers do where no model can be built.
    """
    n_layers = len({match[1] for name in stored if (match := _LAYER.match(name))})
    if config.num_hidden_layers != n_layers:  # asked first: to build layers takes time on any device
        raise _unfitting(
            folder, f"have {n_layers:,} layers, and its config.json describes {config.num_hidden_layers:,}"
        )
    with torch.device("meta"):
        model = ArithSynthForProgramSynthesis(config)
    described = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    if config.tie_word_embeddings:
        described.pop("lm_head.weight")  # stored once
    for name in sorted(described.keys() | stored.keys()):
        if name not in stored:
            raise _unfitting(folder, f"lack {name}, which its config.json describes")
        if name not in described:
            raise _unfitting(folder, f"have {name!r}, which its config.json does not describe")
        if described[name] != stored[name]:
            there, wanted = (" x ".join(map(str, shape)) for shape in (stored[name], described[name]))
            raise _unfitting(folder, f"do not fit: {name} is {there}, and its config.json describes {wanted}")


def _unmeant(folder: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"the config.json of {folder} was changed ({reason}); train the model again, or copy it again"
    )


def _unfitting(folder: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"the weights of {folder} {reason}; copy the model again, or evaluate it with the version of arith-synth that "
        "trained it"
    )
