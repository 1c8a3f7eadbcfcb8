"""What a training run wants of its data. Light: no torch, no arrays."""

from dataclasses import dataclass
from typing import Literal, get_args

from arith_synth.errors import UsageError

DataSource = Literal["split", "stream"]
Targets = Literal["published", "resampled", "canonical"]
Panels = Literal["fixed", "resampled"]


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Which tasks, which programs as their targets, and which inputs they show.

    `source`: "split", the published tasks, every epoch in an order of its own, or "stream", endless draws from the law
    of the split. `targets`: "published", the programs of the split (of a stream: the programs drawn); "resampled",
    every epoch another minimal realization; "canonical", one fixed realization a class, chosen to be learnable.
    `panels`: "fixed", the first `n_shown` inputs of the panel, or "resampled", as many drawn anew whenever a task is
    seen (None: as many as the model reads). `seed` names the order and all draws. `batch_size`: tasks in a step, over
    all processes.
    """

    config: str
    split: str = "train"
    source: DataSource = "split"
    targets: Targets = "published"
    panels: Panels = "fixed"
    n_shown: int | None = None
    seed: int = 0
    batch_size: int = 128

    def __post_init__(self) -> None:
        for name, choices in (("source", DataSource), ("targets", Targets), ("panels", Panels)):
            value = getattr(self, name)
            if value not in get_args(choices):
                raise UsageError(f"unknown {name} {value!r}; choose one of {', '.join(get_args(choices))}")
        for name in ("n_shown", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} must be 1 or more, and is {value}")
