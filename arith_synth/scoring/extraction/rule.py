"""What a rule of extraction is."""

from collections.abc import Callable
from dataclasses import dataclass

from arith_synth.grammar import Grammar


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A completion and the program that it means in a grammar."""

    text: str
    program: str
    grammar: str = "xy3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way in which a completion differs from a program.

    `apply` gives what is left of the text once the rule is heeded, None where it does not apply; it may raise
    ParseError when the text can mean no program. It is asked only when one of `needs`, in small letters, stands in the
    text in any case. `places`: the rule says where the program stands, so that what is there is refused for its own
    reason. `sentence` says what is done, for people.
    """

    name: str
    sentence: str
    examples: tuple[Example, ...]
    apply: Callable[[str, Grammar], str | None]
    needs: tuple[str, ...]
    places: bool = True
