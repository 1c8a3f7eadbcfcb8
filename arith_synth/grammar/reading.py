"""The infix reader: a shunting-yard that takes one token after another, and never recurses."""

from dataclasses import dataclass

from arith_synth.errors import ParseError
from arith_synth.grammar.grammars import Grammar
from arith_synth.grammar.operators import OPERATORS, SEPARATORS, Operator


@dataclass(slots=True)
class _Open:
    """Something not yet finished: an operator (None: a parenthesis) and its operands before the present one."""

    operator: Operator | None
    n_before: int = 0

    def is_infix(self, precedence: int) -> bool:
        """Whether it is an infix operator that binds at least so tightly."""
        operator = self.operator
        return operator is not None and operator.notation == "infix" and operator.precedence >= precedence

    def is_last_branch(self) -> bool:
        """Whether it is a conditional after `else`, which ends with its last operand."""
        operator = self.operator
        return operator is not None and operator.notation == "conditional" and self.n_before == operator.arity - 1


class InfixReader:
    """Takes the tokens of one text in turn: symbols of the grammar and its `infix_marks`.

    Finished operands are lists in *reversed* prefix order, so that joining is appending.
    """

    def __init__(self, grammar: Grammar):
        self._grammar = grammar
        self._operands: list[list[str]] = []
        self._open: list[_Open] = []
        self._expects_operand = True
        self._called: str | None = None  # the operator whose '(' must come next

    def take(self, token: str) -> None:
        """Read one token; ParseError when it cannot stand here."""
        if self._called is not None:
            if token != "(":
                raise ParseError(f"'(' is missing after {self._called!r}; write {self._called}(a, b)")
            self._called = None
            return
        operator = OPERATORS.get(token)
        if operator is not None and operator.notation == "infix":
            self._take_infix(operator)
        elif token == ")":
            self._take_closing()
        elif token in SEPARATORS:
            self._take_separator(token)
        elif not self._expects_operand:
            raise ParseError(f"an operator is missing before {token!r}")
        elif token == "(":
            self._open.append(_Open(None))
        elif operator is not None:
            self._take_prefixed(operator)
        else:
            self._operands.append([token])
            self._expects_operand = False

    def finish(self) -> list[str]:
        """The program's symbols in prefix order; ParseError when the text ends too early."""
        if self._called is not None:
            raise ParseError(f"'(' is missing after {self._called!r}; write {self._called}(a, b)")
        self._require_operand("at the end")
        self._finish_operand()
        if self._open:
            raise ParseError(self._missing("at the end"))
        return self._operands[0][::-1]

    def _take_infix(self, operator: Operator) -> None:
        if self._expects_operand and operator.symbol in "+-":
            raise ParseError(
                f"unary {operator.symbol!r} is not in grammar {self._grammar.name}; write a difference, as in '1 - x'"
            )
        self._require_operand(f"before {operator.symbol!r}")
        while self._open and self._open[-1].is_infix(operator.precedence):
            self._join()
        self._open.append(_Open(operator))
        self._expects_operand = True

    def _take_prefixed(self, operator: Operator) -> None:
        if operator.notation == "call":
            self._called = operator.symbol
        elif self._open:
            around = self._open[-1]
            after = self._text_before(around)
            # As rendering has it: an operand of an infix operator or of a comparison binds tighter than a conditional.
            if around.is_infix(0) or after in (operator.symbol, "<"):
                raise ParseError(f"{operator.symbol!r} cannot follow {after!r}; put the conditional in parentheses")
        self._open.append(_Open(operator))

    def _take_separator(self, token: str) -> None:
        self._require_operand(f"before {token!r}")
        self._finish_operand()
        around = self._open[-1] if self._open else _Open(None)
        if around.operator is None:
            raise ParseError(f"{token!r} is out of place; write min(a, b) and if a < b then c else d")
        if around.n_before == around.operator.arity - 1:
            raise ParseError(f"{around.operator.symbol!r} takes {around.operator.arity} operands; remove the rest")
        if token != around.operator.separators[around.n_before]:
            raise ParseError(self._missing(f"before {token!r}"))
        around.n_before += 1
        self._expects_operand = True

    def _take_closing(self) -> None:
        self._require_operand("before ')'")
        self._finish_operand()
        if not self._open:
            raise ParseError("')' closes nothing; remove it")
        around = self._open[-1]
        if around.operator is None:
            self._open.pop()
        elif around.n_before < around.operator.arity - 1:
            raise ParseError(self._missing("before ')'"))
        else:
            self._join()

    def _require_operand(self, place: str) -> None:
        if self._expects_operand:
            raise ParseError(f"an operand is missing {place}")

    def _finish_operand(self) -> None:
        """Join what ends where an operand ends: infix operators and conditionals after `else`."""
        while self._open and (self._open[-1].is_infix(0) or self._open[-1].is_last_branch()):
            self._join()

    def _join(self) -> None:
        operator = self._open.pop().operator
        assert operator is not None
        joined = self._operands[-1]
        for operand in self._operands[-2 : -operator.arity - 1 : -1]:
            joined.extend(operand)
        joined.append(operator.symbol)
        self._operands[-operator.arity :] = [joined]

    def _missing(self, place: str) -> str:
        """What the innermost open thing still needs, a parenthesis last."""
        around = self._open[-1]
        if around.operator is None or around.n_before == around.operator.arity - 1:
            return "a '(' is never closed"
        return f"{around.operator.separators[around.n_before]!r} is missing {place}"

    @staticmethod
    def _text_before(around: _Open) -> str:
        """The token that the present operand follows."""
        if around.operator is None:
            return "("
        return around.operator.separators[around.n_before - 1] if around.n_before else around.operator.symbol
