"""Submissions of real runs of a baseline, as `arith-synth baseline` and `arith-synth submit` make them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arith_synth.baselines.config import BaselineConfig
from arith_synth.baselines.run import run_baseline
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.entries import SUBMISSION_FILE
from arith_synth.submissions.making import submission_of, write_submission
from arith_synth.submissions.verification import verify_submission

SPLITS = "test,test_semantic,test_syntactic,test_both"
SAID: dict[str, Any] = {
    "name": "random",
    "track": "shifted_pass_at_1",
    "licence": "Apache-2.0",
    "model": {"name": "Random programs"},
}


@pytest.fixture(scope="session")
def run_dir(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the baseline `random` over all tests, one sample a task. Read it, never write to it."""
    return _run(small_dataset, tmp_path_factory.mktemp("run") / "one", samples=1)


@pytest.fixture(scope="session")
def sampled_run_dir(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with 12 samples a task."""
    return _run(small_dataset, tmp_path_factory.mktemp("run") / "twelve", samples=12)


def _run(data: Path, output: Path, samples: int) -> Path:
    run_baseline(BaselineConfig(name="random", data=data, splits=SPLITS, samples=samples, output=output))
    return output


@pytest.fixture(scope="session")
def _made(run_dir: Path, small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_submission(*submission_of(run_dir, small_dataset, SAID), tmp_path_factory.mktemp("made"))


@pytest.fixture
def folder(_made: Path, tmp_path: Path) -> Path:
    """A submission's folder that a test may change."""
    return shutil.copytree(_made, tmp_path / "submissions" / _made.name)


@pytest.fixture
def said(folder: Path) -> dict[str, Any]:
    """submission.json of `folder`; what a test changes in it is written when `verified` is called."""
    return json.loads((folder / SUBMISSION_FILE).read_text())


@pytest.fixture
def rows(folder: Path) -> list[dict[str, Any]]:
    """The lines of predictions.jsonl of `folder`; likewise."""
    return [json.loads(line) for line in (folder / PREDICTIONS_FILE).read_text().splitlines()]


@pytest.fixture
def verified(folder: Path, said: dict[str, Any], rows: list[dict[str, Any]], small_dataset: Path) -> Callable[..., Any]:
    """Write what was changed and verify it; gives the record."""

    def verify(**options: Any) -> dict[str, Any]:
        (folder / SUBMISSION_FILE).write_text(json.dumps(said))
        (folder / PREDICTIONS_FILE).write_text("".join(json.dumps(row) + "\n" for row in rows))
        return verify_submission(folder, small_dataset, **options)

    return verify
