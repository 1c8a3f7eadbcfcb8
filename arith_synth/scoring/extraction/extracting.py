"""The rules applied, one after another, to a text that is no program."""

from arith_synth.errors import ParseError
from arith_synth.grammar import Expression, Grammar, parse_infix
from arith_synth.scoring.extraction.lexical import WHITE_SPACE
from arith_synth.scoring.extraction.refusals import refusal_of
from arith_synth.scoring.extraction.rule import Rule
from arith_synth.scoring.extraction.rules import RULES

#: So many rules are applied at most, each once, and each to what the one before it left.
MAX_STEPS = 8


def extracted(text: str, grammar: Grammar) -> tuple[Expression, str]:
    """The program that the rules find in a text that is none, and the rules' names joined by " + ".

    The first rule of the table that applies makes another text, and so on, until that is a program. Raises ParseError
    with the reason when no program is found.
    """
    used: list[Rule] = []
    while len(used) < MAX_STEPS:
        step = _first_step(text, grammar, used)
        if step is None:
            break
        rule, text = step
        used.append(rule)
        expression = _parsed(text, grammar)
        if expression is not None:
            return expression, " + ".join(rule.name for rule in used)
    raise refusal_of(text, grammar, placed=any(rule.places for rule in used))


def _first_step(text: str, grammar: Grammar, used: list[Rule]) -> tuple[Rule, str] | None:
    """The first rule not yet used that changes the text, and what it makes of it."""
    lowered = text.lower()
    for rule in RULES:
        if rule in used or not any(need in lowered for need in rule.needs):
            continue
        changed = rule.apply(text, grammar)
        if changed is not None and (changed := changed.strip(WHITE_SPACE)) != text:
            return rule, changed
    return None


def _parsed(text: str, grammar: Grammar) -> Expression | None:
    try:
        return parse_infix(text, grammar)
    except ParseError:
        return None
