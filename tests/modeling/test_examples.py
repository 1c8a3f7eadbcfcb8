"""Examples that a caller gives: read rightly, whoever reduced them, or refused in one line."""

import re

import pytest
import torch
from strategies import XY3

from arith_synth.errors import UsageError
from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for, example_features

N_NEW = 5


def generate(model, *ids, **given):
    return model.generate(*ids, max_new_tokens=N_NEW, do_sample=False, **given)


def refusal_of(call):
    with pytest.raises(UsageError) as raised:
        call()
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_generate_without_ids_begins_with_the_prompt(model, examples):
    assert torch.equal(generate(model, **examples), generate(model, model.prompt_ids(6), **examples))
    features = model.features_of(**examples)
    assert torch.equal(generate(model, features=features), generate(model, **examples))


def test_generate_without_ids_makes_as_many_sequences_as_it_is_asked_for(model, examples):
    rows = generate(model, num_beams=2, num_return_sequences=2, **examples)
    assert len(rows) == 12


def test_generate_of_nothing_is_refused(model):
    assert "numerators are missing" in refusal_of(lambda: generate(model))


@pytest.mark.parametrize("use_cache", [True, False])
def test_outputs_that_no_placeholder_stands_for_are_refused(model, examples, use_cache):
    start = torch.full((6, 1), model.config.bos_token_id)
    assert "would go unread" in refusal_of(lambda: model(start, **examples))
    assert "would go unread" in refusal_of(lambda: generate(model, start, use_cache=use_cache, **examples))


@pytest.mark.parametrize("name", ["numerators", "denominators"])
def test_one_half_of_the_fractions_is_refused(model, examples, name):
    given = {name: examples[name]}
    for call in (
        lambda: model(model.prompt_ids(6), **given),
        lambda: generate(model, **given),
    ):
        assert "are missing; give numerators and denominators" in refusal_of(call)


def eight_of_sixteen(examples):
    return {name: values[:, :8] for name, values in examples.items()}, "16 examples"


def a_single_row(examples):
    return {name: values[0] for name, values in examples.items()}, "must have the shape"


def denominators_of_fewer_tasks(examples):
    return examples | {"denominators": examples["denominators"][:1]}, "denominators must have the shape (6, 16)"


def floats(examples):
    return examples | {"numerators": examples["numerators"].float()}, "tensor of integers, not torch.float32"


def lists(examples):
    return examples | {"denominators": examples["denominators"].tolist()}, "tensor of integers, not list"


def a_number(examples):
    return examples | {"numerators": torch.tensor(3)}, "must have the shape"


@pytest.mark.parametrize(
    "changed", [eight_of_sixteen, a_single_row, denominators_of_fewer_tasks, floats, lists, a_number]
)
def test_examples_of_another_shape_or_kind_are_refused(model, examples, changed):
    given, reason = changed(examples)
    for call in (
        lambda: model(model.prompt_ids(6), **given),
        lambda: generate(model, **given),
        lambda: model.features_of(**given),
    ):
        assert reason in refusal_of(call)


def test_features_of_another_shape_are_refused(model, examples):
    features = model.features_of(**examples)
    for wrong in (features[:, :8], features[..., :-1], features[0]):
        assert "make them with model.features_of" in refusal_of(lambda given=wrong: generate(model, features=given))


def test_inputs_of_another_shape_are_refused():
    model = ArithSynthForProgramSynthesis(config_for("nano", XY3, reads_inputs=True)).eval()
    whole = torch.ones(2, 16, dtype=torch.long)
    points = torch.ones(2, 16, 3, dtype=torch.long)  # of a grammar with three variables
    reason = refusal_of(lambda: generate(model, numerators=whole, denominators=whole, example_inputs=points))
    assert re.search(r"example_inputs must have the shape \(2, 16, 2\)", reason)
    points = points[..., :2]
    assert len(generate(model, numerators=whole, denominators=whole, example_inputs=points)) == 2


@torch.no_grad()
def test_how_a_fraction_is_written_changes_nothing(model, examples):
    """Undefined outputs have the denominator 0, and keep it."""
    ids, reduced = model.prompt_ids(6), model(model.prompt_ids(6), **examples).logits
    for factor in (6, -1, -35):
        other = {name: values * factor for name, values in examples.items()}
        assert torch.equal(model(ids, **other).logits, reduced)


def test_the_largest_fractions_are_as_they_were(model):
    numerators = torch.tensor([-(2**63), 2**63 - 1, -(2**63), 1] * 4)[None]
    denominators = torch.tensor([1, 2, 3, 2**63 - 1] * 4)[None]
    assert model.features_of(numerators, denominators).isfinite().all()
    assert torch.equal(model.features_of(numerators, denominators), example_features(numerators, denominators))
