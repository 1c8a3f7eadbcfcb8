"""lm-evaluation-harness, run as its users run it, on a model from disk: its numbers are those of `score`."""

import json

import pytest
from harness.conftest import CONFIG, TAUGHT, TESTS

pytest.importorskip("lm_eval")
pytestmark = pytest.mark.slow

NAMES = ("execution_accuracy", "parsed", "consistent", "equivalent", "exact_match", "in_region")


@pytest.fixture
def lm_eval(small_dataset, tiny_model, run_tool, tmp_path):
    """Run tasks; returns the results by task, and the files of samples by task."""

    def run(tasks, *options):
        run_tool(
            *("lm_eval", "--model", "hf", "--model_args", f"pretrained={tiny_model}", "--tasks", tasks),
            *("--include_path", run_tool("arith-synth", "harness-path").strip()),
            *("--device", "cpu", "--batch_size", "40", "--log_samples", "--output_path", tmp_path / "out", *options),
            ARITH_SYNTH_DATA=str(small_dataset),
        )
        (results,) = (tmp_path / "out").glob("*/results_*.json")
        samples = {path.name.split("_2")[0].removeprefix("samples_"): path for path in results.parent.glob("*.jsonl")}
        return json.loads(results.read_text())["results"], samples

    return run


def test_a_group_has_the_scores_of_all_its_splits(lm_eval, scores_in):
    group = f"arith_synth_{CONFIG}"
    results, samples = lm_eval(group)
    for split in TESTS:
        scores, found = scores_in(samples[f"{group}_{split}"], split), results[f"{group}_{split}"]
        # One completion a task: sums of 0 and 1, which are exact.
        assert {name: found[f"{name},none"] for name in (*NAMES, "pass@1")} == {
            name: scores[name] for name in (*NAMES, "pass@1")
        }
        if split in TAUGHT:
            assert 0 < found["execution_accuracy,none"] < found["parsed,none"]
            assert found["execution_accuracy_stderr,none"] > 0


def test_several_samples_have_pass_at_k_and_what_best_of_n_takes(lm_eval, scores_in):
    task = f"arith_synth_{CONFIG}_test"
    results, samples = lm_eval(
        task, "--metadata", "n_samples=4,k=[1,3]", "--gen_kwargs", "do_sample=true,temperature=1.5"
    )
    scores = scores_in(samples[task], "test", k="1,3")
    names = (*NAMES, "pass@1", "pass@3", "first_consistent", "largest_cluster")
    assert {name: results[task][f"{name},none"] for name in names} == pytest.approx(
        {name: scores[name] for name in names}
    )
    assert 0 < results[task]["pass@1,none"] < results[task]["pass@3,none"]


def test_chat_models_are_asked_by_their_template_and_answer_whole(lm_eval, scores_in):
    task = f"arith_synth_{CONFIG}_chat_test"
    results, samples = lm_eval(task, "--apply_chat_template", "--gen_kwargs", "max_gen_toks=48")
    assert results[task]["execution_accuracy,none"] == scores_in(samples[task], "test")["execution_accuracy"] > 0
    (argument, *_) = json.loads(samples[task].read_text().splitlines()[0])["arguments"].values()
    assert argument["arg_0"].startswith("user: Find an expression")
    assert argument["arg_0"].endswith("f(x, y) =\nassistant:")
