"""The decoder on a tree of prefixes says what the model says after each prefix, computed alone."""

import pytest
import torch
from strategies import XY3

from arith_synth.decoding.nodes import NodeDecoder
from arith_synth.decoding.weights import prefix_embeddings, read_weights
from arith_synth.errors import UsageError
from arith_synth.modeling import N_FEATURES, PRESETS, ArithSynthForProgramSynthesis, config_for

N_TASKS, N_LEVELS = 3, 5


def model_of(preset="nano", **changes):
    torch.manual_seed(0)
    model = ArithSynthForProgramSynthesis(config_for(preset, XY3, initializer_range=0.2, **changes)).eval()
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or "norm" in name:  # which begin as zeros and ones
            parameter.data += 0.3 * torch.randn_like(parameter)
    return model


@torch.no_grad()
def greatest_difference(model, compiled, n_slots=1):
    """Between the logits of all nodes of a random tree and those of `model`, which is given each prefix as a whole."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(N_TASKS, 16, N_FEATURES, generator=generator, dtype=torch.float32).to(model.dtype)
    decoder = NodeDecoder(read_weights(model, 64), n_slots=n_slots, compiled=compiled)
    tasks, prefixes = torch.arange(N_TASKS), model.prompt_ids(N_TASKS)
    logits = decoder.start(prefix_embeddings(model, features))
    differences = []
    for n_nodes in range(4, 4 + N_LEVELS):
        expected = model(prefixes, features=features[tasks], use_cache=False).logits[:, -1]
        differences.append((logits - expected).abs().max())
        parents = torch.randint(len(prefixes), (n_nodes,), generator=generator)
        tokens = torch.randint(
            model.config.example_token_id + 1, model.config.vocab_size, (n_nodes,), generator=generator
        )
        tasks, prefixes = tasks[parents], torch.cat([prefixes[parents], tokens[:, None]], dim=1)
        logits = decoder.extend(parents, tokens)
    return max(differences).item()


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"encoder": "tokens"},
        {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 24},
        {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True},
        {"hidden_act": "gelu"},
        {"num_hidden_layers": 1, "rope_parameters": {"rope_type": "linear", "rope_theta": 100.0, "factor": 2.0}},
    ],
)
def test_logits_are_those_of_the_model(changes, compiled):
    assert greatest_difference(model_of(**changes), compiled) < 1e-4


@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset != "large"])
def test_logits_are_those_of_the_model_for_each_preset(preset):
    """Not the largest preset: it is the same code, and takes a minute."""
    model = model_of(preset)
    assert greatest_difference(model, compiled=True) < 1e-4 * max(1.0, model.config.hidden_size / 80)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-5), (torch.bfloat16, 0.3)])
def test_logits_in_another_precision_are_those_of_the_model(dtype, tolerance):
    """Up to what its norms round to in any precision: float32."""
    assert greatest_difference(model_of().to(dtype), compiled=None) < tolerance


def test_room_for_nodes_grows_when_the_guess_was_low():
    model = model_of()
    assert greatest_difference(model, True, n_slots=1) == greatest_difference(model, True, n_slots=1000)


def test_a_decoder_starts_again_with_other_tasks():
    model = model_of()
    decoder = NodeDecoder(read_weights(model, 64), n_slots=100)
    prefix = torch.randn(2, model.config.n_prefix, model.config.hidden_size)
    fresh = decoder.start(prefix)
    decoder.start(torch.randn_like(prefix))
    decoder.extend(torch.tensor([0, 1, 1]), torch.tensor([7, 8, 9]))
    assert torch.equal(decoder.start(prefix), fresh)


def test_rotations_that_depend_on_the_length_are_refused():
    scaled = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}
    with pytest.raises(UsageError, match="generate"):
        read_weights(model_of(rope_parameters=scaled), 64)
