"""Functions and conditionals of Python as expressions: read as text, never run."""

import re

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_CHARACTERS, Grammar
from arith_synth.scoring.extraction.lexical import WHITE_SPACE

_FUNCTION = re.compile(r"^([ \t]*)def[ \t]+([A-Za-z_][A-Za-z_0-9]*)[ \t]*\(([^()\n]*)\)([^:\n]*):(.*)$", re.MULTILINE)
_LAMBDA = re.compile(r"^[ \t]*(?:[A-Za-z_][A-Za-z_0-9]*[ \t]*=[ \t]*)?lambda([^:\n]*):(.*)$", re.MULTILINE)
_RETURN = re.compile(r"return(?![A-Za-z_0-9])[ \t]*(.*)")
_TOKEN = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|[0-9]+|[^ \t]")
_TRIPLE_QUOTES = ('"""', "'''")


def python_function(text: str, grammar: Grammar) -> str | None:
    """What the last `def` of `f` (of any name, where none is called so) or the last `lambda` returns.

    Raises ParseError for a function that does more than return one expression, or whose parameters are not the
    grammar's variables in their order.
    """
    functions = list(_FUNCTION.finditer(text))
    named = [match for match in functions if match.group(2) == "f"] or functions
    if named:
        indent, _, parameters, _, beside = named[-1].groups()
        _check_parameters(parameters, grammar)
        return _returned(_body(beside, text[named[-1].end() + 1 :], len(indent)))
    anonymous = list(_LAMBDA.finditer(text))
    if not anonymous:
        return None
    parameters, expression = anonymous[-1].groups()
    _check_parameters(parameters, grammar)
    return expression


def returned(text: str, grammar: Grammar) -> str | None:
    """What one line `return …` returns."""
    match = _RETURN.fullmatch(text)
    return match.group(1) if match else None


def python_conditional(text: str, grammar: Grammar) -> str | None:
    """One line with each `c if a < b else d` as `if a < b then c else d`."""
    if "if" not in grammar.operators or "\n" in text or len(text) > 2 * MAX_CHARACTERS:
        return None
    # What stands in each open parenthesis, since its last comma; the outermost first.
    open_parts: list[list[str]] = [[]]
    finished: list[str] = []  # per open parenthesis, what stands before its last comma
    for token in _TOKEN.findall(text):
        if token == "(":
            open_parts.append([])
            finished.append("")
        elif token == ")" and finished:
            part = _native(open_parts.pop())
            open_parts[-1].append(f"({finished.pop()}{part})")
        elif token == "," and finished:
            finished[-1] += f"{_native(open_parts[-1])}, "
            open_parts[-1] = []
        else:
            open_parts[-1].append(token)
    if finished:
        return None
    native = _native(open_parts[0])
    return native if _TOKEN.findall(native) != _TOKEN.findall(text) else None


def _native(tokens: list[str]) -> str:
    """One operand whose tokens hold no open parenthesis, its conditionals turned round."""
    turned: list[str] = []
    while "if" in tokens[1:] and "then" not in tokens:
        condition = tokens.index("if", 1)
        if "else" not in tokens[condition:]:
            break
        otherwise = tokens.index("else", condition)
        if "if" in tokens[condition + 1 : otherwise]:
            break
        turned += ["if", *tokens[condition + 1 : otherwise], "then", *tokens[:condition], "else"]
        tokens = tokens[otherwise + 1 :]
    return " ".join([*turned, *tokens])


def _check_parameters(parameters: str, grammar: Grammar) -> None:
    names = tuple(part.partition(":")[0].strip(WHITE_SPACE) for part in parameters.split(","))
    if names != grammar.variables and (parameters.strip(WHITE_SPACE) or grammar.variables):
        raise ParseError(f"the parameters of the function are not {', '.join(grammar.variables)}; keep names and order")


def _body(beside: str, below: str, indent: int) -> list[str]:
    """The lines of a function, beside its colon and indented below it, without comments and docstring."""
    lines = [beside]
    for line in below.split("\n"):
        if line.strip(WHITE_SPACE) and len(line) - len(line.lstrip(" \t")) <= indent:
            break
        lines.append(line)
    body = "\n".join(lines).strip(WHITE_SPACE)
    for quotes in _TRIPLE_QUOTES:
        if body.startswith(quotes):
            body = body.removeprefix(quotes).partition(quotes)[2]
    stripped = (line.partition("#")[0].strip(WHITE_SPACE) for line in body.split("\n"))
    return [line for line in stripped if line]


def _returned(lines: list[str]) -> str:
    # As in Python an expression goes on in the next line within parentheses or after a backslash, and only there.
    statement: list[str] = []
    n_open = 0
    for line in lines:
        statement.append(line.removesuffix("\\").rstrip(WHITE_SPACE))
        n_open += line.count("(") - line.count(")")
        if n_open <= 0 and not line.endswith("\\"):
            break
    match = _RETURN.fullmatch(" ".join(statement))
    if match is None or len(statement) < len(lines):
        raise ParseError("the function does more than return one expression; return one expression of the grammar")
    return match.group(1)
