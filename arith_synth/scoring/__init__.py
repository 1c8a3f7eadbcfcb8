"""Execution accuracy and its kin: the one scorer, its intervals, costs of exclusions, and the files of results.

Plain Python over `grammar` and `semantics`: importing it loads neither torch nor datasets nor evaluate nor numba.
"""

from pathlib import Path

from arith_synth.files import read_json, write_atomically, write_json
from arith_synth.scoring.costs import ARMS, EXCLUSIONS, TESTS, control_costs, exclusion_costs
from arith_synth.scoring.counting import outcomes_of
from arith_synth.scoring.intervals import difference_interval, mean_interval, net_interval
from arith_synth.scoring.outcomes import TaskOutcome, read_outcomes, write_outcomes
from arith_synth.scoring.paired import compare_runs, sign_test
from arith_synth.scoring.pass_at_k import pass_at_k
from arith_synth.scoring.predictions import Prediction, read_predictions, write_predictions
from arith_synth.scoring.ratios import ratio_interval
from arith_synth.scoring.scorer import Scorer, Verdict, score_completion
from arith_synth.scoring.scores import outcomes_by_split, score_predictions, scores_by_split, scores_of
from arith_synth.scoring.seeds import compare_over_seeds, scores_over_seeds
from arith_synth.scoring.tasks import Task, config_of, read_grammar, read_tasks, split_of, task_of
from arith_synth.scoring.training_targets import TrainingTargets

#: What `evaluate.load` takes: the folder of the `evaluate` module over this scorer.
METRIC_PATH = str(Path(__file__).parent / "metrics" / "execution_accuracy")

__all__ = [
    "ARMS",
    "EXCLUSIONS",
    "METRIC_PATH",
    "TESTS",
    "Prediction",
    "Scorer",
    "Task",
    "TaskOutcome",
    "TrainingTargets",
    "Verdict",
    "compare_over_seeds",
    "compare_runs",
    "config_of",
    "control_costs",
    "difference_interval",
    "exclusion_costs",
    "mean_interval",
    "net_interval",
    "outcomes_by_split",
    "outcomes_of",
    "pass_at_k",
    "ratio_interval",
    "read_grammar",
    "read_json",
    "read_outcomes",
    "read_predictions",
    "read_tasks",
    "score_completion",
    "score_predictions",
    "scores_by_split",
    "scores_of",
    "scores_over_seeds",
    "sign_test",
    "split_of",
    "task_of",
    "write_atomically",
    "write_json",
    "write_outcomes",
    "write_predictions",
]
