"""Commands that make submissions to the leaderboard, and verify those of others."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from arith_synth.commands.datasets import DEFAULT_FOLDER
from arith_synth.commands.printing import print_json, print_line
from arith_synth.entry import FAILED, progress_bar
from arith_synth.errors import UsageError
from arith_synth.files import read_json


@dataclass(frozen=True, kw_only=True)
class Submit:
    """Make a submission to the leaderboard, of a run of `eval` or `baseline` or of any predictions, check and send it.

    Example: arith-synth submit runs/a-scores --track shifted_pass_at_1 --name my-model --model-name "My model"
    --licence Apache-2.0 --repo arith-synth/arith-synth-results
    """

    run: Annotated[Path, tyro.conf.Positional]
    """The run's folder, with predictions.jsonl and run.json; or a predictions file of any other program."""
    track: str
    """shifted_pass_at_1, shifted_best_of_n, test_time_training, search or other_data."""
    name: str
    """Of the submission: lower-case letters, digits, dots, dashes and underscores."""
    model_name: str
    """The model's name for people."""
    licence: str
    """Of the predictions, as an SPDX expression."""
    model_id: str | None = None
    """The model's name on the Hub, whose weights may be used to verify."""
    links: str = ""
    """https addresses of paper, code or weights, with commas between."""
    metadata: Path | None = None
    """A JSON file with other fields of submission.json that run.json cannot know, such as other_data or budget."""
    data: Path = DEFAULT_FOLDER
    """The dataset folder."""
    results: Path | None = None
    """A results folder, into which the submission is written."""
    repo: str | None = None
    """A results dataset on the Hub, ORG/NAME, on which a pull request is opened."""
    dry_run: bool = False
    """Make and check it, and leave nothing behind."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, kw_only=True)
class VerifySubmission:
    """Check a submission as its receiver does: recompute every number, and answer drawn tasks again.

    Writes verification.json into the folder. Example: arith-synth verify-submission results/submissions/my-model
    --model org/my-model
    """

    dir: Annotated[Path, tyro.conf.Positional]
    """The submission's folder."""
    data: Path = DEFAULT_FOLDER
    """The dataset folder."""
    model: str | None = None
    """The weights: a model folder, or a model's name on the Hub; a baseline needs none."""
    regenerate: int = 100
    """How many tasks are answered again; 0 for none."""
    seed: int | None = None
    """Draws those tasks; one that nobody can foresee when None."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where tasks are answered again."""
    json: bool = False
    """Print one JSON object."""


def run_submit(options: Submit) -> int:
    """Make, check and send a submission; returns the exit status."""
    from arith_synth.submissions.making import check_submission, submission_of, write_submission
    from arith_synth.submissions.tracks import TRACKS

    if options.track not in TRACKS:
        raise UsageError(f"--track {options.track[:40]!r} is none; choose one of {', '.join(TRACKS)}")
    if sum((options.results is not None, options.repo is not None, options.dry_run)) != 1:
        raise UsageError("say where the submission goes: either --results DIR, or --repo ORG/NAME, or --dry-run")
    submission, predictions = submission_of(options.run, options.data, _said(options))
    answer: dict[str, Any] = {"name": submission["name"], "track": submission["track"]}
    with tempfile.TemporaryDirectory() as aside:
        folder = write_submission(submission, predictions, aside)
        record = check_submission(folder, options.data)
        if options.repo is not None:
            from arith_synth.submissions.sending import send_submission

            answer["pull_request"] = send_submission(folder, options.repo).pull_request
    if options.results is not None:
        answer["folder"] = str(write_submission(submission, predictions, options.results))
    answer |= {"worst_split": record["worst_split"], "mean": record["mean"]}
    if options.json:
        print_json(answer)
        return 0
    print_line(f"{submission['name']}: {len(record['checks'])} checks hold; {_score(record)}")
    print_line(answer.get("pull_request") or answer.get("folder") or "a dry run: nothing was written or sent")
    return 0


def run_verify_submission(options: VerifySubmission) -> int:
    """Verify a submission and print the checks; returns the exit status: 1 when it is rejected."""
    from arith_synth.submissions.entries import REJECTED
    from arith_synth.submissions.regeneration import regenerated
    from arith_synth.submissions.verification import verify_submission

    if options.regenerate < 0 or (options.seed is not None and options.seed < 0):
        raise UsageError("--regenerate and --seed must not be negative")
    with progress_bar("verifying") as progress:
        record = verify_submission(
            options.dir,
            options.data,
            regenerate=partial(regenerated, model=options.model, device=options.device),
            n_regenerated=options.regenerate,
            seed=options.seed,
            progress=progress,
        )
    if options.json:
        print_json({name: value for name, value in record.items() if name not in ("n_correct", "headline_counts")})
    else:
        _print_record(options.dir, record)
    return FAILED if record["status"] == REJECTED else 0


def _print_record(folder: Path, record: Mapping[str, Any]) -> None:
    for check in record["checks"]:
        detail = f": {check['detail']}" if check["detail"] else ""
        print_line(f"{'holds' if check['holds'] else 'FAILS'}  {check['claim']}{detail}")
    if (again := record["regenerated"]) is not None:
        detail = f": {again['detail']}" if again["detail"] else ""
        print_line(f"{again['n_equal']} of {again['n_tasks']} tasks drawn by seed {again['seed']} regenerate{detail}")
    score = f"; {_score(record)}" if record["worst_split"] is not None else ""
    print_line(f"{folder.name}: {record['status']}{score}")


def _score(record: Mapping[str, Any]) -> str:
    worst, mean = record["worst_split"], record["mean"]
    return f"worst split {worst['split']} {worst['value']:.1%}, mean {mean['value']:.1%}"


def _said(options: Submit) -> dict[str, Any]:
    """What the submitter says; an option goes before the file."""
    said = {} if options.metadata is None else read_json(options.metadata)
    model = said.get("model")
    said["model"] = {**(model if isinstance(model, dict) else {}), "name": options.model_name}
    if options.model_id is not None:
        said["model"]["id"] = options.model_id
    links = [link.strip() for link in options.links.split(",") if link.strip()]
    if links:
        said["links"] = links
    return said | {"name": options.name, "track": options.track, "licence": options.licence}
