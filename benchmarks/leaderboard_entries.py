"""Many submissions made of the few in the repository: the same answers under other names, with other tasks solved."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from arith_synth.files import write_json
from arith_synth.leaderboard import DEFAULT_RESULTS
from arith_synth.leaderboard.results import read_results
from arith_synth.leaderboard.tasks_file import TASKS_FILE
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.seeding import keyed_hash
from arith_synth.submissions.entries import SUBMISSION_FILE, SUBMISSIONS_FOLDER, VERIFICATION_FILE, Entry
from arith_synth.submissions.numbers import headlines

RESULTS = Path(__file__).parent.parent / DEFAULT_RESULTS


def many_submissions(n: int, folder: Path, source: Path = RESULTS) -> None:
    """Write a results folder with n submissions, all in the track that ranks most of those in `source`.

    Raises DatasetError when there are none.
    """
    read = read_results(source)
    task_set = read.task_sets()[0]
    entries = [entry for entry in read.of_task_set(task_set) if entry.submission["n_samples"] == 1]
    track = max({entry.track for entry in entries}, key=lambda name: sum(entry.track == name for entry in entries))
    for number in range(n):
        _write(entries[number % len(entries)], number, track, folder)
    shutil.copyfile(source / TASKS_FILE, folder / TASKS_FILE)


def _write(entry: Entry, number: int, track: str, folder: Path) -> None:
    name = f"{entry.name[:50]}-{number:03d}"
    own = folder / SUBMISSIONS_FOLDER / name
    submission = {**entry.submission, "name": name, "track": track}
    submission["model"] = {**submission["model"], "name": f"{entry.model_name[:80]}, number {number}"}
    write_json(own / SUBMISSION_FILE, submission)
    # Up to three in ten tasks turn, so that rows differ, and some only just.
    share = keyed_hash("leaderboard", "share", number) % 300
    counts = {
        split: [
            _turned(right, keyed_hash("leaderboard", split, number, place), share) for place, right in enumerate(solved)
        ]
        for split, solved in entry.verified["n_correct"].items()
    }
    record: dict[str, Any] = {
        **entry.verified,
        "n_correct": counts,
        "headline_counts": None,
        "headline_out_of": 1,
        **headlines(counts, 1, submission["splits"]),
        "submission_sha256": hashlib.sha256((own / SUBMISSION_FILE).read_bytes()).hexdigest(),
    }
    (own / VERIFICATION_FILE).write_text(json.dumps(record), encoding="utf-8")
    os.link(entry.folder / PREDICTIONS_FILE, own / PREDICTIONS_FILE)


def _turned(right: int, draw: int, share: int) -> int:
    return 1 - right if draw % 1000 < share else right
