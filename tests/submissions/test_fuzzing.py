"""Whatever lies in the folder, verifying it ends in a record: rejected with reasons, or accepted with true scores."""

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from submissions.mutations import as_bytes, damaged, tampered

from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.entries import SUBMISSION_FILE, VERIFICATION_FILE, read_entries
from arith_synth.submissions.regeneration import regenerated
from arith_synth.submissions.verification import verify_submission

fuzzed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def honest(folder):
    return (folder / SUBMISSION_FILE).read_bytes(), (folder / PREDICTIONS_FILE).read_bytes()


@pytest.fixture
def survives(folder, small_dataset, honest):
    """Verify these two files; whatever the outcome, it is told as one."""

    def survives(submission: bytes, predictions: bytes) -> None:
        (folder / SUBMISSION_FILE).write_bytes(submission)
        (folder / PREDICTIONS_FILE).write_bytes(predictions)
        (folder / VERIFICATION_FILE).unlink(missing_ok=True)
        started = time.monotonic()
        record = verify_submission(folder, small_dataset, regenerate=regenerated, n_regenerated=2, seed=0)
        assert time.monotonic() - started < 20
        assert all(check["detail"].isprintable() for check in record["checks"])
        assert (record["status"] == "rejected") == (not all(check["holds"] for check in record["checks"]))
        if record["status"] != "rejected":
            claimed = json.loads(submission)["scores"]
            for split, scores in claimed.items():
                assert scores["execution_accuracy"] == record["headline"][split]["value"]
        lines: list[str] = []
        entries = read_entries(folder.parent.parent, report=lines.append)
        assert len(entries) + len(lines) == 1

    return survives


@fuzzed
@given(data=st.data())
def test_a_tampered_document_is_survived(data, survives, honest):
    survives(as_bytes(data.draw(tampered(json.loads(honest[0])))), honest[1])


@fuzzed
@given(data=st.data())
def test_a_damaged_document_is_survived(data, survives, honest):
    survives(data.draw(damaged(honest[0])), honest[1])


@fuzzed
@given(data=st.data())
def test_tampered_predictions_are_survived(data, survives, honest):
    rows = data.draw(tampered([json.loads(line) for line in honest[1].splitlines()]))
    survives(honest[0], b"".join(as_bytes(row) + b"\n" for row in rows))


@fuzzed
@given(data=st.data())
def test_damaged_predictions_are_survived(data, survives, honest):
    survives(honest[0], data.draw(damaged(honest[1])))
