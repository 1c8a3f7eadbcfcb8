"""Reading programs. The texts are hostile: no recursion, no `eval`, bounded length, one-line errors."""

import re

from arith_synth.errors import ParseError
from arith_synth.grammar.expressions import Expression
from arith_synth.grammar.grammars import Grammar
from arith_synth.grammar.operators import OPERATORS

#: A completion that is longer is not parsed at all.
MAX_CHARACTERS = 256
MAX_LEAVES = 32

_TOKEN = re.compile(r"[ \t]*(?:([A-Za-z_][A-Za-z_0-9]*|[0-9]+)|([^ \t]))")


def parse_infix(text: str, grammar: Grammar) -> Expression:
    """The expression that an infix text denotes.

    Spaces and superfluous parentheses are free. Raises ParseError for any other deviation, for a text
    of more than `MAX_CHARACTERS` characters and for a program of more than `MAX_LEAVES` leaves.
    """
    tokens = _tokens(text, grammar)
    # Shunting-yard. Finished operands are lists in *reversed* prefix order, so that joining is appending.
    operands: list[list[str]] = []
    operators: list[str] = []

    def reduce_top() -> None:
        symbol = operators.pop()
        right = operands.pop()
        right.extend(operands.pop())
        right.append(symbol)
        operands.append(right)

    expect_operand = True
    for token in tokens:
        if token == "(":
            if not expect_operand:
                raise ParseError("an operator is missing before '('")
            operators.append(token)
        elif token == ")":
            if expect_operand:
                raise ParseError("an operand is missing before ')'")
            while operators and operators[-1] != "(":
                reduce_top()
            if not operators:
                raise ParseError("')' closes nothing; remove it")
            operators.pop()
        elif token in OPERATORS:
            if expect_operand:
                if token in "+-":
                    raise ParseError(
                        f"unary {token!r} is not in grammar {grammar.name}; write a difference, as in '1 - x'"
                    )
                raise ParseError(f"an operand is missing before {token!r}")
            precedence = OPERATORS[token].precedence
            while operators and operators[-1] != "(" and OPERATORS[operators[-1]].precedence >= precedence:
                reduce_top()
            operators.append(token)
            expect_operand = True
        else:
            if not expect_operand:
                raise ParseError(f"an operator is missing before {token!r}")
            operands.append([token])
            expect_operand = False
    if expect_operand:
        raise ParseError("an operand is missing at the end")
    while operators:
        if operators[-1] == "(":
            raise ParseError("a '(' is never closed")
        reduce_top()
    return _checked(operands[0][::-1])


def parse_prefix(text: str, grammar: Grammar) -> Expression:
    """The expression that a prefix text (symbols between spaces) denotes; ParseError as `parse_infix`."""
    _check_length(text)
    symbols = text.split(" ") if text else []
    for symbol in symbols:
        if symbol not in grammar.symbols:
            raise ParseError(
                f"{symbol[:20]!r} is not a symbol of grammar {grammar.name}; use {' '.join(grammar.symbols)}"
            )
    return _checked(symbols)


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise ParseError(f"the program has {len(text)} characters; at most {MAX_CHARACTERS} are read")


def _checked(symbols: list[str]) -> Expression:
    n_leaves = sum(symbol not in OPERATORS for symbol in symbols)
    if n_leaves > MAX_LEAVES:
        raise ParseError(f"the program has {n_leaves} leaves; at most {MAX_LEAVES} are allowed")
    return Expression(tuple(symbols))


def _tokens(text: str, grammar: Grammar) -> list[str]:
    _check_length(text)
    tokens: list[str] = []
    position = 0
    stripped = text.rstrip(" \t")
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        assert match is not None  # the second alternative takes any character
        word, other = match.groups()
        if word is not None and word not in grammar.leaves:
            raise ParseError(
                f"{word[:20]!r} is not in grammar {grammar.name}; its leaves are {' '.join(grammar.leaves)}"
            )
        if other is not None and other not in grammar.operators and other not in "()":
            raise ParseError(f"{other!r} at character {match.start(2) + 1} is not in grammar {grammar.name}")
        tokens.append(match.group().lstrip(" \t"))
        position = match.end()
    return tokens
