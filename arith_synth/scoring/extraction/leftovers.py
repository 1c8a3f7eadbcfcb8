"""What surrounds an answer and is none: thoughts, and what a model writes after its end."""

import re

from arith_synth.errors import ParseError
from arith_synth.grammar import Grammar

_THOUGHT_NAMES = "think|thinking|thought|reasoning"
_THOUGHT_OPENS = re.compile(rf"[<\[](?:{_THOUGHT_NAMES})[>\]]", re.IGNORECASE | re.ASCII)
_THOUGHT_ENDS = re.compile(
    rf"[<\[]/(?:{_THOUGHT_NAMES})[>\]]|<\|channel\|>[ \t]*final[ \t]*<\|message\|>", re.IGNORECASE | re.ASCII
)
_END_MARK = re.compile(
    r"<\|(?:endoftext|end_of_text|im_end|eot_id|eom_id|end|return)\|>|</s>|<eos>|<end_of_turn>",
    re.IGNORECASE | re.ASCII,
)


def after_thought(text: str, grammar: Grammar) -> str | None:
    """What follows the last thought. Raises ParseError when a thought is begun and not ended."""
    rest = text
    for match in _THOUGHT_ENDS.finditer(text):
        rest = text[match.end() :]
    if opened := _THOUGHT_OPENS.search(rest):
        raise ParseError(f"the thought after {opened.group()!r} never ends; let the model write more tokens")
    return rest


def before_end_mark(text: str, grammar: Grammar) -> str | None:
    """What comes before the first mark of the end."""
    match = _END_MARK.search(text)
    return text[: match.start()] if match else None
