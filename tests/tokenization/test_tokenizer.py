import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, expressions
from transformers import AutoTokenizer

from arith_synth.grammar import NAMED_GRAMMARS, grammar_named, to_infix, to_prefix
from arith_synth.tokenization import NOTATIONS, SPECIAL_TOKENS, build_tokenizer, vocabulary_of, write_program

TOKENIZER = build_tokenizer(XY3)
TOKENIZERS = {name: build_tokenizer(grammar) for name, grammar in NAMED_GRAMMARS.items()}


def ids_of(text):
    return TOKENIZER(text)["input_ids"]


@pytest.mark.parametrize("name", NAMED_GRAMMARS)
def test_ids_follow_the_order_of_the_grammars_symbols(name):
    grammar = grammar_named(name)
    vocabulary = build_tokenizer(grammar).get_vocab()
    assert sorted(vocabulary, key=vocabulary.get) == [*SPECIAL_TOKENS, *grammar.symbols, *grammar.infix_marks]
    assert vocabulary == vocabulary_of(grammar)


def test_the_ids_of_a_program_are_golden():
    assert ids_of("(x + 1) * y") == [14, 5, 10, 7, 15, 12, 6]
    assert ids_of("* + x 1 y") == [12, 10, 5, 7, 6]


@given(st.sampled_from(list(NAMED_GRAMMARS)), st.sampled_from(NOTATIONS), st.data())
def test_decoding_inverts_encoding_on_programs(name, notation, data):
    tokenizer = TOKENIZERS[name]
    text = write_program(data.draw(expressions(grammar_named(name), max_leaves=12)), notation)
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids) == text
    assert tokenizer.unk_token_id not in ids


@given(expressions(max_leaves=12))
def test_a_prefix_program_is_as_many_tokens_as_its_tree_has_nodes(expression):
    assert len(ids_of(to_prefix(expression))) == len(expression.symbols)


@given(expressions(grammar_named("xy9")))
def test_spaces_do_not_change_the_tokens(expression):
    tokenizer = TOKENIZERS["xy9"]
    text = to_infix(expression)
    assert tokenizer(text.replace(" ", ""))["input_ids"] == tokenizer(text)["input_ids"]


def test_special_tokens_are_dropped_when_asked():
    ids = [4, 4, *ids_of("x + y"), 2, 0]
    assert TOKENIZER.decode(ids, skip_special_tokens=True) == "x + y"


def test_a_symbol_of_another_grammar_is_unknown():
    assert ids_of("x + 7") == [5, 10, 3]


def test_batches_are_padded_on_the_left():
    assert TOKENIZER(["x", "x + 1"], padding=True)["input_ids"] == [[0, 0, 5], [5, 10, 7]]


def test_auto_tokenizer_loads_a_saved_one(tmp_path):
    TOKENIZER.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.get_vocab() == vocabulary_of(XY3)
    assert loaded.decode(loaded("(x + 1) * y")["input_ids"]) == "(x + 1) * y"
    assert (loaded.pad_token, loaded.bos_token, loaded.eos_token) == ("<pad>", "<bos>", "<eos>")
