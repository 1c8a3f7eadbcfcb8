"""The same 5,120 completions score identically by `score`, `evaluate`, lm-evaluation-harness and inspect-ai.

Each harness runs as itself, on a model that replays what is recorded. Counts of every task are equal; means of several
samples may differ in the last bit, as they are summed in another order.
"""

import json
from pathlib import Path

import pytest
from harness.conftest import CONFIG, N_SAMPLES, TESTS
from harness.replays import Recording, lm_eval_replay

from arith_synth.data.folder import open_dataset
from arith_synth.data.forms import held_out_form
from arith_synth.evaluation.grading import grade, questions_of
from arith_synth.harness import LM_EVAL_PATH
from arith_synth.scoring import METRIC_PATH, write_predictions

CLAIMS = ("execution_accuracy", "parsed", "consistent", "equivalent", "exact_match", "in_region")
PASSES = ("pass@1", "pass@10")

pytestmark = pytest.mark.slow


def approximately(scores, names):
    return pytest.approx({name: scores[name] for name in names}, rel=1e-12)


@pytest.fixture(scope="module")
def everything(recorded):
    return [prediction for split in TESTS for prediction in recorded[split]]


@pytest.fixture(scope="module")
def scores(everything, scores_in, tmp_path_factory):
    """What the command `score` prints for each split."""
    file = tmp_path_factory.mktemp("recorded") / "predictions.jsonl"
    write_predictions(file, everything)
    return scores_in(file, *TESTS, k="1,10")


@pytest.fixture(scope="module")
def n_correct(small_dataset, everything):
    """By our count, of each task."""
    outcomes = grade(questions_of(small_dataset, CONFIG, TESTS), everything, k=(1, 10)).outcomes
    return {outcome.task_id: outcome.n_correct for outcome in outcomes}


def test_the_recording_is_a_mixture_of_five_thousand(recorded, scores):
    texts = [text for predictions in recorded.values() for prediction in predictions for text in prediction.completions]
    assert len(texts) == 5_120
    assert len(set(texts)) > 1_500
    for split in TESTS:
        assert scores[split]["n_completions"] == N_SAMPLES
        assert 0.3 < scores[split]["execution_accuracy"] < scores[split]["parsed"] < 0.9
        assert len(scores[split]["reasons"]) > 5


def test_the_evaluate_module_gives_them(small_dataset, rows, recorded, scores, tmp_path, monkeypatch):
    evaluate = pytest.importorskip("evaluate")
    monkeypatch.setattr(evaluate.config, "HF_EVALUATE_OFFLINE", True)
    in_region = held_out_form(open_dataset(small_dataset), CONFIG)
    for split in TESTS:
        metric = evaluate.load(METRIC_PATH, cache_dir=str(tmp_path))
        completions = [list(prediction.completions) for prediction in recorded[split]]
        found = metric.compute(predictions=completions, references=rows[split], k=[1, 10], in_region=in_region)
        assert {name: found[name] for name in (*CLAIMS, *PASSES)} == {
            name: scores[split][name] for name in (*CLAIMS, *PASSES)
        }


def test_lm_evaluation_harness_gives_them(small_dataset, everything, scores, n_correct):
    lm_eval = pytest.importorskip("lm_eval")
    from lm_eval.tasks import TaskManager

    recording = Recording(everything)
    # Answers of chat models come whole: nothing stops at the end of a line.
    group = f"arith_synth_{CONFIG}_chat"
    options = {"data": str(small_dataset), "n_samples": N_SAMPLES, "k": [1, 10]}
    results = lm_eval.simple_evaluate(
        model=lm_eval_replay(recording),
        tasks=[group],
        task_manager=TaskManager(include_path=LM_EVAL_PATH, include_defaults=False, metadata=options),
        bootstrap_iters=0,
    )
    assert results is not None
    assert recording.is_spent
    for split in TESTS:
        found = results["results"][f"{group}_{split}"]
        names = (*CLAIMS, *PASSES, "first_consistent", "largest_cluster")
        assert {name: found[f"{name},none"] for name in names} == approximately(scores[split], names)
        assert {
            sample["doc"]["task_id"]: sample["execution_accuracy"] * N_SAMPLES
            for sample in results["samples"][f"{group}_{split}"]
        } == {task_id: n for task_id, n in n_correct.items() if f"/{split}/" in task_id}


@pytest.mark.timeout(900)  # 5,120 samples, each with its events in the log: over a minute on a machine at rest
def test_inspect_ai_gives_them(small_dataset, everything, scores, n_correct, run_tool, tmp_path):
    pytest.importorskip("inspect_ai")
    predictions = tmp_path / "predictions.jsonl"
    write_predictions(predictions, everything)
    script = Path(__file__).with_name("replay_inspect.py")
    arguments = [script, small_dataset, CONFIG, predictions, str(N_SAMPLES), tmp_path]
    printed = json.loads(run_tool("python", *arguments, timeout_s=850))
    found = {(name, reducer): metrics for name, reducer, metrics in printed["scores"]}
    for split in TESTS:
        means = {name: found[name, "mean"][f"grouped_{split}"] for name in CLAIMS}
        assert means == approximately(scores[split], CLAIMS)
        passes = {name: found["execution_accuracy", f"pass_at_{name[5:]}"][f"grouped_{split}"] for name in PASSES}
        assert passes == approximately(scores[split], PASSES)
    assert printed["n_correct"] == n_correct
