"""Trackers, for those who watch many runs in one place; none is needed."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from accelerate import Accelerator

from arith_synth.errors import MissingExtraError
from arith_synth.seeding import keyed_hash
from arith_synth.training.config import TrainingConfig

PROJECT = "arith-synth"


def trackers_of(config: TrainingConfig) -> list[str]:
    """What Accelerate is told to log with. Raises MissingExtraError when that tracker is not installed."""
    if config.track == "none":
        return []
    try:
        importlib.import_module(config.track)
    except ImportError as error:
        reason = str(error).partition("\n")[0]
        raise MissingExtraError(
            f"{config.track} cannot be imported ({reason}); say: pip install 'arith-synth[{config.track}]'"
        ) from error
    return [config.track]


@contextmanager
def tracked(accelerator: Accelerator, config: TrainingConfig, options: dict[str, Any]) -> Iterator[None]:
    """Within the block, lines of the log go to the tracker too (`Accelerator.log`)."""
    if config.track == "none":
        yield
        return
    with redirect_stdout(sys.stderr):  # trackers talk, and standard output is for the last line of the log
        accelerator.init_trackers(PROJECT, config=options, init_kwargs={config.track: _arguments(config)})
    try:
        yield
    finally:
        with redirect_stdout(sys.stderr):
            _finish(accelerator)


def metrics_of(line: dict[str, Any]) -> dict[str, float]:
    """The numbers of a line of the log, under the name of its event: `validation/validation_loss`."""
    event = line["event"]
    return {
        f"{event}/{name}": value
        for name, value in line.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name != "step"
    }


def _finish(accelerator: Accelerator) -> None:
    for tracker in accelerator.trackers:
        if tracker.name != "trackio":
            tracker.finish()
        elif accelerator.is_main_process:
            # Accelerate closes the run and not the library, which then closes it again, and says so, as Python exits.
            importlib.import_module("trackio").finish()


def _arguments(config: TrainingConfig) -> dict[str, Any]:
    """What names the run to its tracker: a resumed run goes on under the same name."""
    name, where = config.output.name, str(config.output.resolve())
    identity = f"{keyed_hash('tracked run', where):016x}"
    if config.track == "trackio":
        # It knows runs by name, and folders of one name may lie in many places.
        return {"name": f"{name}-{identity[:8]}", "resume": "allow" if config.resume else "never"}
    mode = {} if os.environ.get("WANDB_MODE") or _has_wandb_key() else {"mode": "offline"}
    return {"name": name, "id": identity, "dir": where, "resume": "allow", **mode}


def _has_wandb_key() -> bool:
    """Whether wandb could send anything; asks nobody for a key."""
    import wandb

    return wandb.login(prompt=False, verify=False)
