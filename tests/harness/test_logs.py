"""A harness's own log becomes predictions, or one line says why it does not."""

import json

import pytest

from arith_synth import cli
from arith_synth.errors import MetricError
from arith_synth.harness.logs import predictions_of_log
from arith_synth.scoring import Prediction, read_predictions


def sample(task_id, *texts):
    return {"doc_id": 0, "doc": {"task_id": task_id}, "resps": [list(texts)], "filtered_resps": [list(texts)]}


@pytest.fixture
def samples(tmp_path):
    def write(*rows):
        file = tmp_path / "samples_arith_synth_support_shift_test_2026.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return file

    return write


def test_samples_of_lm_eval_become_predictions(samples):
    log = samples(sample("random/test/000001", "x", "y"), sample("random/test/000000", "x +", ""))
    assert predictions_of_log(log) == [
        Prediction(task_id="random/test/000001", completions=("x", "y")),
        Prediction(task_id="random/test/000000", completions=("x +", "")),
    ]


def test_the_command_writes_them(samples, tmp_path, capsys):
    log = samples(sample("random/test/000000", "x"), sample("random/test/000001", "y"))
    output = tmp_path / "predictions.jsonl"
    arguments = ["harness-predictions", str(log), "--output", str(output)]
    assert cli.main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"output": str(output), "n": 2, "n_completions": 2}
    assert read_predictions(output) == predictions_of_log(log)
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out == f"{output}: the completions of 2 tasks\n"


@pytest.mark.parametrize(
    "row",
    [
        {"doc": {"question": "?"}, "resps": [["x"]]},
        {"doc": {"task_id": "random/test/000000"}},
        {"doc": {"task_id": "random/test/000000"}, "resps": [[]]},
        {"doc": {"task_id": "random/test/000000"}, "resps": [[0.5, True]]},
        {"doc": {"task_id": "random/test/000000"}, "resps": [["x"], ["y"]]},
        {"task_id": "random/test/000000", "completions": ["x"]},
    ],
)
def test_samples_of_other_tasks_name_the_line(samples, row):
    with pytest.raises(MetricError, match="line 2: no (sample|completions) of a task"):
        predictions_of_log(samples(sample("random/test/000000", "x"), row))


@pytest.mark.parametrize("name", ["log.eval", "log.txt", "samples.jsonl"])
def test_a_missing_or_strange_file_is_one_line(tmp_path, name):
    with pytest.raises(MetricError, match=r"there is no file|is no log: name samples_"):
        predictions_of_log(tmp_path / name)


def test_an_empty_file_holds_no_samples(samples):
    with pytest.raises(MetricError, match="holds no samples"):
        predictions_of_log(samples())


@pytest.mark.slow
def test_a_damaged_log_of_inspect_is_one_line(tmp_path):
    pytest.importorskip("inspect_ai")
    file = tmp_path / "log.eval"
    file.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(MetricError, match="cannot be read"):
        predictions_of_log(file)
