"""inspect-ai, run as its users run it, on a model from disk: its numbers are those of `arith-synth score`.

It finds the tasks by the package's entry point, so the package must be installed.
"""

import json

import pytest
from harness.conftest import CONFIG, TAUGHT

pytest.importorskip("inspect_ai")
pytestmark = pytest.mark.slow

NAMES = ("execution_accuracy", "parsed", "consistent", "equivalent", "exact_match", "in_region")


@pytest.fixture
def inspect_eval(small_dataset, tiny_model, run_tool, tmp_path):
    """Run a task; returns the log's path and its scores: metrics by (name, reducer)."""

    def run(*options):
        run_tool(
            *("inspect", "eval", f"arith_synth/{CONFIG}", "--model", "hf/local", "-M", f"model_path={tiny_model}"),
            *("--max-tokens", "32", "--display", "none", "--log-dir", tmp_path / "logs", *options),
            ARITH_SYNTH_DATA=str(small_dataset),
        )
        (log,) = (tmp_path / "logs").glob("*.eval")
        header = json.loads(run_tool("inspect", "log", "dump", "--header-only", log))
        assert header["status"] == "success"
        return log, {
            (score["name"], score.get("reducer")): {name: of["value"] for name, of in score["metrics"].items()}
            for score in header["results"]["scores"]
        }

    return run


def test_two_splits_have_the_scores_of_each(inspect_eval, scores_in):
    log, found = inspect_eval("-M", "do_sample=false", "-T", f"split={','.join(TAUGHT)}", "-T", "lite=true")
    by_split = scores_in(log, *TAUGHT)
    for split in TAUGHT:
        scores = by_split[split]
        assert {name: found[name, None][f"grouped_{split}"] for name in NAMES} == {name: scores[name] for name in NAMES}
        assert 0 < scores["execution_accuracy"] < scores["parsed"]
    assert set(found["parsed", None]) == {f"grouped_{split}" for split in TAUGHT}


def test_pass_at_k_is_taken_over_epochs(inspect_eval, scores_in):
    log, found = inspect_eval(
        *("-T", "split=test", "-T", "n_samples=4", "-T", "k=1,3", "--temperature", "1.5"),
    )
    scores = scores_in(log, "test", k="1,3")
    assert {name: found[name, "mean"]["accuracy"] for name in NAMES} == pytest.approx(
        {name: scores[name] for name in NAMES}
    )
    for k in (1, 3):
        assert found["execution_accuracy", f"pass_at_{k}"]["accuracy"] == pytest.approx(scores[f"pass@{k}"])
    assert 0 < scores["pass@1"] < scores["pass@3"]
    assert found["execution_accuracy", "mean"]["stderr"] > 0
