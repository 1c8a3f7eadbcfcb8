"""Folders that hold no model, half of one, or one that would like to run its code: one line each, and nothing run."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import byte_level_tokenizer, save_tiny_model
from transformers import AutoModelForCausalLM, T5Config

from arith_synth.errors import ArithSynthError, MissingExtraError
from arith_synth.evaluation.adapters import base_of, load_adapter
from arith_synth.evaluation.causal_models import load_causal_lm
from arith_synth.evaluation.model_folders import find_model, reads_prompts
from arith_synth.model_files import model_sha256

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("whole") / "model", "llama", byte_level_tokenizer(["x + 1"]))


@pytest.fixture
def model(whole, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(whole, tmp_path / "model")


@pytest.fixture
def adapter(model, tmp_path):
    from peft import LoraConfig, get_peft_model

    base = AutoModelForCausalLM.from_pretrained(model)
    with pytest.warns(FutureWarning, match="gradient_checkpointing"):  # peft asks transformers by an old name
        changed = get_peft_model(base, LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM"))
    with torch.no_grad():
        for name, parameter in changed.named_parameters():
            if "lora_B" in name:
                parameter.fill_(0.3)
    changed.save_pretrained(tmp_path / "adapter")
    return tmp_path / "adapter"


def changed_json(file, **changes):
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def complaint(load, *arguments) -> str:
    """The one line of the error that loading raises."""
    with pytest.raises(ArithSynthError) as raised:
        load(*arguments)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_weights_in_several_files_are_one_model(whole, tmp_path):
    model = AutoModelForCausalLM.from_pretrained(whole)
    model.save_pretrained(tmp_path, max_shard_size="60KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    shutil.copy(whole / "tokenizer.json", tmp_path)
    shutil.copy(whole / "tokenizer_config.json", tmp_path)
    loaded = load_causal_lm(tmp_path, CPU).model.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in model.state_dict().items())
    next(tmp_path.glob("*-00002-*.safetensors")).unlink()
    assert "lacks model-00002" in complaint(load_causal_lm, tmp_path, CPU)


def test_half_precision_becomes_single_on_the_cpu(model):
    AutoModelForCausalLM.from_pretrained(model).to(torch.bfloat16).save_pretrained(model)
    assert load_causal_lm(model, CPU).model.dtype == torch.float32


@pytest.mark.parametrize("n_kept", [0, 4, 5_000])
def test_truncated_weights_are_named(model, n_kept):
    file = model / "model.safetensors"
    file.write_bytes(file.read_bytes()[:n_kept])
    assert str(file) in complaint(load_causal_lm, model, CPU)


def test_weights_without_a_tensor_are_named(model):
    tensors = load_file(model / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, model / "model.safetensors", metadata={"format": "pt"})
    assert "layers.1.mlp.up_proj" in complaint(load_causal_lm, model, CPU)


def test_weights_of_another_shape_are_one_line(model):
    changed_json(model / "config.json", intermediate_size=48)
    assert str(model) in complaint(load_causal_lm, model, CPU)


def test_pickled_weights_are_not_read(model):
    (model / "model.safetensors").unlink()
    torch.save({}, model / "pytorch_model.bin")
    assert "can run code" in complaint(load_causal_lm, model, CPU)


def test_a_folder_without_weights_says_which_file_it_lacks(model):
    (model / "model.safetensors").unlink()
    assert "lacks model.safetensors" in complaint(load_causal_lm, model, CPU)


def test_code_in_the_folder_is_not_run(model, tmp_path):
    (model / "modeling_mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    auto_map = {"AutoConfig": "modeling_mine.Config", "AutoModelForCausalLM": "modeling_mine.Model"}
    changed_json(model / "config.json", model_type="mine", auto_map=auto_map)
    assert str(model) in complaint(load_causal_lm, model, CPU)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "changes",
    [{"model_type": "unheard_of"}, {"model_type": "vit"}, {"model_type": 7}, {"hidden_size": "wide"}, {"head_dim": -1}],
)
def test_a_config_of_nothing_known_is_one_line(model, changes):
    changed_json(model / "config.json", **changes)
    assert str(model) in complaint(load_causal_lm, model, CPU)


def test_an_encoder_with_a_decoder_is_refused(model):
    (model / "config.json").write_text(json.dumps(T5Config(d_model=8, d_ff=8, num_layers=1).to_dict()))
    assert str(model) in complaint(load_causal_lm, model, CPU)


def test_no_tokenizer_says_how_to_save_one(model):
    (model / "tokenizer.json").unlink()
    assert "tokenizer.save_pretrained" in complaint(load_causal_lm, model, CPU)


@pytest.mark.parametrize("text", ["", "{}", "[1]"])
def test_a_damaged_tokenizer_is_one_line(model, text):
    (model / "tokenizer.json").write_text(text)
    assert "tokenizer" in complaint(load_causal_lm, model, CPU)


def test_whatever_decides_the_answers_is_in_the_hash_and_logs_are_not(model):
    before = model_sha256(model)
    (model / "run.json").write_text("{}")
    (model / "README.md").write_text("mine")
    assert model_sha256(model) == before
    changed_json(model / "tokenizer_config.json", note="another")
    assert model_sha256(model) != before


def test_an_adapter_changes_its_base(adapter, model):
    ids = torch.arange(1, 9)[None]
    adapted, base = load_adapter(adapter, base_of(adapter), CPU), load_causal_lm(model, CPU)
    logits = adapted.model(ids).logits
    torch.testing.assert_close(adapted.model.merge_and_unload()(ids).logits, logits, atol=1e-3, rtol=1e-3)
    assert not torch.allclose(logits, base.model(ids).logits, atol=0.1)


def test_a_base_is_found_beside_its_adapter(adapter, model, monkeypatch, tmp_path):
    changed_json(adapter / "adapter_config.json", base_model_name_or_path="../model")
    monkeypatch.chdir("/")
    assert base_of(adapter).resolve() == model.resolve()


def test_a_base_that_is_gone_is_named(adapter, model):
    shutil.rmtree(model)
    assert f"changes the model {model}, which is not there" in complaint(base_of, adapter)


def test_an_adapter_without_peft_says_what_to_install(adapter, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    line = complaint(load_adapter, adapter, model, CPU)
    assert "pip install 'arith-synth[finetune]'" in line
    with pytest.raises(MissingExtraError):
        load_adapter(adapter, model, CPU)


def test_a_truncated_adapter_is_named(adapter, model):
    file = adapter / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    assert str(file) in complaint(load_adapter, adapter, model, CPU)


def test_a_pickled_adapter_is_not_read(adapter, model):
    (adapter / "adapter_model.safetensors").unlink()
    torch.save({}, adapter / "adapter_model.bin")
    assert "lacks adapter_model.safetensors" in complaint(load_adapter, adapter, model, CPU)


def test_an_adapter_that_lacks_weights_is_named(adapter, model):
    file = adapter / "adapter_model.safetensors"
    tensors = load_file(file)
    tensors.popitem()
    save_file(tensors, file)
    assert "lacks weights" in complaint(load_adapter, adapter, model, CPU)


@pytest.mark.parametrize("changes", [{"peft_type": "MINE"}, {"target_modules": ["nothing"]}, {"r": "many"}])
def test_an_adapter_of_nothing_known_is_one_line(adapter, model, changes):
    changed_json(adapter / "adapter_config.json", **changes)
    assert str(adapter) in complaint(load_adapter, adapter, model, CPU)


def test_a_model_of_the_hub_is_found_by_its_name_and_needs_no_network_when_it_is_cached(whole, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    cached = tmp_path / "cache" / "models--org--tiny"
    shutil.copytree(whole, cached / "snapshots" / ("a" * 40))
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("a" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    folder = find_model(Path("org/tiny"))
    assert load_causal_lm(folder, CPU).model.config.model_type == "llama"
    assert "org/other" in complaint(find_model, Path("org/other"))


def test_a_folder_of_ours_that_is_misspelt_is_not_looked_for_on_the_hub(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    assert "there is no model in runs/shiftd" in complaint(reads_prompts, find_model(Path("runs/shiftd")))
