"""The step by hand is the model's own: its loss and its gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import XY3

from arith_synth.modeling import IGNORED_LABEL, ArithSynthForProgramSynthesis, config_for
from arith_synth.training.data import Batch
from arith_synth.training.fused import can_fuse, fused_loss
from arith_synth.training.losses import batch_loss

#: Relative to the norm of each gradient, or of the whole one where that of a weight is nearly nothing.
TOLERANCE = 1e-5


def model_of(seed=0, **changes):
    """A model with random weights, those of norms and biases too."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = ArithSynthForProgramSynthesis(config_for("nano", XY3, **changes)).train()
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.data.normal_(1, 0.3)
    return model


def batch_for(model, n_tasks, length, seed=0, share_ignored=0.0):
    """Programs of random tokens, which end anywhere; besides that, some labels are not wanted."""
    config, generator = model.config, torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 14, (n_tasks, length), generator=generator)
    labels[labels == config.example_token_id] = 5
    ids = torch.cat([torch.full((n_tasks, config.n_prefix), config.example_token_id), labels[:, :-1]], dim=1)
    ends = torch.randint(0, length + 1, (n_tasks, 1), generator=generator)
    ends[0] = length
    labels[torch.arange(length) >= ends] = IGNORED_LABEL
    labels[torch.rand(n_tasks, length, generator=generator) < share_ignored] = IGNORED_LABEL
    labels[0, 0] = 5
    features = torch.randn(n_tasks, config.n_shown, config.n_example_features, generator=generator)
    return Batch(inputs={"input_ids": ids, "features": features}, labels=labels)


def loss_and_gradients(loss_of, model, batch, smoothing=0.0, scale=1.0):
    model.zero_grad()
    loss = loss_of(model, batch, smoothing)
    (loss * scale).backward()
    return loss.item(), {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


def assert_same(model, batch, smoothing=0.0, scale=1.0):
    expected, theirs = loss_and_gradients(batch_loss, model, batch, smoothing, scale)
    loss, ours = loss_and_gradients(fused_loss, model, batch, smoothing, scale)
    assert loss == pytest.approx(expected, rel=TOLERANCE)
    whole = torch.stack([gradient.norm() for gradient in theirs.values()]).norm()
    for name, gradient in theirs.items():
        assert (ours[name] - gradient).norm() <= TOLERANCE * max(gradient.norm(), 1e-2 * whole), name


@settings(max_examples=40)
@given(
    n_heads=st.integers(1, 4),
    half=st.integers(1, 13),
    intermediate=st.integers(1, 50),
    n_layers=st.integers(1, 3),
    n_tasks=st.integers(1, 9),
    length=st.integers(1, 12),
    n_prefix=st.integers(1, 4),
    smoothing=st.sampled_from([0.0, 0.1]),
    share_ignored=st.sampled_from([0.0, 0.3]),
    encoder=st.sampled_from(["positions", "tokens"]),
    tied=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_loss_and_gradients_are_those_of_the_model(
    n_heads, half, intermediate, n_layers, n_tasks, length, n_prefix, smoothing, share_ignored, encoder, tied, seed
):
    model = model_of(
        seed,
        hidden_size=2 * half * n_heads,
        num_attention_heads=n_heads,
        num_key_value_heads=n_heads,
        intermediate_size=intermediate,
        num_hidden_layers=n_layers,
        n_prefix=n_prefix,
        encoder=encoder,
        tie_word_embeddings=tied,
    )
    assert can_fuse(model)
    assert_same(model, batch_for(model, n_tasks, length, seed, share_ignored), smoothing)


def test_a_scaled_loss_scales_the_gradient():
    model = model_of()
    assert_same(model, batch_for(model, 7, 9), scale=0.37)


def test_where_rounding_is_large_it_is_no_larger_than_the_models():
    model, exact = model_of(), model_of()
    for either in (model, exact):
        for name, parameter in either.named_parameters():
            if name.endswith(("gate_proj.weight", "q_proj.weight", "k_proj.weight")):
                parameter.data *= 10
    batch = batch_for(model, 7, 9)
    features = {name: tensor.double() if name == "features" else tensor for name, tensor in batch.inputs.items()}
    _, truth = loss_and_gradients(batch_loss, exact.double(), Batch(inputs=features, labels=batch.labels))
    _, theirs = loss_and_gradients(batch_loss, model, batch)
    _, ours = loss_and_gradients(fused_loss, model, batch)
    for name, gradient in truth.items():
        error, usual = ((found[name] - gradient).norm() / gradient.norm() for found in (ours, theirs))
        assert error <= max(4 * usual, TOLERANCE), name


def test_dropout_draws_what_the_model_draws():
    model, losses = model_of(encoder_dropout=0.3, example_dropout=0.3), []
    for loss_of in (batch_loss, fused_loss):
        with torch.random.fork_rng():
            torch.manual_seed(1)
            losses.append(loss_of(model, batch_for(model, 7, 9)).item())
    assert losses[0] == pytest.approx(losses[1], rel=TOLERANCE)


def test_the_same_batch_gives_the_same_bits_again_on_one_thread_and_on_two():
    model = model_of()
    batch, n_threads = batch_for(model, 16, 9), torch.get_num_threads()
    try:
        found = []
        for n in (1, 2):
            torch.set_num_threads(n)
            found.append([loss_and_gradients(fused_loss, model, batch) for _ in range(2)])
    finally:
        torch.set_num_threads(n_threads)
    for (loss, gradients), (again, same) in found:
        assert loss == again
        assert all(torch.equal(gradient, same[name]) for name, gradient in gradients.items())
    assert found[0][0][0] == pytest.approx(found[1][0][0], rel=TOLERANCE)


def test_a_weight_that_is_no_number_makes_a_loss_that_is_none():
    model = model_of()
    model.get_parameter("decoder.layers.0.mlp.gate_proj.weight").data[3, 4] = float("nan")
    assert fused_loss(model, batch_for(model, 7, 9)).isnan()


def test_there_is_one_way_back():
    model = model_of()
    loss = fused_loss(model, batch_for(model, 7, 9))
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="compute the loss again"):
        loss.backward()


def test_batches_of_another_kind_are_left_to_the_model():
    model = model_of()
    batch = batch_for(model, 7, 9)
    nothing = Batch(inputs=batch.inputs, labels=torch.full_like(batch.labels, IGNORED_LABEL))
    assert fused_loss(model, nothing).isnan()
    exact = torch.ones(7, model.config.n_shown, dtype=torch.long)
    inputs = {"input_ids": batch.inputs["input_ids"], "numerators": exact, "denominators": exact}
    with_exact = Batch(inputs=inputs, labels=batch.labels)
    assert torch.equal(fused_loss(model, with_exact), batch_loss(model, with_exact))


@pytest.mark.parametrize(
    "changes",
    [
        {"attention_dropout": 0.1},
        {"attention_bias": True},
        {"mlp_bias": True},
        {"hidden_act": "gelu"},
        {"num_key_value_heads": 1},
    ],
)
def test_other_decoders_are_not_fused(changes):
    assert not can_fuse(model_of(**changes))


def test_other_types_are_not_fused():
    assert not can_fuse(model_of().double())
    assert not can_fuse(torch.nn.Linear(2, 2))


def test_a_layer_that_someone_has_replaced_is_not_fused():
    model = model_of()
    attention = model.get_submodule("decoder.layers.1.self_attn")
    attention.q_proj = torch.nn.Sequential(attention.get_submodule("q_proj"))
    assert not can_fuse(model)
