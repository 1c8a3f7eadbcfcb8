"""How numbers and names are written on the pages."""

from collections.abc import Sequence
from typing import Any

from arith_synth.markup import Content, Markup, element
from arith_synth.submissions.entries import Entry

_LONGEST_NAME = 32


def percent(rate: float) -> str:
    """A rate 0 to 1 in per cent with one decimal, no unit; it never looks like 0 or 100 when it is neither."""
    text = f"{100 * rate:.1f}"
    if text == "0.0" and rate > 0:
        return "<0.1"
    if text == "100.0" and rate < 1:
        return ">99.9"
    return text


def points(difference: float) -> str:
    """A difference of rates in percentage points, with its sign."""
    text = f"{100 * difference:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def interval(bounds: Sequence[float], write: Any = percent) -> Markup:
    """`[low, high]` in small type, on one line."""
    low, high = bounds
    return element("span", f"[{write(low)}, {write(high)}]", class_="interval")


def scored(value: float, bounds: Sequence[float]) -> Content:
    """A rate with its interval, in per cent."""
    return (element("b", percent(value)), " ", interval(bounds))


def count(number: int) -> str:
    """`2,000`."""
    return f"{number:,}"


def amount(number: int) -> str:
    """A large count in three digits: `0.41 M`."""
    for unit, name in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return str(number)


def label_of(entry: Entry) -> str:
    """An entry in a list of choices: the submission's name, which is unique, and the beginning of the model's."""
    name = entry.model_name
    return f"{entry.name} · {name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + '…'}"
