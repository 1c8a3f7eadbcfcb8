"""What the tasks of both harnesses ask and refuse, without a model."""

import pytest
from harness.conftest import CONFIG, TESTS
from harness.replays import Recording, lm_eval_replay

from arith_synth.data.folder import open_dataset
from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.evaluation.prompts import as_messages, as_text, few_shot_examples
from arith_synth.harness import LM_EVAL_PATH
from arith_synth.harness.config_tests import configs_with_tests
from arith_synth.scoring import Prediction

# The harnesses take seconds to import.
pytestmark = pytest.mark.slow


@pytest.fixture
def examples(small_dataset):
    """What our own evaluation shows with --few-shot 2."""
    return few_shot_examples(open_dataset(small_dataset), CONFIG, 2, seed=0)


@pytest.fixture
def lm_eval_task(small_dataset):
    """Load a task of lm-evaluation-harness, given metadata."""
    pytest.importorskip("lm_eval")
    from lm_eval.tasks import TaskManager

    def load(name, **metadata):
        options = {"data": str(small_dataset), **metadata}
        manager = TaskManager(include_path=LM_EVAL_PATH, include_defaults=False, metadata=options)
        return manager.load([name])["tasks"][name]

    return load


@pytest.fixture
def inspect_task(small_dataset):
    """Make a task of inspect-ai."""
    pytest.importorskip("inspect_ai")
    from arith_synth.harness.inspect_ai.tasks import TASKS

    return lambda name=CONFIG, **options: TASKS[name](data=str(small_dataset), **options)


def test_lm_eval_shows_the_examples_of_our_evaluation(lm_eval_task, rows, examples):
    task = lm_eval_task(f"arith_synth_{CONFIG}_test")
    task.set_fewshot_seed(7)
    row = rows["test"][0]
    assert task.fewshot_context(row, 2) == as_text(row["prompt"], examples)
    assert task.fewshot_context(row, 0) == row["prompt"]


def test_lm_eval_reads_prose_unless_it_is_told_to_be_strict(lm_eval_task, rows):
    row = rows["test"][0]
    for strict, expected in ((False, 1), (True, 0)):
        task = lm_eval_task(f"arith_synth_{CONFIG}_chat_test", strict=strict)
        assert task.process_results(row, [[f"answer: {row['program']}"]])["execution_accuracy"] == expected
        assert task.process_results(row, [[f" {row['program']}"]])["execution_accuracy"] == 1


def test_lm_eval_results_say_which_data_they_are_of(lm_eval_task, small_dataset):
    task = lm_eval_task(f"arith_synth_{CONFIG}_test")
    checksums = open_dataset(small_dataset).checksums["splits"][f"{CONFIG}/test"]
    assert task.config.metadata["task_ids_sha256"] == checksums["task_ids_sha256"]
    assert task.config.metadata["max_size"] == 4


def test_lm_eval_refuses_more_draws_than_samples_before_it_generates(lm_eval_task):
    with pytest.raises(UsageError, match="pass@5 needs 5 samples"):
        lm_eval_task(f"arith_synth_{CONFIG}_test", n_samples=4, k=[1, 5])


def test_limit_takes_the_first_tasks_as_lite_does(small_dataset, rows):
    lm_eval = pytest.importorskip("lm_eval")
    from lm_eval.tasks import TaskManager

    task = f"arith_synth_{CONFIG}_test"
    answers = [Prediction(task_id=row["task_id"], completions=(row["program"],)) for row in rows["test"][:7]]
    recording = Recording(answers)
    results = lm_eval.simple_evaluate(
        model=lm_eval_replay(recording),
        tasks=[task],
        task_manager=TaskManager(
            include_path=LM_EVAL_PATH, include_defaults=False, metadata={"data": str(small_dataset)}
        ),
        limit=7,
        bootstrap_iters=0,
    )
    assert results is not None
    assert recording.is_spent
    assert results["results"][task]["execution_accuracy,none"] == 1


def test_inspect_has_a_task_for_every_config_with_tests(inspect_task):
    from arith_synth.harness.inspect_ai.tasks import TASKS

    assert set(TASKS) == {*configs_with_tests(), "any_config"}


def test_inspect_asks_every_test_of_a_config_unless_some_are_named(inspect_task, rows):
    assert [sample.id for sample in inspect_task().dataset] == [row["task_id"] for t in TESTS for row in rows[t]]
    named = inspect_task(split="test_both, test").dataset
    assert [sample.id for sample in named] == [row["task_id"] for t in ("test_both", "test") for row in rows[t]]
    assert {sample.metadata["split"] for sample in named} == {"test_both", "test"}


def test_inspect_shows_the_prompt_and_examples_as_a_conversation(inspect_task, rows, examples):
    sample = inspect_task(split="test", few_shot=2).dataset[0]
    expected = as_messages(rows["test"][0]["prompt"], examples)
    assert [{"role": message.role, "content": message.content} for message in sample.input] == expected
    (only,) = inspect_task(split="test").dataset[0].input
    assert only.content == rows["test"][0]["prompt"]


def test_one_sample_is_greedy_and_several_are_as_the_model_samples(inspect_task):
    assert inspect_task().config.temperature == 0
    several = inspect_task(n_samples=10, k="1,10")
    assert several.config.temperature is None
    assert several.epochs == 10


def test_a_config_of_ones_own_is_a_task_too(inspect_task, rows):
    task = inspect_task("any_config", config=CONFIG)
    assert [sample.id for sample in task.dataset] == [row["task_id"] for t in TESTS for row in rows[t]]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"split": "tset"}, UnknownNameError, "did you mean 'test'"),
        ({"few_shot": -1}, UsageError, "few_shot is '-1'"),
        ({"n_samples": 2, "k": "1,3"}, UsageError, "pass@3 needs 3 samples"),
        ({"strict": "perhaps"}, UsageError, "strict is 'perhaps'"),
    ],
)
def test_inspect_refuses_nonsense_before_a_model_is_asked(inspect_task, options, error, message):
    with pytest.raises(error, match=message):
        inspect_task(**options)
