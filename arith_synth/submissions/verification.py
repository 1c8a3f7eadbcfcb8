"""What the receiving side runs: every number is computed again from the predictions, and nothing is taken on trust.

A submission is *rejected* when a check fails. It is *verified* when its weights and seeds are there and give the same
completions for tasks that the receiving side draws, otherwise *self-reported*: its scores follow from its predictions,
and where those come from is the submitter's word.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from arith_synth import __version__
from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.errors import MetricError
from arith_synth.evaluation.grading import grade, questions_of
from arith_synth.files import write_json
from arith_synth.progress import Progress
from arith_synth.scoring import Prediction, split_of
from arith_synth.submissions.answers import answer_checks
from arith_synth.submissions.checks import Check, check
from arith_synth.submissions.claims import claim_checks
from arith_synth.submissions.entries import REJECTED, SELF_REPORTED, VERIFICATION_FILE, VERIFIED, read_submission
from arith_synth.submissions.folders import folder_problems
from arith_synth.submissions.numbers import broken_claims, headline_counts, headlines
from arith_synth.submissions.regeneration import drawn
from arith_synth.submissions.tracks import TRACKS

#: Gives what came of answering drawn tasks again: `regeneration.regenerated`, with model and device bound.
Regenerate = Callable[[dict[str, Any], DatasetFolder, Sequence[Prediction], int], dict[str, Any] | None]

N_REGENERATED = 100
TRAIN_SPLIT = "train"
_STAGES = 4


def verify_submission(
    folder: Path | str,
    data: Path | str,
    *,
    regenerate: Regenerate | None = None,
    n_regenerated: int = N_REGENERATED,
    seed: int | None = None,
    write: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The record of a submission's verification, which is written to `verification.json` when `write` is set.

    `regenerate` answers `n_regenerated` tasks again, drawn by `seed` (None: one that nobody can foresee); None leaves
    a submission self-reported. Raises UsageError for a folder that is none or a dataset that lacks the config,
    MetricError when no record can be written, DatasetError for a damaged dataset.
    """
    folder = Path(folder)
    dataset = open_dataset(data)
    record = _examined(folder.resolve(), dataset, regenerate, n_regenerated, seed, progress)
    if write:
        write_json(folder / VERIFICATION_FILE, record)
    return record


def _examined(
    folder: Path,
    dataset: DatasetFolder,
    regenerate: Regenerate | None,
    n_regenerated: int,
    seed: int | None,
    progress: Progress | None,
) -> dict[str, Any]:
    def stage(n_done: int) -> None:
        if progress is not None:
            progress("verifying", n_done, _STAGES)

    stage(0)
    checks = [check("it holds submission.json and predictions.jsonl, and nothing else", folder_problems(folder))]
    if not checks[-1].holds:
        return _record(checks)
    try:
        submission, sha256 = read_submission(folder)
    except MetricError as error:
        return _record([*checks, check("submission.json keeps to the schema", [_without(folder, error)])])
    checks.append(check("submission.json keeps to the schema", []))
    named = (
        [] if submission["name"] == folder.name else [f"it is called {submission['name']} and lies in {folder.name}"]
    )
    checks.append(check("its name is that of its folder", named))
    checks += claim_checks(submission, dataset)
    facts: dict[str, Any] = {"submission_sha256": sha256}
    if not all(made.holds for made in checks):
        return _record(checks, facts)
    stage(1)
    # Which wrong answers are training targets is no claim, but a reader of the leaderboard wants to know.
    copies = TRAIN_SPLIT in dataset.configs[submission["config"]]
    questions = questions_of(dataset.path, submission["config"], submission["splits"], copies=copies)
    answered, predictions, facts["predictions_sha256"] = answer_checks(folder, submission, questions.tasks)
    checks += answered
    if not predictions:
        return _record(checks, facts)
    stage(2)
    graded = grade(questions, predictions, k=submission["k"])
    broken = broken_claims(submission["scores"], graded.scores)
    n_claims = sum(map(len, submission["scores"].values()))
    checks.append(check("every claimed score follows from the predictions", broken, f"{n_claims} numbers"))
    track = TRACKS[submission["track"]]
    counts, out_of = headline_counts(graded.outcomes, track)
    by_id = sorted(graded.outcomes, key=lambda outcome: outcome.task_id)
    n_correct = {
        split: [outcome.n_correct for outcome in by_id if split_of(outcome.task_id) == split]
        for split in submission["splits"]
    }
    facts |= {
        "scores": graded.scores,
        "n_correct": n_correct,
        "headline_score": track.headline,
        "headline_counts": None if track.headline == "execution_accuracy" else counts,
        "headline_out_of": out_of,
        **headlines(counts, out_of, submission["splits"]),
    }
    stage(3)
    if regenerate is not None and n_regenerated > 0 and checks[-1].holds:
        drawn_by = secrets.randbits(63) if seed is None else seed
        right = {outcome.task_id for outcome in graded.outcomes if outcome.n_correct}
        chosen = drawn(predictions, n_regenerated, drawn_by, right)
        facts["regenerated"] = regenerate(submission, dataset, chosen, drawn_by)
    stage(4)
    return _record(checks, facts)


def _record(checks: Sequence[Check], facts: dict[str, Any] | None = None) -> dict[str, Any]:
    known = facts or {}
    regenerated = known.get("regenerated")
    if not all(made.holds for made in checks):
        status = REJECTED
    elif regenerated is not None and regenerated["n_equal"] == regenerated["n_tasks"] > 0:
        status = VERIFIED
    else:
        status = SELF_REPORTED
    empty = dict.fromkeys(("scores", "n_correct", "headline", "worst_split", "mean", "predictions_sha256"))
    return {
        "schema_version": 1,
        "status": status,
        "checks": [asdict(made) for made in checks],
        **empty,
        **known,
        "regenerated": regenerated,
        "package_version": __version__,
    }


def _without(folder: Path, error: Exception) -> str:
    """A message without the place of the folder on this machine, as records are published."""
    return str(error).replace(f"{folder}/", "")
