"""An edited config.json of a multimodal model: one line for each way it cannot be meant, before any work is done."""

import json
import math
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from strategies import XY3

from arith_synth.decoding import CompletionReader, Decoding, decode
from arith_synth.errors import CheckpointError, UsageError
from arith_synth.evaluation.models import load_model
from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for

GRAMMAR = {"name": "xy3", "variables": ["x", "y"], "constants": [1, 2, 3], "operators": ["+", "-", "*", "/"]}


def saved(folder, **changes):
    torch.manual_seed(0)
    ArithSynthForProgramSynthesis(config_for("nano", XY3, **changes)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("whole") / "model")


@pytest.fixture
def model(whole, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(whole, tmp_path / "model")


def with_config(model, changes):
    file = model / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    return model


def complaint(model) -> str:
    """The one line of the error that loading raises."""
    with pytest.raises(CheckpointError) as raised:
        load_model(model)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_status == 1
    return str(raised.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"encoder": "evil"},
        {"encoder": ["positions"]},
        {"rope_parameters": {"rope_type": "bogus"}},
        {"rope_parameters": {"rope_type": "yarn"}},
        {"rope_parameters": 7},
        {"hidden_act": "os.system"},
        {"hidden_size": "x"},
        {"n_shown": "x"},
        {"n_prefix": None},
        {"num_hidden_layers": True},
        {"num_attention_heads": 0},
        {"num_key_value_heads": 0},
        {"rms_norm_eps": "x"},
        {"dtype": "foo"},
        {"dtype": 7},
        {"dtype": "int8"},
        {"notation": "polish"},
        {"notation": ["prefix"]},
        {"grammar": GRAMMAR | {"constants": [1, 2, 3, 4]}},  # more symbols than the model has tokens
    ],
    ids=str,
)
def test_a_config_that_describes_no_model_is_one_line(model, changes, capfd):
    assert str(model) in complaint(with_config(model, changes))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["pad_token_id", "eos_token_id", "example_token_id"])
@pytest.mark.parametrize("value", [None, [2, 3], -1, 5, 99999, 2.0, "x"])
def test_a_special_token_that_is_not_the_tokenizers_is_named(model, name, value):
    assert name in complaint(with_config(model, {name: value}))


@pytest.mark.parametrize(
    "changes",
    [
        {"num_hidden_layers": 1_000_000},
        {"num_hidden_layers": 10**20},
        {"num_hidden_layers": 0},
        {"num_hidden_layers": -1},
        {"hidden_size": 10**9},
        {"intermediate_size": 10**12},
        {"vocab_size": 10**12},
        {"n_shown": 10**12},
        {"n_features": 2**62},
        {"n_prefix": 10**12},
        {"position_width": 10**12},
        {"encoder_width": 10**12},
        {"head_dim": 10**12},
        {"num_attention_heads": -5, "num_key_value_heads": -5, "head_dim": -16},
        {"num_key_value_heads": 1},
        {"encoder": "tokens"},
        {"encoder": "tokens", "n_shown": 10**12},
        {"encoder": "tokens", "reads_inputs": True, "n_shown": 10**12},
        {"attention_bias": True},
        {"tie_word_embeddings": True},
        {"n_shown": 32, "position_width": 6},
    ],
    ids=str,
)
def test_sizes_that_the_weights_do_not_have_are_refused_before_anything_is_built(model, changes, monkeypatch, capfd):
    monkeypatch.setattr(ArithSynthForProgramSynthesis, "from_pretrained", None)
    complaint(with_config(model, changes))
    assert capfd.readouterr().err == ""


def test_the_tensor_that_does_not_fit_is_named(model):
    line = complaint(with_config(model, {"vocab_size": 17}))
    assert "embed_tokens.weight is 16 x 80, and its config.json describes 17 x 80" in line


def test_a_model_of_a_version_with_other_features_is_refused(tmp_path):
    assert "read 7 numbers" in complaint(saved(tmp_path / "old", n_features=7))


def test_layers_are_counted_before_one_is_built(model):
    line = complaint(with_config(model, {"num_hidden_layers": 1_000_000}))
    assert "layers, and its config.json describes 1,000,000;" in line


@pytest.mark.parametrize(
    "changes",
    [
        {"num_labels": 10**9},
        {"return_dict": False},
        {"id2label": 7},
        {"sub_configs": 7},
        {"attn_implementation": "someone/kernels"},
        {"_attn_implementation": "someone/kernels"},
        {"transformers_weights": "../other.safetensors"},
        {"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}},
        {"auto_map": {"AutoModelForCausalLM": "mine.Model"}},
    ],
    ids=str,
)
def test_fields_that_say_nothing_of_the_architecture_are_not_obeyed(whole, model, changes):
    loaded, expected = load_model(with_config(model, changes)), load_model(whole)
    weights = expected.state_dict()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in loaded.state_dict().items())
    assert loaded.config.to_diff_dict() == expected.config.to_diff_dict()


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_the_precision_of_the_config_is_kept(model, dtype):
    assert load_model(with_config(model, {"dtype": dtype})).dtype == getattr(torch, dtype)


def test_a_number_that_makes_logits_infinite_is_no_answer(model):
    loaded = load_model(with_config(model, {"rms_norm_eps": math.nan}))
    with pytest.raises(CheckpointError, match="no finite numbers"):
        decode(loaded, torch.zeros(1, 16, loaded.config.n_features), ["t"], Decoding())


@pytest.mark.parametrize(
    "changes",
    [
        {"num_attention_heads": 16, "num_key_value_heads": 16, "head_dim": 5},
        {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4, "partial_rotary_factor": 0.5}},
    ],
)
def test_rotations_that_do_not_fit_the_heads_are_refused_before_a_kernel_reads_them(model, changes):
    loaded = load_model(with_config(model, changes))
    with pytest.raises(CheckpointError, match="rotations"):
        decode(loaded, torch.zeros(1, 16, loaded.config.n_features), ["t"], Decoding())


@pytest.mark.parametrize("grammar", [7, {}, GRAMMAR | {"operators": ["os.system"]}])
def test_a_grammar_that_is_none_is_one_line(model, grammar):
    assert "grammar" in complaint(with_config(model, {"grammar": grammar}))


def test_a_model_without_a_grammar_is_a_wrong_call(model):
    with pytest.raises(UsageError, match="names no grammar"):
        load_model(with_config(model, {"grammar": None}))


def test_tied_embeddings_are_stored_once_and_load(tmp_path):
    loaded = load_model(saved(tmp_path / "tied", tie_word_embeddings=True))
    assert loaded.lm_head.weight is loaded.decoder.embed_tokens.weight


def test_a_tensor_too_many_or_too_few_is_named(model):
    file = model / "model.safetensors"
    tensors = load_file(file)
    save_file({**tensors, "mi\nne": torch.zeros(2)}, file, metadata={"format": "pt"})
    assert "'mi\\nne'" in complaint(model)
    del tensors["encoder.up.bias"]
    save_file(tensors, file, metadata={"format": "pt"})
    assert "encoder.up.bias" in complaint(model)


def test_what_was_saved_is_what_is_loaded_and_it_writes_programs(whole):
    loaded = load_model(whole)
    stored = load_file(whole / "model.safetensors")
    assert {name: tensor.tolist() for name, tensor in loaded.state_dict().items()} == {
        name: tensor.tolist() for name, tensor in stored.items()
    }
    tokens = decode(loaded, torch.zeros(3, 16, loaded.config.n_features), ["a", "b", "c"], Decoding())
    assert not any(text.startswith("<") for (text,) in CompletionReader(loaded.config).read(tokens))
