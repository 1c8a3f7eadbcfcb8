"""Training, scoring and collecting the ablations: what is done is skipped, what was interrupted goes on.

A run is known by a key of all that decides its result: its options, the content of the data, the package's sources.
Its folder is named by it, and its result file holds it.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import arith_synth
from arith_synth.commands.printing import print_line
from arith_synth.data.content import content_of
from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.errors import UsageError
from arith_synth.experiments.ablations import Ablation, AblationConfig
from arith_synth.experiments.chains import Chain, ChainError, python_command, run_chains
from arith_synth.files import read_json, write_json
from arith_synth.training.folders import RUN_FILE, exclusive

CONFIG, TRAINING_SPLIT = "random", "train"
#: Where choices are made. Never a test: its score would then be that of a model which was chosen by it.
SCORED_SPLIT = "validation"
#: Rooms whose sources decide no result: a new run in the plan, or a better figure, leaves the others valid.
_WITHOUT_EFFECT = ("experiments", "report")
_WAIT_S = 2.0
#: What a training run says of itself that its result keeps.
_KEPT = (
    *("step", "examples", "epochs", "tokens", "seconds", "cpu_seconds", "sessions", "loss"),
    *("validation_loss", "seen_loss", "unseen_loss", "seen_accuracy", "unseen_accuracy", "n_monitor"),
    *("n_tasks", "data", "hardware", "versions", "commit"),
)


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One ablation with one seed. `options`: all that `train` is told but places; `place`: holds model and scores.

    `sources`: digest of the sources that it runs with.
    """

    ablation: Ablation
    seed: int
    options: dict[str, Any]
    sources: str
    key: str
    place: Path
    result: Path

    @property
    def name(self) -> str:
        """Of the run, its log and its result file."""
        return f"{self.ablation.name}-s{self.seed}"

    @property
    def is_done(self) -> bool:
        """Whether the result of this very run is there."""
        return self.result.is_file() and read_json(self.result).get("key") == self.key

    @property
    def is_scored(self) -> bool:
        """Whether the scores are there, from which the result is collected."""
        return (self.place / "scores" / RUN_FILE).is_file()

    def chain(self, data: Path) -> Chain:
        """Train, or go on, then score."""
        flags = [word for name, value in self.options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        model, scores = str(self.place / "model"), str(self.place / "scores")
        train = ["train", "--data", str(data), "--output", model, "--resume", "--no-curve", *flags]
        score = ["eval", "--model", model, "--data", str(data), "--config", CONFIG, "--splits", SCORED_SPLIT]
        return Chain(
            name=self.name,
            commands=[
                python_command("arith_synth.cli", *train),
                python_command("arith_synth.cli", *score, "--output", scores),
            ],
            log=self.place / "log.txt",
        )

    def record(self) -> dict[str, Any]:
        """What the result file says; accuracy is greedy execution accuracy, with a 95 % interval over tasks."""
        trained = read_json(self.place / "model" / RUN_FILE)
        score = read_json(self.place / "scores" / RUN_FILE)["scores"][SCORED_SPLIT]
        return {
            "kind": "ablation",
            "name": self.ablation.name,
            "change": self.ablation.change,
            "changed": dict(self.ablation.options),
            "seed": self.seed,
            "options": self.options,
            "sources_sha256": self.sources,
            "key": self.key,
            "n_parameters": trained["model"]["n_parameters"],
            **{name: trained.get(name) for name in _KEPT},
            "validation": {
                "n": score["n"],
                "accuracy": score["execution_accuracy"],
                "interval_95": score["interval_95"],
                "parsed": score["parsed"],
            },
        }


def planned_runs(config: AblationConfig, plan: Sequence[Ablation], folder: DatasetFolder) -> list[PlannedRun]:
    """The runs of a plan with all seeds, seed by seed, so that every seed has its default early.

    Raises UnknownNameError when the dataset lacks the splits.
    """
    for split in (TRAINING_SPLIT, SCORED_SPLIT):
        folder.files(CONFIG, split)
    budget = {"max_cpu_seconds": float(config.cpu_seconds)}  # 120 and 120.0 are one budget, and one text
    data = {split: content_of(folder, CONFIG, split) for split in (TRAINING_SPLIT, SCORED_SPLIT)}
    sources = sources_digest(Path(arith_synth.__file__).parent)
    runs = []
    for seed in config.seed_numbers:
        for ablation in plan:
            fixed = {"config": CONFIG, "split": TRAINING_SPLIT, "seed": seed, "threads": 1, **budget}
            options = {**fixed, **ablation.options}
            text = json.dumps({"options": options, "data": data, "sources": sources}, sort_keys=True)
            key = hashlib.sha256(text.encode()).hexdigest()
            name = f"{ablation.name}-s{seed}"
            place, result = config.scratch / f"{name}-{key[:12]}", config.output / f"{name}.json"
            runs.append(
                PlannedRun(
                    ablation=ablation, seed=seed, options=options, sources=sources, key=key, place=place, result=result
                )
            )
    return runs


def sources_digest(package: Path) -> str:
    """Of the package's Python files that decide results: names and contents."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package)
        if name.parts[0] not in _WITHOUT_EFFECT:
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def run_ablations(config: AblationConfig, plan: Sequence[Ablation]) -> None:
    """Run what is not done; each result is written as soon as it is there.

    A run that fails is told, and does not stop the others. Raises ChainError at the end when any has failed;
    DatasetError, UnknownNameError for the data; UsageError when the scratch folder is in use.
    """
    runs = planned_runs(config, plan, open_dataset(config.data))
    failures: list[str] = []
    with exclusive(config.scratch):
        # Scored before the runner was killed, and not yet collected.
        _collect([run for run in runs if not run.is_done])
        unfinished = [run for run in runs if not run.is_done]
        _say(f"{len(runs)} runs, {len(runs) - len(unfinished)} of them done already")
        for run in unfinished:
            _wait_for_a_left_over(run)
        chains = [run.chain(config.data) for run in unfinished]
        run_chains(chains, config.parallel, _watch(unfinished, failures, config), _noted(failures))
        _collect([run for run in unfinished if not run.is_done])
    print_line(f"results: {config.output}")
    print_line("the page is written by: python -m arith_synth.experiments.ablations_page docs/experiments.md")
    if failures:
        first = f"{failures[0]}; run the same command to try again what has failed"
        raise ChainError(f"{len(failures)} of {len(runs)} runs failed, the first of them {first}")


def _collect(runs: Sequence[PlannedRun]) -> list[PlannedRun]:
    """Write the results of runs that are scored, and return these runs."""
    scored = [run for run in runs if run.is_scored]
    for run in scored:
        write_json(run.result, run.record())
    return scored


def _watch(runs: Sequence[PlannedRun], failures: Sequence[str], config: AblationConfig) -> Callable[[], None]:
    """A callback that collects results as they come, and says of each how many there are and how long it will take."""
    waiting, started = list(runs), time.monotonic()
    if runs:
        _say(f"{len(runs)} to do: {_minutes(len(runs) * config.cpu_seconds / config.parallel)} or more")

    def poll() -> None:
        for run in _collect(waiting):
            waiting.remove(run)
            n_ended = len(runs) - len(waiting) + len(failures)
            spent = time.monotonic() - started
            left = spent / n_ended * (len(runs) - n_ended)
            score = read_json(run.result)["validation"]
            _say(
                f"{run.name}: {100 * score['accuracy']:.1f} % of {score['n']:,}; {n_ended} of {len(runs)} in "
                f"{_minutes(spent)}, about {_minutes(left)} left"
            )

    return poll


def _noted(failures: list[str]) -> Callable[[ChainError], None]:
    def note(error: ChainError) -> None:
        failures.append(str(error))
        _say(f"failed: {error}")

    return note


def _wait_for_a_left_over(run: PlannedRun) -> None:
    """A runner that was killed leaves its commands behind. They work on towards the same result: let them finish."""
    said = False
    for folder in (run.place / "model", run.place / "scores"):
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
