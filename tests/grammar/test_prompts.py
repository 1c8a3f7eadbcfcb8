"""The prompt's bytes are part of the data version: a change here is a change of the data."""

import hashlib

import pytest

from arith_synth.grammar import Grammar, grammar_named
from arith_synth.grammar.prompts import completion, example_line, prompt, prompt_head, signature

XY3 = grammar_named("xy3")


def test_the_prompt_has_exactly_these_bytes():
    text = prompt(XY3, [(5, -7), (-9, 4), (4, 4)], ["-7/3", "4", "undef"])
    assert text.encode() == (
        b"Find an expression for f(x, y) that uses only x, y, the integers 1 to 3, + - * / and parentheses.\n"
        b"f(5, -7) = -7/3\n"
        b"f(-9, 4) = 4\n"
        b"f(4, 4) = undef\n"
        b"f(x, y) ="
    )


def test_the_completion_is_a_space_and_the_program():
    assert completion("x + 1") == " x + 1"


def test_prompt_heads_of_the_named_grammars_are_frozen():
    heads = "".join(prompt_head(grammar_named(name)) for name in ("xy3", "xy5", "xy9", "xyz3"))
    digest = hashlib.sha256(heads.encode()).hexdigest()
    assert digest == "8b15679a145479558943de6ac858209e826f4d160b70493f289eb8e56c2bb72e"


@pytest.mark.parametrize(
    ("constants", "words"),
    [
        ((1,), "x, the integer 1, + -"),
        ((1, 2), "x, the integers 1 and 2, + -"),
        ((3, 1, 2), "x, the integers 1 to 3, + -"),
        ((0, 1, 10), "x, the integers 0, 1 and 10, + -"),
        ((), "only x, + -"),
    ],
)
def test_the_head_names_the_constants(constants, words):
    assert words in prompt_head(Grammar(name="mine", variables=("x",), constants=constants))


def test_the_head_names_only_the_operators_that_there_are():
    grammar = Grammar(name="mine", variables=("x",), constants=(1,), operators=("+", "/"))
    assert prompt_head(grammar) == "Find an expression for f(x) that uses only x, the integer 1, + / and parentheses.\n"


def test_the_head_shows_how_calls_and_conditionals_are_written():
    assert prompt_head(grammar_named("xycond")) == (
        "Find an expression for f(x, y) that uses only x, y, the integers 1 to 3, "
        "+ - * /, min(a, b), max(a, b), if a < b then c else d and parentheses.\n"
    )


def test_what_stands_for_operands_in_the_head_is_no_variable():
    grammar = Grammar(name="mine", variables=("a", "c"), constants=(), operators=("max", "-"))
    assert prompt_head(grammar) == "Find an expression for f(a, c) that uses only a, c, -, max(b, d) and parentheses.\n"


def test_grammars_of_different_symbols_have_different_heads():
    heads = {prompt_head(grammar_named(name)) for name in ("xy3", "xy5", "xy9", "xyz3", "xycond")}
    assert len(heads) == 5


def test_a_signature_lists_the_variables():
    assert signature(grammar_named("xyz3")) == "f(x, y, z)"


def test_a_prompt_is_its_head_its_lines_and_its_signature():
    lines = example_line((1, 2), "3") + example_line((3, 4), "7")
    assert prompt(XY3, [(1, 2), (3, 4)], ["3", "7"]) == prompt_head(XY3) + lines + "f(x, y) ="
