"""The command that answers splits without a model."""

from arith_synth.baselines.config import BaselineConfig
from arith_synth.commands.printing import print_scores
from arith_synth.entry import progress_bar


def run_baseline_command(options: BaselineConfig) -> int:
    """Answer, score and print the scores; returns the exit status."""
    from arith_synth.baselines.run import run_baseline

    with progress_bar(f"baseline {options.name}") as progress:
        scores = run_baseline(options, progress)
    print_scores(scores, as_json=options.json)
    return 0
