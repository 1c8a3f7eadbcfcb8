"""Verified: the same weights and seeds give the same completions for tasks that the receiving side draws."""

import json
from functools import partial
from pathlib import Path

import pytest

from arith_synth.cli import main
from arith_synth.scoring import Prediction
from arith_synth.submissions.entries import SELF_REPORTED, VERIFIED
from arith_synth.submissions.making import submission_of, write_submission
from arith_synth.submissions.regeneration import drawn, regenerated
from arith_synth.submissions.verification import verify_submission

MODEL = Path(__file__).parents[2] / "model_cards" / "nano-support_shift"


def test_a_baseline_is_regenerated_by_running_it(verified):
    record = verified(regenerate=regenerated, n_regenerated=100, seed=1)
    assert record["status"] == VERIFIED
    assert record["regenerated"] == {"n_tasks": 100, "n_equal": 100, "seed": 1, "detail": ""}


def test_a_seed_that_nobody_can_foresee_is_recorded(verified):
    seeds = {verified(regenerate=regenerated, n_regenerated=5)["regenerated"]["seed"] for _ in range(3)}
    assert len(seeds) == 3


def test_fewer_tasks_than_asked_for_are_all_answered_again(verified):
    assert verified(regenerate=regenerated, n_regenerated=10**6)["regenerated"]["n_tasks"] == 160


def test_drawn_tasks_depend_on_the_seed_and_on_no_order():
    predictions = [Prediction(task_id=f"a/test/{number:06}", completions=("x",)) for number in range(500)]
    first = drawn(predictions, 100, 1)
    assert len({one.task_id for one in first}) == 100
    assert drawn(predictions[::-1], 100, 1) == first
    assert drawn(predictions, 100, 2) != first


def test_a_few_answers_that_were_exchanged_for_right_ones_are_drawn():
    """One task in a hundred, all in the split that decides: a plain draw of 100 would miss them four times in ten."""
    splits = ("test", "test_semantic", "test_syntactic", "test_both")
    predictions = [
        Prediction(task_id=f"a/{split}/{number:06}", completions=("x",)) for split in splits for number in range(2_000)
    ]
    honest = {f"a/{split}/{number:06}" for split in splits[:2] for number in range(900)}
    exchanged = {f"a/test_both/{number:06}" for number in range(80)}
    for seed in range(20):
        found = {one.task_id for one in drawn(predictions, 100, seed, honest | exchanged)}
        assert len(found) == 100
        assert len(found & exchanged) >= 16
        assert {task_id.split("/")[1] for task_id in found} == set(splits)
    everything = drawn(predictions, 10**6, 1, honest | exchanged)
    assert sorted(one.task_id for one in everything) == sorted(one.task_id for one in predictions)


def test_completions_that_do_not_regenerate_are_self_reported(verified, said):
    said["sampling_seed"] = 0
    said["decoding"] = {"trained_on": "random/train"}  # not how they were made
    said |= {"track": "other_data", "other_data": "random/train"}
    record = verified(regenerate=regenerated, seed=1)
    assert record["status"] == SELF_REPORTED
    assert record["regenerated"]["n_equal"] < 100
    assert "has other completions" in record["regenerated"]["detail"]


@pytest.mark.parametrize(
    ("member", "value", "detail"),
    [("decoding", {"mask": True}, "decoding.mask is no option of it"), ("decoding", None, None)],
)
def test_what_cannot_be_answered_again_is_self_reported(verified, said, member, value, detail):
    said[member] = value
    record = verified(regenerate=regenerated, seed=1)
    assert record["status"] == SELF_REPORTED
    assert (record["regenerated"] or {}).get("detail", "").find(detail or "") >= 0


def test_an_unknown_baseline_is_self_reported(verified, said):
    said["model"]["id"] = "oracle"
    record = verified(regenerate=regenerated, seed=1)
    assert record["status"] == SELF_REPORTED
    assert "there is no baseline of that name" in record["regenerated"]["detail"]


def test_nothing_is_downloaded_unless_the_receiver_names_it(verified, said):
    said["model"] |= {"family": "third-party", "id": "org/enormous"}
    assert verified(regenerate=regenerated, seed=1)["regenerated"] is None


@pytest.mark.slow
def test_weights_with_a_pickle_are_not_opened(verified, said, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n(S'touch /tmp/evil'\ntR.")
    said["model"]["family"] = "third-party"
    said["decoding"] = {}
    record = verified(regenerate=partial(regenerated, model=str(tmp_path)), seed=1)
    assert record["status"] == SELF_REPORTED
    assert record["regenerated"]["n_equal"] == 0
    assert record["regenerated"]["detail"]


@pytest.mark.slow
@pytest.mark.parametrize("base", [str(MODEL), "somebody/else"])
def test_an_adapter_loads_no_model_that_the_receiver_has_not_named(verified, said, tmp_path, monkeypatch, base):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "base_model_name_or_path": base}))
    said["model"]["family"] = "third-party"
    said["decoding"] = {}
    record = verified(regenerate=partial(regenerated, model=str(tmp_path)), seed=1)
    assert record["status"] == SELF_REPORTED
    assert record["regenerated"]["detail"].startswith("it is an adapter, which names another model")


@pytest.mark.slow
def test_code_that_comes_with_weights_is_not_run(verified, said, tmp_path):
    evil, ran = tmp_path / "evil", tmp_path / "ran"
    evil.mkdir()
    (evil / "code.py").write_text(f"open({str(ran)!r}, 'w')\nclass C: pass\n")
    classes = {"AutoConfig": "code.C", "AutoModelForCausalLM": "code.C", "AutoTokenizer": ["code.C", "code.C"]}
    (evil / "config.json").write_text(json.dumps({"model_type": "own", "architectures": ["C"], "auto_map": classes}))
    (evil / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "C", "auto_map": classes}))
    (evil / "tokenizer.json").write_text("{}")
    (evil / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    said["model"]["family"] = "third-party"
    said["decoding"] = {}
    record = verified(regenerate=partial(regenerated, model=str(evil)), seed=1)
    assert (record["status"], record["regenerated"]["n_equal"]) == (SELF_REPORTED, 0)
    assert record["regenerated"]["detail"]
    assert not ran.exists()


@pytest.fixture(scope="session")
def nano_run(small_dataset, tmp_path_factory):
    """An evaluation of the committed checkpoint, two samples a task."""
    folder = tmp_path_factory.mktemp("nano")
    splits = "test,test_semantic,test_syntactic,test_both"
    options = ["--samples", "2", "--temperature", "1", "--seed", "3", "--output", str(folder)]
    assert main(["eval", "--model", str(MODEL), "--data", str(small_dataset), "--splits", splits, *options]) == 0
    return folder


@pytest.fixture
def nano(nano_run, small_dataset, tmp_path):
    """A submission of the committed checkpoint."""
    training = {"training_data": [], "other_data": "trained on the data of max_size 5"}
    said = {"name": "nano", "track": "other_data", "licence": "MIT", "model": {"name": "nano"}} | training
    return write_submission(*submission_of(nano_run, small_dataset, said), tmp_path)


@pytest.mark.slow
def test_a_model_is_regenerated_from_its_weights_and_seeds(nano, small_dataset):
    command = ["verify-submission", str(nano), "--data", str(small_dataset), "--seed", "5", "--model", str(MODEL)]
    assert main(command) == 0
    record = json.loads((nano / "verification.json").read_text())
    assert record["status"] == VERIFIED
    assert record["regenerated"] == {"n_tasks": 100, "n_equal": 100, "seed": 5, "detail": ""}


@pytest.mark.slow
def test_other_weights_than_those_submitted_are_told(nano, small_dataset):
    other = MODEL.parent / "nano-support_shift_control"
    record = verify_submission(nano, small_dataset, regenerate=partial(regenerated, model=str(other)), seed=5)
    assert record["status"] == SELF_REPORTED
    assert "the weights are not those that were submitted" in record["regenerated"]["detail"]


@pytest.mark.slow
def test_another_sampling_seed_than_the_stated_does_not_regenerate(nano, small_dataset):
    submission = json.loads((nano / "submission.json").read_text())
    submission["sampling_seed"] = 4
    (nano / "submission.json").write_text(json.dumps(submission))
    lines = (nano / "predictions.jsonl").read_text().replace('"seed": 3}', '"seed": 4}')
    (nano / "predictions.jsonl").write_text(lines)
    record = verify_submission(nano, small_dataset, regenerate=partial(regenerated, model=str(MODEL)), seed=5)
    assert record["status"] == SELF_REPORTED
    assert 0 < record["regenerated"]["n_equal"] < 100
