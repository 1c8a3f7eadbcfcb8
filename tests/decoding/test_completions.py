import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, expressions

from arith_synth.decoding import CompletionReader
from arith_synth.errors import ParseError
from arith_synth.grammar import parse_infix, parse_prefix, to_infix
from arith_synth.modeling import config_for
from arith_synth.tokenization import build_tokenizer, write_program

TOKENIZER = build_tokenizer(XY3)
EOS = 2


def read(ids, notation="prefix"):
    return CompletionReader(config_for("nano", XY3, notation=notation)).read(torch.tensor([[ids]]))[0][0]


@given(expressions(), st.sampled_from(["prefix", "infix"]))
def test_a_program_is_read_as_canonical_infix_up_to_its_end(expression, notation):
    ids = TOKENIZER(write_program(expression, notation))["input_ids"]
    assert read([*ids, EOS, 7, 7], notation) == to_infix(expression)


@given(st.lists(st.integers(0, 15), min_size=1, max_size=12), st.sampled_from(["prefix", "infix"]))
def test_tokens_that_are_no_program_never_parse(ids, notation):
    text = read(ids, notation)
    program = TOKENIZER.decode(ids[: ids.index(EOS)] if EOS in ids else ids)
    try:
        (parse_prefix if notation == "prefix" else parse_infix)(program, XY3)
    except ParseError:
        with pytest.raises(ParseError):
            parse_infix(text, XY3)


def test_infix_from_a_prefix_model_does_not_count():
    text = read([*TOKENIZER("x + 1")["input_ids"], EOS])
    assert text == "<prefix> x + 1"
    with pytest.raises(ParseError):
        parse_infix(text, XY3)


def test_an_empty_completion_is_no_program():
    assert read([EOS]) == "<prefix> "
