"""How good a model is after a budget: trained and scored by the package's own commands, each in its own process.

A run's folder is named by all that decides its result: options, the content of the data, the package's sources. What is
finished there is only read; what was interrupted, `kill -9` included, goes on from its last checkpoint.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import arith_synth
from arith_synth.data.content import content_of
from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.errors import UsageError
from arith_synth.experiments.chains import Chain, python_command, run_chains
from arith_synth.files import read_json
from arith_synth.training.folders import exclusive
from arith_synth.training.logs import read_log

CONFIG = "random"
_SPLITS = ("train", "validation", "test")
_SAY_EVERY_S = 60.0
_WAIT_S = 5.0

#: Options of `arith-synth train` by field: {"max_cpu_seconds": 240}.
Options = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class QualityRun:
    """One training run and its evaluation. `place`: the folder that holds both."""

    name: str
    seed: int
    options: Options
    place: Path

    @property
    def model(self) -> Path:
        """The run that is trained."""
        return self.place / "model"

    @property
    def scores(self) -> Path:
        """The evaluation of it."""
        return self.place / "scores"

    def chain(self, data: Path) -> Chain:
        """Train, or go on, then score."""
        options = [*_flags({**self.options, "config": CONFIG, "seed": self.seed, "data": data}), "--resume"]
        device = _flags({name: value for name, value in self.options.items() if name == "device"})
        place = ["--data", str(data), "--config", CONFIG, "--splits", "test", "--output", str(self.scores)]
        return Chain(
            name=f"{self.name}, seed {self.seed}",
            commands=[
                python_command("arith_synth.cli", "train", *options, "--output", str(self.model)),
                python_command("arith_synth.cli", "eval", "--model", str(self.model), *place, *device),
            ],
            log=self.place / "log.txt",
        )

    def row(self) -> dict[str, Any]:
        """What came out: greedy execution accuracy on `test`, with n and a 95 % interval over tasks."""
        trained, scored = read_json(self.model / "run.json"), read_json(self.scores / "run.json")
        scores = scored["scores"]["test"]
        low, high = scores["interval_95"]
        device = trained["hardware"]["device"]
        return {
            "run": self.name,
            "seed": self.seed,
            "accuracy": round(scores["execution_accuracy"], 4),
            "from": round(low, 4),
            "to": round(high, 4),
            "n": scores["n"],
            "steps": trained["step"],
            "examples": trained["examples"],
            "hardware": trained["hardware"]["processor"] if device == "cpu" else device,
        }


def quality_of(
    wanted: Mapping[str, tuple[Options, Sequence[int]]], data: Path, work: Path, n_parallel: int
) -> list[dict[str, Any]]:
    """The rows of all runs: `wanted` holds the options and the seeds of each name. Long runs first.

    Raises ChainError when a command fails; what the others have is kept.
    """
    runs = planned(wanted, open_dataset(data), work)
    for run in runs:
        _wait_for_a_left_over(run)
    unfinished = [run for run in runs if not (run.scores / "run.json").exists()]
    run_chains([run.chain(data) for run in unfinished], n_parallel, _said_now_and_then(unfinished))
    return [run.row() for run in runs]


def planned(wanted: Mapping[str, tuple[Options, Sequence[int]]], folder: DatasetFolder, work: Path) -> list[QualityRun]:
    """The runs and their places."""
    content = [content_of(folder, CONFIG, split) for split in _SPLITS]
    code = sources_digest(Path(arith_synth.__file__).parent)
    runs = []
    for name, (options, seeds) in wanted.items():
        for seed in seeds:
            key = json.dumps({"options": dict(options), "seed": seed, "data": content, "code": code}, sort_keys=True)
            place = work / f"{name}-{seed}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
            runs.append(QualityRun(name=name, seed=seed, options=options, place=place))
    return runs


def sources_digest(package: Path) -> str:
    """Of all Python files of a package: names and contents."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def cores() -> int:
    """How many runs fit side by side, one thread each; two at most, so that they do not fight over the memory."""
    return min(2, os.cpu_count() or 1)


def _flags(options: Options) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        words += [f"--{flag}" if value else f"--no-{flag}"] if isinstance(value, bool) else [f"--{flag}", str(value)]
    return words


def _wait_for_a_left_over(run: QualityRun) -> None:
    """A killed benchmark leaves its commands behind. They work on towards the same result: let them finish."""
    said = False
    for folder in (run.model, run.scores):
        while folder.exists():
            try:
                with exclusive(folder):
                    break
            except UsageError as error:
                if not said:
                    sys.stderr.write(f"{run.name}, seed {run.seed}: {error}\n")
                said = True
                time.sleep(_WAIT_S)


def _said_now_and_then(runs: Sequence[QualityRun]) -> Callable[[], None]:
    said = time.monotonic()

    def say() -> None:
        nonlocal said
        if time.monotonic() - said < _SAY_EVERY_S:
            return
        said = time.monotonic()
        for run in runs:
            lines = read_log(run.model)
            if lines and not (run.scores / "run.json").exists():
                last = lines[-1]
                sys.stderr.write(f"{run.name}, seed {run.seed}: step {last['step']:,}, {last['seconds']:,.0f} s\n")

    return say
