"""Each submission of the repository: the run behind it, what is said of it, and the verification of the result."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from arith_synth.baselines.config import BaselineConfig
from arith_synth.baselines.run import run_baseline
from arith_synth.commands.printing import print_line
from arith_synth.data.parquet import CANARY
from arith_synth.errors import MetricError
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.run import run_evaluation
from arith_synth.experiments.leaderboard import LeaderboardConfig
from arith_synth.files import read_json, write_atomically
from arith_synth.leaderboard.tasks_file import write_tasks_file
from arith_synth.splits import support
from arith_synth.submissions.entries import SUBMISSIONS_FOLDER, VERIFICATION_FILE, VERIFIED
from arith_synth.submissions.making import RUN_FILE, submission_of, write_submission
from arith_synth.submissions.regeneration import regenerated
from arith_synth.submissions.verification import verify_submission

LICENCE = "Apache-2.0"
_SPLITS = ",".join(support.TESTS)
_CARD = f"""---
license: apache-2.0
pretty_name: arith-synth results
tags:
- leaderboard
- program-synthesis
viewer: false
---

# arith-synth: results

One folder a submission under `submissions/`: what its maker says (`submission.json`), the answers (`predictions.jsonl`)
and what was found (`verification.json`). `tasks.parquet` holds the tests that the explorer shows. Made by
`arith-synth submit` and `arith-synth verify-submission`; `arith-synth leaderboard --serve` shows them.

These files hold answers of a benchmark. Do not train on them. {CANARY}
"""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A submission to make. One of `checkpoint`, a folder's name, and `baseline` is given; `said` goes into its
    submission.json; `seconds`: whether the seconds of the run are declared."""

    name: str
    model_name: str
    track: str
    checkpoint: str | None = None
    baseline: str | None = None
    samples: int = 1
    said: dict[str, Any] = field(default_factory=dict)
    seconds: bool = False


PLANNED = (
    Planned(
        name="nano-support_shift",
        model_name="nano, support_shift",
        track="shifted_pass_at_1",
        checkpoint="nano-support_shift",
    ),
    Planned(
        name="nano-support_shift-10-samples",
        model_name="nano, support_shift, 10 samples",
        track="shifted_best_of_n",
        checkpoint="nano-support_shift",
        samples=10,
    ),
    Planned(
        name="nano-support_shift_control",
        model_name="nano, nothing excluded",
        track="other_data",
        checkpoint="nano-support_shift_control",
        said={"other_data": "the control split of the same size, which excludes nothing"},
    ),
    Planned(name="retrieval", model_name="retrieval", track="shifted_pass_at_1", baseline="retrieval"),
    Planned(name="constant", model_name="constant program", track="shifted_pass_at_1", baseline="constant"),
    Planned(name="random", model_name="random programs", track="shifted_pass_at_1", baseline="random"),
    Planned(
        name="retrieval-10-samples",
        model_name="retrieval, the 10 nearest",
        track="shifted_best_of_n",
        baseline="retrieval",
        samples=10,
    ),
    Planned(
        name="lookup",
        model_name="look-up in the corpus",
        track="search",
        baseline="lookup",
        said={"budget": {"tables": "the outputs of every program of the corpus on the shown inputs"}},
        seconds=True,
    ),
    Planned(
        name="target",
        model_name="the targets themselves",
        track="other_data",
        baseline="target",
        said={"other_data": "the answers"},
    ),
)


def make_submissions(config: LeaderboardConfig) -> None:
    """Make, verify and print every submission, and the file of tasks that the explorer shows.

    Raises MetricError when one does not come out verified, and what the runs raise.
    """
    for planned in PLANNED:
        folder = config.results / SUBMISSIONS_FOLDER / planned.name
        if not (folder / VERIFICATION_FILE).is_file():
            run = config.scratch / planned.name
            _run(planned, config, run)
            if not folder.is_dir():
                submission, predictions = submission_of(run, config.data, _said(planned, run))
                write_submission(submission, predictions, config.results)
            model = None if planned.checkpoint is None else str(config.checkpoints / planned.checkpoint)
            verify_submission(folder, config.data, regenerate=partial(regenerated, model=model, device="cpu"))
        record = read_json(folder / VERIFICATION_FILE)
        if record["status"] != VERIFIED:
            raise MetricError(f"{folder} is {record['status']}; see its {VERIFICATION_FILE}, then remove the folder")
        worst = record["worst_split"]
        print_line(f"{planned.name}: {100 * worst['value']:.1f} on {worst['split']}, {record['status']}")
    write_tasks_file(config.data, config.results, [support.CONFIG])
    write_atomically(config.results / "README.md", _CARD)


def _run(planned: Planned, config: LeaderboardConfig, output: Path) -> None:
    if planned.baseline is not None:
        run_baseline(
            BaselineConfig(
                name=planned.baseline,  # pyright: ignore[reportArgumentType]
                data=config.data,
                config=support.CONFIG,
                splits=_SPLITS,
                samples=planned.samples,
                output=output,
            )
        )
        return
    run_evaluation(
        EvaluationConfig(
            model=str(config.checkpoints / str(planned.checkpoint)),
            data=config.data,
            config=support.CONFIG,
            splits=_SPLITS,
            samples=planned.samples,
            temperature=0.0 if planned.samples == 1 else 1.0,
            output=output,
        )
    )


def _said(planned: Planned, run: Path) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": planned.name,
        "track": planned.track,
        "licence": LICENCE,
        "model": {"name": planned.model_name},
        **planned.said,
    }
    if planned.seconds:
        said["budget"] = {**said.get("budget", {}), "inference_seconds": read_json(run / RUN_FILE)["wall_s"]}
    return said
