import json
import logging
from dataclasses import asdict

import pytest
import torch
from strategies import XY3
from transformers import AutoConfig, AutoModelForCausalLM, DynamicCache

from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.grammar import grammar_named
from arith_synth.modeling import (
    PRESETS,
    ArithSynthConfig,
    ArithSynthForProgramSynthesis,
    config_for,
    example_features,
    text_model_for,
)

N_NEW = 7


def sequence(model, n_tasks):
    program = torch.tensor([[12, 10, 5, 7, 6]]).expand(n_tasks, -1)
    return torch.cat([model.prompt_ids(n_tasks), program], dim=1)


@torch.no_grad()
def test_cached_logits_equal_uncached_ones(model, examples):
    ids = sequence(model, 6)
    whole = model(ids, **examples).logits
    cache = DynamicCache(config=model.config)
    n_prefix = model.config.n_prefix
    steps = [model(ids[:, :n_prefix], past_key_values=cache, **examples).logits]
    steps += [model(ids[:, [t]], past_key_values=cache).logits for t in range(n_prefix, ids.shape[1])]
    torch.testing.assert_close(torch.cat(steps, dim=1), whole, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_batch_equals_its_single_rows(model, examples):
    ids = sequence(model, 6)
    batch = model(ids, **examples).logits
    for row in range(6):
        single = model(ids[row : row + 1], **{name: values[row : row + 1] for name, values in examples.items()})
        torch.testing.assert_close(batch[row : row + 1], single.logits, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_left_padding_does_not_change_the_logits(model, examples):
    ids = sequence(model, 6)
    padded = torch.cat([torch.zeros(6, 3, dtype=torch.long), ids], dim=1)
    mask = (torch.arange(padded.shape[1]) >= 3).long().expand(6, -1)
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    logits = model(padded, attention_mask=mask, position_ids=positions, **examples).logits
    torch.testing.assert_close(logits[:, 3:], model(ids, **examples).logits, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_the_logits_depend_on_the_examples(model, examples):
    other = {**examples, "numerators": examples["numerators"] + 1}
    ids = sequence(model, 6)
    assert not torch.allclose(model(ids, **examples).logits, model(ids, **other).logits)


@torch.no_grad()
def test_given_features_stand_for_the_outputs(model, examples):
    ids = sequence(model, 6)
    assert torch.equal(model(ids, **examples).logits, model(ids, features=example_features(**examples)).logits)


@torch.no_grad()
def test_labels_give_the_loss_of_the_next_token(model, examples):
    ids = sequence(model, 6)
    labels = ids.masked_fill(ids == model.config.example_token_id, -100)
    output = model(ids, labels=labels, **examples)
    expected = torch.nn.functional.cross_entropy(
        output.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100
    )
    torch.testing.assert_close(output.loss, expected)


def test_a_saved_model_loads_through_the_auto_classes(model, examples, tmp_path):
    model.save_pretrained(tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert isinstance(loaded, ArithSynthForProgramSynthesis)
    ids = sequence(model, 6)
    with torch.no_grad():
        assert torch.equal(loaded(ids, **examples).logits, model(ids, **examples).logits)
    assert (tmp_path / "model.safetensors").exists()


def test_a_saved_config_keeps_every_field(model, tmp_path):
    model.config.save_pretrained(tmp_path)
    loaded = AutoConfig.from_pretrained(tmp_path)
    assert isinstance(loaded, ArithSynthConfig)
    assert loaded.grammar_definition() == XY3
    saved = json.loads((tmp_path / "config.json").read_text())
    assert {name: getattr(loaded, name) for name in ("n_prefix", "notation", "n_features", "hidden_size")} == {
        name: saved[name] for name in ("n_prefix", "notation", "n_features", "hidden_size")
    }


def test_generate_starts_from_the_prompt_and_pads_after_the_end(model, examples):
    out = model.generate(model.prompt_ids(6), max_new_tokens=N_NEW, do_sample=False, **examples)
    assert torch.equal(out[:, : model.config.n_prefix], model.prompt_ids(6))
    for row in out[:, model.config.n_prefix :].tolist():
        after = row[row.index(model.config.eos_token_id) + 1 :] if model.config.eos_token_id in row else []
        assert set(after) <= {model.config.pad_token_id}


def test_generate_with_a_cache_equals_generate_without(model, examples):
    # A model that is not trained may write the placeholder itself, which only an uncached step would fill in.
    suppressed = [model.config.example_token_id]
    settings = {"max_new_tokens": N_NEW, "do_sample": False, "suppress_tokens": suppressed, **examples}
    cached = model.generate(model.prompt_ids(6), use_cache=True, **settings)
    assert torch.equal(cached, model.generate(model.prompt_ids(6), use_cache=False, **settings))


def test_gradients_reach_every_parameter(examples):
    model = ArithSynthForProgramSynthesis(config_for("nano", XY3))
    ids = sequence(model, 6)
    model(ids, labels=ids, **examples).loss.backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


def test_labels_make_transformers_warn_of_nothing(examples, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("transformers"), "propagate", True)
    for model, given in (
        (ArithSynthForProgramSynthesis(config_for("nano", XY3)), examples),
        (text_model_for("nano", XY3), {}),
    ):
        ids = sequence(model, 6) if given else torch.ones(6, 4, dtype=torch.long)
        model(ids, labels=ids, **given)
        assert model.loss_type == "ForCausalLM"
    assert caplog.messages == []


@pytest.mark.filterwarnings("ignore:`gradient_checkpointing_enable` is deprecated:FutureWarning")
def test_gradient_checkpointing_changes_no_gradient(examples):
    torch.manual_seed(0)
    model = ArithSynthForProgramSynthesis(config_for("nano", XY3)).train()
    ids = sequence(model, 6)
    gradients = []
    for _ in range(2):
        model.zero_grad()
        model(ids, labels=ids, **examples).loss.backward()
        gradients.append([parameter.grad.clone() for parameter in model.parameters()])
        model.gradient_checkpointing_enable()
    assert model.decoder.layers[0].gradient_checkpointing
    for plain, again in zip(*gradients, strict=True):
        assert torch.equal(plain, again)


def test_a_config_has_the_sizes_of_nano_where_it_says_nothing():
    config = ArithSynthConfig()
    assert {name: getattr(config, name) for name in asdict(PRESETS["nano"])} == asdict(PRESETS["nano"])


def test_nano_is_as_small_as_its_name_says():
    for name in ("xy3", "xy9"):
        model = ArithSynthForProgramSynthesis(config_for("nano", grammar_named(name)))
        assert sum(parameter.numel() for parameter in model.parameters()) <= 500_000


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_a_config_for_every_grammar(preset):
    assert config_for(preset, grammar_named("xyz3")).vocab_size == 17


def test_an_unknown_preset_is_named():
    with pytest.raises(UnknownNameError, match="nanoo"):
        config_for("nanoo", XY3)


def test_an_unknown_notation_is_named():
    with pytest.raises(UsageError, match="postfix"):
        config_for("nano", XY3, notation="postfix")


def test_a_wrong_number_of_placeholders_is_refused(model, examples):
    ids = torch.full((6, model.config.n_prefix + 1), model.config.example_token_id)
    with pytest.raises(UsageError, match="placeholder|<example>"):
        model(ids, **examples)


def test_each_row_must_hold_its_own_placeholders(model, examples):
    """As many in all would do to fill them, with the examples of other tasks."""
    ids = sequence(model, 6)
    n_prefix = model.config.n_prefix
    ids[0, :n_prefix], ids[1, n_prefix : 2 * n_prefix] = 5, model.config.example_token_id
    with pytest.raises(UsageError, match=f"{n_prefix} <example> tokens"):
        model(ids, **examples)
    with pytest.raises(UsageError, match="for each of 5 tasks"):
        model(sequence(model, 6), **{name: values[:5] for name, values in examples.items()})


def test_a_prompt_without_its_examples_is_refused(model):
    with pytest.raises(UsageError, match="stand for outputs"):
        model.generate(model.prompt_ids(1), max_new_tokens=2)
