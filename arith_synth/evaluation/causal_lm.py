"""Answers of any causal language model: `generate` after the prompt, up to the end of the line."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

from arith_synth.decoding import Decoding, GrammarLogitsProcessor, GrammarMask
from arith_synth.decoding.streams import stream_keys
from arith_synth.errors import CheckpointError, UsageError
from arith_synth.evaluation.adapters import base_of, load_adapter
from arith_synth.evaluation.answers import Answer, Asked, Lacking
from arith_synth.evaluation.batches import Completions, answer_in_batches
from arith_synth.evaluation.causal_models import CausalLM, load_causal_lm, quiet_transformers
from arith_synth.evaluation.choosing import FiniteLogits, KeyedSampling, LineEnd
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.loaded import LoadedModel
from arith_synth.evaluation.model_folders import is_adapter
from arith_synth.evaluation.prompts import SolvedTask, as_text, read_prompts
from arith_synth.grammar import Grammar
from arith_synth.model_files import model_sha256
from arith_synth.modeling import family_of, grammar_of


def load_text_model(
    folder: Path,
    config: EvaluationConfig,
    decoding: Decoding,
    device: torch.device,
    examples: Sequence[SolvedTask] = (),
) -> LoadedModel:
    """The model or adapter of a folder, which reads `examples` before each prompt.

    Raises as `load_causal_lm` and `load_adapter`.
    """
    base = base_of(folder) if is_adapter(folder) else None
    lm = load_causal_lm(folder, device) if base is None else load_adapter(folder, base, device)
    family = family_of(lm.model.config)
    grammar = grammar_of(lm.model.config) if family == "text" else None
    # Only of the text tokenizer is it known what its tokens mean.
    mask = _mask_of(lm, grammar, decoding, device) if grammar is not None and decoding.mask else None

    def answer(asked: Asked, lacking: Lacking) -> Iterator[list[Answer]]:
        task_ids, prompts = read_prompts(asked.folder, asked.config, asked.split, asked.n_tasks)
        texts = [as_text(prompt, examples) for prompt in prompts]
        rows_of_ids = prompt_ids(lm, texts, f"{asked.config}/{asked.split}", decoding.max_new_tokens)

        def complete_rows(rows: slice) -> Completions:
            return complete(lm, rows_of_ids[rows], task_ids[rows], decoding, mask)

        n_tasks = max(1, config.n_together // decoding.n_samples)
        return answer_in_batches(task_ids, n_tasks, complete_rows, lacking)

    return LoadedModel(
        sha256=model_sha256(*([folder] if base is None else [folder, base])),
        grammar=grammar,
        about={
            "family": family,
            "n_parameters": sum(parameter.numel() for parameter in lm.model.parameters()),
            "mask": mask is not None,
            "base": None if base is None else str(base),
        },
        answer=answer,
    )


def prompt_ids(lm: CausalLM, prompts: Sequence[str], name: str, max_new_tokens: int) -> list[list[int]]:
    """The ids of each prompt of a split called `name`, as the tokenizer begins a text.

    Raises UsageError when a prompt and its completion may leave the model's context, or when the tokenizer cannot
    read the prompts; CheckpointError when the tokenizer is not the model's.
    """
    with quiet_transformers():  # it warns of long texts, which are refused below
        rows = lm.tokenizer(list(prompts))["input_ids"]
    # A tokenizer that ends every text ends the prompt too, and nothing follows an end.
    rows = [row[:-1] if row and row[-1] == lm.tokenizer.eos_token_id else row for row in rows]
    ids = {id_ for row in rows for id_ in row}
    unknown = lm.tokenizer.unk_token_id
    if min(map(len, rows)) == 0 or (unknown is not None and unknown in ids):
        raise UsageError(
            f"the model's tokenizer does not know all of the prompts of {name}; name a dataset and a model that belong "
            "together"
        )
    n_embedded = lm.model.get_input_embeddings().num_embeddings
    if max(ids) >= n_embedded:
        raise CheckpointError(
            f"the tokenizer gives token {max(ids)}, and the model has {n_embedded}; save the model's own tokenizer "
            "beside it"
        )
    longest = max(map(len, rows))
    if lm.n_context is not None and longest + max_new_tokens > lm.n_context:
        raise UsageError(
            f"prompts of {name} have up to {longest} tokens, completions up to {max_new_tokens}, and the model reads "
            f"{lm.n_context}; name a model that reads more, or a smaller --max-new-tokens"
        )
    return rows


def complete(
    lm: CausalLM,
    prompts: Sequence[Sequence[int]],
    task_ids: Sequence[str],
    decoding: Decoding,
    mask: GrammarMask | None = None,
) -> Completions:
    """The completions of one batch, and how many tokens those of each task took.

    `prompts`: the ids of each task's prompt. `mask`: which tokens may come, None for all. A completion is what follows
    the prompt, up to the first line end, without white space around it; special tokens stay in it as text, so that none
    hides in what is scored as a program.
    """
    ids, seen = (
        tensor.repeat_interleave(decoding.n_samples, dim=0).to(lm.model.device)
        for tensor in left_padded(prompts, lm.pad_id)
    )
    processors = LogitsProcessorList([FiniteLogits()])
    if mask is not None:
        processors.append(GrammarLogitsProcessor(mask, ids.shape[1]))
    if decoding.temperature > 0:
        keys = stream_keys(task_ids, decoding.n_samples, decoding.seed).reshape(-1)
        processors.append(KeyedSampling(keys, decoding, ids.shape[1]))
    ends_line = lru_cache(maxsize=None)(lambda token: "\n" in _text(lm, [token]))
    # `generate` numbers the positions of each row from its mask, also for models that would count padding.
    with quiet_transformers():
        rows = lm.model.generate(
            input_ids=ids,
            attention_mask=seen,
            generation_config=GenerationConfig(
                do_sample=False,
                max_new_tokens=decoding.max_new_tokens,
                eos_token_id=list(lm.end_ids) or None,
                pad_token_id=lm.pad_id,
            ),
            logits_processor=processors,
            stopping_criteria=StoppingCriteriaList([LineEnd(ends_line)]),
        )[:, ids.shape[1] :].tolist()
    texts: list[str] = []
    n_tokens: list[int] = []
    for row in rows:
        end = next((place for place, token in enumerate(row) if token in lm.end_ids), len(row))
        line = next((place for place, token in enumerate(row[:end]) if ends_line(token)), end)
        n_tokens.append(min(line + 1, len(row)))
        texts.append(_text(lm, row[: line + 1] if line < end else row[:end]).partition("\n")[0].strip())
    samples = decoding.n_samples
    starts = range(0, len(texts), samples)
    return (
        [tuple(texts[start : start + samples]) for start in starts],
        [sum(n_tokens[start : start + samples]) for start in starts],
    )


def left_padded(rows: Sequence[Sequence[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """Rows of ids with their ends aligned: int64[row, longest] ids and their mask, 0 on padding."""
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), pad_id, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, longest - len(row) :] = torch.tensor(row, dtype=torch.long)
        mask[place, longest - len(row) :] = 1
    return ids, mask


def _mask_of(lm: CausalLM, grammar: Grammar, decoding: Decoding, device: torch.device) -> GrammarMask:
    size = lm.model.config.vocab_size
    return GrammarMask(grammar, "infix", max_new_tokens=decoding.max_new_tokens, vocab_size=size, device=device)


def _text(lm: CausalLM, ids: list[int]) -> str:
    return str(lm.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
