"""Deterministic bottom-up tree automata as data: what the enumeration carries as bit sets of states."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from arith_synth.errors import UsageError
from arith_synth.grammar.expressions import Expression
from arith_synth.grammar.operators import OPERATORS

#: A set of states is one byte in the enumeration.
MAX_STATES = 8
#: The row that serves every binary operator without a row of its own.
ANY = "any"

#: States nested by arity: `table[left][right]` for a binary operator.
Table = int | tuple["Table", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A set of trees: those to whose root a deterministic bottom-up tree automaton gives an accepting state.

    States are numbers, named by `states`. Each leaf has `leaf_state`. The state of a node is
    `transitions[operator][first operand's state][second operand's state]…`, one level of nesting an operand; the row
    `"any"` serves binary operators without a row of their own.

    Raises UsageError for an automaton that makes no sense: none or more than 8 states, a name twice, no accepting
    state, a row of another shape than its operator's arity asks for.
    """

    name: str
    title: str
    states: tuple[str, ...]
    leaf_state: int
    accepting: frozenset[int]
    transitions: Mapping[str, Table] = field(hash=False)

    def __post_init__(self) -> None:
        if not self.name or not self.name.isprintable() or set(self.name) & set(" /,"):
            raise UsageError(f"{self.name!r} is no name of a pattern; use letters, digits and _")
        if not 1 <= self.n_states <= MAX_STATES:
            raise UsageError(
                f"pattern {self.name!r} has {self.n_states} states; at most {MAX_STATES} fit, and one is needed"
            )
        if len(set(self.states)) < self.n_states:
            raise UsageError(f"pattern {self.name!r} lists a state twice; give each its own name")
        if not {self.leaf_state, *self.accepting} <= set(range(self.n_states)):
            raise UsageError(f"pattern {self.name!r}: leaf and accepting states must be within 0..{self.n_states - 1}")
        if not self.accepting:
            raise UsageError(f"pattern {self.name!r} has no accepting state, so nothing lies in it; name one")
        for operator, table in self.transitions.items():
            self._check_table(operator, table)

    @property
    def n_states(self) -> int:
        """Number of states."""
        return len(self.states)

    def table(self, operator: str) -> Table:
        """State of a node by the states of its operands: int[n_states]…[n_states], one axis an operand.

        Raises UsageError when the pattern has no row for the operator.
        """
        if operator in self.transitions:
            return self.transitions[operator]
        arity = _arity(self.name, operator)
        if arity == 2 and ANY in self.transitions:
            return self.transitions[ANY]
        raise UsageError(
            f"pattern {self.name!r} has no row for {operator!r} (arity {arity}); add one to its transitions"
        )

    def flat_table(self, operator: str) -> tuple[int, ...]:
        """The table in row-major order, the first operand's state most significant: n_states ** arity states."""
        flat = _flattened(self.table(operator), _arity(self.name, operator), self.n_states)
        assert flat is not None  # as was checked at birth
        return tuple(flat)

    def can_accept(self, operators: Sequence[str]) -> bool:
        """Whether any expression over these operators lies in the region.

        Raises UsageError when the pattern has no row for one of them.
        """
        tables = {operator: self.flat_table(operator) for operator in operators}
        reached: set[int] = set()
        more = {self.leaf_state}
        while more - reached:
            reached |= more
            more = {
                tables[operator][self._place(operands)]
                for operator in operators
                for operands in itertools.product(sorted(reached), repeat=_arity(self.name, operator))
            }
        return bool(reached & self.accepting)

    def _place(self, operands: Sequence[int]) -> int:
        place = 0
        for state in operands:
            place = place * self.n_states + state
        return place

    def state_of(self, expression: Expression) -> int:
        """The automaton's state at the root."""

        def step(operator: str, operands: Sequence[int]) -> int:
            entry = self.table(operator)
            for state in operands:
                entry = entry[state]  # pyright: ignore[reportIndexIssue]
            return entry  # pyright: ignore[reportReturnType]

        return expression.fold(lambda _: self.leaf_state, step)

    def accepts(self, expression: Expression) -> bool:
        """Whether the expression lies in the region."""
        return self.state_of(expression) in self.accepting

    def _check_table(self, operator: str, table: Table) -> None:
        arity = _arity(self.name, operator)
        flat = _flattened(table, arity, self.n_states)
        if flat is None:
            raise UsageError(
                f"pattern {self.name!r}, row {operator!r}: nest lists of {self.n_states} entries, one a state, "
                f"exactly {arity} deep, one level an operand"
            )
        for state in flat:
            if not 0 <= state < self.n_states:
                raise UsageError(
                    f"pattern {self.name!r}, row {operator!r}: {state} is no state; use 0..{self.n_states - 1}"
                )


def tabulate(
    *,
    name: str,
    title: str,
    states: tuple[str, ...],
    accepting: set[int],
    rule: Callable[[str, tuple[int, ...]], int],
) -> Pattern:
    """The pattern whose nodes have state `rule(operator, states of the operands)`, and whose leaves have state 0."""

    def table(operator: str, operands: tuple[int, ...]) -> Table:
        if len(operands) == OPERATORS[operator].arity:
            return rule(operator, operands)
        return tuple(table(operator, (*operands, state)) for state in range(len(states)))

    return Pattern(
        name=name,
        title=title,
        states=states,
        leaf_state=0,
        accepting=frozenset(accepting),
        transitions={operator: table(operator, ()) for operator in OPERATORS},
    )


def _arity(name: str, operator: str) -> int:
    if operator == ANY:
        return 2
    if operator not in OPERATORS:
        raise UsageError(f"pattern {name!r}: unknown operator {operator!r}; use {ANY} or some of {' '.join(OPERATORS)}")
    return OPERATORS[operator].arity


def _flattened(table: Table, depth: int, width: int) -> list[int] | None:
    """The states of a table in row-major order; None unless it is nested `depth` deep in tuples of `width` entries."""
    if isinstance(table, int):
        return [table] if depth == 0 else None
    if depth == 0 or len(table) != width:
        return None
    flat: list[int] = []
    for entry in table:
        part = _flattened(entry, depth - 1, width)
        if part is None:
            return None
        flat += part
    return flat
