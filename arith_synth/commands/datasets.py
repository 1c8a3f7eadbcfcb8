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
    """Configs to build, separated by spaces; all that the grammar has when none is named. An audit needs corpus."""
    region: tyro.conf.UseAppendAction[tuple[Path, ...]] = ()
    """File of a region of your own, once a region: adds a config support_shift_<name> and its control."""
    train_tasks: int | None = None
    """Tasks of a training split; the published number when None."""
    test_tasks: int | None = None
    """Tasks of a validation or test split; the published number when None."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Check every claim about a dataset folder from its files alone; exit status 1 when one fails or cannot be checked.

    Lines begin with holds, FAILS, or skips: what rests on a broken claim, or needs a corpus that was not built.

    Example: arith-synth audit ./arith-synth
    """

    dir: Annotated[Path, tyro.conf.Positional] = DEFAULT_FOLDER
    """The dataset folder."""
    regenerate: bool = False
    """Build everything once more beside the folder, and compare every row; takes as long as a build."""
    html: Path | None = None
    """Write a page with the claims, pictures of both spaces, and the shift report to this file."""
    json: bool = False
    """Print one JSON object."""


def run_build(options: Build) -> int:
    """Build the dataset folder and print its numbers of tasks; returns the exit status."""
    from arith_synth.data.build import build_dataset
    from arith_synth.grammar import resolve_grammar
    from arith_synth.splits.region_files import axis_from_toml, check_axes
    from arith_synth.splits.sizes import sizes_for

    grammar = resolve_grammar(options.grammar)
    axes = tuple(axis_from_toml(path, grammar) for path in options.region)
    check_axes(axes)
    sizes = sizes_for(grammar, options.max_size, options.train_tasks, options.test_tasks)
    with progress_bar() as progress:
        compile_kernels(grammar, progress)
        folder = build_dataset(grammar, options.max_size, options.out, options.configs, sizes, progress, axes)
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
    from arith_synth.data.document_claims import audit_dataset

    with progress_bar() as progress:
        claims = audit_dataset(options.dir, progress)
        if options.regenerate:
            from arith_synth.data.regeneration import check_regeneration

            claims.append(check_regeneration(options.dir, progress))
        if options.html is not None:
            from arith_synth.report.audit_page import write_html

            write_html(options.dir, claims, options.html, progress)
    if options.json:
        print_json({"holds": all(claim.holds for claim in claims), "claims": [asdict(claim) for claim in claims]})
    else:
        for claim in claims:
            print_line(f"{claim.verdict}  {claim.claim}: {claim.detail}")
    return 0 if all(claim.holds for claim in claims) else FAILED
