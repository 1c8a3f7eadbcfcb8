"""Training examples a second, and decoded programs a second against `model.generate`, on one CPU thread.

The same model, tasks and batch on both sides; the sides take turns, so that a busy machine slows both.
"""

import time
from collections.abc import Callable
from typing import Any

import torch

from arith_synth.decoding import Decoding, decode
from arith_synth.grammar import grammar_named
from arith_synth.modeling import IGNORED_LABEL, N_FEATURES, ArithSynthForProgramSynthesis, config_for
from arith_synth.training import TrainingConfig
from arith_synth.training.batches import BatchOrder, collate
from arith_synth.training.device import prepare_cpu
from arith_synth.training.losses import batch_loss
from arith_synth.training.optimizers import build_optimizers, set_learning_rates
from arith_synth.training.tasks import ModelTasks

_N_TASKS = 4_096
#: Tokens of a size-5 program in prefix notation, and the end.
_LENGTH = 10
_N_STEPS = 40
_DECODE_BATCH = 500
_N_SAMPLES = 64
_SAMPLE_TASKS = 32
_ROUNDS = 3


def run() -> dict[str, Any]:
    prepare_cpu(threads=1)
    torch.manual_seed(0)
    model = ArithSynthForProgramSynthesis(config_for("nano", grammar_named("xy3")))
    tasks = _random_tasks()
    trained = _training_examples_per_s(model, tasks)
    model.eval()
    return {
        "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "training_examples_per_s": trained,
        **_greedy(model, tasks),
        **_sampled(model, tasks),
    }


def _random_tasks() -> ModelTasks:
    """Tasks of the real shapes whose programs all have the same length, so that each side decodes the same steps."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(5, 14, (_N_TASKS, _LENGTH), generator=generator)
    labels[:, -1] = 2  # <eos>
    assert IGNORED_LABEL < 0  # nothing is ignored here
    return ModelTasks(
        task_ids=tuple(f"random/test/{row:06d}" for row in range(_N_TASKS)),
        features=torch.randn(_N_TASKS, 16, N_FEATURES, generator=generator).half(),
        labels=labels,
    )


def _training_examples_per_s(model: ArithSynthForProgramSynthesis, tasks: ModelTasks) -> float:
    config = TrainingConfig(max_steps=_N_STEPS)
    order = BatchOrder(len(tasks), config.batch_size, config.seed)
    optimizers = build_optimizers(model, config)
    set_learning_rates(optimizers, 0.01)  # nothing to learn here, and nothing to break
    model.train()
    started = time.perf_counter()
    for step in range(-3, _N_STEPS):
        if step == 0:
            started = time.perf_counter()
        batch_loss(model, collate(tasks, order.tasks_of(step % order.steps_per_epoch), model.config)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return _N_STEPS * config.batch_size / (time.perf_counter() - started)


def _greedy(model: ArithSynthForProgramSynthesis, tasks: ModelTasks) -> dict[str, float]:
    generator: Any = model  # the annotation of `generate` asks for a protocol that no property satisfies
    features, ids = tasks.features[:_DECODE_BATCH].float(), tasks.task_ids[:_DECODE_BATCH]

    def ours() -> None:
        decode(model, features, ids, Decoding(max_new_tokens=_LENGTH))

    def theirs() -> None:
        generator.generate(model.prompt_ids(len(ids)), features=features, max_new_tokens=_LENGTH, do_sample=False)

    return _compared("decoded_programs_per_s", _DECODE_BATCH, ours, theirs)


def _sampled(model: ArithSynthForProgramSynthesis, tasks: ModelTasks) -> dict[str, float]:
    generator: Any = model  # the annotation of `generate` asks for a protocol that no property satisfies
    features, ids = tasks.features[:_SAMPLE_TASKS].float(), tasks.task_ids[:_SAMPLE_TASKS]

    def ours() -> None:
        decode(model, features, ids, Decoding(n_samples=_N_SAMPLES, temperature=1.0, max_new_tokens=_LENGTH))

    def theirs() -> None:
        generator.generate(
            model.prompt_ids(len(ids) * _N_SAMPLES),
            features=features.repeat_interleave(_N_SAMPLES, dim=0),
            max_new_tokens=_LENGTH,
            do_sample=True,
            top_k=0,
            temperature=1.0,
        )

    return _compared("sampled_programs_per_s", _SAMPLE_TASKS * _N_SAMPLES, ours, theirs)


def _compared(name: str, n: int, ours: Callable[[], None], theirs: Callable[[], None]) -> dict[str, float]:
    ours()
    theirs()
    fastest = {ours: float("inf"), theirs: float("inf")}
    for _ in range(_ROUNDS):
        for side in fastest:
            started = time.perf_counter()
            side()
            fastest[side] = min(fastest[side], time.perf_counter() - started)
    return {
        name: n / fastest[ours],
        f"{name}_by_generate": n / fastest[theirs],
        f"{name}_ratio": fastest[theirs] / fastest[ours],
    }
