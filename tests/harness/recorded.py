"""Completions that no model wrote, chosen by keyed hashes: right, equal, wrong and unreadable ones in every dress."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arith_synth.scoring import Prediction
from arith_synth.seeding import keyed_hash

_UNICODE = str.maketrans({"*": "×", "/": "÷", "-": "−"})

#: How a right program is said.
DRESSES: tuple[Callable[[str], str], ...] = (
    lambda program: program,
    lambda program: f" {program}\n",
    lambda program: f"({program}) * 1",
    lambda program: f"({program}) + y - y",
    lambda program: f"f(x, y) = {program}",
    lambda program: f"answer: {program}",
    lambda program: f"Let me look at the examples.\nAll of them agree.\n\nanswer: {program}\n",
    lambda program: f"The expression is:\n\n```python\n{program}\n```\nIt fits every example.",
    lambda program: f"```\nf(x, y) = {program}\n```",
    lambda program: program.translate(_UNICODE),
    lambda program: f"\\boxed{{{program}}}",
    lambda program: f"**{program}**",
    lambda program: f"def f(x, y):\n    return {program}",
    lambda program: f"<think>\nf(1, 2) = 3, so x + y?\n</think>\n\n{program}",
    lambda program: f"\r\n\r\n```\r\n{program}\r\n```\r\n",
    lambda program: f"\n\n{program}\n\nf(1, 2) = 3",
)
#: What is wrong for nearly every task, or no program at all.
OTHERS = (
    "x",
    "x + y",
    "x / (x - x)",
    "1 + 2 * (3 - y) / x",
    "",
    "\n",
    "x +",
    "x ** 2",
    "I cannot tell.",
    "x + 4",
    "z",
    "((((x",
    "x\u202e + 1",
    "x\x00",
    "x + y\ud83d",
    "９ + x",
    "7" * 300,
    " + ".join("x" * 33),
    "x + " * 4_000,
    "__import__('os').getcwd()",
    "answer: x\nanswer: y",
    "```\n```",
    "$\\frac{x}{y}$",
)
_SHARES = ("right", "right", "right", "neighbour", "other", "other")


def recorded_completions(rows: Sequence[Mapping[str, Any]], n_samples: int) -> list[Prediction]:
    """n completions for each row, always the same: of the target, of another row's target, or none of these."""

    def pick(of: Sequence[Any], *key: Any) -> Any:
        return of[keyed_hash("recorded", *key) % len(of)]

    def completion(row: Mapping[str, Any], sample: int) -> str:
        key = (row["task_id"], sample)
        kind = pick(_SHARES, "kind", *key)
        if kind == "other":
            return pick(OTHERS, "other", *key)
        program = (row if kind == "right" else pick(rows, "row", *key))["program"]
        return pick(DRESSES, "dress", *key)(program)

    return [
        Prediction(task_id=row["task_id"], completions=tuple(completion(row, sample) for sample in range(n_samples)))
        for row in rows
    ]
