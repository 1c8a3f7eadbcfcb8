"""The text task: names the language, then the examples, and nothing else. Its bytes are part of the data version."""

from collections.abc import Sequence

from arith_synth.grammar.expressions import compose, leaf_expression
from arith_synth.grammar.grammars import Grammar
from arith_synth.grammar.operators import OPERATORS, Operator
from arith_synth.grammar.rendering import to_infix


def signature(grammar: Grammar) -> str:
    """`f(x, y)`."""
    return f"f({', '.join(grammar.variables)})"


def prompt(grammar: Grammar, inputs: Sequence[Sequence[int]], outputs: Sequence[str]) -> str:
    """The prompt for shown examples; inputs int[n][n_variables], outputs exact texts. `completion` follows it."""
    return prompt_head(grammar) + "".join(map(example_line, inputs, outputs)) + f"{signature(grammar)} ="


def completion(program: str) -> str:
    """What follows the prompt: a space and the program."""
    return " " + program


def prompt_head(grammar: Grammar) -> str:
    """The first line: names the language."""
    parts = [*grammar.variables]
    if grammar.constants:
        parts.append(_integers(grammar.constants))
    infix = [symbol for symbol in grammar.operators if OPERATORS[symbol].notation == "infix"]
    if infix:
        parts.append(" ".join(infix))
    parts += [_form(OPERATORS[symbol], grammar) for symbol in grammar.operators if symbol not in infix]
    return f"Find an expression for {signature(grammar)} that uses only {', '.join(parts)} and parentheses.\n"


def example_line(point: Sequence[int], output: str) -> str:
    """`f(5, -7) = -7/3` and a newline."""
    return f"f({', '.join(map(str, point))}) = {output}\n"


def _form(operator: Operator, grammar: Grammar) -> str:
    """`min(a, b)`: the operator's text over names that are no variables of the grammar."""
    names = [name for name in "abcdefghijklmnopqrstuvwxyz" if name not in grammar.variables]
    return to_infix(compose(operator.symbol, *map(leaf_expression, names[: operator.arity])))


def _integers(constants: Sequence[int]) -> str:
    ordered = sorted(constants)
    if len(ordered) == 1:
        return f"the integer {ordered[0]}"
    if ordered == list(range(ordered[0], ordered[-1] + 1)) and len(ordered) > 2:
        return f"the integers {ordered[0]} to {ordered[-1]}"
    return "the integers " + ", ".join(map(str, ordered[:-1])) + f" and {ordered[-1]}"
