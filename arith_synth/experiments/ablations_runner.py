"""The runs of the ablations, and what is written of each.

A run is known by a key of all that decides its result: its options, the content of the data, the package's sources.
Its folder is named by it, and its result file holds it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import arith_synth
from arith_synth.commands.printing import print_line
from arith_synth.data.content import content_of
from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.experiments.ablations import Ablation, AblationConfig
from arith_synth.experiments.chains import Chain
from arith_synth.experiments.runner import key_of, model_folder, run_all, scores_folder, training_chain
from arith_synth.files import read_json, write_json
from arith_synth.training.folders import RUN_FILE

CONFIG, TRAINING_SPLIT = "random", "train"
#: Where choices are made. Never a test: its score would then be that of a model which was chosen by it.
SCORED_SPLIT = "validation"
#: Rooms whose sources decide no result: a new run in the plan, or a better figure, leaves the others valid.
_WITHOUT_EFFECT = ("experiments", "report")
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

    def chain(self, data: Path) -> Chain:
        """Train, or go on, then score."""
        return training_chain(self.name, self.place, data, self.options, (CONFIG, [SCORED_SPLIT]), curve=False)

    def collect(self) -> str:
        """Write the result file; returns the score in words."""
        record = self.record()
        write_json(self.result, record)
        return f"{100 * record['validation']['accuracy']:.1f} % of {record['validation']['n']:,}"

    def record(self) -> dict[str, Any]:
        """What the result file says; accuracy is greedy execution accuracy, with a 95 % interval over tasks."""
        trained = read_json(model_folder(self.place) / RUN_FILE)
        score = read_json(scores_folder(self.place) / RUN_FILE)["scores"][SCORED_SPLIT]
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
            key = key_of(options=options, data=data, sources=sources)
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
    run_all(runs, data=config.data, scratch=config.scratch, n_parallel=config.parallel, seconds=config.cpu_seconds)
    print_line(f"results: {config.output}")
    print_line("the page is written by: python -m arith_synth.experiments.ablations_page docs/experiments.md")
