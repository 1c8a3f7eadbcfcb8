"""Causal language models of all kinds answer prompts: really loaded, really generating, all of them tiny."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_models import END, byte_level_tokenizer, save_tiny_model

from arith_synth.data.folder import open_dataset
from arith_synth.decoding import Decoding
from arith_synth.decoding.streams import stream_keys
from arith_synth.errors import CheckpointError, DatasetError, UsageError
from arith_synth.evaluation import evaluate
from arith_synth.evaluation.causal_lm import complete, left_padded, prompt_ids
from arith_synth.evaluation.causal_models import load_causal_lm
from arith_synth.evaluation.choosing import KeyedSampling
from arith_synth.grammar import grammar_named
from arith_synth.modeling import text_model_for
from arith_synth.scoring import read_predictions
from arith_synth.tokenization import build_text_tokenizer

CPU = torch.device("cpu")
# Without the mask, which knows our own models only.
SHORT = {"mask": False, "splits": "test", "max_new_tokens": 6, "batch_size": 20}


@pytest.fixture(scope="session")
def prompts(small_dataset):
    return open_dataset(small_dataset).read("support_shift", "test", ["prompt"]).column("prompt").to_pylist()


@pytest.fixture(scope="session")
def text_model(tmp_path_factory):
    """Our own text family, barely begun: a plain Llama with the text tokenizer."""
    folder = tmp_path_factory.mktemp("text") / "model"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        text_model_for("nano", grammar_named("xy3"), initializer_range=0.5).save_pretrained(folder)
    build_text_tokenizer(grammar_named("xy3")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session", params=["llama", "qwen3", "gpt2", "text"])
def any_model(request, prompts, text_model, tmp_path_factory):
    if request.param == "text":
        return text_model
    return save_tiny_model(tmp_path_factory.mktemp(request.param), request.param, byte_level_tokenizer(prompts))


@pytest.fixture(scope="session")
def llama(prompts, tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "llama", "llama", byte_level_tokenizer(prompts))


@pytest.fixture(scope="session")
def memorized(tmp_path_factory):
    """A model that has learned two texts by heart, and to stop after one and to go on after the other."""
    texts = ["a = x + 1" + END, "b = y * 2\nc = 3 and so on and on and on"]
    tokenizer = byte_level_tokenizer(texts)
    folder = save_tiny_model(tmp_path_factory.mktemp("memorized"), "llama", tokenizer)
    lm = load_causal_lm(folder, CPU)
    rows = [tokenizer(text)["input_ids"] for text in texts]
    optimizer = torch.optim.Adam(lm.model.parameters(), lr=0.01)
    for _ in range(150):
        loss = sum(lm.model(torch.tensor([row]), labels=torch.tensor([row])).loss for row in rows)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return lm


def predictions_of(config):
    evaluate(config)
    return (config.output / "predictions.jsonl").read_bytes()


def test_an_evaluation_leaves_predictions_and_a_record_of_the_model(evaluation_of, any_model):
    config = evaluation_of(model=any_model, **SHORT)
    scores = evaluate(config)
    record = json.loads((config.output / "run.json").read_text())
    lm = load_causal_lm(any_model, CPU)
    assert scores["test"]["n"] == len(read_predictions(config.output / "predictions.jsonl")) == 40
    assert record["model"]["n_parameters"] == sum(parameter.numel() for parameter in lm.model.parameters())
    assert record["model"]["family"] == ("text" if "arith_synth" in lm.model.config.to_dict() else "third-party")
    assert 40 <= record["tokens_generated"]["test"] <= 40 * 6


def test_a_left_padded_batch_gives_what_each_prompt_gives_alone(any_model, prompts):
    lm = load_causal_lm(any_model, CPU)
    some = [prompts[0], prompts[1].partition("\n")[2], prompts[2][-60:], prompts[3]]
    rows = [lm.tokenizer(prompt)["input_ids"] for prompt in some]
    assert len({len(row) for row in rows}) > 2
    decoding = Decoding(max_new_tokens=8)
    together, _ = complete(lm, rows, list("abcd"), decoding)
    for row, completions in zip(rows, together, strict=True):
        greedy = lm.model.generate(torch.tensor([row]), do_sample=False, max_new_tokens=8, pad_token_id=lm.pad_id)
        written = lm.tokenizer.decode(greedy[0, len(row) :].tolist())
        ends = [written.find(end) for end in ("\n", lm.tokenizer.eos_token) if end in written]
        assert completions == (written[: min(ends, default=None)].strip(),)


def test_answers_do_not_depend_on_the_batch_size_nor_on_torchs_random_state(evaluation_of, any_model, tmp_path):
    options = {
        "splits": "test",
        "max_new_tokens": 6,
        "model": any_model,
        "samples": 2,
        "temperature": 1.0,
        "top_p": 0.9,
    }
    answers = []
    for place, batch_size in enumerate((5, 64)):
        torch.manual_seed(place)
        answers.append(
            predictions_of(evaluation_of(**{**options, "batch_size": batch_size}, output=tmp_path / str(place)))
        )
    assert answers[0] == answers[1]


def test_sampling_leaves_torchs_random_state_as_it_is(evaluation_of, llama):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    evaluate(evaluation_of(model=llama, samples=2, temperature=1.0, **SHORT))
    assert torch.equal(torch.get_rng_state(), before)


def test_another_seed_gives_other_samples_and_samples_of_a_task_differ(evaluation_of, llama, tmp_path):
    options = {**SHORT, "model": llama, "samples": 3, "temperature": 1.0}
    a, b = (predictions_of(evaluation_of(**options, seed=seed, output=tmp_path / str(seed))) for seed in (0, 1))
    assert json.loads(a.splitlines()[0])["completions"] != json.loads(b.splitlines()[0])["completions"]
    assert len(set(json.loads(a.splitlines()[0])["completions"])) == 3


def test_a_token_is_drawn_as_often_as_its_probability_within_the_likeliest():
    logits = torch.tensor([0.5, 0.2, 0.2, 0.1]).log() * 0.7  # the temperature undoes the factor
    keys = stream_keys([f"task {number}" for number in range(4_000)], 1, 0).reshape(-1)
    sampling = KeyedSampling(keys, Decoding(temperature=0.7, top_p=0.85), n_prompt=3)
    chosen = sampling(torch.zeros(4_000, 3, dtype=torch.long), logits.expand(4_000, -1)).argmax(dim=-1)
    shares = np.bincount(chosen.numpy(), minlength=4) / 4_000
    assert shares[3] == 0
    np.testing.assert_allclose(shares[:3], [5 / 9, 2 / 9, 2 / 9], atol=0.03)  # four standard deviations


def test_a_completion_ends_with_the_model_or_with_the_line(memorized):
    rows = [memorized.tokenizer(prompt)["input_ids"] for prompt in ("a =", "b =")]
    texts, n_tokens = complete(memorized, rows, ["a", "b"], Decoding(max_new_tokens=30))
    assert texts == [("x + 1",), ("y * 2",)]
    written = [" x + 1" + END, " y * 2\n"]
    assert all(n <= len(memorized.tokenizer(text)["input_ids"]) for n, text in zip(n_tokens, written, strict=True))


def test_text_before_the_limit_is_kept_when_nothing_ends_it(memorized):
    rows = [memorized.tokenizer("b =")["input_ids"]]
    (texts,), n_tokens = complete(memorized, rows, ["b"], Decoding(max_new_tokens=1))
    assert n_tokens == [1]
    assert "y * 2".startswith(texts[0])


def test_a_special_token_does_not_hide_in_a_program(text_model):
    lm = load_causal_lm(text_model, CPU)
    unknown = lm.tokenizer.unk_token_id
    forced = replace(lm, model=_Always(lm.model, [unknown, *lm.tokenizer("x")["input_ids"]]))
    (texts,), _ = complete(forced, [[7, 8]], ["a"], Decoding(max_new_tokens=2))
    assert "<unk>" in texts[0]


class _Always:
    """Writes the same whatever it reads."""

    def __init__(self, model, tokens):
        self.device = model.device
        self._tokens = tokens

    def generate(self, input_ids, **options):
        return torch.cat([input_ids, torch.tensor([self._tokens])], dim=1)


def test_logits_that_are_no_numbers_are_no_answers(llama, prompts):
    lm = load_causal_lm(llama, CPU)
    torch.nn.init.constant_(lm.model.lm_head.weight, torch.nan)
    with pytest.raises(CheckpointError, match="diverged"):
        complete(lm, [[5, 6]], ["a"], Decoding(max_new_tokens=2))


def test_under_the_mask_whatever_a_text_model_writes_is_a_program(evaluation_of, text_model, tmp_path):
    options = {"splits": "test", "max_new_tokens": 16}
    masked = evaluate(evaluation_of(text_model, output=tmp_path / "masked", **options))
    free = evaluate(evaluation_of(text_model, output=tmp_path / "free", mask=False, **options))
    assert masked["test"]["parsed"] == 1
    assert free["test"]["parsed"] < 1
    records = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("masked", "free")]
    assert [record["model"]["mask"] for record in records] == [True, False]


def test_padding_stands_on_the_left_and_is_masked():
    ids, mask = left_padded([[1, 2, 3], [4]], pad_id=9)
    assert ids.tolist() == [[1, 2, 3], [9, 9, 4]]
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]


def test_a_model_without_a_token_for_padding_is_padded_with_its_end(llama):
    lm = load_causal_lm(llama, CPU)
    assert lm.tokenizer.pad_token is None
    assert lm.pad_id == lm.tokenizer.eos_token_id


def test_a_generation_config_of_others_does_not_change_the_protocol(evaluation_of, llama, prompts, tmp_path):
    other = save_tiny_model(tmp_path / "other", "llama", byte_level_tokenizer(prompts))
    settings = {
        "do_sample": True,
        "temperature": 0.6,
        "repetition_penalty": 9.0,
        "max_length": 3,
        "eos_token_id": [0, 0],
    }
    (other / "generation_config.json").write_text(json.dumps(settings))
    answers = [
        predictions_of(evaluation_of(model=model, output=tmp_path / model.name / "scores", **SHORT))
        for model in (llama, other)
    ]
    assert answers[0] == answers[1]


def test_prompts_beyond_the_context_are_refused_with_both_numbers(evaluation_of, prompts, tmp_path):
    tokenizer = byte_level_tokenizer(prompts)
    longest = max(len(tokenizer(prompt)["input_ids"]) for prompt in prompts)
    model = save_tiny_model(tmp_path / "short", "gpt2", tokenizer, n_context=longest + 5)
    with pytest.raises(UsageError, match=f"up to {longest} tokens, completions up to 6, .* {longest + 5};"):
        evaluate(evaluation_of(model=model, **SHORT))
    assert evaluate(evaluation_of(model=model, **{**SHORT, "max_new_tokens": 5}))["test"]["n"] == 40


def test_the_tokenizer_of_another_model_is_named(llama, prompts, tmp_path):
    small = save_tiny_model(tmp_path / "small", "llama", byte_level_tokenizer(prompts))
    byte_level_tokenizer(prompts).save_pretrained(small)
    lm = load_causal_lm(small, CPU)
    lm.model.resize_token_embeddings(100)
    with pytest.raises(CheckpointError, match="the model has 100"):
        prompt_ids(lm, prompts, "support_shift/test", 8)


def test_a_tokenizer_that_cannot_read_the_prompts_is_a_wrong_call(text_model):
    lm = load_causal_lm(text_model, CPU)
    with pytest.raises(UsageError, match="does not know all of the prompts of random/test"):
        prompt_ids(lm, ["Find a haiku for f(x, y)."], "random/test", 8)


def test_a_text_model_of_another_grammar_is_a_wrong_call(evaluation_of, tmp_path):
    grammar = grammar_named("xy5")
    text_model_for("nano", grammar).save_pretrained(tmp_path / "xy5")
    build_text_tokenizer(grammar).save_pretrained(tmp_path / "xy5")
    with pytest.raises(UsageError, match="is of grammar xy3 .* the model is for xy5"):
        evaluate(evaluation_of(model=tmp_path / "xy5", **SHORT))


def test_the_corpus_has_no_tasks(evaluation_of, llama):
    with pytest.raises(DatasetError, match="no tasks in corpus/full"):
        evaluate(evaluation_of(model=llama, config="corpus", splits="full"))
