"""Any file is read or refused with MetricError: bytes and JSON that hypothesis makes."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arith_synth.errors import MetricError
from arith_synth.scoring import read_predictions, write_predictions

SHARED_FOLDER = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
GOOD = b'{"task_id": "a/b/1", "completions": ["x", "\\ud800"], "seed": 0}\n'

any_text = st.text(st.characters(codec=None), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | any_text | st.just("x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {"task_id": any_text | values, "completions": st.lists(any_text | values, max_size=4) | values},
    optional={"seed": st.integers() | values, "score": values},
)


def read_or_refused(path):
    """The predictions, None where they are refused in one plain line; any other exception escapes."""
    message = None
    try:
        return read_predictions(path)
    except MetricError as error:
        message = str(error)
    assert message.isprintable()
    assert len(message) < 300 + len(str(path))
    return None


@given(st.lists(rows, min_size=1, max_size=3))
@SHARED_FOLDER
def test_any_rows_are_read_or_refused_and_what_is_read_survives_writing(tmp_path, given_rows):
    path = tmp_path / "predictions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in given_rows))
    predictions = read_or_refused(path)
    if predictions is not None:
        write_predictions(path, predictions)
        assert read_predictions(path) == predictions


@given(st.binary(max_size=200), st.integers(0, len(GOOD)), st.integers(0, 10))
@SHARED_FOLDER
def test_any_bytes_in_a_good_line_are_read_or_refused(tmp_path, noise, place, n_dropped):
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(GOOD[:place] + noise + GOOD[place + n_dropped :])
    read_or_refused(path)


@pytest.mark.parametrize("end", range(1, len(GOOD) - 1))
def test_half_a_line_is_refused(tmp_path, end):
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(GOOD[:end])
    assert read_or_refused(path) is None
