import pytest
from hypothesis import given
from strategies import XY3, expressions
from transformers import AutoTokenizer

from arith_synth.grammar import grammar_named, to_infix, to_prefix
from arith_synth.tokenization import SPECIAL_TOKENS, build_tokenizer, vocabulary_of

TOKENIZER = build_tokenizer(XY3)

#: Ids of every saved model of xy3. Changing one is a new data version.
GOLDEN_IDS = {
    "<pad>": 0, "<bos>": 1, "<eos>": 2, "<unk>": 3, "<example>": 4,
    "x": 5, "y": 6, "1": 7, "2": 8, "3": 9,
    "+": 10, "-": 11, "*": 12, "/": 13,
    "(": 14, ")": 15,
}  # fmt: skip


def ids_of(text):
    return TOKENIZER(text)["input_ids"]


def test_the_ids_of_xy3_are_those_of_every_saved_model():
    assert TOKENIZER.get_vocab() == GOLDEN_IDS


@pytest.mark.parametrize("name", ["xy3", "xy5", "xy9", "xyz3"])
def test_ids_follow_the_order_of_the_grammars_symbols(name):
    grammar = grammar_named(name)
    vocabulary = build_tokenizer(grammar).get_vocab()
    assert sorted(vocabulary, key=vocabulary.get) == [*SPECIAL_TOKENS, *grammar.symbols, "(", ")"]
    assert vocabulary == vocabulary_of(grammar)


def test_the_ids_of_a_program_are_golden():
    assert ids_of("(x + 1) * y") == [14, 5, 10, 7, 15, 12, 6]
    assert ids_of("* + x 1 y") == [12, 10, 5, 7, 6]


@given(expressions(max_leaves=12))
def test_decoding_inverts_encoding_on_canonical_infix(expression):
    text = to_infix(expression)
    assert TOKENIZER.decode(ids_of(text)) == text


@given(expressions(max_leaves=12))
def test_decoding_inverts_encoding_on_prefix_programs(expression):
    text = to_prefix(expression)
    assert TOKENIZER.decode(ids_of(text)) == text


@given(expressions(max_leaves=12))
def test_a_prefix_program_is_as_many_tokens_as_its_tree_has_nodes(expression):
    assert len(ids_of(to_prefix(expression))) == len(expression.symbols)


@given(expressions(grammar_named("xy9")))
def test_spaces_do_not_change_the_tokens(expression):
    tokenizer = build_tokenizer(grammar_named("xy9"))
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
    assert loaded.get_vocab() == GOLDEN_IDS
    assert loaded.decode(loaded("(x + 1) * y")["input_ids"]) == "(x + 1) * y"
    assert (loaded.pad_token, loaded.bos_token, loaded.eos_token) == ("<pad>", "<bos>", "<eos>")
