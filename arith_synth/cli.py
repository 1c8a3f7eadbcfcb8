"""The command `arith-synth`: every subcommand is a dataclass, and what it prints for programs is one JSON object."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from arith_synth.entry import FAILED, guarded, progress_bar
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.training.config import TrainingConfig

_FOLDER = Path("arith-synth")


@dataclass(frozen=True, kw_only=True)
class Enumerate:
    """Count the classes of a grammar.

    Example: arith-synth enumerate --grammar xy3 --max-size 6 --json
    """

    grammar: str = "xy3"
    """Named grammar."""
    max_size: int = 5
    """Largest minimal size, in leaves."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """Build a dataset folder; what is finished and still valid is reused.

    Example: arith-synth build --grammar xy3 --max-size 5 --out ./arith-synth
    """

    grammar: str = "xy3"
    """Named grammar."""
    max_size: int = 6
    """Largest minimal size, in leaves."""
    out: Path = _FOLDER
    """The dataset folder."""
    configs: tuple[str, ...] = ()
    """Configs to build; all of them when none is named."""
    train_tasks: int | None = None
    """Tasks of a training split; the published number when None."""
    test_tasks: int | None = None
    """Tasks of a validation or test split; the published number when None."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Check every claim about a dataset folder from its files alone; exit status 1 when one fails.

    Example: arith-synth audit ./arith-synth
    """

    dir: Annotated[Path, tyro.conf.Positional] = _FOLDER
    """The dataset folder."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Score a predictions file by execution.

    Example: arith-synth score predictions.jsonl --config support_shift --split test --k 1,10
    """

    file: Annotated[Path, tyro.conf.Positional]
    """The predictions: one JSON object a line, with task_id and completions."""
    data: Path = _FOLDER
    """The dataset folder."""
    config: str = "support_shift"
    """Config of the dataset."""
    split: str = "test"
    """Split of the config."""
    k: str = "1"
    """For which k to estimate pass@k, with commas between."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Make the table and the figures of a finished four-arm run again, from its result files.

    Example: arith-synth report results/demo
    """

    dir: Annotated[Path, tyro.conf.Positional] = Path("results/demo")
    """Folder with arms/<arm>/train and arms/<arm>/eval."""


_COMMANDS: dict[str, type] = {
    "enumerate": Enumerate,
    "build": Build,
    "audit": Audit,
    "train": TrainingConfig,
    "eval": EvaluationConfig,
    "score": Score,
    "report": Report,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the subcommand. Returns the exit status: 0, 1 (failed) or 2 (called wrongly)."""
    options: Any = None

    def parse() -> int:
        nonlocal options
        options = tyro.extras.subcommand_cli_from_dict(
            {name: _constructor(command) for name, command in _COMMANDS.items()},
            prog="arith-synth",
            description="Does a neural program synthesizer generalize, or retrieve?",
            args=list(sys.argv[1:] if arguments is None else arguments),
        )
        return 0

    status = guarded("arith-synth", parse)
    if status:
        return status
    name = next(name for name, command in _COMMANDS.items() if type(options) is command)
    return guarded(f"arith-synth {name}", lambda: _ACTIONS[type(options)](options))


def _constructor(command: type) -> Callable[..., Any]:
    return command


def _print_json(value: Any) -> None:
    print(json.dumps(value))


def _enumerate(options: Enumerate) -> int:
    from arith_synth.enumeration.bank import enumerate_bank
    from arith_synth.grammar import grammar_named

    grammar = grammar_named(options.grammar)
    with progress_bar() as progress:
        progress("compiling", 0, 1)
        enumerate_bank(grammar, min(options.max_size, 2))
        progress("compiling", 1, 1)
        bank = enumerate_bank(grammar, options.max_size, progress)
    result = {
        "classes_by_size": bank.classes_by_size,
        "candidates": bank.n_candidates,
        "seconds": bank.seconds,
        "candidates_per_s": bank.n_candidates / bank.seconds,
        "peak_bytes": _peak_bytes(),
    }
    if options.json:
        _print_json(result)
    else:
        print(f"{sum(bank.classes_by_size):,} classes; by size: {', '.join(map(str, bank.classes_by_size))}")
        print(f"{bank.n_candidates:,} candidates in {bank.seconds:.2f} s, {result['candidates_per_s']:,.0f} a second")
    return 0


def _peak_bytes() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _build(options: Build) -> int:
    from dataclasses import replace

    from arith_synth.data.build import build_dataset
    from arith_synth.grammar import grammar_named
    from arith_synth.splits.registry import CONFIGS
    from arith_synth.splits.sizes import default_sizes

    sizes = default_sizes(options.max_size)
    if options.train_tasks is not None:
        sizes = replace(sizes, train=options.train_tasks)
    if options.test_tasks is not None:
        sizes = replace(sizes, validation=options.test_tasks, test=options.test_tasks)
    with progress_bar() as progress:
        folder = build_dataset(
            grammar_named(options.grammar),
            options.max_size,
            options.out,
            options.configs or CONFIGS,
            sizes,
            progress,
        )
    counts = {
        config: {split: entry["n"] for split, entry in splits.items()}
        for config, splits in folder.build["configs"].items()
    }
    if options.json:
        _print_json({"n_classes": folder.build["n_classes"], "configs": counts})
    else:
        for config, splits in counts.items():
            print(f"{config}: " + ", ".join(f"{split} {n:,}" for split, n in splits.items()))
    return 0


def _audit(options: Audit) -> int:
    from arith_synth.splits.audit import audit_folder

    with progress_bar() as progress:
        claims = audit_folder(options.dir, progress)
    if options.json:
        _print_json({"claims": [asdict(claim) for claim in claims]})
    else:
        for claim in claims:
            print(f"{'holds' if claim.holds else 'FAILS'}  {claim.claim}: {claim.detail}")
    return 0 if all(claim.holds for claim in claims) else FAILED


def _train(options: TrainingConfig) -> int:
    from arith_synth.training import train

    last = train(options)
    if options.json:
        _print_json(last)
    return 0


def _eval(options: EvaluationConfig) -> int:
    from arith_synth.evaluation import evaluate

    return _show_scores(evaluate(options), options.json)


def _score(options: Score) -> int:
    from arith_synth.data.folder import open_dataset
    from arith_synth.data.schema import check_name
    from arith_synth.errors import UsageError
    from arith_synth.scoring import read_grammar, read_predictions, read_tasks, score_predictions

    if not all(part.isdigit() for part in options.k.split(",")):
        raise UsageError(f"--k {options.k!r} must be numbers with commas between, as in 1,10")
    folder = open_dataset(options.data)
    check_name("config", options.config, folder.configs)
    check_name("split", options.split, folder.configs[options.config])
    scores = score_predictions(
        read_tasks(options.data, options.config, [options.split]),
        read_predictions(options.file),
        read_grammar(options.data),
        k=tuple(int(part) for part in options.k.split(",")),
    )
    if options.json:
        _print_json(scores[options.split])
        return 0
    return _show_scores(scores, as_json=False)


def _show_scores(scores: dict[str, Any], as_json: bool) -> int:
    if as_json:
        _print_json(scores)
        return 0
    for split, score in scores.items():
        low, high = score["interval_95"]
        print(f"{split}: {score['execution_accuracy']:.1%} [{low:.1%}, {high:.1%}], n={score['n']}")
    return 0


def _report(options: Report) -> int:
    from arith_synth.report.demo import print_demo_report, write_demo_report

    print_demo_report(write_demo_report(options.dir))
    return 0


_ACTIONS: dict[type, Callable[[Any], int]] = {
    Enumerate: _enumerate,
    Build: _build,
    Audit: _audit,
    TrainingConfig: _train,
    EvaluationConfig: _eval,
    Score: _score,
    Report: _report,
}


if __name__ == "__main__":
    sys.exit(main())
