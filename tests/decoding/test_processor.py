import torch
from strategies import XY3, XYCOND

from arith_synth.decoding import GrammarLogitsProcessor, GrammarMask, mask_for
from arith_synth.grammar import parse_infix, parse_prefix
from arith_synth.modeling import text_model_for
from arith_synth.tokenization import build_text_tokenizer, build_tokenizer

N_NEW = 20


def test_beams_end_as_programs(model, examples):
    processor = GrammarLogitsProcessor(mask_for(model.config, N_NEW), model.config.n_prefix)
    tokens = model.generate(
        model.prompt_ids(9),
        max_new_tokens=N_NEW,
        num_beams=4,
        num_return_sequences=4,
        do_sample=False,
        logits_processor=[processor],
        **examples,
    )
    programs = build_tokenizer(XY3).batch_decode(tokens[:, model.config.n_prefix :], skip_special_tokens=True)
    assert len(programs) == 36
    for program in programs:
        parse_prefix(program, XY3)


def test_one_processor_serves_several_calls(model, examples):
    processor = GrammarLogitsProcessor(mask_for(model.config, N_NEW), model.config.n_prefix)
    options = {"max_new_tokens": N_NEW, "do_sample": False, "logits_processor": [processor], **examples}
    first, second = (model.generate(model.prompt_ids(9), **options) for _ in range(2))
    assert torch.equal(first, second)


def test_a_text_model_samples_programs_behind_prompts_of_different_lengths():
    torch.manual_seed(0)
    model = text_model_for("nano", XYCOND, initializer_range=0.3).eval()
    tokenizer = build_text_tokenizer(XYCOND)
    prompts = tokenizer(["f(x, y) =", "f(1, 2) = 3\nf(x, y) ="] * 16, padding=True, return_tensors="pt")
    n_prompt = prompts["input_ids"].shape[1]
    mask = GrammarMask(XYCOND, "infix", max_new_tokens=N_NEW, vocab_size=model.config.vocab_size)
    tokens = model.generate(
        **prompts,
        max_new_tokens=N_NEW,
        do_sample=True,
        top_k=0,
        logits_processor=[GrammarLogitsProcessor(mask, n_prompt)],
    )
    texts = tokenizer.batch_decode(tokens[:, n_prompt:], skip_special_tokens=True)
    assert len(set(texts)) > 5
    for text in texts:
        parse_infix(text, XYCOND)
