"""Patterns of trees as deterministic bottom-up tree automata: data that the enumeration can carry as bit sets."""

from collections.abc import Sequence
from dataclasses import dataclass

from arith_synth.errors import UnknownNameError
from arith_synth.grammar.expressions import Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A deterministic bottom-up tree automaton over binary operators.

    `transitions[operator][left][right]` is the state of a node; the row `"*any*"` serves operators
    without a row of their own. A tree is in the pattern's region when its state is in `accepting`.
    """

    name: str
    title: str
    n_states: int
    leaf_state: int
    transitions: dict[str, tuple[tuple[int, ...], ...]]
    accepting: frozenset[int]

    def table(self, operator: str) -> tuple[tuple[int, ...], ...]:
        """State of a node by the states of its operands: int[n_states][n_states]."""
        return self.transitions.get(operator, self.transitions["*any*"])

    def state_of(self, expression: Expression) -> int:
        """The automaton's state at the root."""

        def step(operator: str, operands: Sequence[int]) -> int:
            return self.table(operator)[operands[0]][operands[1]]

        return expression.fold(lambda _: self.leaf_state, step)

    def accepts(self, expression: Expression) -> bool:
        """Whether the expression lies in the region."""
        return self.state_of(expression) in self.accepting


#: States 0, 1, 2 stand for Strahler numbers 1, 2 and 3 or more.
STRAHLER = Pattern(
    name="strahler",
    title="Strahler number 3 or more",
    n_states=3,
    leaf_state=0,
    transitions={"*any*": ((1, 1, 2), (1, 2, 2), (2, 2, 2))},
    accepting=frozenset({2}),
)

PATTERNS: dict[str, Pattern] = {pattern.name: pattern for pattern in (STRAHLER,)}


def pattern_named(name: str) -> Pattern:
    """The named pattern; UnknownNameError when there is none."""
    if name not in PATTERNS:
        raise UnknownNameError(f"unknown pattern {name!r}; choose one of {', '.join(PATTERNS)}")
    return PATTERNS[name]
