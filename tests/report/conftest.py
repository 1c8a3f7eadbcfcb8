"""Result files of four arms, written by the package's own scoring from real completions on real tasks."""

import itertools
import json

import pytest
from strategies import XY3

from arith_synth.grammar import parse_infix
from arith_synth.scoring import (
    ARMS,
    TESTS,
    Prediction,
    Task,
    outcomes_of,
    scores_by_split,
    write_json,
    write_outcomes,
    write_predictions,
)
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.semantics.panels import panel_of

N = 12
#: Right answers of each arm on test, test_semantic, test_syntactic, test_both.
RIGHT = {"both": [7, 3, 0, 0], "syntactic": [6, 5, 0, 0], "semantic": [6, 2, 6, 3], "none": [5, 5, 6, 5]}


SPLITS = {
    "both": ("support_shift", "train"),
    "syntactic": ("support_shift_control", "train_syntactic_excluded"),
    "semantic": ("support_shift_control", "train_semantic_excluded"),
    "none": ("support_shift_control", "train"),
}


def make_tasks(test):
    panel = panel_of(XY3)
    programs = (f"{a} {op} {b}" for a, op, b in itertools.product(("x", "y"), "+*-", ("1", "2", "3")))
    for index, text in enumerate(itertools.islice(programs, N)):
        program = parse_infix(text, XY3)
        outputs = outputs_of(program, XY3, panel.points)
        yield Task(
            task_id=f"support_shift/{test}/{index:06d}",
            inputs=panel.shown,
            outputs=tuple(outputs[: len(panel.shown)]),
            heldout_inputs=panel.heldout,
            heldout_outputs=tuple(outputs[len(panel.shown) :]),
            program=text,
            size=2,
            fingerprint=fingerprint_of(program, XY3) or "",
        )


@pytest.fixture
def results_dir(tmp_path):
    for arm in ARMS:
        tasks, predictions = [], []
        for test, n_right in zip(TESTS, RIGHT[arm], strict=True):
            for index, task in enumerate(make_tasks(test)):
                tasks.append(task)
                answer = task.program if index < n_right else "x /"
                predictions.append(Prediction(task_id=task.task_id, completions=(answer,)))
        outcomes = outcomes_of(tasks, predictions, XY3)
        folder = tmp_path / "results" / "arms" / arm
        write_predictions(folder / "eval" / "predictions.jsonl", predictions)
        write_outcomes(folder / "eval" / "outcomes.jsonl", outcomes)
        config, split = SPLITS[arm]
        write_json(
            folder / "train" / "run.json",
            {
                "kind": "training",
                "config": {
                    "config": config,
                    "split": split,
                    "preset": "nano",
                    "max_seconds": 12.0,
                    "batch_size": 64,
                    "seed": 0,
                },
                "model": {"n_parameters": 1000},
                "n_tasks": 640,
                "data": {"version": "1.0.0", "grammar": "xy3", "max_size": 5, "checksums": {split: "cc"}},
                "commit": "0123abc",
                "hardware": {"processor": "Test CPU", "n_cores": 2},
                "versions": {"arith_synth": "0.1.0", "python": "3.11.0"},
                "seed": 0,
                "step": 100,
                "examples": 6400,
                "seconds": 12.0,
                "loss": 1.25,
                "validation_loss": 1.5,
            },
        )
        write_json(
            folder / "eval" / "run.json",
            {
                "kind": "evaluation",
                "data": {"version": "1.0.0", "grammar": "xy3", "max_size": 5, "checksums": {"test": "aa"}},
                "commit": "0123abc",
                "hardware": {"processor": "Test CPU", "n_cores": 2},
                "versions": {"arith_synth": "0.1.0", "python": "3.11.0"},
                "wall_s": 2.0,
                "scores": scores_by_split(outcomes),
            },
        )
        log = [{"event": "train", "step": 10 * i, "seconds": float(i), "loss": 3 - i / 5} for i in range(10)]
        log.append({"event": "validation", "step": 100, "seconds": 10.0, "validation_loss": 1.5})
        (folder / "train" / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in log))
    return tmp_path / "results"
