import json

import pytest
from strategies import XY3

from arith_synth.errors import MetricError
from arith_synth.grammar import strahler_number
from arith_synth.scoring import METRIC_PATH, Prediction, score_predictions
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


def test_the_module_documents_itself(metric):
    assert "in_region" in metric.inputs_description
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
