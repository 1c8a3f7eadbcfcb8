"""Training on one CUDA device: against `transformers.Trainer`, model FLOPs utilization, and ten minutes' quality.

Without such a device all of it is unmeasured, and says so. Rates are of wall seconds: the device is what works.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from benchmarks.bench_training import side, timing_config
from benchmarks.datasets_built import WORK, random_dataset
from benchmarks.quality_runs import quality_of
from benchmarks.turns import Spent, closing, taking_turns

#: Dense bf16 FLOP/s by a part of the device's name, from the makers' data sheets.
PEAK_BF16 = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "RTX 4090": 165e12, "B200": 2250e12}
#: Ways to run Trainer that might be the fastest on a device.
_PEERS: dict[str, dict[str, Any]] = {"batched_rows": {}, "workers": {"n_workers": 4}}
_BASE_BATCH = 2_048
#: Ten minutes of `small` on fresh tasks of the same law, at max_size 6.
QUALITY: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "small_stream_600_seconds": (
        {"max_seconds": 600, "preset": "small", "device": "cuda", "data_source": "stream", "batch_size": 1024},
        (0,),
    ),
}


def run(
    folder: Path | None = None, quality_folder: Path | None = None, n_rounds: int = 10, n_steps: int = 50
) -> dict[str, Any]:
    if not torch.cuda.is_available():
        return {"unmeasured": "no CUDA device"}
    data = random_dataset(5) if folder is None else folder
    measured: dict[str, Any] = {"device": torch.cuda.get_device_name()}
    with tempfile.TemporaryDirectory() as place:
        for preset in ("nano", "small"):
            measured |= _compared(place, data, preset, n_rounds, n_steps)
        measured |= _utilization(place, data, n_rounds, n_steps)
    rows = quality_of(QUALITY, random_dataset(6) if quality_folder is None else quality_folder, WORK / "quality", 1)
    return {**measured, **{f"{row['run']}_accuracy": row["accuracy"] for row in rows}, "runs": rows}


def peak_bf16(device: str) -> float | None:
    """The dense bf16 FLOP/s of a device by its name; None when it is not known here."""
    return next((peak for part, peak in PEAK_BF16.items() if part in device), None)


def flops_per_step(data: Path, place: str, preset: str, batch_size: int) -> float:
    """Operations of the model in one step, forward and backward, by the formula of training."""
    from arith_synth.training import TrainingConfig
    from arith_synth.training.flops import flop_formula
    from arith_synth.training.setup import open_run

    fields = timing_config(preset=preset, batch_size=batch_size)
    with ExitStack() as stack:
        config = TrainingConfig(**{**fields, "data": data, "output": Path(place, f"flops-{preset}")})
        opened = open_run(config, stack)
        assert opened is not None
        return flop_formula(opened.trained).of(opened.batch(0))


def _compared(place: str, data: Path, preset: str, n_rounds: int, n_steps: int) -> dict[str, float]:
    config = _config(data, preset, 128)
    with ExitStack() as stack:
        sides = {name: side(place, f"trainer-{preset}-{name}", config, **peer) for name, peer in _PEERS.items()}
        sides["ours"] = side(place, f"ours-{preset}", config)
        closing(stack, sides)
        spent = taking_turns(sides, n_rounds, n_steps)
    fastest = min(spent[name].wall_s for name in _PEERS)
    return {
        f"{preset}_examples_per_s": 128 / spent["ours"].wall_s,
        f"{preset}_examples_per_s_by_trainer": 128 / fastest,
        f"{preset}_over_trainer_ratio": fastest / spent["ours"].wall_s,
    }


def _utilization(place: str, data: Path, n_rounds: int, n_steps: int) -> dict[str, float]:
    with ExitStack() as stack:
        sides = {"ours": side(place, "ours-base", _config(data, "base", _BASE_BATCH))}
        closing(stack, sides)
        spent: Spent = taking_turns(sides, n_rounds, n_steps)["ours"]
    rate = flops_per_step(data, place, "base", _BASE_BATCH) / spent.wall_s
    peak = peak_bf16(torch.cuda.get_device_name())
    found = {"base_examples_per_s": _BASE_BATCH / spent.wall_s, "base_model_flops_per_s": rate}
    return found if peak is None else {**found, "base_model_flops_utilization": rate / peak}


def _config(data: Path, preset: str, batch_size: int) -> dict[str, Any]:
    fields = {"data": str(data), "preset": preset, "batch_size": batch_size}
    return {**fields, "optimizer": "muon", "device": "cuda", "precision": "bf16"}
