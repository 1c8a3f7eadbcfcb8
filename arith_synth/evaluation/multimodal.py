"""Answers of multimodal models, which read exact examples."""

from pathlib import Path

import torch
from torch import Tensor

from arith_synth.data.folder import DatasetFolder
from arith_synth.decoding import CompletionReader, Decoding, decode
from arith_synth.evaluation.answers import Answerer, Answers, Completions, answer_in_batches
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.models import load_model
from arith_synth.model_files import model_sha256
from arith_synth.modeling import family_of, grammar_of
from arith_synth.training.data import evaluation_tasks


def multimodal_answerer(folder: Path, config: EvaluationConfig, decoding: Decoding, device: torch.device) -> Answerer:
    """The model of a training run. Raises as `load_model`."""
    model = load_model(folder)
    model.to(device)  # pyright: ignore[reportArgumentType]
    reader = CompletionReader(model.config)

    def answer(dataset: DatasetFolder, split: str) -> Answers:
        tasks = evaluation_tasks(dataset, config.config, split, model.config, with_targets=False)

        def complete(rows: slice) -> Completions:
            tokens = decode(model, tasks.features[rows].to(device), tasks.task_ids[rows], decoding)
            return reader.read(tokens), _n_generated(tokens, model.config.pad_token_id)

        return answer_in_batches(tasks.task_ids, config.batch_size, complete, split=split, seed=config.seed)

    return Answerer(
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


def _n_generated(tokens: Tensor, pad: int) -> int:
    """Tokens that are no padding: int64[task, n_samples, new] -> their number."""
    return int((tokens != pad).sum())
