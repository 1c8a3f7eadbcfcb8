"""The formula of FLOPs against the counter of torch."""

import pytest
import torch
from strategies import XY3
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaForCausalLM

from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for, text_config_for
from arith_synth.training.data import Batch
from arith_synth.training.flops import flop_formula
from arith_synth.training.losses import batch_loss

N_TASKS, LENGTH = 4, 10


def multimodal(encoder):
    # Attention written out as matrix products, which the counter can see on a CPU.
    config = config_for("nano", XY3, encoder=encoder, attn_implementation="eager")
    time = config.n_prefix + LENGTH - 1
    ids = torch.full((N_TASKS, time), 5)
    ids[:, : config.n_prefix] = config.example_token_id
    features = torch.randn(N_TASKS, config.n_shown, config.n_example_features)
    return ArithSynthForProgramSynthesis(config), {"input_ids": ids, "features": features}


def text(_):
    config = text_config_for("nano", XY3)
    config._attn_implementation = "eager"
    ids = torch.full((N_TASKS, 120), 5)
    return LlamaForCausalLM(config), {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


@pytest.mark.parametrize(("make", "encoder"), [(multimodal, "positions"), (multimodal, "tokens"), (text, None)])
def test_the_formula_is_close_to_what_is_counted(make, encoder):
    model, inputs = make(encoder)
    batch = Batch(inputs=inputs, labels=torch.full((N_TASKS, LENGTH), 5))
    with FlopCounterMode(display=False) as counter:
        batch_loss(model, batch).backward()
    # The formula has a gradient of the features, which nobody asks for: at most a third of one matrix.
    assert counter.get_total_flops() <= flop_formula(model).of(batch) <= 1.2 * counter.get_total_flops()
