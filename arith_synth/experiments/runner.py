"""Training and scoring the models of a plan: what is done is skipped, what was interrupted goes on.

A run is known by a key of all that decides its result, and trains in a folder that is named by it, so that another plan
never goes on from it.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from arith_synth.errors import ArithSynthError, UsageError
from arith_synth.experiments.chains import Chain, ChainError, python_command, run_chains
from arith_synth.training.folders import RUN_FILE, exclusive

_WAIT_S = 2.0


class Run(Protocol):
    """A model to be trained and scored. `place`: the folder that has, or will have, both."""

    @property
    def name(self) -> str:
        """Of the run, in what is told and in its log."""
        ...

    @property
    def place(self) -> Path:
        """The folder of the model and its scores."""
        ...

    @property
    def is_done(self) -> bool:
        """Whether the result of this very run is where it should be."""
        ...

    def chain(self, data: Path) -> Chain:
        """The commands that train and score it, or go on."""
        ...

    def collect(self) -> str:
        """Write the result of a run that is scored; returns its score in words. Raises ArithSynthError."""
        ...


def key_of(**decides: Any) -> str:
    """SHA-256 of JSON values that decide a result, 64 hex digits."""
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def model_folder(place: Path) -> Path:
    """Where in the place of a run its model is trained."""
    return place / "model"


def scores_folder(place: Path) -> Path:
    """Where in the place of a run its scores are."""
    return place / "scores"


def training_chain(
    name: str, place: Path, data: Path, options: Mapping[str, Any], scored: tuple[str, Sequence[str]], *, curve: bool
) -> Chain:
    """Train, or go on, then score greedily.

    `options`: all that `train` is told but places; `scored`: config and splits.
    """
    flags = [word for option, value in options.items() for word in (f"--{option.replace('_', '-')}", str(value))]
    model, scores = str(model_folder(place)), str(scores_folder(place))
    train = ["train", "--data", str(data), "--output", model, "--resume", "--curve" if curve else "--no-curve", *flags]
    score = ["eval", "--model", model, "--data", str(data), "--config", scored[0], "--splits", ",".join(scored[1])]
    return Chain(
        name=name,
        commands=[
            python_command("arith_synth.cli", *train),
            python_command("arith_synth.cli", *score, "--output", scores),
        ],
        log=place / "log.txt",
    )


def is_scored(run: Run) -> bool:
    """Whether the scores are there, from which the result is collected."""
    return (scores_folder(run.place) / RUN_FILE).is_file()


def run_all(runs: Sequence[Run], *, data: Path, scratch: Path, n_parallel: int, seconds: float) -> None:
    """Run what is not done; each result is collected as soon as it is there. `seconds`: what one run takes, about.

    A run that fails is told, and does not stop the others. Raises ChainError at the end when any has failed; UsageError
    when the scratch folder is in use.
    """
    failures: list[str] = []
    with exclusive(scratch):
        # Scored before the runner was killed, and not yet collected.
        _collect([run for run in runs if not run.is_done], failures)
        _say(f"{len(runs)} runs, {sum(run.is_done for run in runs)} of them done already")
        waiting = [run for run in runs if not run.is_done and not is_scored(run)]
        for run in waiting:
            _wait_for_a_left_over(run)
        if waiting:
            _say(f"{len(waiting)} to do: {_minutes(len(waiting) * seconds / n_parallel)} or more")
        chains = [run.chain(data) for run in waiting]
        poll = _watch(waiting, failures)
        run_chains(chains, n_parallel, poll, lambda error: _note(failures, str(error)))
        poll()
    if failures:
        first = f"{failures[0]}; run the same command to try again what has failed"
        raise ChainError(f"{len(failures)} of {len(runs)} runs failed, the first of them {first}")


def _collect(runs: Sequence[Run], failures: list[str]) -> dict[str, str | None]:
    """Write the results of runs that are scored. Returns their scores in words, by name; None for one that failed."""
    collected: dict[str, str | None] = {}
    for run in runs:
        if is_scored(run):
            try:
                collected[run.name] = run.collect()
            except ArithSynthError as error:
                collected[run.name] = None
                _note(failures, f"{run.name}: {error}")
    return collected


def _watch(runs: Sequence[Run], failures: list[str]) -> Callable[[], None]:
    """A callback that collects results as they come, and says of each how many there are and how long it will take."""
    waiting, done = {run.name: run for run in runs}, []
    n_before, started = len(failures), time.monotonic()

    def poll() -> None:
        for name, score in _collect(list(waiting.values()), failures).items():
            del waiting[name]
            if score is None:
                continue
            done.append(name)
            n_ended = len(done) + len(failures) - n_before
            spent = time.monotonic() - started
            left = spent / n_ended * (len(runs) - n_ended)
            _say(f"{name}: {score}; {n_ended} of {len(runs)} in {_minutes(spent)}, about {_minutes(left)} left")

    return poll


def _note(failures: list[str], failure: str) -> None:
    failures.append(failure)
    _say(f"failed: {failure}")


def _wait_for_a_left_over(run: Run) -> None:
    """A runner that was killed leaves its commands behind. They work on towards the same result: let them finish."""
    said = False
    for folder in (model_folder(run.place), scores_folder(run.place)):
        while folder.exists():
            try:
                with exclusive(folder):
                    break
            except UsageError:
                if not said:
                    _say(f"{run.name}: still running from an earlier session; waiting for it")
                said = True
                time.sleep(_WAIT_S)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
