"""Commands that make and check datasets."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import tyro

from arith_synth.commands.enumeration import compile_kernels
from arith_synth.commands.printing import print_json, print_line
from arith_synth.entry import FAILED, progress_bar

DEFAULT_FOLDER = Path("arith-synth")


@dataclass(frozen=True, kw_only=True)
class Build:
    """Build a dataset folder; what is finished and still valid is reused.

    Example: arith-synth build --grammar xy3 --max-size 5 --out ./arith-synth
    """

    grammar: str = "xy3"
    """Named grammar, or a grammar file ending in .toml."""
    max_size: int = 6
    """Largest minimal size, in leaves."""
    out: Path = DEFAULT_FOLDER
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

    dir: Annotated[Path, tyro.conf.Positional] = DEFAULT_FOLDER
    """The dataset folder."""
    json: bool = False
    """Print one JSON object."""


def run_build(options: Build) -> int:
    """Build the dataset folder and print its numbers of tasks; returns the exit status."""
    from arith_synth.data.build import build_dataset
    from arith_synth.grammar import resolve_grammar
    from arith_synth.splits.registry import CONFIGS
    from arith_synth.splits.sizes import sizes_for

    sizes = sizes_for(options.max_size, options.train_tasks, options.test_tasks)
    grammar = resolve_grammar(options.grammar)
    with progress_bar() as progress:
        compile_kernels(grammar, progress)
        folder = build_dataset(
            grammar,
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
        print_json({"n_classes": folder.build["n_classes"], "configs": counts})
    else:
        for config, splits in counts.items():
            print_line(f"{config}: " + ", ".join(f"{split} {n:,}" for split, n in splits.items()))
    return 0


def run_audit(options: Audit) -> int:
    """Print a line for each claim; returns the exit status."""
    from arith_synth.splits.audit import audit_folder

    with progress_bar() as progress:
        claims = audit_folder(options.dir, progress)
    if options.json:
        print_json({"claims": [asdict(claim) for claim in claims]})
    else:
        for claim in claims:
            print_line(f"{'holds' if claim.holds else 'FAILS'}  {claim.claim}: {claim.detail}")
    return 0 if all(claim.holds for claim in claims) else FAILED
