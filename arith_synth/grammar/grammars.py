"""Grammars as data, and the named ones."""

from dataclasses import dataclass

from arith_synth.errors import GrammarError
from arith_synth.grammar.operators import OPERATORS, RESERVED_WORDS
from arith_synth.names import check_name

#: A symbol's code is one byte, and 0 is padding.
MAX_SYMBOLS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Expressions over `variables`, the integer `constants` and `operators`, without unary minus.

    The order of `symbols` (variables, constants, operators) fixes symbol codes and token ids.
    """

    name: str
    variables: tuple[str, ...]
    constants: tuple[int, ...]
    operators: tuple[str, ...] = ("+", "-", "*", "/")

    def __post_init__(self) -> None:
        for variable in self.variables:
            if not (variable.isascii() and variable.isidentifier()):
                raise GrammarError(
                    f"grammar {self.name!r}: variable {variable!r} is not an ASCII identifier; rename it"
                )
            if variable in RESERVED_WORDS:
                raise GrammarError(
                    f"grammar {self.name!r}: variable {variable!r} is a word of the notation; call it something else"
                )
        for operator in self.operators:
            if operator not in OPERATORS:
                raise GrammarError(
                    f"grammar {self.name!r}: unknown operator {operator!r}; use some of {' '.join(OPERATORS)}"
                )
        for constant in self.constants:
            if not isinstance(constant, int) or isinstance(constant, bool):
                raise GrammarError(
                    f"grammar {self.name!r}: constant {constant!r} is not an integer; write one without point or quotes"
                )
            if not 0 <= constant <= 1_000_000:
                raise GrammarError(
                    f"grammar {self.name!r}: constant {constant} is not within 0..1000000; choose a smaller one"
                )
        if not self.leaves:
            raise GrammarError(f"grammar {self.name!r} has no leaf; give it a variable or a constant")
        if not self.operators:
            raise GrammarError(f"grammar {self.name!r} has no operator; give it some of {' '.join(OPERATORS)}")
        if len(self.symbols) > MAX_SYMBOLS:
            raise GrammarError(
                f"grammar {self.name!r} has {len(self.symbols)} symbols; at most {MAX_SYMBOLS} have codes"
            )
        if len(set(self.symbols)) < len(self.symbols):
            raise GrammarError(
                f"grammar {self.name!r} lists a symbol twice; each variable, constant and operator stands once"
            )

    @property
    def leaves(self) -> tuple[str, ...]:
        """Variables, then constants, as text."""
        return self.variables + tuple(str(constant) for constant in self.constants)

    @property
    def symbols(self) -> tuple[str, ...]:
        """All terminal symbols but the marks of infix texts: leaves, then operators."""
        return self.leaves + self.operators

    @property
    def infix_marks(self) -> tuple[str, ...]:
        """What infix texts have besides symbols: parentheses, then the separators of the operators that there are."""
        separators = (separator for symbol in self.operators for separator in OPERATORS[symbol].separators)
        return ("(", ")", *dict.fromkeys(separators))


NAMED_GRAMMARS: dict[str, Grammar] = {
    grammar.name: grammar
    for grammar in (
        Grammar(name="xy3", variables=("x", "y"), constants=(1, 2, 3)),
        Grammar(name="xy5", variables=("x", "y"), constants=tuple(range(1, 6))),
        Grammar(name="xy9", variables=("x", "y"), constants=tuple(range(1, 10))),
        Grammar(name="xyz3", variables=("x", "y", "z"), constants=(1, 2, 3)),
        Grammar(
            name="xycond",
            variables=("x", "y"),
            constants=(1, 2, 3),
            operators=("+", "-", "*", "/", "min", "max", "if"),
        ),
    )
}


def grammar_named(name: str) -> Grammar:
    """The named grammar; GrammarError with the nearest name when there is none."""
    check_name("grammar", name, NAMED_GRAMMARS, error=GrammarError)
    return NAMED_GRAMMARS[name]
