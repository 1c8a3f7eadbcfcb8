"""Entries: a submission, and what the receiving side found of it, read from a results folder.

`submissions/<name>/submission.json` is the submitter's, `verification.json` the receiving side's; see `verification`.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arith_synth.errors import ArithSynthError, MetricError
from arith_synth.files import parse_json, printable
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.answers import MAX_PREDICTIONS_BYTES
from arith_synth.submissions.records import REJECTED, SELF_REPORTED, VERIFIED, record_problem
from arith_synth.submissions.schema import schema_problems

SUBMISSIONS_FOLDER = "submissions"
SUBMISSION_FILE = "submission.json"
VERIFICATION_FILE = "verification.json"

#: More is not read. The limits of the schema leave far less.
MAX_SUBMISSION_BYTES = 1 << 18
MAX_VERIFICATION_BYTES = 1 << 24


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

    `verification`: the receiving side's record, None as long as nobody has verified these very files.
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
            say(printable(f"left out: {error}"))  # a folder's name is the submitter's, too
    return entries


def read_entry(folder: Path) -> Entry:
    """One entry. Raises MetricError, one line, when submission.json or verification.json is not what it should be."""
    submission, sha256 = read_submission(folder)
    verification = _verification_of(folder, sha256)
    if submission["name"] != folder.name:
        raise MetricError(f"{folder}: its {SUBMISSION_FILE} has another name; rename the folder or the submission")
    if verification is not None and (problem := record_problem(verification, submission)):
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
    """The record; None when there is none, or one of other files than those that lie there now."""
    file = folder / VERIFICATION_FILE
    if not file.exists():
        return None
    try:
        record = parse_json(_content(file, MAX_VERIFICATION_BYTES))
    except ValueError:
        record = None
    if not isinstance(record, dict) or record.get("status") not in (VERIFIED, SELF_REPORTED, REJECTED):
        raise MetricError(f"{file} is no verification; run arith-synth verify-submission {folder}")
    if record.get("submission_sha256") != submission_sha256:
        return None
    # Answers that were exchanged afterwards must not be shown under scores that they did not earn.
    same = record["status"] == REJECTED or record.get("predictions_sha256") == _predictions_sha256(folder)
    return record if same else None


def _predictions_sha256(folder: Path) -> str | None:
    """The SHA-256 of the predictions; None when there are none, or more than verification reads."""
    file = folder / PREDICTIONS_FILE
    if file.is_symlink() or not file.is_file() or file.stat().st_size > MAX_PREDICTIONS_BYTES:
        return None
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _content(path: Path, max_bytes: int) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise MetricError(f"there is no file {path}; a submission is a folder that `arith-synth submit` makes")
    with path.open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise MetricError(f"{path} has more than {max_bytes} bytes; make it again with `arith-synth submit`")
    return content


def _to_standard_error(line: str) -> None:
    sys.stderr.write(line + "\n")
