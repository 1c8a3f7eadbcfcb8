"""Decoded programs a second against `model.generate`, on one CPU thread: greedy, and 64 samples a task.

The same `nano`, tasks and most new tokens on both sides. How fast sampling is depends on how sure the model is, since
samples that begin alike are computed together: so the model is a trained one, the first of `model_cards/`, or, where
there is none, one that is trained here for some steps and is less sure. `model` and `model_is_sure` (the probability of
the likeliest next token, in the mean over the tokens of samples) say which it was. Seconds are CPU-seconds, the fewest
of some rounds in which the sides take turns; `generate` has the batch size at which it is fastest.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from arith_synth.data.folder import open_dataset
from arith_synth.decoding import Decoding, decode
from arith_synth.evaluation.models import WEIGHTS_FILE, load_model
from arith_synth.modeling import ArithSynthForProgramSynthesis
from arith_synth.training import TrainingConfig, train
from arith_synth.training.data import evaluation_tasks
from arith_synth.training.device import flushed_denormals, prepare_cpu
from benchmarks.datasets_built import random_dataset

#: Trained models that are part of the project; each has a folder of its own.
MODEL_CARDS = Path(__file__).parent.parent / "model_cards"
_MAX_SIZE = 5
_N_STEPS = 2_000
_N_SAMPLES = 64
_N_TASKS = 64
_N_GREEDY_TASKS = 500
#: Tasks in a batch of `generate`; with 64 samples of each, or one.
_SAMPLED_BATCHES = (8, 16, 32, 64)
_GREEDY_BATCHES = (250, 500)
_ROUNDS = 5


def run() -> dict[str, Any]:
    prepare_cpu(threads=1)
    data = random_dataset(_MAX_SIZE)
    model, which = _trained(data)
    tasks = evaluation_tasks(open_dataset(data), "random", "test", model.config, limit=_N_GREEDY_TASKS)
    features = tasks.features
    with flushed_denormals():
        return {
            "model": which,
            "model_is_sure": _sureness(model, features[:_N_TASKS], tasks.task_ids[:_N_TASKS]),
            **_sampled(model, features[:_N_TASKS], tasks.task_ids[:_N_TASKS]),
            **_greedy(model, features, tasks.task_ids),
        }


def _trained(data: Path) -> tuple[ArithSynthForProgramSynthesis, str]:
    for weights in sorted(MODEL_CARDS.glob(f"*/{WEIGHTS_FILE}")):
        return load_model(weights.parent), str(weights.parent.relative_to(MODEL_CARDS.parent))
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "nano"
        train(TrainingConfig(data=data, config="random", max_steps=_N_STEPS, n_validation=0, output=output))
        return load_model(output), f"nano after {_N_STEPS} steps"


def _sampled(model: ArithSynthForProgramSynthesis, features: Tensor, task_ids: tuple[str, ...]) -> dict[str, float]:
    decoding = Decoding(n_samples=_N_SAMPLES, temperature=1.0)
    sides: dict[str, Callable[[], object]] = {
        "": lambda: decode(model, features, task_ids, decoding),
        "_without_mask": lambda: decode(
            model, features, task_ids, Decoding(n_samples=_N_SAMPLES, temperature=1.0, mask=False)
        ),
    }
    for batch in _SAMPLED_BATCHES:
        sides[f"_by_generate_{batch}"] = lambda batch=batch: _generate(
            model,
            features.repeat_interleave(_N_SAMPLES, dim=0),
            batch * _N_SAMPLES,
            decoding,
            do_sample=True,
            top_k=0,
            temperature=1.0,
        )
    return _compared("sampled_programs_per_s", len(task_ids) * _N_SAMPLES, sides)


def _greedy(model: ArithSynthForProgramSynthesis, features: Tensor, task_ids: tuple[str, ...]) -> dict[str, float]:
    decoding = Decoding()
    sides: dict[str, Callable[[], object]] = {"": lambda: decode(model, features, task_ids, decoding)}
    for batch in _GREEDY_BATCHES:
        sides[f"_by_generate_{batch}"] = lambda batch=batch: _generate(
            model, features, batch, decoding, do_sample=False
        )
    return _compared("greedy_programs_per_s", len(task_ids), sides)


def _generate(
    model: ArithSynthForProgramSynthesis, features: Tensor, batch: int, decoding: Decoding, **options: Any
) -> None:
    generator: Any = model  # the annotation of `generate` asks for a protocol that no property satisfies
    for start in range(0, len(features), batch):
        rows = features[start : start + batch]
        generator.generate(
            model.prompt_ids(len(rows)), features=rows, max_new_tokens=decoding.max_new_tokens, **options
        )


def _compared(name: str, n: int, sides: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Programs a second of each side, and ratios of ours to the fastest of the others."""
    fewest = dict.fromkeys(sides, float("inf"))
    for number in range(_ROUNDS + 1):
        for side, work in sides.items():
            started = time.process_time()
            work()
            if number > 0:  # the first round compiles and warms up
                fewest[side] = min(fewest[side], time.process_time() - started)
    others = min(seconds for side, seconds in fewest.items() if "generate" in side)
    return {
        **{f"{name}{side}": n / seconds for side, seconds in fewest.items()},
        **{f"{name}{side}_ratio": others / seconds for side, seconds in fewest.items() if "generate" not in side},
    }


@torch.no_grad()
def _sureness(model: ArithSynthForProgramSynthesis, features: Tensor, task_ids: tuple[str, ...]) -> float:
    """The mean probability of the likeliest next token, over all tokens of one sample of each task."""
    tokens = decode(model, features, task_ids, Decoding(temperature=1.0))[:, 0]
    ids = torch.cat([model.prompt_ids(len(tokens)), tokens], dim=1)
    logits = model(ids, features=features, use_cache=False).logits[:, model.config.n_prefix - 1 : -1]
    largest = logits.softmax(dim=-1).amax(dim=-1)
    return largest[tokens != model.config.pad_token_id].mean().item()
