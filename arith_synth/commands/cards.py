"""The command that writes the card of a trained model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from arith_synth.commands.printing import print_json, print_line


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """Write the card of a trained model, README.md, from the files of its run and of its evaluations.

    Its scores on whole tests, one greedy answer a task, also go to .eval_results beside it, where the Hub reads them.

    Example: arith-synth model-card runs/shifted --evaluation runs/shifted-scores
    """

    run: Annotated[Path, tyro.conf.Positional]
    """Folder that train has written."""
    evaluation: tyro.conf.UseAppendAction[tuple[Path, ...]] = ()
    """Folder that eval has written for this model, once an evaluation."""
    output: Path | None = None
    """The file to write; README.md in the folder of the run when None."""
    json: bool = False
    """Print one JSON object."""


def run_model_card(options: ModelCard) -> int:
    """Write the card; returns the exit status."""
    from arith_synth.report.model_card import write_model_card

    output = options.run / "README.md" if options.output is None else options.output
    _, *results = map(str, write_model_card(options.run, options.evaluation, output))
    if options.json:
        print_json({"output": str(output), "n_evaluations": len(options.evaluation), "eval_results": results})
    else:
        evaluations = ", ".join(map(str, options.evaluation)) or "no evaluation"
        print_line(f"{output}: the card of {options.run}, with {evaluations}")
        for file in results:
            print_line(f"{file}: its scores on whole tests, as the Hub reads them")
    return 0
