"""Every kind of encoder, with and without the inputs, in one and the same model."""

import pytest
import torch
from strategies import XY3

from arith_synth.errors import UsageError
from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for
from arith_synth.modeling.encoder import ENCODERS, with_hidden_examples

KINDS = [(encoder, reads_inputs) for encoder in ENCODERS for reads_inputs in (False, True)]


def model_of(encoder, reads_inputs):
    torch.manual_seed(0)
    return ArithSynthForProgramSynthesis(config_for("nano", XY3, encoder=encoder, reads_inputs=reads_inputs)).eval()


def inputs_of(examples, seed=0):
    return torch.randint(-9, 10, (*examples["numerators"].shape, 2), generator=torch.Generator().manual_seed(seed))


def logits_of(model, examples):
    n_tasks = len(examples["numerators"])
    return model(model.prompt_ids(n_tasks), **examples).logits


@pytest.mark.parametrize(("encoder", "reads_inputs"), KINDS)
def test_a_saved_model_of_each_kind_is_the_same_again(tmp_path, examples, encoder, reads_inputs):
    model = model_of(encoder, reads_inputs)
    if reads_inputs:
        examples = {**examples, "example_inputs": inputs_of(examples)}
    model.save_pretrained(tmp_path)
    again = ArithSynthForProgramSynthesis.from_pretrained(tmp_path)
    torch.testing.assert_close(logits_of(again, examples), logits_of(model, examples))
    tokens = again.generate(again.prompt_ids(6), **examples, max_new_tokens=3, min_new_tokens=3)
    assert tokens.shape == (6, again.config.n_prefix + 3)


def test_one_token_an_example_means_as_many_placeholders():
    assert model_of("tokens", reads_inputs=False).config.n_prefix == 16


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_model_that_reads_inputs_depends_on_them(examples, encoder):
    model = model_of(encoder, reads_inputs=True)
    first, second = (logits_of(model, {**examples, "example_inputs": inputs_of(examples, seed)}) for seed in (0, 1))
    assert not torch.allclose(first, second)


def test_a_model_that_reads_inputs_says_when_they_are_missing(examples):
    with pytest.raises(UsageError, match="example_inputs"):
        logits_of(model_of("positions", reads_inputs=True), examples)


@torch.no_grad()
def test_tokens_of_read_inputs_are_a_set(examples):
    model = model_of("tokens", reads_inputs=True)
    given = {**examples, "example_inputs": inputs_of(examples)}
    features = model.features_of(**given)
    torch.testing.assert_close(model.encoder(features.flip(1)), model.encoder(features).flip(1))


@pytest.mark.parametrize("encoder", ENCODERS)
def test_an_unknown_encoder_fails_when_the_model_is_made(encoder):
    with pytest.raises(UsageError, match=encoder):
        config_for("nano", XY3, encoder=f"no {encoder}")


def test_examples_are_hidden_whole_in_the_share_asked_for():
    torch.manual_seed(0)
    hidden = with_hidden_examples(torch.ones(1000, 16, 5), 0.25)
    assert hidden.amax(dim=-1).equal(hidden.amin(dim=-1))
    assert abs(1 - hidden.mean().item() - 0.25) < 0.02
