import json
import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from strategies import XY3

from arith_synth.cli import main
from arith_synth.errors import MetricError
from arith_synth.evaluation.grading import questions_of
from arith_synth.grammar import strahler_number
from arith_synth.scoring import METRIC_PATH, Prediction, TrainingTargets, score_predictions
from arith_synth.scoring.tasks import TASK_COLUMNS

evaluate = pytest.importorskip("evaluate")
datasets = pytest.importorskip("datasets")

PROGRAMS = ["x + 1", "x * y", "x / y", "(x + 1) * y"]
COMPLETIONS = [["x + 1", "x"], ["y * x", "y * x"], ["x +", "x / y"], ["y", "x * y + y"]]


@pytest.fixture
def rows(make_task):
    tasks = [make_task(program, index) for index, program in enumerate(PROGRAMS)]
    return [{**{name: getattr(task, name) for name in TASK_COLUMNS}, "prompt": "not read"} for task in tasks]


@pytest.fixture
def metric(monkeypatch, tmp_path):
    monkeypatch.setattr(evaluate.config, "HF_EVALUATE_OFFLINE", True)
    return evaluate.load(METRIC_PATH, cache_dir=str(tmp_path))


@pytest.fixture
def expected(make_task):
    tasks = [make_task(program, index) for index, program in enumerate(PROGRAMS)]
    predictions = [
        Prediction(task_id=task.task_id, completions=tuple(texts))
        for task, texts in zip(tasks, COMPLETIONS, strict=True)
    ]
    return score_predictions(tasks, predictions, XY3, k=[1, 2])["test"]


def test_the_module_gives_the_numbers_of_the_scorer(metric, rows, expected):
    scores = metric.compute(predictions=COMPLETIONS, references=rows, k=[1, 2])
    assert scores.pop("by_split") == {"test": expected}
    assert scores == expected


def test_batches_and_single_examples_add_up_to_the_same(metric, rows, expected):
    metric.add_batch(predictions=COMPLETIONS[:2], references=rows[:2])
    metric.add(prediction=COMPLETIONS[2], reference=rows[2])
    metric.add_batch(predictions=COMPLETIONS[3:], references=rows[3:])
    assert metric.compute(grammar="xy3", k=[1, 2])["by_split"]["test"] == expected


def test_json_rows_and_datasets_serve_as_references(metric, rows, expected):
    texts = [json.dumps(row) for row in rows]
    assert metric.compute(predictions=COMPLETIONS, references=texts, k=[1, 2])["by_split"]["test"] == expected
    table = datasets.Dataset.from_list(rows)
    assert metric.compute(predictions=COMPLETIONS, references=table, k=[1, 2])["by_split"]["test"] == expected


def test_one_text_stands_for_a_list_of_one(metric, rows):
    assert metric.compute(predictions=PROGRAMS, references=rows)["execution_accuracy"] == 1


def test_the_form_is_tested_by_the_callers_function(metric, rows):
    scores = metric.compute(
        predictions=PROGRAMS, references=rows, in_region=lambda program: strahler_number(program) >= 2
    )
    assert scores["in_region"] == 1


def test_the_rules_of_extraction_apply_unless_it_is_strict(metric, rows):
    fenced = [f"```\n{program}\n```" for program in PROGRAMS]
    assert metric.compute(predictions=fenced, references=rows)["execution_accuracy"] == 1
    assert metric.compute(predictions=fenced, references=rows, strict=True)["parsed"] == 0


def test_copies_are_counted_when_the_training_programs_are_given(metric, rows):
    wrong = ["y", "x", "1", "x / y"]
    for training in (["y", "x / y"], TrainingTargets(programs=frozenset(["y", "x / y"]))):
        assert metric.compute(predictions=wrong, references=rows, training=training)["copied"]["share"] == 0.5
    assert metric.compute(predictions=wrong, references=rows)["copied"] is None
    with pytest.raises(MetricError, match="program column"):
        metric.compute(predictions=wrong, references=rows, training=[3])


def test_the_module_and_the_command_give_one_number(metric, small_dataset, tmp_path, capsys):
    split = small_dataset / "support_shift" / "test_syntactic-00000-of-00001.parquet"
    rows = pq.read_table(split).to_pylist()
    mixed = [[row["program"], "x", f"answer: {row['program']}", "x +", "(x + 1) * (y + 1)"] for row in rows]
    file = tmp_path / "predictions.jsonl"
    lines = [{"task_id": row["task_id"], "completions": texts} for row, texts in zip(rows, mixed, strict=True)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    capsys.readouterr()
    asked = ["--data", str(small_dataset), "--split", "test_syntactic", "--k", "1,5", "--json"]
    assert main(["score", str(file), *asked]) == 0
    questions = questions_of(small_dataset, "support_shift", ["test_syntactic"], copies=True)
    scores = metric.compute(
        predictions=mixed, references=rows, k=[1, 5], training=questions.training, in_region=questions.in_region
    )
    del scores["by_split"]
    assert scores == json.loads(capsys.readouterr().out)
    assert 0 < scores["execution_accuracy"] < 1
    assert scores["rules"]


def test_half_a_character_is_scored_as_everywhere(metric, rows, make_task):
    """Models that stop within a character leave a lone surrogate, which Arrow cannot hold."""
    texts = ["x + 1\ud83d", "\udc00", "answer: x / y\n\nIt fits \ud83d", "<think>\ud800</think>(x + 1) * y"]
    tasks = [make_task(program, index) for index, program in enumerate(PROGRAMS)]
    answers = [Prediction(task_id=task.task_id, completions=(text,)) for task, text in zip(tasks, texts, strict=True)]
    scores = metric.compute(predictions=texts, references=rows)
    assert scores["by_split"] == score_predictions(tasks, answers, XY3)
    assert (scores["execution_accuracy"], scores["parsed"]) == (0.5, 0.5)


def test_a_refused_call_leaves_nothing_behind(metric, rows, expected):
    with pytest.raises(MetricError, match="pass@9"):
        metric.compute(predictions=COMPLETIONS, references=rows, k=[9])
    with pytest.raises(MetricError, match="give one a task"):
        metric.compute(predictions=COMPLETIONS[:2], references=rows)
    assert metric.compute(predictions=COMPLETIONS, references=rows, k=[1, 2])["by_split"]["test"] == expected


@pytest.mark.slow
def test_the_module_loads_and_scores_where_no_connection_is_possible(rows, tmp_path):
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    code = (
        "import json, socket\n"
        "def refuse(*arguments): raise OSError('no network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "import evaluate\n"
        "from arith_synth.scoring import METRIC_PATH\n"
        "rows = json.load(open('rows.json'))\n"
        "metric = evaluate.load(METRIC_PATH)\n"
        "for row in rows: metric.add_batch(predictions=[[row['program']]], references=[row])\n"
        "print(metric.compute()['execution_accuracy'])\n"
    )
    offline = {"HF_HUB_OFFLINE": "1", "HF_EVALUATE_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | offline, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1.0"


def test_the_module_documents_itself(metric):
    assert "in_region" in metric.inputs_description
    for key in ("first_consistent", "copied", "worst_group", "strict", "training", "by_split"):
        assert key in metric.inputs_description
    assert "rational" in metric.description
    assert "2107.03374" in metric.citation
    assert set(metric.features) == {"predictions", "references"}


@pytest.mark.parametrize(
    ("predictions", "change", "message"),
    [
        ([], None, "no tasks"),
        ([["x"]], None, "give one a task"),
        ([[1], ["x"], ["x"], ["x"]], None, "not a list of texts"),
        ([["x"]] * 4, {"program": None}, "program is a NoneType"),
        ([["x"]] * 4, {"heldout_inputs": None, "heldout_outputs": None}, "holds no outputs out"),
    ],
)
def test_misuse_is_a_one_line_error(metric, rows, predictions, change, message):
    references = [{**row, **(change or {})} for row in rows] if predictions else []
    with pytest.raises(MetricError, match=message):
        metric.compute(predictions=predictions, references=references)


def test_an_unknown_grammar_is_named(metric, rows):
    with pytest.raises(ValueError, match="unknown grammar 'nope'"):
        metric.compute(predictions=PROGRAMS, references=rows, grammar="nope")
