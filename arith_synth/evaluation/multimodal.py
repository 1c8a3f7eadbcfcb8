"""Answers of multimodal models, which read exact examples."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from arith_synth.decoding import CompletionReader, Decoding, decode
from arith_synth.evaluation.answers import Answer, Asked, Lacking
from arith_synth.evaluation.batches import Completions, answer_in_batches
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.loaded import LoadedModel
from arith_synth.evaluation.models import load_model
from arith_synth.model_files import model_sha256
from arith_synth.modeling import family_of, grammar_of
from arith_synth.training.data import evaluation_tasks


def load_multimodal(folder: Path, config: EvaluationConfig, decoding: Decoding, device: torch.device) -> LoadedModel:
    """The model of a training run. Raises as `load_model`."""
    model = load_model(folder)
    model.to(device)  # pyright: ignore[reportArgumentType]
    reader = CompletionReader(model.config)

    def answer(asked: Asked, lacking: Lacking) -> Iterator[list[Answer]]:
        tasks = evaluation_tasks(
            asked.folder, asked.config, asked.split, model.config, limit=asked.n_tasks, with_targets=False
        )

        def complete(rows: slice) -> Completions:
            tokens = decode(model, tasks.features[rows].to(device), tasks.task_ids[rows], decoding)
            return reader.read(tokens), _n_generated(tokens, model.config.pad_token_id)

        return answer_in_batches(tasks.task_ids, config.n_together, complete, lacking)

    return LoadedModel(
        sha256=model_sha256(folder),
        grammar=grammar_of(model.config),
        about={
            "family": family_of(model.config),
            "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
            "notation": model.config.notation,
            "mask": decoding.mask,
        },
        answer=answer,
    )


def _n_generated(tokens: Tensor, pad: int) -> list[int]:
    """Tokens that are no padding: int64[task, n_samples, new] -> their number for each task."""
    return (tokens != pad).flatten(1).sum(dim=1).tolist()
