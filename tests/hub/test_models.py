"""Models and tokenizers of ours are pushed to a Hub by their own methods, and come back by their name."""

import json
from pathlib import Path

import pytest
import torch
import transformers
from hub.endpoints import model_key
from hub.routes import MODEL_ENDPOINTS
from strategies import XY3
from transformers import AutoModelForCausalLM, AutoTokenizer

from arith_synth.cli import main
from arith_synth.data.folder import open_dataset
from arith_synth.evaluation.model_folders import find_model
from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for, text_model_for
from arith_synth.tokenization import build_text_tokenizer, build_tokenizer

NAME = "org/tiny"
#: Of every row so many: random weights may end it with the first.
N_NEW = 12
#: The client's way of sending large files, which is not ours to change.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def models(client, monkeypatch):
    """The Hub, and transformers turned to it, which keeps a client of its own."""
    monkeypatch.setattr(transformers.utils.hub, "_hf_api", None)
    return client


@pytest.fixture
def multimodal():
    torch.manual_seed(0)
    return ArithSynthForProgramSynthesis(config_for("nano", XY3, encoder_width=16, num_hidden_layers=1)).eval()


@pytest.fixture
def text():
    torch.manual_seed(0)
    return text_model_for("nano", XY3, num_hidden_layers=1).eval()


def push(model, tokenizer):
    model.push_to_hub(NAME)
    tokenizer.push_to_hub(NAME)


def pulled():
    """Model and tokenizer from the Hub; the cache is empty."""
    return AutoModelForCausalLM.from_pretrained(NAME).eval(), AutoTokenizer.from_pretrained(NAME)


def written(model, **inputs):
    return model.generate(**inputs, do_sample=False, max_new_tokens=N_NEW, min_new_tokens=N_NEW).tolist()


def test_a_multimodal_model_comes_back_and_writes_the_same_tokens(models, multimodal):
    tokenizer = build_tokenizer(XY3)
    push(multimodal, tokenizer)
    model, loaded = pulled()
    assert type(model) is ArithSynthForProgramSynthesis
    assert model.state_dict().keys() == multimodal.state_dict().keys()
    assert all(torch.equal(ours, model.state_dict()[name]) for name, ours in multimodal.state_dict().items())
    numerators = torch.arange(32).reshape(2, 16) - 9
    examples = {"numerators": numerators, "denominators": torch.ones_like(numerators)}
    inputs = {"input_ids": model.prompt_ids(2), **examples}
    assert written(model, **inputs) == written(multimodal, **inputs)
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert loaded("+ x 1")["input_ids"] == tokenizer("+ x 1")["input_ids"]


def test_a_text_model_comes_back_and_writes_the_same_tokens(models, text, small_dataset):
    tokenizer = build_text_tokenizer(XY3)
    push(text, tokenizer)
    model, loaded = pulled()
    prompts = open_dataset(small_dataset).read("random", "test").slice(0, 3)["prompt"].to_pylist()
    ours, theirs = (one(prompts, return_tensors="pt", padding=True) for one in (tokenizer, loaded))
    assert ours["input_ids"].tolist() == theirs["input_ids"].tolist()
    assert written(model, **theirs) == written(text, **ours)


def test_the_weights_are_large_files_and_the_rest_is_not(models, multimodal):
    push(multimodal, build_tokenizer(XY3))
    files = models.repositories[model_key(NAME)].commit_of("main")[1].files
    assert {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json"} <= set(files)
    assert [path for path, file in files.items() if file.sha256] == ["model.safetensors"]


def test_an_evaluation_takes_a_model_by_its_name(models, multimodal, small_dataset, tmp_path, monkeypatch, capsys):
    push(multimodal, build_tokenizer(XY3))
    multimodal.save_pretrained(tmp_path / "here")
    build_tokenizer(XY3).save_pretrained(tmp_path / "here")
    monkeypatch.chdir(tmp_path)
    fixed = ["--data", str(small_dataset), "--config", "random", "--json"]
    scores = []
    for place in (NAME, str(tmp_path / "here")):
        output = tmp_path / "scores" / Path(place).name
        assert main(["eval", "--model", place, *fixed, "--output", str(output)]) == 0
        scores.append(json.loads(capsys.readouterr().out))
    assert scores[0] == scores[1]
    first, second = (tmp_path / "scores" / name / "predictions.jsonl" for name in ("tiny", "here"))
    assert first.read_bytes() == second.read_bytes()


def test_every_endpoint_of_models_is_called_by_some_client(models, multimodal):
    push(multimodal, build_tokenizer(XY3))
    pulled()
    find_model(Path(NAME))
    assert {(method, path) for method, path, _ in MODEL_ENDPOINTS} <= models.called
