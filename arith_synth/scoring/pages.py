"""The tables of docs/extraction.md and docs/security.md, made of the code: nothing in them is typed.

python -m arith_synth.scoring.pages docs     writes them into the pages of that folder
"""

import sys
from pathlib import Path

from arith_synth import files
from arith_synth.entry import guarded
from arith_synth.errors import ParseError, UsageError
from arith_synth.files import write_atomically
from arith_synth.grammar import MAX_CHARACTERS, MAX_LEAVES, grammar_named
from arith_synth.scoring import predictions
from arith_synth.scoring.extraction import MAX_COMPLETION_CHARACTERS, read_completion
from arith_synth.scoring.extraction.extracting import MAX_STEPS
from arith_synth.scoring.extraction.refusals import REFUSALS
from arith_synth.scoring.extraction.rule import Example
from arith_synth.scoring.extraction.rules import RULES
from arith_synth.scoring.reasons import reason_kind

COMMAND = "python -m arith_synth.scoring.pages docs"
#: The page of each kind, by the mark of its table.
PAGES = {"rules": "extraction.md", "refusals": "extraction.md", "bounds": "security.md"}
_REFUSALS_GRAMMAR = grammar_named("xy3")
#: More texts that are refused, for the table; their reasons are computed.
_REFUSED_EXAMPLES = ("2x", "x + z", "x \\sqrt{2}", "<think>f(1, 2) = 3", "lambda a, b: a + b", "I do not know.")


def page_with(page: str, name: str) -> str:
    """The page with the named table between its marks. Raises UsageError when the page lacks them."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, has_begin, rest = page.partition(begin)
    _, has_end, after = rest.partition(end)
    if not (has_begin and has_end):
        raise UsageError(f"the page must hold the lines {begin} and {end}, between which a table is written")
    return f"{before}{begin}\n\n{_TABLES[name]()}\n\n{end}{after}"


def rules_section() -> str:
    """Each rule in the order in which it is tried: name, sentence, examples with what they mean."""
    return "\n\n".join(
        f"### {place}. `{rule.name}`\n\n{rule.sentence}\n\n" + "\n\n".join(map(_example, rule.examples))
        for place, rule in enumerate(RULES, start=1)
    )


def refusals_table() -> str:
    """Texts that mean no program, each with its reason as it is counted."""
    texts = (*(refusal.example for refusal in REFUSALS), *_REFUSED_EXAMPLES)
    rows = [f"| `{text}` | {reason_kind(_reason(text))} |" for text in texts]
    return "\n".join(["| completion | reason, as it is counted |", "| --- | --- |", *rows])


def bounds_table() -> str:
    """What is read of a hostile file, and of a completion in it."""
    rows = {
        "a file of JSON lines": f"{files.MAX_FILE_BYTES >> 20:,} MiB",
        "lines in it": f"{files.MAX_LINES:,}",
        "a line": f"{files.MAX_LINE_BYTES >> 20} MiB",
        "a single JSON document": f"{files.MAX_DOCUMENT_BYTES >> 20} MiB",
        "levels of nesting": f"{files.MAX_NESTING}",
        "digits of an integer": f"{files.MAX_INTEGER_DIGITS}",
        "characters of a task id": f"{predictions.MAX_TASK_ID_CHARACTERS}",
        "completions of a task": f"{predictions.MAX_COMPLETIONS:,}",
        "completions in a file": f"{predictions.MAX_COMPLETIONS_IN_FILE:,}",
        "characters of a completion that rules look into": f"{MAX_COMPLETION_CHARACTERS:,}",
        "rules applied to a completion": f"{MAX_STEPS}",
        "characters of a program": f"{MAX_CHARACTERS}",
        "leaves of a program": f"{MAX_LEAVES}",
    }
    return "\n".join(["| what | at most |", "| --- | ---: |", *(f"| {what} | {most} |" for what, most in rows.items())])


_TABLES = {"rules": rules_section, "refusals": refusals_table, "bounds": bounds_table}


def _example(example: Example) -> str:
    grammar = "" if example.grammar == "xy3" else f" in `{example.grammar}`"
    # Tildes, since examples have fences of their own.
    return f"~~~text\n{example.text.strip()}\n~~~\n\nmeans `{example.program}`{grammar}."


def _reason(text: str) -> str:
    try:
        read_completion(text, _REFUSALS_GRAMMAR)
    except ParseError as error:
        return str(error)
    raise AssertionError(f"{text!r} is a program, and no example of a refusal")


def main() -> int:
    """Write the tables into the pages of the folder that is named. Returns the exit status."""

    def action() -> int:
        if len(sys.argv) != 2:
            raise UsageError(f"name the folder of the pages, as in: {COMMAND}")
        for name, file in PAGES.items():
            page = Path(sys.argv[1]) / file
            write_atomically(page, page_with(page.read_text(encoding="utf-8"), name))
        return 0

    return guarded("pages", action)


if __name__ == "__main__":
    sys.exit(main())
