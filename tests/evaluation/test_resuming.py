"""Answers that were given are kept, whatever stops an evaluation, and it ends as one that nobody stopped."""

import json

import pytest

from arith_synth.errors import UsageError
from arith_synth.evaluation import evaluate, multimodal
from arith_synth.evaluation.answers import Answer
from arith_synth.evaluation.kept import KeptAnswers, forget_unfinished, hold_unfinished
from arith_synth.scoring import Prediction

OPTIONS = {"samples": 4, "temperature": 1.0, "batch_size": 9, "mask": False}


def kept_lines(config):
    return (config.output / "unfinished" / "test.jsonl").read_bytes().splitlines(keepends=True)


@pytest.fixture
def stop_after(monkeypatch):
    """Let Ctrl-C come when so many batches were decoded; returns the number of tasks of each batch."""
    decode = multimodal.decode

    def arrange(n_batches):
        sizes = []

        def decode_some(model, features, task_ids, decoding):
            if len(sizes) == n_batches:
                raise KeyboardInterrupt
            sizes.append(len(task_ids))
            return decode(model, features, task_ids, decoding)

        monkeypatch.setattr(multimodal, "decode", decode_some)
        return sizes

    return arrange


@pytest.fixture
def stopped(config_of, stop_after):
    """The config of an evaluation that was stopped after two batches."""
    config = config_of(**OPTIONS)
    stop_after(2)
    with pytest.raises(KeyboardInterrupt):
        evaluate(config)
    assert not (config.output / "run.json").exists()
    assert not (config.output / "predictions.jsonl").exists()
    return config


@pytest.fixture
def undisturbed(config_of, tmp_path):
    config = config_of(output=tmp_path / "undisturbed", **OPTIONS)
    evaluate(config)
    return config


def same_files(a, b):
    return all((a.output / name).read_bytes() == (b.output / name).read_bytes() for name in ("predictions.jsonl",))


def test_batches_that_were_answered_are_not_answered_again(undisturbed, stopped, stop_after):
    assert len(kept_lines(stopped)) == 18
    sizes = stop_after(-1)
    scores = evaluate(stopped)
    assert sizes == [9, 9, 4, 9, 9, 9, 9, 4]
    assert same_files(stopped, undisturbed)
    assert scores == json.loads((undisturbed.output / "run.json").read_text())["scores"]
    assert not (stopped.output / "unfinished").exists()


def test_tokens_are_counted_over_all_sessions(undisturbed, stopped, stop_after):
    stop_after(-1)
    evaluate(stopped)
    a, b = (json.loads((config.output / "run.json").read_text()) for config in (stopped, undisturbed))
    assert a["tokens_generated"] == b["tokens_generated"]
    assert a["decoded_s"] > 0


@pytest.mark.parametrize("n_lost", [1, 7, 150])
def test_a_torn_last_line_is_answered_again_with_its_batch(undisturbed, stopped, stop_after, n_lost):
    file = stopped.output / "unfinished" / "test.jsonl"
    file.write_bytes(file.read_bytes()[:-n_lost])
    sizes = stop_after(-1)
    evaluate(stopped)
    assert sizes == [9, 9, 9, 4, 9, 9, 9, 9, 4]
    assert same_files(stopped, undisturbed)


@pytest.mark.parametrize(
    "damage",
    [
        b"\0" * 300 + b"\n",
        b"{}\n",
        b"[]\n",
        b"\xff\n",
        b'{"task_id": "support_shift/test/000003"}\n',
    ],
)
def test_a_damaged_line_counts_as_not_written(undisturbed, stopped, stop_after, damage):
    lines = kept_lines(stopped)
    (stopped.output / "unfinished" / "test.jsonl").write_bytes(b"".join([*lines[:3], damage, *lines[4:]]))
    stop_after(-1)
    evaluate(stopped)
    assert same_files(stopped, undisturbed)


def test_a_line_that_stands_twice_counts_once(undisturbed, stopped, stop_after):
    lines = kept_lines(stopped)
    (stopped.output / "unfinished" / "test.jsonl").write_bytes(b"".join(lines + lines[:5]))
    stop_after(-1)
    evaluate(stopped)
    assert same_files(stopped, undisturbed)


@pytest.mark.parametrize("change", [{"seed": 1}, {"temperature": 0.5}, {"splits": "test"}, {"lite": True}], ids=str)
def test_answers_of_another_evaluation_are_neither_used_nor_thrown_away(stopped, config_of, change):
    before = kept_lines(stopped)
    with pytest.raises(UsageError, match="go on with that one, remove the folder, or name another --output"):
        evaluate(config_of(**{**OPTIONS, **change}))
    assert kept_lines(stopped) == before


def test_options_that_change_no_answer_may_change_in_between(undisturbed, stopped, stop_after, config_of):
    stop_after(-1)
    evaluate(config_of(**{**OPTIONS, "batch_size": 500, "strict": True}))
    assert same_files(stopped, undisturbed)


@pytest.fixture
def kept(tmp_path):
    """Two tasks of three samples, of which none is there."""
    (tmp_path / "kept").mkdir()
    opened = []

    def make():
        opened.append(KeptAnswers(tmp_path / "kept" / "test.jsonl", ["a", "b"], 3))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_samples_may_come_in_any_order_and_stand_in_theirs(kept):
    first = kept()
    first.add([Answer(task_id="b", number=1, completions=("b1", "b2"))])
    first.add([Answer(task_id="a", number=2, completions=("a2",)), Answer(task_id="b", completions=("b0",))])
    again = kept()
    assert (again.lacking("a"), again.lacking("b"), again.n_samples_kept) == ([0, 1], [], 4)
    again.add([Answer(task_id="a", completions=("\ud800", "\0\u2028"))])
    assert kept().predictions(7) == [
        Prediction(task_id="a", completions=("\ud800", "\0\u2028", "a2"), seed=7),
        Prediction(task_id="b", completions=("b0", "b1", "b2"), seed=7),
    ]


def test_an_answer_is_on_the_disk_when_it_was_added(kept, tmp_path):
    kept().add([Answer(task_id="a", completions=("x",), n_tokens=3)])
    assert kept().answers == [Answer(task_id="a", completions=("x",), n_tokens=3)]


def test_a_key_without_answers_gives_way(tmp_path):
    folder = hold_unfinished(tmp_path, {"a": 1})
    (folder / "test.jsonl").touch()
    hold_unfinished(tmp_path, {"a": 2})
    (folder / "test.jsonl").write_text("{}\n")
    hold_unfinished(tmp_path, {"a": 2})
    with pytest.raises(UsageError):
        hold_unfinished(tmp_path, {"a": 1})
    forget_unfinished(tmp_path)
    assert not folder.exists()
