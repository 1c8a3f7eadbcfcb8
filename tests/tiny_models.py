"""Causal language models of others, with random weights and a tokenizer of their own: nothing is downloaded."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    LlamaConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)

END = "<|endoftext|>"
#: For a byte-level tokenizer the prompts of xy3 have some 330 tokens.
CONTEXT = 512


def byte_level_tokenizer(texts: Iterable[str], **settings) -> PreTrainedTokenizerFast:
    """As that of GPT-2, learned from texts: 400 tokens, of which one ends a text."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token=END, **settings)


def config_of(kind: str, n_tokens: int, n_context: int = CONTEXT) -> PretrainedConfig:
    """A config of 2 layers of width 32: of a "llama", a "qwen3" or a "gpt2", which learns its positions."""
    ends = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": None}
    if kind == "gpt2":
        return GPT2Config(vocab_size=n_tokens, n_positions=n_context, n_embd=32, n_layer=2, n_head=2, **ends)
    shape = {
        "vocab_size": n_tokens,
        "max_position_embeddings": n_context,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
    }
    return {"llama": LlamaConfig, "qwen3": Qwen3Config}[kind](**shape, **ends)


def save_tiny_model(
    folder: Path, kind: str, tokenizer: PreTrainedTokenizerFast, n_context: int = CONTEXT, spread: float = 0.5
) -> Path:
    """A model with random weights of that standard deviation; returns its folder.

    They are large by default, so that answers differ from prompt to prompt; a model that is to learn wants 0.05.
    """
    config = config_of(kind, len(tokenizer), n_context)
    config.initializer_range = spread
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def memorize(folder: Path, pairs: Sequence[tuple[str, str]], n_steps: int = 70) -> None:
    """Teach a saved model to go on with the second text of each pair behind the first, and then to end."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    rows = [(tokenizer(text)["input_ids"], tokenizer(answer)["input_ids"] + [0]) for text, answer in pairs]
    longest = max(len(text) + len(answer) for text, answer in rows)
    ids, labels, seen = (torch.full((len(rows), longest), value) for value in (0, -100, 0))
    for place, (text, answer) in enumerate(rows):
        end = len(text) + len(answer)
        ids[place, :end] = torch.tensor(text + answer)
        labels[place, len(text) : end] = torch.tensor(answer)
        seen[place, :end] = 1
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    model.train()
    for _ in range(n_steps):
        model(input_ids=ids, labels=labels, attention_mask=seen).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
