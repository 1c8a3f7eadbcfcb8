"""Training examples a second on one CPU thread, against `transformers.Trainer`, and against matrix products alone.

Same model (`nano`), data, batch and precision on all sides; each side in a process of its own, as its users run it, and
they take turns. Ratios are of medians: of CPU-seconds, since on a shared machine the wall clock measures the
neighbours; those of wall seconds stand beside them. The peer is the fastest of the ways in which Trainer can be given
its data and AdamW; what each costs stands in the results too. Its Muon takes as many
Newton–Schulz iterations as ours; `over_customary_trainer_ratio` is to one that takes as many as torch's own.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.datasets_built import random_dataset
from benchmarks.turns import Side, Spent, closing, taking_turns

MODULE = "benchmarks.training_side"
OPTIMIZERS = ("muon", "adamw")
#: Newton–Schulz iterations of torch's Muon, unless it is told otherwise.
_CUSTOMARY = 5
#: Ways to run Trainer that might be the fastest on a CPU.
PEERS: dict[str, dict[str, Any]] = {
    "arrow": {"dataset": "arrow"},
    "rows": {"dataset": "rows"},
    "batched_rows": {"dataset": "batched_rows"},
    "foreach_adamw": {"dataset": "batched_rows", "optim": "adamw_torch"},
}


def run(
    folder: Path | None = None,
    n_rounds: int = 15,
    n_steps: int = 10,
    n_tasks: int = 8_192,
    batch_size: int = 128,
    peers: Mapping[str, dict[str, Any]] = PEERS,
    optimizers: Sequence[str] = OPTIMIZERS,
) -> dict[str, Any]:
    data = random_dataset(5) if folder is None else folder
    with tempfile.TemporaryDirectory() as place:
        config = {"data": str(data), "batch_size": batch_size, "output": place}
        times = _peers(peers, config, max(1, n_rounds // 3), n_steps, n_tasks)
        fastest = min(times, key=lambda name: times[name].cpu_s)
        measured: dict[str, Any] = {"peer": fastest}
        measured |= {f"peer_{name}_ms": round(1e3 * spent.cpu_s, 2) for name, spent in times.items()}
        peer = {**peers[fastest], "n_tasks": n_tasks}
        for optimizer in optimizers:
            measured |= _compared({**config, "optimizer": optimizer}, peer, n_rounds, n_steps)
    return measured


def timing_config(**fields: Any) -> dict[str, Any]:
    """Fields of the config of a run that only trains: nothing is measured or saved on the way, and it has no end."""
    quiet = {"n_validation": 0, "n_monitor": 0, "curve": False, "checkpoint_every_seconds": 1e9, "max_steps": 10**9}
    return {"config": "random", "precision": "fp32", "threads": 1, **quiet, **fields}


def side(place: str, name: str, config: dict[str, Any], **options: Any) -> Side:
    """A side's process, whose output folder is its own, below `place`."""
    own = timing_config(**config, output=f"{place}/{name}-{config['optimizer']}")
    kind = name.partition("-")[0]
    return Side(MODULE, json.dumps({"side": kind, "config": own, **options}))


def _peers(
    peers: Mapping[str, dict[str, Any]], config: dict[str, Any], n_rounds: int, n_steps: int, n_tasks: int
) -> dict[str, Spent]:
    """A step of each of the peer's ways, with AdamW."""
    place, config = config["output"], {**config, "optimizer": "adamw"}
    config.pop("output")
    with ExitStack() as stack:
        sides = {
            name: side(place, f"trainer-{name}", config, n_tasks=n_tasks, **options) for name, options in peers.items()
        }
        closing(stack, sides)
        return taking_turns(sides, n_rounds, n_steps)


def _compared(config: dict[str, Any], peer: dict[str, Any], n_rounds: int, n_steps: int) -> dict[str, float]:
    """Rates and ratios with one optimizer."""
    place, optimizer = config["output"], config["optimizer"]
    config = {name: value for name, value in config.items() if name != "output"}
    options = {name: value for name, value in peer.items() if optimizer == "adamw" or name != "optim"}
    with ExitStack() as stack:
        sides = {
            "ours": side(place, "ours", config),
            "trainer": side(place, "trainer", config, **options),
            "products": side(place, "products", config),
        }
        if optimizer == "muon":
            sides["customary"] = side(place, "trainer-customary", config, **options, iterations=_CUSTOMARY)
        closing(stack, sides)
        spent = taking_turns(sides, n_rounds, n_steps)
    ours, trainer, products = spent["ours"], spent["trainer"], spent["products"]
    found = {
        "examples_per_s": config["batch_size"] / ours.cpu_s,
        "examples_per_s_by_trainer": config["batch_size"] / trainer.cpu_s,
        "over_trainer_ratio": trainer.cpu_s / ours.cpu_s,
        "over_trainer_wall_ratio": trainer.wall_s / ours.wall_s,
        "step_ms": 1e3 * ours.cpu_s,
        "matrix_products_ms": 1e3 * products.cpu_s,
        "matrix_multiply_share": products.cpu_s / ours.cpu_s,
    }
    if "customary" in spent:
        found["over_customary_trainer_ratio"] = spent["customary"].cpu_s / ours.cpu_s
    return {f"{optimizer}_{name}": value for name, value in found.items()}
