"""No completion takes long, nests too deep for the reader, or gets a raw control character into a reason."""

import random
import sys
import time

import pytest
from strategies import XY3, XYCOND

from arith_synth.errors import ParseError
from arith_synth.scoring.extraction import MAX_COMPLETION_CHARACTERS, read_completion
from arith_synth.scoring.extraction.rules import RULES

#: What the rules look for, repeated until the completion is full: their most expensive texts.
PIECES = [
    *(
        "`",
        "```",
        "```\n",
        "*",
        "**",
        "**a",
        "_",
        "$",
        "$$",
        "$a\n",
        "\\(",
        "\\[",
        "\\",
        "\\\\",
        "\\\\(",
        "\\frac",
        "\\frac{",
    ),
    *("\\boxed{", "\\text{", "(", "[", "{", "}", "<think>", "</think>", "<answer>", "</s>", "answer:", "answer is "),
    *("answer:\n", "answer ** ", "expression:", "f(x,y)=", "f(x, y) =\n", "f  (", "def f(x, y):", "lambda x, y:"),
    *("def f(x, y):\n  return x\n", "return ", "x", "x\n", "x + ", "x, ", "1.", ". ", "; ", '"', "'", "“", "#", "a="),
    *("min(", "if ", "if(", "x if x < y else ", "if x < y then ", "×", "х", "a b ", " ", "\n", "\r\n", "\t", "\x00"),
    *("\u202e", "\ud800", "'''", "^", "//", "x\n\n", "`a`\n", "<", "<|", "]", "-", ","),
]
# Some 30 ms where measured; an accident with a pattern would take seconds.
MAX_SECONDS = 1.0


def assert_quick(text: str) -> None:
    assert len(text) <= MAX_COMPLETION_CHARACTERS
    for grammar in (XY3, XYCOND):
        reason = "none"
        started = time.perf_counter()
        try:
            read_completion(text, grammar)
        except ParseError as error:
            reason = str(error)
        assert time.perf_counter() - started < MAX_SECONDS
        assert reason.isprintable()
        assert len(reason) < 200


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_a_completion_full_of_one_piece_is_read_at_once(piece):
    for before in ("", "Answer: ", "```\n"):
        for after in ("", "!", "\n!"):
            text = before + piece * (MAX_COMPLETION_CHARACTERS // len(piece))
            assert_quick(text[: MAX_COMPLETION_CHARACTERS - 2] + after)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_a_completion_of_mixed_pieces_is_read_at_once(seed):
    chooser = random.Random(f"hostile completions/{seed}")
    for _ in range(20):
        pieces = chooser.sample(PIECES, chooser.randint(2, 4))
        text = "".join(chooser.choices(pieces, k=MAX_COMPLETION_CHARACTERS // 2))
        assert_quick(text[:MAX_COMPLETION_CHARACTERS])


@pytest.mark.parametrize("strict", [False, True])
def test_a_longer_completion_is_not_looked_into(strict):
    text = "x" + "\n" * MAX_COMPLETION_CHARACTERS
    with pytest.raises(ParseError, match=f"has {len(text)} characters; at most {MAX_COMPLETION_CHARACTERS}"):
        read_completion(text, XY3, strict=strict)
    assert read_completion(text[:-1], XY3).rule is None


def test_reading_does_not_recurse():
    limit = sys.getrecursionlimit()
    frame, here = sys._getframe(), 0
    while frame is not None:
        frame, here = frame.f_back, here + 1
    read_completion("$x$", XYCOND)  # patterns are compiled once, and compiling does recurse
    try:
        sys.setrecursionlimit(here + 25)
        for opening, closing in (("{", "}"), ("(", ")"), ("\\frac{", "}{2}"), ("(1 if x < ", " else 2)")):
            for text in (opening * 20 + "x" + closing * 20, opening * 2000 + "x" + closing * 2000):
                try:
                    read_completion(text, XYCOND)
                except ParseError:
                    continue
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e", "\u2066", "\ud800", "\u2028", "\x85"], ids=ascii)
def test_reasons_show_no_raw_control_or_bidi_character(character):
    for text in (f"x {character} y", f"Answer: x {character}", f"\\{character}", f"def f(x{character}, y): return x"):
        for strict in (False, True):
            with pytest.raises(ParseError) as caught:
                read_completion(text, XY3, strict=strict)
            assert str(caught.value).isprintable()


def test_homoglyphs_and_digits_of_other_scripts_are_no_program():
    for text in ("х", "у + 1", "１", "x + ٣", "ｘ", "x ⅟ 2", "½"):  # Cyrillic, full-width and Arabic ones
        with pytest.raises(ParseError):
            read_completion(text, XY3)


def test_a_rule_never_gives_back_more_than_it_takes():
    for rule in RULES:
        for piece in PIECES:
            text = (piece * 200)[:600].strip()
            try:
                changed = rule.apply(text, XYCOND)
            except ParseError:
                continue
            assert changed is None or len(changed) <= 2 * len(text)
