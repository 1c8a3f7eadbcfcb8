"""Entries: a submission, and what the receiving side found of it, read from a results folder.

`submissions/<name>/submission.json` is the submitter's, `verification.json` the receiving side's; see `verification`.
"""

import hashlib
import json
import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arith_synth.errors import ArithSynthError, MetricError
from arith_synth.files import parse_json
from arith_synth.submissions.schema import schema_problems

SUBMISSIONS_FOLDER = "submissions"
SUBMISSION_FILE = "submission.json"
VERIFICATION_FILE = "verification.json"

VERIFIED, SELF_REPORTED, REJECTED = "verified", "self-reported", "rejected"
#: More is not read. The limits of the schema leave far less.
MAX_SUBMISSION_BYTES = 1 << 18
MAX_VERIFICATION_BYTES = 1 << 24

_MEMBERS: dict[str, type | tuple[type, ...]] = {
    "checks": list,
    "scores": dict,
    "n_correct": dict,
    "headline": dict,
    "headline_out_of": int,
    "worst_split": dict,
    "mean": dict,
    "predictions_sha256": str,
    "submission_sha256": str,
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TaskSet:
    """Which tasks were answered. Rows of different task sets are not compared."""

    config: str
    grammar: str
    max_size: int
    version: str

    def __str__(self) -> str:
        return f"{self.config}, {self.grammar} up to size {self.max_size}, data {self.version}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """A submission. `submission` has passed the schema; its texts are the submitter's, and so hostile.

    `verification`: the receiving side's record, None as long as nobody has verified this very submission.json.
    """

    name: str
    folder: Path
    submission: dict[str, Any]
    verification: dict[str, Any] | None

    @property
    def track(self) -> str:
        """Name of the track."""
        return self.submission["track"]

    @property
    def model_name(self) -> str:
        """The model's name for people: any text of at most 100 printable characters, HTML too."""
        return self.submission["model"]["name"]

    @property
    def status(self) -> str | None:
        """ "verified", "self-reported" or "rejected"; None when it has not been looked at."""
        return None if self.verification is None else self.verification["status"]

    @property
    def verified(self) -> dict[str, Any]:
        """The verification of an entry that has one."""
        assert self.verification is not None, "ask for the status first"
        return self.verification

    @property
    def headline_counts(self) -> dict[str, list[int]]:
        """By split, each task's part in the track's headline score, out of `verified["headline_out_of"]`."""
        return self.verified["headline_counts"] or self.verified["n_correct"]

    @property
    def task_set(self) -> TaskSet:
        """Which tasks were answered, as far as ranking tells them apart."""
        data = self.submission["data"]
        return TaskSet(
            config=self.submission["config"],
            grammar=data["grammar"],
            max_size=data["max_size"],
            version=data["version"],
        )


def read_entries(results_dir: Path | str, report: Callable[[str], None] | None = None) -> list[Entry]:
    """The entries of a results folder by name; none when it has no submissions.

    What cannot be read is left out, and `report` is told one line of each (None: standard error).
    """
    say = report or _to_standard_error
    folder = Path(results_dir) / SUBMISSIONS_FOLDER
    entries: list[Entry] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(".") or not path.is_dir():
            continue
        try:
            entries.append(read_entry(path))
        except (ArithSynthError, OSError) as error:
            say(f"left out: {error}")
    return entries


def read_entry(folder: Path) -> Entry:
    """One entry. Raises MetricError, one line, when submission.json or verification.json is not what it should be."""
    submission, sha256 = read_submission(folder)
    verification = _verification_of(folder, sha256)
    if submission["name"] != folder.name:
        raise MetricError(f"{folder}: its {SUBMISSION_FILE} has another name; rename the folder or the submission")
    if verification is not None and (problem := _problem(verification, submission)):
        raise MetricError(f"{folder / VERIFICATION_FILE}: {problem}; run arith-synth verify-submission {folder}")
    return Entry(name=folder.name, folder=folder, submission=submission, verification=verification)


def read_submission(folder: Path) -> tuple[dict[str, Any], str]:
    """submission.json and the SHA-256 of its bytes. Raises MetricError unless it is JSON that the schema allows."""
    file = folder / SUBMISSION_FILE
    content = _content(file, MAX_SUBMISSION_BYTES)
    try:
        submission = parse_json(content)
    except ValueError as error:
        raise MetricError(f"{file} is not JSON ({' '.join(str(error).split())[:120]}); make it again") from None
    if problems := schema_problems(submission):
        raise MetricError(f"{file} breaks the schema: {'; '.join(problems)}")
    return submission, hashlib.sha256(content).hexdigest()


def task_sets(entries: Iterable[Entry]) -> list[TaskSet]:
    """The task sets of some entries, that of most entries first."""
    counts: dict[TaskSet, int] = {}
    for entry in entries:
        counts[entry.task_set] = counts.get(entry.task_set, 0) + 1
    return sorted(counts, key=lambda task_set: (-counts[task_set], task_set))


def _verification_of(folder: Path, submission_sha256: str) -> dict[str, Any] | None:
    """The record; None when there is none, or one of another submission.json, as of one that stood there before."""
    file = folder / VERIFICATION_FILE
    if not file.exists():
        return None
    try:
        record = json.loads(_content(file, MAX_VERIFICATION_BYTES))
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or record.get("status") not in (VERIFIED, SELF_REPORTED, REJECTED):
        raise MetricError(f"{file} is no verification; run arith-synth verify-submission {folder}")
    return record if record.get("submission_sha256") == submission_sha256 else None


def _content(path: Path, max_bytes: int) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise MetricError(f"there is no file {path}; a submission is a folder that `arith-synth submit` makes")
    with path.open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise MetricError(f"{path} has more than {max_bytes} bytes; make it again with `arith-synth submit`")
    return content


def _problem(record: dict[str, Any], submission: dict[str, Any]) -> str | None:
    """Why a record cannot be ranked by; a rejected one has no scores, and needs none."""
    if record.get("schema_version") != 1:
        return "it is of another version"
    rejected = record["status"] == REJECTED
    for name, kind in _MEMBERS.items():
        value = record.get(name)
        if not isinstance(value, kind) and not (rejected and value is None):
            return f"{name} is a {type(value).__name__}"
    if rejected:
        return None
    splits, n_correct = submission["splits"], record["n_correct"]
    headline_counts = record.get("headline_counts") or n_correct
    for values in (record["scores"], record["headline"], n_correct, headline_counts):
        if not isinstance(values, dict) or set(values) != set(splits):
            return "its splits are not those of the submission"
    for counts_by_split, out_of in ((headline_counts, record["headline_out_of"]), (n_correct, submission["n_samples"])):
        for counts in counts_by_split.values():
            if not isinstance(counts, list) or set(map(type, counts)) != {int}:
                return "its counts are no numbers"
            if min(counts) < 0 or max(counts) > out_of:
                return "its counts are out of more than it says"
    if record["worst_split"].get("split") not in splits:
        return "the worst split is none of its splits"
    means = [*record["headline"].values(), record["worst_split"], record["mean"]]
    if not all(isinstance(mean, dict) and _is_scored(mean) for mean in means):
        return "a score has no value or no interval"
    return None


def _is_scored(mean: dict[str, Any]) -> bool:
    interval = mean.get("interval_95")
    numbers = [mean.get("value"), *(interval if isinstance(interval, list) and len(interval) == 2 else [None])]
    return all(type(number) in (int, float) and math.isfinite(number) for number in numbers)


def _to_standard_error(line: str) -> None:
    sys.stderr.write(line + "\n")
