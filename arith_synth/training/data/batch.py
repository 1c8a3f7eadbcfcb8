"""A batch, and how the arrays of some tasks become one. No Python per task."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from transformers import PretrainedConfig

from arith_synth.errors import UsageError
from arith_synth.modeling import IGNORED_LABEL, ArithSynthConfig, grammar_of
from arith_synth.modeling.feature_kernel import example_features_on_cpu
from arith_synth.training.data.prompts import prompt_tokens
from arith_synth.training.data.tokens import NO_TOKEN

Array = np.ndarray | Tensor


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What the model is called with, and what its last logits should say.

    `inputs`: keyword arguments of the model. Multimodal: input_ids int64[b, n_prefix + length - 1], and features
    float32[b, n_shown, n_example_features] or, for a model on CUDA, numerators and denominators int64[b, n_shown], and
    example_inputs int64[b, n_shown, n_variables] where it reads its inputs. Text: input_ids, attention_mask
    int64[b, time], padded on the right.
    `labels` int64[b, length]: what the last `length` logits should say, IGNORED_LABEL where nothing is wanted.
    """

    inputs: dict[str, Tensor]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice) -> "Batch":
        """The batch of some rows, for micro-batches."""
        return Batch(inputs={name: tensor[rows] for name, tensor in self.inputs.items()}, labels=self.labels[rows])

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "Batch":
        """The same batch on `device`."""
        return Batch(
            inputs={name: tensor.to(device, non_blocking=non_blocking) for name, tensor in self.inputs.items()},
            labels=self.labels.to(device, non_blocking=non_blocking),
        )

    @property
    def n_wanted(self) -> int:
        """Tokens that count in the loss."""
        return int((self.labels != IGNORED_LABEL).sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """Some tasks as arrays of NumPy, or as tensors on a device; one row a task.

    Shapes: tokens int16[n, length], the program's ids and `<eos>`, NO_TOKEN after it; numerators, denominators
    int64[n, n_shown] (0 below: undefined); inputs int64[n, n_shown, n_variables], None where no model reads them.
    """

    tokens: Array
    numerators: Array
    denominators: Array
    inputs: Array | None

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, rows: Array | slice) -> "Examples":
        return self._map(lambda array: array[rows])

    def on(self, device: torch.device) -> "Examples":
        """The same tasks as tensors on `device`."""
        return self._map(lambda array: torch.from_numpy(np.array(array)).to(device))

    @property
    def n_bytes(self) -> int:
        """What they take."""
        return sum(array.nbytes for array in vars(self).values() if array is not None)

    def _map(self, change: Callable[..., Array]) -> "Examples":
        return replace(self, **{name: change(array) for name, array in vars(self).items() if array is not None})


def reads_inputs(config: PretrainedConfig) -> bool:
    """Whether a model is told at which inputs the outputs are: models for text are, others where the config says so."""
    return not isinstance(config, ArithSynthConfig) or config.reads_inputs


def batch_of(examples: Examples, config: PretrainedConfig) -> Batch:
    """The batch that a model of this config is given, on the device that the examples are on.

    Raises UsageError when the model is neither of this package's families.
    """
    return _multimodal(examples, config) if isinstance(config, ArithSynthConfig) else _text(examples, config)


def _multimodal(examples: Examples, config: ArithSynthConfig) -> Batch:
    tokens = torch.as_tensor(examples.tokens).long()
    is_nothing = tokens == NO_TOKEN
    # Where nothing is wanted, any token will do: it stands after the end, where no wanted logit attends to it.
    written = tokens.masked_fill(is_nothing, config.pad_token_id)[:, :-1]
    placeholders = written.new_full((len(tokens), config.n_prefix), config.example_token_id)
    inputs = {"input_ids": torch.cat([placeholders, written], dim=1)}
    if isinstance(examples.numerators, np.ndarray):
        inputs["features"] = torch.from_numpy(features_on_cpu(examples, config))
    else:
        inputs |= {"numerators": examples.numerators, "denominators": torch.as_tensor(examples.denominators)}
        if config.reads_inputs:
            inputs["example_inputs"] = torch.as_tensor(examples.inputs)
    return Batch(inputs=inputs, labels=tokens.masked_fill(is_nothing, IGNORED_LABEL))


def features_on_cpu(examples: Examples, config: ArithSynthConfig) -> np.ndarray:
    """What `features_of` of the model makes of tasks: float32[task, n_shown, n_example_features].

    They are computed whenever they are needed: the compiled loop takes no longer than to fetch them from memory.
    """
    features = example_features_on_cpu(np.asarray(examples.numerators), np.asarray(examples.denominators))
    if not config.reads_inputs:
        return features
    points = np.asarray(examples.inputs)
    of_inputs = example_features_on_cpu(points, np.ones_like(points))
    return np.concatenate([features, of_inputs.reshape(*features.shape[:2], -1)], axis=2)


def _text(examples: Examples, config: PretrainedConfig) -> Batch:
    """Prompt, program and `<eos>` one after the other, padded on the right: causal attention never looks there."""
    if not isinstance(examples.numerators, np.ndarray) or examples.inputs is None:
        raise UsageError("prompts are made of arrays on the CPU, with inputs; move the batch to the device instead")
    numerators, denominators, points = map(np.asarray, (examples.numerators, examples.denominators, examples.inputs))
    prompts = torch.from_numpy(prompt_tokens(numerators, denominators, points, grammar_of(config))).long()
    tokens = torch.as_tensor(examples.tokens).long()
    n_prompt, n_tokens = (prompts != NO_TOKEN).sum(dim=1), (tokens != NO_TOKEN).sum(dim=1)
    texts = torch.full((len(tokens), prompts.shape[1] + tokens.shape[1]), NO_TOKEN)
    texts[:, : prompts.shape[1]] = prompts
    texts.scatter_(1, n_prompt[:, None] + torch.arange(tokens.shape[1]), tokens)
    texts = texts[:, : int((n_prompt + n_tokens).max())]
    is_program = (torch.arange(texts.shape[1]) >= n_prompt[:, None]) & (texts != NO_TOKEN)
    read = texts[:, :-1]
    return Batch(
        inputs={
            "input_ids": read.masked_fill(read == NO_TOKEN, config.pad_token_id),
            "attention_mask": (read != NO_TOKEN).long(),
        },
        # The logits at a place are scored against the token after it: the first that counts is that of some program.
        labels=texts.masked_fill(~is_program, IGNORED_LABEL)[:, int(n_prompt.min()) :],
    )
