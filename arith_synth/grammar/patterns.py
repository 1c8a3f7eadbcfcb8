"""Named patterns of trees. Each is a rule for the state of a node, tabulated for all operators; state 0 is a leaf's.

"Compound" means: not a leaf. How to write one's own: docs/patterns.md.
"""

from arith_synth.errors import UsageError
from arith_synth.grammar.automata import MAX_STATES, Pattern, tabulate
from arith_synth.grammar.operators import OPERATORS
from arith_synth.names import check_name

#: States 0, 1, 2 stand for Strahler numbers 1, 2 and 3 or more.
STRAHLER = tabulate(
    name="strahler",
    title="Strahler number 3 or more",
    states=("one", "two", "three_or_more"),
    accepting={2},
    rule=lambda _, operands: min(2, max(operands) + (operands.count(max(operands)) >= 2)),
)

#: The second operand of a quotient is its divisor.
DENOMINATOR = tabulate(
    name="denominator",
    title="a compound divisor",
    states=("leaf", "compound", "found"),
    accepting={2},
    rule=lambda operator, operands: 2 if 2 in operands or (operator == "/" and operands[1] != 0) else 1,
)

DIVISIONS = tabulate(
    name="divisions",
    title="two divisions or more",
    states=("none", "one", "two_or_more"),
    accepting={2},
    rule=lambda operator, operands: min(2, sum(operands) + (operator == "/")),
)

#: In either operand and at any depth: `1 / (x + 2 / y)` is in the region.
NESTING = tabulate(
    name="nesting",
    title="a division below a division",
    states=("no_division", "division", "nested"),
    accepting={2},
    rule=lambda operator, operands: min(2, max(operands) + 1) if operator == "/" else max(operands),
)

#: State d - 1 stands for depth d; a leaf has depth 1.
DEPTH = tabulate(
    name="depth",
    title="depth 5 or more",
    states=("one", "two", "three", "four", "five_or_more"),
    accepting={4},
    rule=lambda _, operands: min(4, 1 + max(operands)),
)

#: Outside the region each operation has leaves for all operands but the first: `x + 1 - y` and any other left comb.
SHAPE = tabulate(
    name="shape",
    title="not a left comb",
    states=("leaf", "comb", "found"),
    accepting={2},
    rule=lambda _, operands: 2 if 2 in operands or any(operands[1:]) else 1,
)

PATTERNS: dict[str, Pattern] = {
    pattern.name: pattern for pattern in (STRAHLER, DENOMINATOR, DIVISIONS, NESTING, DEPTH, SHAPE)
}


def pattern_named(name: str) -> Pattern:
    """The named pattern; UnknownNameError when there is none."""
    check_name("pattern", name, PATTERNS)
    return PATTERNS[name]


def shape_pattern(shape: str) -> Pattern:
    """The trees that contain a subtree of exactly this shape, written as `measures.shape` writes it: `((..)(..))`.

    Its name is the shape. Raises UsageError for a text that is no shape, and for a shape that needs more than 8
    states: one for each distinct smaller shape in it, and two for "another shape" and "found".
    """
    smaller = [part for part in _subshapes(shape) if part != shape]
    states = (*smaller, "other", "found")
    if len(states) > MAX_STATES:
        raise UsageError(
            f"shape {shape} holds {len(smaller)} distinct smaller shapes; choose one with at most {MAX_STATES - 2}"
        )
    number_of = {part: number for number, part in enumerate((*smaller, "other", shape))}
    other, found = len(smaller), len(smaller) + 1

    def rule(_: str, operands: tuple[int, ...]) -> int:
        if found in operands:
            return found
        if other in operands:
            return other
        return number_of.get(f"({''.join(states[operand] for operand in operands)})", other)

    return tabulate(name=shape, title=f"contains {shape}", states=states, accepting={found}, rule=rule)


def _subshapes(shape: str) -> list[str]:
    """The distinct shapes of all subtrees, small before large: a leaf's comes first."""
    arities = {operator.arity for operator in OPERATORS.values()}
    refusal = UsageError(
        f"{shape[:40]!r} is no shape of an operation; "
        "write it like ((..).): a dot for a leaf, parentheses for an operator"
    )
    levels: list[list[str]] = [[]]
    found = {"."}
    for character in shape:
        if character == ".":
            levels[-1].append(".")
        elif character == "(":
            levels.append([])
        elif character == ")" and len(levels) > 1:
            operands = levels.pop()
            if len(operands) not in arities:
                raise UsageError(f"shape {shape[:40]!r}: no operator has {len(operands)} operands")
            levels[-1].append(f"({''.join(operands)})")
            found.add(levels[-1][-1])
        else:
            raise refusal
    if levels != [[shape]] or shape == ".":
        raise refusal
    return sorted(found, key=lambda part: (len(part), part))
