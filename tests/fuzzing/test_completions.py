"""Any text is a program or is refused with ParseError: texts that hypothesis makes of what the rules look for."""

import time

from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_CHARACTERS, MAX_LEAVES, Expression, parse_infix, size, to_infix
from arith_synth.scoring.extraction import read_completion
from arith_synth.scoring.extraction.refusals import REFUSALS
from arith_synth.scoring.extraction.rules import RULES

WHITE_SPACE = " \t\r\n"
FRAGMENTS = [
    *(example.text for rule in RULES for example in rule.examples),
    *(refusal.example for refusal in REFUSALS),
    *(need for rule in RULES for need in rule.needs),
    *(
        "x",
        "y",
        "1",
        "(",
        ")",
        "{",
        "}",
        "\\frac{",
        "</think>",
        "\\boxed{",
        "f(x, y) =",
        "\n",
        " ",
        ":",
        "is",
        "if ",
        "<",
    ),
]

texts = (
    st.text(max_size=300)
    | st.text(st.characters(codec=None), max_size=50)  # lone surrogates too
    | st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3) | expressions(XYCOND).map(to_infix), max_size=12).map(
        "".join
    )
)


def read_or_refused(text: str, grammar, strict: bool) -> Expression | None:
    """The program; any exception but ParseError escapes, and its message is checked."""
    started = time.perf_counter()
    reason = None
    try:
        found = read_completion(text, grammar, strict=strict).expression
    except ParseError as error:
        found, reason = None, str(error)
    assert time.perf_counter() - started < 1
    assert reason is None or (reason.isprintable() and len(reason) < 200)
    return found


@given(texts, st.sampled_from([XY3, XYCOND]), st.booleans())
@example("1. x + y", XY3, False)
@example("x \u202e", XY3, True)
@settings(max_examples=400)
def test_any_text_is_a_program_within_the_limits_or_refused(text, grammar, strict):
    found = read_or_refused(text, grammar, strict)
    if found is not None:
        assert size(found) <= MAX_LEAVES
        canonical = to_infix(found)
        # Parentheses and spaces may make it longer than what was written.
        assert len(canonical) > MAX_CHARACTERS or parse_infix(canonical, grammar) == found
    assert read_or_refused(text, grammar, strict) == found


@given(texts, st.sampled_from([XY3, XYCOND]))
@settings(max_examples=200)
def test_rules_change_nothing_that_parses(text, grammar):
    try:
        own = parse_infix(text.strip(WHITE_SPACE), grammar)
    except ParseError:
        assert read_or_refused(text, grammar, strict=True) is None
        return
    read = read_completion(text, grammar)
    assert read.expression == own
    assert read.rule is None


@given(texts, st.sampled_from([XY3, XYCOND]))
@settings(max_examples=200)
def test_every_leaf_that_a_rule_leaves_was_in_the_text(text, grammar):
    for rule in RULES:
        try:
            changed = rule.apply(text, grammar)
        except ParseError:
            continue
        if changed is not None:
            assert all(changed.count(leaf) <= text.count(leaf) for leaf in grammar.leaves)
