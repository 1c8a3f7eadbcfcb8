"""Which token may follow which, for each notation: the moves of a pushdown machine that reads what the parser reads.

The machine knows a mode, what the last token was about, and a stack of what is still awaited: operands in prefix
programs; closing parentheses and separators in infix ones. Infix operators need no place on the stack, for any of them
may end where an operand ends: precedence says which tree a text denotes, not whether it denotes one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from arith_synth.errors import UnknownNameError
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS, Operator

END, PADDING = "<eos>", "<pad>"

# The modes. A conditional may begin an OPERAND, not one that must bind tightly: after an infix operator or in a
# comparison it stands in parentheses. After the name of a call comes its '('.
OPERAND, TIGHT_OPERAND, CALLED, AFTER_OPERAND, ENDED = range(5)
N_MODES = 5
OPERAND_MODES = (OPERAND, TIGHT_OPERAND)

#: The top of an empty stack. The other symbols of the stack are numbers from 1 on.
EMPTY = 0


class Situation(NamedTuple):
    """Where a token is read: the mode, and what lies on top of the stack."""

    mode: int
    top: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a token does: the mode after it, by how much the stack grows, what is written on its top (0: nothing)."""

    mode: int
    grows: int = 0
    top: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A symbol of the stack: the token it waits for, what waits next in its place (0: nothing), the mode then."""

    token: str
    following: int
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """The machine of a notation. `awaited` has the symbols from 1 on; None stands for an operand, it has no token."""

    moves: dict[tuple[Situation, str], Move]
    awaited: tuple[Awaited | None, ...]


def moves_of(grammar: Grammar, notation: str) -> Moves:
    """The moves whose words, each up to its `<eos>`, are exactly the texts in `notation` that parse, of any length.

    Raises UnknownNameError for an unknown notation.
    """
    if notation not in _MOVES:
        raise UnknownNameError(f"unknown notation {notation!r}; choose one of {', '.join(_MOVES)}")
    return _MOVES[notation](grammar)


def _prefix_moves(grammar: Grammar) -> Moves:
    """The arity counter: the stack has one symbol, and is as high as operands are awaited after the present one."""
    pending = 1
    moves: dict[tuple[Situation, str], Move] = dict(_endings(n_tops=2))
    for leaf in grammar.leaves:
        moves[Situation(OPERAND, EMPTY), leaf] = Move(mode=AFTER_OPERAND)
        moves[Situation(OPERAND, pending), leaf] = Move(mode=OPERAND, grows=-1)
    for symbol in grammar.operators:
        n_more = OPERATORS[symbol].arity - 1
        for top in (EMPTY, pending):
            moves[Situation(OPERAND, top), symbol] = Move(mode=OPERAND, grows=n_more, top=pending if n_more else 0)
    return Moves(moves=moves, awaited=(None,))


def _infix_moves(grammar: Grammar) -> Moves:
    closing = 1
    awaited: list[Awaited] = [Awaited(token=")", following=EMPTY, mode=AFTER_OPERAND)]
    first: dict[str, int] = {}  # what waits first after the name of a call or a conditional
    operators = [OPERATORS[symbol] for symbol in grammar.operators]
    for operator in operators:
        if operator.notation != "infix":
            first[operator.symbol] = len(awaited) + 1 if operator.separators else closing
            awaited.extend(_separators(operator, len(awaited) + 1, closing))
    moves: dict[tuple[Situation, str], Move] = dict(_endings(n_tops=len(awaited) + 1))
    for top in range(len(awaited) + 1):
        for mode in OPERAND_MODES:
            for leaf in grammar.leaves:
                moves[Situation(mode, top), leaf] = Move(mode=AFTER_OPERAND)
            moves[Situation(mode, top), "("] = Move(mode=OPERAND, grows=1, top=closing)
        moves[Situation(CALLED, top), "("] = Move(mode=OPERAND)
        for operator in operators:
            symbol = operator.symbol
            if operator.notation == "infix":
                moves[Situation(AFTER_OPERAND, top), symbol] = Move(mode=TIGHT_OPERAND)
            elif operator.notation == "call":
                for mode in OPERAND_MODES:
                    moves[Situation(mode, top), symbol] = Move(mode=CALLED, grows=1, top=first[symbol])
            else:
                moves[Situation(OPERAND, top), symbol] = Move(mode=TIGHT_OPERAND, grows=1, top=first[symbol])
    for top, symbol in enumerate(awaited, start=1):
        grows = 0 if symbol.following else -1
        move = Move(mode=symbol.mode, grows=grows, top=symbol.following)
        moves[Situation(AFTER_OPERAND, top), symbol.token] = move
    return Moves(moves=moves, awaited=tuple(awaited))


def _separators(operator: Operator, start: int, closing: int) -> Iterator[Awaited]:
    """The separators of a call or conditional; `start` is the number of the first one."""
    last = closing if operator.notation == "call" else EMPTY
    n = len(operator.separators)
    for place, token in enumerate(operator.separators):
        following = start + place + 1 if place + 1 < n else last
        yield Awaited(token=token, following=following, mode=TIGHT_OPERAND if token == "<" else OPERAND)


def _endings(n_tops: int) -> Iterator[tuple[tuple[Situation, str], Move]]:
    yield (Situation(AFTER_OPERAND, EMPTY), END), Move(mode=ENDED)
    for top in range(n_tops):
        yield (Situation(ENDED, top), PADDING), Move(mode=ENDED)


_MOVES: dict[str, Callable[[Grammar], Moves]] = {"prefix": _prefix_moves, "infix": _infix_moves}
