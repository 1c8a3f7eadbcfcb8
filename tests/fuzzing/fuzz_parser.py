"""Fuzzes the reading of completions: any text is a program or is refused with ParseError."""

from driver import check_message, fuzz, instrumented

with instrumented():
    from arith_synth.errors import ParseError
    from arith_synth.grammar import MAX_CHARACTERS, MAX_LEAVES, grammar_named, parse_infix, parse_prefix, size, to_infix
    from arith_synth.scoring.extraction import read_completion
    from arith_synth.scoring.extraction.refusals import REFUSALS
    from arith_synth.scoring.extraction.rules import RULES

GRAMMARS = [grammar_named(name) for name in ("xy3", "xycond")]
SEEDS = [
    *(example.text.encode() for rule in RULES for example in rule.examples),
    *(refusal.example.encode() for refusal in REFUSALS),
    *(b"((x))", b"x-(1/(y))", b"if x < y then min(x, 1) else max(2, y)", b"+ x y", b"\x00\xff\xed\xa0\x80"),
    # Several rules at once.
    "<think>?</think>**Final answer:** $f(x, y) = \\dfrac{x × 2}{y}$.".encode(),
    b"So:\n```python\ndef f(x, y):\n    return (x + 1 if x < y else y)  # ok\n```",
]


def one_input(data: bytes) -> None:
    """Any text: refused by its reason, or a program within the limits whose own text means it."""
    text = data.decode("utf-8", "surrogateescape")
    grammar = GRAMMARS[len(data) % len(GRAMMARS)]
    own = None
    try:
        own = parse_infix(text.strip(" \t\r\n"), grammar)
    except ParseError as error:
        check_message(error)
    for strict in (True, False):
        try:
            read = read_completion(text, grammar, strict=strict)
        except ParseError as error:
            check_message(error)
            assert own is None
            continue
        canonical = to_infix(read.expression)
        # A text means itself, in both modes.
        assert (read.rule is None) == (own is not None)
        assert own is None or read.expression == own
        assert own is not None or not strict
        assert size(read.expression) <= MAX_LEAVES
        assert len(canonical) > MAX_CHARACTERS or parse_infix(canonical, grammar) == read.expression
    try:
        parse_prefix(text, grammar)
    except ParseError as error:
        check_message(error)


if __name__ == "__main__":
    fuzz(one_input, SEEDS)
