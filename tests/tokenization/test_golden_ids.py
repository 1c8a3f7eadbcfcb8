"""Token ids are part of every saved model. Changing one is a new data version."""

import pytest

from arith_synth.grammar import NAMED_GRAMMARS, grammar_named
from arith_synth.grammar.prompts import prompt
from arith_synth.tokenization import build_text_tokenizer, build_tokenizer

#: The tokens of each named grammar in the order of their ids: those of programs, then the words and marks of prompts.
SPECIAL = "<pad> <bos> <eos> <unk> <example>"
PROGRAMS = {
    "xy3": f"{SPECIAL} x y 1 2 3 + - * / ( )",
    "xy5": f"{SPECIAL} x y 1 2 3 4 5 + - * / ( )",
    "xy9": f"{SPECIAL} x y 1 2 3 4 5 6 7 8 9 + - * / ( )",
    "xyz3": f"{SPECIAL} x y z 1 2 3 + - * / ( )",
    "xycond": f"{SPECIAL} x y 1 2 3 + - * / min max if ( ) , < then else",
}
BEFORE = ["Find", "an", "expression", "for", "f"]
BETWEEN = ["that", "uses", "only", "the", "integers", "to"]
AFTER = ["and", "parentheses", ".", "\nf(", ") =", "\n", "=", "undef"]
PROMPTS = {
    "xy3": [*BEFORE, ",", *BETWEEN, *AFTER],
    "xy5": [*BEFORE, ",", *BETWEEN, *AFTER],
    "xy9": [*BEFORE, ",", *BETWEEN, *AFTER],
    "xyz3": [*BEFORE, ",", *BETWEEN, *AFTER],
    "xycond": [*BEFORE, *BETWEEN, "a", "b", "c", "d", *AFTER],
}
#: Pieces that begin a number and pieces that continue one; the former but for the constants of the grammar.
STARTS = [str(number) for number in range(100)]
CONTINUED = [f"##{digit}" for digit in range(10)] + [f"##{tens}{ones}" for tens in range(10) for ones in range(10)]
#: Line by line.
GOLDEN_PROMPT = [
    224, 225, 226, 227, 228, 14, 5, 229, 6, 15, 230, 231, 232, 5, 229, 6, 229, 233, 234, 7, 235, 9, 229, 10, 11, 12, 13,
    236, 237, 238,
    239, 18, 229, 11, 120, 240, 11, 120, 223, 116,
    239, 11, 117, 229, 22, 240, 25, 157,
    239, 5, 229, 6, 240,
]  # fmt: skip


def tokens_in_order(tokenizer):
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.get), sorted(vocabulary.values())


def test_every_named_grammar_is_pinned():
    assert set(PROGRAMS) == set(PROMPTS) == set(NAMED_GRAMMARS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_ids_of_the_small_tokenizer_are_golden(name):
    tokens, ids = tokens_in_order(build_tokenizer(grammar_named(name)))
    assert tokens == PROGRAMS[name].split()
    assert ids == list(range(len(tokens)))


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_ids_of_the_text_tokenizer_are_golden(name):
    tokens, ids = tokens_in_order(build_text_tokenizer(grammar_named(name)))
    programs = PROGRAMS[name].split()
    starts = [start for start in STARTS if start not in programs]
    assert tokens == [*programs, *starts, *CONTINUED, "##/", *PROMPTS[name]]
    assert ids == list(range(len(tokens)))


def test_the_ids_of_a_prompt_are_golden():
    text = prompt(grammar_named("xy3"), [(5, -7), (-4, 9)], ["-7/3", "1234"])
    assert build_text_tokenizer(grammar_named("xy3"))(text)["input_ids"] == GOLDEN_PROMPT
