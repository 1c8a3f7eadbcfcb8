"""What the main job does: build the data, train and score the arms, report.

All arms take the same number of optimizer steps. A repetition reuses whatever is finished and still valid.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from arith_synth import __version__
from arith_synth.commands.printing import print_line
from arith_synth.data.build import build_dataset, holds_configs
from arith_synth.data.folder import BUILD_FILE, DatasetFolder, open_dataset
from arith_synth.entry import progress_bar
from arith_synth.experiments.chains import Chain, python_command, run_chains
from arith_synth.experiments.demo import DemoConfig
from arith_synth.files import read_json, write_json
from arith_synth.grammar import grammar_named
from arith_synth.model_files import model_sha256
from arith_synth.progress import Progress
from arith_synth.report.demo import print_demo_report, write_demo_report
from arith_synth.splits import support
from arith_synth.splits.registry import CORPUS
from arith_synth.splits.sizes import SplitSizes, sizes_for
from arith_synth.training.extra import require_training_extra
from arith_synth.training.folders import exclusive

#: Arms by the exclusions that hold in their training set.
ARMS: dict[str, tuple[str, str]] = {
    "both": (support.CONFIG, "train"),
    "syntactic": (support.CONTROL, "train_syntactic_excluded"),
    "semantic": (support.CONTROL, "train_semantic_excluded"),
    "none": (support.CONTROL, "train"),
}
#: What the demo reads, and what its preset was chosen on.
_CONFIGS = (CORPUS, "random", support.CONFIG, support.CONTROL)
_PLAN_FILE = "plan.json"


def run_demo(config: DemoConfig) -> dict:
    """Run what is not finished, write the report, and return what its run.json says."""
    started = time.monotonic()
    require_training_extra()
    sizes = sizes_for(grammar_named(config.grammar), config.max_size, config.train_tasks, config.test_tasks)
    with exclusive(config.output), progress_bar() as progress:
        folder = _dataset(config, sizes, progress)
        _keep_to_plan(config, folder)
        arms = config.output / "arms"
        chains = [_chain(config, arm, config.max_steps) for arm in ARMS if not _is_scored(arms / arm)]
        run_chains(chains, config.parallel, _watch(arms, config.max_steps, progress))
    report = write_demo_report(config.output, wall_s=round(time.monotonic() - started, 1))
    print_demo_report(report)
    print_line(f"tables: {config.output / 'report.md'}")
    print_line(f"figures: {config.output / 'figures'}")
    print_line(f"all numbers: {config.output / 'run.json'}")
    return report


def _dataset(config: DemoConfig, sizes: SplitSizes, progress: Progress) -> DatasetFolder:
    """The folder that is there when it has what the demo reads; else one with just that."""
    grammar = grammar_named(config.grammar)
    if (config.data / BUILD_FILE).is_file():
        found = open_dataset(config.data)
        if holds_configs(found, grammar, config.max_size, _CONFIGS, sizes):
            return found
    return build_dataset(grammar, config.max_size, config.data, _CONFIGS, sizes, progress)


def _keep_to_plan(config: DemoConfig, folder: DatasetFolder) -> None:
    """Write down this request on this data; what was made by another plan is removed."""
    request = {
        "package_version": __version__,
        "preset": config.preset,
        "seed": config.seed,
        "max_steps": config.max_steps,
        "data": folder.checksums["files"],
    }
    key = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    path = config.output / _PLAN_FILE
    if path.is_file() and read_json(path).get("key") == key:
        return
    if (arms := config.output / "arms").exists():
        shutil.rmtree(arms)
    write_json(path, {"key": key, "max_steps": config.max_steps})


def _is_scored(arm: Path) -> bool:
    """Whether the arm's scores are there, and are those of the model that is there."""
    scores, model = arm / "eval" / "run.json", arm / "train"
    if not (scores.is_file() and (model / "model.safetensors").is_file()):
        return False
    return read_json(scores).get("key", {}).get("model_sha256") == model_sha256(model)


def _chain(config: DemoConfig, arm: str, max_steps: int) -> Chain:
    folder = config.output / "arms" / arm
    evaluate = python_command(
        "arith_synth.cli", "eval",
        "--model", str(folder / "train"), "--data", str(config.data), "--config", support.CONFIG,
        "--splits", ",".join(support.TESTS), "--output", str(folder / "eval"),
    )  # fmt: skip
    train = _train_command(config, ARMS[arm], folder / "train", "--max-steps", str(max_steps))
    return Chain(name=f"arm {arm}", commands=[train, evaluate], log=folder / "output.log")


def _train_command(config: DemoConfig, split: tuple[str, str], output: Path, *budget: str) -> list[str]:
    return python_command(
        "arith_synth.cli", "train",
        "--data", str(config.data), "--config", split[0], "--split", split[1], "--preset", config.preset,
        "--seed", str(config.seed), "--output", str(output), "--resume", *budget,
    )  # fmt: skip


def _watch(arms: Path, max_steps: int, progress: Progress) -> Callable[[], None]:
    """A callback that shows how far each arm is, from its log."""

    def poll() -> None:
        for arm in ARMS:
            done = arms / arm / "eval" / "run.json"
            step = max_steps if done.is_file() else min(_last_step(arms / arm / "train" / "log.jsonl"), max_steps - 1)
            if step > 0:
                progress(f"training and scoring arm {arm}", step, max_steps)

    return poll


def _last_step(log: Path) -> int:
    if not log.is_file():
        return 0
    for line in reversed(log.read_bytes().split(b"\n")):
        try:
            return int(json.loads(line)["step"])
        except (ValueError, KeyError, TypeError):
            continue  # empty, or still being written
    return 0
