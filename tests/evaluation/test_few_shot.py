"""Examples before a prompt: solved training tasks of the same config, the same ones for every task."""

import json

import pytest
from tiny_models import byte_level_tokenizer, save_tiny_model

from arith_synth.data.folder import open_dataset
from arith_synth.errors import UsageError
from arith_synth.evaluation import evaluate
from arith_synth.evaluation.prompts import SolvedTask, as_messages, as_text, few_shot_examples

EXAMPLES = (
    SolvedTask(task_id="a/train/000001", prompt="f(1) = 2\nf(x) =", completion=" x + 1"),
    SolvedTask(task_id="a/train/000000", prompt="f(1) = 3\nf(x) =", completion=" x + 2"),
)


@pytest.fixture(scope="module")
def folder(small_dataset):
    return open_dataset(small_dataset)


def shown(folder, config="support_shift", n=4, seed=0):
    return [example.task_id for example in few_shot_examples(folder, config, n, seed)]


def test_examples_are_training_tasks_with_their_answers(folder):
    rows = folder.read("support_shift", "train", ["task_id", "prompt", "completion"]).to_pylist()
    by_id = {row["task_id"]: row for row in rows}
    examples = few_shot_examples(folder, "support_shift", 8, 0)
    assert len({example.task_id for example in examples}) == 8
    for example in examples:
        assert by_id[example.task_id] == {
            "task_id": example.task_id, "prompt": example.prompt, "completion": example.completion
        }  # fmt: skip


def test_more_examples_begin_with_the_fewer_ones(folder):
    assert shown(folder, n=8)[:3] == shown(folder, n=3)
    assert shown(folder, n=0) == []


def test_another_seed_and_another_config_show_others(folder):
    assert shown(folder) == shown(folder)
    assert not set(shown(folder)) & set(shown(folder, seed=1))
    assert {task_id.partition("/")[0] for task_id in shown(folder, "random")} == {"random"}


def test_no_example_is_of_a_class_that_is_tested(folder):
    tested = {
        fingerprint
        for split in ("validation", "test", "test_semantic", "test_syntactic", "test_both")
        for fingerprint in folder.read("support_shift", split, ["fingerprint"]).column("fingerprint").to_pylist()
    }
    rows = folder.read("support_shift", "train", ["task_id", "fingerprint"]).to_pylist()
    fingerprints = {row["task_id"]: row["fingerprint"] for row in rows}
    assert not {fingerprints[task_id] for task_id in shown(folder, n=100)} & tested


def test_a_text_has_each_example_then_an_empty_line(folder):
    assert as_text("p", EXAMPLES) == "f(1) = 2\nf(x) = x + 1\n\nf(1) = 3\nf(x) = x + 2\n\np"
    assert as_text("p", ()) == "p"


def test_messages_alternate_and_end_with_the_prompt():
    messages = as_messages("p", EXAMPLES)
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant", "user"]
    assert [message["content"] for message in messages[1::2]] == ["x + 1", "x + 2"]
    assert messages[-1]["content"] == "p"


def test_more_examples_than_there_are_is_a_wrong_call(folder):
    with pytest.raises(UsageError, match="more than the 1000 tasks"):
        shown(folder, n=1_001)


def test_a_config_without_training_data_has_none_to_show(folder):
    with pytest.raises(UsageError, match="no training split"):
        shown(folder, "corpus")


def test_a_server_reads_them_as_a_conversation_and_the_record_names_them(asking, server, folder):
    config = asking(few_shot=2, seed=3)
    assert evaluate(config)["test"]["execution_accuracy"] == 1
    examples = few_shot_examples(folder, "support_shift", 2, 3)
    assert all(body["messages"][:-1] == as_messages("", examples)[:-1] for body in server.bodies)
    record = json.loads((config.output / "run.json").read_text())
    assert record["few_shot"]["task_ids"] == shown(folder, n=2, seed=3)
    assert record["few_shot"]["split"] == "train"


def test_the_endpoint_completions_reads_them_as_one_text(asking, server, folder, programs):
    server.say = lambda prompt, seed: programs["Find" + prompt.rpartition("Find")[2]]
    config = asking(few_shot=1, endpoint="completions")
    assert evaluate(config)["test"]["execution_accuracy"] == 1
    examples = few_shot_examples(folder, "support_shift", 1, 0)
    assert all(body["prompt"].startswith(as_text("Find", examples)) for body in server.bodies)


def test_a_causal_language_model_reads_them_too(evaluation_of, folder, tmp_path):
    prompts = folder.read("support_shift", "test", ["prompt"]).column("prompt").to_pylist()
    model = save_tiny_model(tmp_path / "model", "llama", byte_level_tokenizer(prompts), n_context=1_024)
    options = {"splits": "test", "max_new_tokens": 6}
    outputs = {}
    for n in (0, 1):
        config = evaluation_of(model, few_shot=n, output=tmp_path / str(n), **options)
        evaluate(config)
        outputs[n] = (config.output / "predictions.jsonl").read_bytes()
    assert outputs[0] != outputs[1]
    with pytest.raises(UsageError, match="name a model that reads more"):
        evaluate(evaluation_of(model, few_shot=12, output=tmp_path / "12", **options))


def test_a_multimodal_model_reads_no_prompts_and_is_refused(config_of):
    with pytest.raises(UsageError, match="leave --few-shot out"):
        evaluate(config_of(few_shot=1))
