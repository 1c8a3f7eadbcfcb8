"""The kernel that reads infix texts against `grammar.parse_infix`: the same programs, and none besides."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_CHARACTERS, MAX_LEAVES, Grammar, parse_infix, to_infix
from arith_synth.scoring.batch.parsing import parse_texts
from arith_synth.semantics.programs import decode_program


def by_kernel(texts, grammar):
    codes, n_codes = parse_texts(texts, grammar)
    return [decode_program(row, grammar) if n else None for row, n in zip(codes, n_codes, strict=True)]


def by_reader(texts, grammar):
    def read(text):
        try:
            return parse_infix(text.strip(" \t\r\n"), grammar)
        except ParseError:
            return None

    return [read(text) for text in texts]


def sequences(tokens, longest):
    return [" ".join(text) for n in range(longest + 1) for text in itertools.product(tokens, repeat=n)]


def test_every_short_sequence_of_arithmetic_tokens_is_read_alike():
    texts = sequences(["x", "12", "3", "+", "*", "-", "(", ")"], 5)
    read = by_kernel(texts, XY3)
    assert read == by_reader(texts, XY3)
    assert sum(program is not None for program in read) > 100


def test_every_short_sequence_of_calls_is_read_alike():
    texts = sequences(["x", "min", "max", "(", ",", ")", "+"], 5)
    texts += [f"min ( {text}" for text in sequences(["x", "min", "(", ",", ")", "+"], 5)]
    assert by_kernel(texts, XYCOND) == by_reader(texts, XYCOND)


def test_every_short_end_of_a_conditional_is_read_alike():
    ends = sequences(["x", "if", "<", "then", "else", "(", ")", "+"], 4)
    starts = [
        "if x < y",
        "if x < y then 1",
        "( if x < y then 1 else",
        "1 + if x <",
        "min ( if x < y then x else y ,",
        "if",
    ]
    texts = [f"{start} {end}" for start in starts for end in ends]
    read = by_kernel(texts, XYCOND)
    assert read == by_reader(texts, XYCOND)
    assert sum(program is not None for program in read) > 10


WORDS = Grammar(name="words", variables=("x", "x1", "_y", "xx"), constants=(0, 1, 10, 1000000), operators=("+", "min"))


@given(st.lists(st.sampled_from([*WORDS.symbols, "(", ")", ",", " ", "\t", "\n", "x2", "100", "0x", "é"]), max_size=9))
def test_words_and_numbers_go_as_far_as_they_can(tokens):
    texts = ["".join(tokens)]
    assert by_kernel(texts, WORDS) == by_reader(texts, WORDS)


@given(st.lists(st.text(max_size=12), max_size=6))
@settings(max_examples=50)
def test_texts_do_not_run_into_each_other(texts):
    assert by_kernel(texts, XY3) == by_reader(texts, XY3)


@given(expressions(XYCOND, max_leaves=40))
def test_programs_up_to_the_limit_of_leaves_are_read(program):
    text = to_infix(program)
    assert by_kernel([text], XYCOND) == by_reader([text], XYCOND)


@pytest.mark.parametrize(
    "text",
    [
        "1*" * (MAX_LEAVES - 1) + "1",
        "1*" * MAX_LEAVES + "1",
        "(" * 127 + "x" + ")" * 127,
        "(" * 128 + "x" + ")" * 128,
        "(" * 256,
        "x".rjust(MAX_CHARACTERS),
        "x" + "\t" * (MAX_CHARACTERS - 1),
        "\n x \r\n",
        "x\v",
        "x\N{NO-BREAK SPACE}",
        "3x",
        "x 3",
        "1 2",
        "-x",
        "x - -1",
        "+x",
    ],
)
def test_limits_white_space_and_adjacent_tokens_are_read_alike(text):
    assert by_kernel([text], XY3) == by_reader([text], XY3)


def test_what_is_too_long_only_by_its_white_space_is_left_to_the_reader():
    assert by_kernel(["x".rjust(MAX_CHARACTERS + 1)], XY3) == [None]
