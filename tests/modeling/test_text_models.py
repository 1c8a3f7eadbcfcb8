import json

import pytest
import torch
from strategies import XY3, XYCOND
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from arith_synth.errors import CheckpointError, UnknownNameError, UsageError
from arith_synth.grammar import MAX_CHARACTERS, NAMED_GRAMMARS, grammar_named
from arith_synth.grammar.prompts import completion, prompt
from arith_synth.modeling import (
    PRESETS,
    ArithSynthConfig,
    ArithSynthForProgramSynthesis,
    config_for,
    family_of,
    grammar_of,
    text_config_for,
    text_model_for,
)
from arith_synth.tokenization import (
    MAX_TEXT_TOKENS,
    build_text_tokenizer,
    build_tokenizer,
    text_vocabulary_of,
    vocabulary_of,
)

TOKENIZER = build_text_tokenizer(XY3)
#: Of unequal length in tokens.
PROMPTS = [
    prompt(XY3, [(5, -7), (4, 6)][:n_shown], ["-123456/777", "8"][:n_shown])
    for n_shown in (2, 0, 1)
]  # fmt: skip
#: Ids that end or pad a row: rows of one batch are compared to their ends only if they have none.
SUPPRESSED = [0, 2]


def preset_text_model():
    return text_model_for("nano", XY3, num_hidden_layers=1)


def tiny_llama():
    config = LlamaConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return LlamaForCausalLM(config)


def tiny_gpt2():
    config = GPT2Config(
        vocab_size=len(TOKENIZER), n_embd=32, n_layer=2, n_head=4, pad_token_id=0, bos_token_id=1, eos_token_id=2
    )
    return GPT2LMHeadModel(config)


@pytest.fixture(scope="module", params=[preset_text_model, tiny_llama, tiny_gpt2], ids=lambda make: make.__name__)
def model(request):
    torch.manual_seed(0)
    model = request.param()
    with torch.no_grad():
        for weight in model.parameters():  # at their initial size all logits are nearly alike
            weight.mul_(3)
    return model.eval()


@torch.no_grad()
def test_a_left_padded_batch_has_the_logits_of_its_rows(model):
    batch = TOKENIZER(PROMPTS, padding=True, return_tensors="pt")
    mask = batch["attention_mask"]
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    logits = model(**batch, position_ids=positions).logits
    for row, text in enumerate(PROMPTS):
        single = TOKENIZER([text], return_tensors="pt")
        torch.testing.assert_close(logits[row][mask[row] == 1], model(**single).logits[0], rtol=1e-4, atol=1e-4)


def test_generating_for_a_left_padded_batch_gives_the_tokens_of_its_rows(model):
    settings = {"max_new_tokens": 8, "do_sample": False, "suppress_tokens": SUPPRESSED}
    batch = TOKENIZER(PROMPTS, padding=True, return_tensors="pt")
    n_prompt = batch["input_ids"].shape[1]
    together = model.generate(**batch, **settings)[:, n_prompt:]
    for row, text in enumerate(PROMPTS):
        single = TOKENIZER([text], return_tensors="pt")
        alone = model.generate(**single, **settings)[0, single["input_ids"].shape[1] :]
        assert together[row].tolist() == alone.tolist()


def test_prompts_of_the_padding_tests_are_unequal():
    assert len({len(ids) for ids in TOKENIZER(PROMPTS)["input_ids"]}) == len(PROMPTS)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_text_model_has_the_decoder_of_its_preset(preset):
    text, multimodal = text_config_for(preset, XY3), config_for(preset, XY3)
    for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "initializer_range"):
        assert getattr(text, name) == getattr(multimodal, name)
    assert type(text) is LlamaConfig
    assert text.vocab_size == len(text_vocabulary_of(XY3))


def test_nano_is_as_small_as_its_name_says():
    assert sum(parameter.numel() for parameter in text_model_for("nano", XYCOND).parameters()) <= 500_000


@pytest.mark.parametrize("name", NAMED_GRAMMARS)
def test_the_longest_prompts_and_programs_fit(name):
    grammar = grammar_named(name)
    largest = -(2**63)
    text = prompt(grammar, [(-99,) * len(grammar.variables)] * 16, [f"{largest}/{-largest - 1}"] * 16)
    assert len(build_text_tokenizer(grammar)(text)["input_ids"]) + MAX_CHARACTERS <= MAX_TEXT_TOKENS


def test_tokenizers_name_the_positions_of_their_models(tmp_path):
    for family, tokenizer, config in (
        ("multimodal", build_tokenizer(XY3), config_for("nano", XY3)),
        ("text", build_text_tokenizer(XY3), text_config_for("nano", XY3)),
    ):
        assert tokenizer.model_max_length == config.max_position_embeddings
        tokenizer.save_pretrained(tmp_path / family)
        config.save_pretrained(tmp_path / family)
        assert AutoTokenizer.from_pretrained(tmp_path / family).model_max_length == config.max_position_embeddings


def test_a_text_of_more_tokens_than_positions_is_not_cut():
    text = " + ".join(["1"] * 1_000)
    for tokenizer in (build_tokenizer(XY3), build_text_tokenizer(XY3)):
        assert len(tokenizer(text)["input_ids"]) == 1_999


def test_a_saved_text_model_is_loaded_by_transformers_alone(tmp_path):
    torch.manual_seed(0)
    model = text_model_for("nano", XYCOND).eval()
    model.save_pretrained(tmp_path)
    build_text_tokenizer(XYCOND).save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").exists()
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "llama"

    loaded, tokenizer = AutoModelForCausalLM.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    assert type(loaded) is LlamaForCausalLM
    assert grammar_of(loaded.config) == XYCOND
    assert tokenizer.get_vocab() == text_vocabulary_of(XYCOND)  # not that of Llama, whatever the config says
    question = prompt(XYCOND, [(5, -7)], ["-7/3"])
    ids = tokenizer([question], return_tensors="pt")
    assert tokenizer.decode(ids["input_ids"][0]) == question
    settings = {"max_new_tokens": 6, "do_sample": False}
    assert torch.equal(loaded.generate(**ids, **settings), model.generate(**ids, **settings))


def test_one_step_on_a_completion_lowers_its_loss():
    torch.manual_seed(0)
    model = text_model_for("nano", XY3)
    ids = TOKENIZER([PROMPTS[0] + completion("x * (y + 1)") + "<eos>"], return_tensors="pt")
    n_prompt = len(TOKENIZER(PROMPTS[0])["input_ids"])
    labels = ids["input_ids"].clone()
    labels[:, :n_prompt] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    before = model(**ids, labels=labels).loss
    before.backward()
    optimizer.step()
    assert model(**ids, labels=labels).loss < before


def test_configs_tell_family_and_grammar():
    assert family_of(config_for("nano", XYCOND)) == "multimodal"
    assert family_of(text_config_for("nano", XYCOND)) == "text"
    assert family_of(GPT2Config()) == "third-party"
    assert grammar_of(config_for("nano", XYCOND)) == grammar_of(text_config_for("nano", XYCOND)) == XYCOND


@pytest.mark.parametrize("config", [GPT2Config(), ArithSynthConfig()], ids=["gpt2", "arith_synth"])
def test_a_config_without_a_grammar_is_refused(config):
    with pytest.raises(UsageError, match="names no grammar"):
        grammar_of(config)


GRAMMAR = text_config_for("nano", XY3).arith_synth["grammar"]


@pytest.mark.parametrize(
    "damaged",
    [
        "xy3",
        {"name": "xy3"},
        {**GRAMMAR, "variables": "xy"},
        {**GRAMMAR, "variables": [1, 2]},
        {**GRAMMAR, "operators": ["+", "^"]},
        {**GRAMMAR, "name": None},
    ],
)
def test_a_config_with_a_damaged_grammar_is_refused(damaged):
    config = LlamaConfig(arith_synth={"family": "text", "grammar": damaged})
    with pytest.raises(CheckpointError, match="grammar"):
        grammar_of(config)


def test_an_unknown_field_or_preset_is_named():
    with pytest.raises(UsageError, match="n_prefix"):
        text_config_for("nano", XY3, n_prefix=2)
    with pytest.raises(UnknownNameError, match="nanoo"):
        text_config_for("nanoo", XY3)


def test_a_multimodal_model_writes_infix_of_a_grammar_with_conditionals():
    torch.manual_seed(0)
    model = ArithSynthForProgramSynthesis(config_for("nano", XYCOND, notation="infix")).eval()
    tokenizer = build_tokenizer(XYCOND)
    assert model.config.vocab_size == len(tokenizer) == len(vocabulary_of(XYCOND))
    program = "if min(x, 2) < y then x * (y + 1) else 3"
    ids = tokenizer(program)["input_ids"]
    assert tokenizer.decode(ids) == program
    assert max(ids) < model.config.vocab_size
    outputs = {"numerators": torch.arange(16)[None], "denominators": torch.ones(1, 16, dtype=torch.long)}
    answer = torch.tensor([[*ids, tokenizer.eos_token_id]])
    sequence = torch.cat([model.prompt_ids(1), answer], dim=1)
    labels = sequence.masked_fill(sequence == model.config.example_token_id, -100)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(40):
        optimizer.zero_grad()
        model(sequence, labels=labels, **outputs).loss.backward()
        optimizer.step()
    written = model.generate(model.prompt_ids(1), max_new_tokens=24, do_sample=False, **outputs)
    assert tokenizer.decode(written[0, model.config.n_prefix :], skip_special_tokens=True) == program
