"""The parts of the page that are text and tables: verdict, claims, facts, shifts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from arith_synth.markup import Content, Markup, element, table
from arith_synth.splits.audit.report import Claim
from arith_synth.splits.shift.tables import DENSITY_HEADER, NOTE, SHIFT_HEADER, density_rows, shift_row

_LONGEST_FACT = 300
#: How each verdict looks: its class in the style sheet.
_CLASSES = {"holds": "holds", "FAILS": "fails", "skips": "dim"}


def verdict(claims: Sequence[Claim]) -> Markup:
    """How many claims hold, and all that do not."""
    not_vouched_for = [claim for claim in claims if not claim.holds]
    n_unchecked = sum(not claim.is_checked for claim in claims)
    n_failing = len(not_vouched_for) - n_unchecked
    if not claims:
        return element("p", "No claim was checked.", class_="verdict")
    if not not_vouched_for:
        return element("p", f"All {len(claims)} claims hold.", class_="verdict holds")
    counts = [(n_failing, "do not hold"), (n_unchecked, "could not be checked")]
    text = "; ".join(f"{n} of {len(claims)} claims {what}" for n, what in counts if n)
    notices = (
        element("div", element("strong", claim.claim), ": ", claim.detail, class_="notice") for claim in not_vouched_for
    )
    return element("div", element("p", f"{text}.", class_="verdict fails"), notices)


def claims_table(claims: Sequence[Claim]) -> Markup:
    """One row a claim."""
    rows = [
        (
            element("span", claim.verdict, class_=_CLASSES[claim.verdict]),
            element("code", claim.claim),
            claim.detail,
        )
        for claim in claims
    ]
    return table(("", "claim", "what was checked, or found"), rows)


def facts_table(build: Mapping[str, Any]) -> Markup:
    """The entries of build.json but the splits, which have a table of their own; long ones are cut."""
    rows = [(element("code", key), _fact(value)) for key, value in build.items() if key != "configs"]
    return element("div", table(("entry of build.json", "value"), rows), class_="facts")


def splits_table(build: Mapping[str, Any]) -> Content:
    """One row a split: its number of tasks, and how many of each size."""
    configs = build.get("configs")
    if not isinstance(configs, dict):
        return element("p", "build.json lists no configs.", class_="notice")
    rows = []
    for config, splits in configs.items():
        for split, entry in splits.items() if isinstance(splits, dict) else ():
            counts = entry.get("sizes") if isinstance(entry, dict) else None
            sizes = ", ".join(f"{size}: {_count(n)}" for size, n in counts.items()) if isinstance(counts, dict) else "?"
            n = _count(entry.get("n")) if isinstance(entry, dict) else "?"
            rows.append((element("code", f"{config}/{split}"), sizes, n))
    return table(("split", "tasks by size", "tasks"), rows, numbers_from=2)


def shift_section(shift: Mapping[str, Any] | None, config: str) -> Content:
    """The shift report of a config; a remark where it has none or one of another form."""
    if shift is None:
        return element("p", "This folder has no shift report.", class_="dim")
    try:
        entry = shift["configs"][config]
        rows = [[_plain(cell, config) for cell in shift_row(comparison)] for comparison in entry["comparisons"]]
        density = [[_plain(cell, config) for cell in row] for row in density_rows(config, entry)]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return element("p", "The shift report says nothing of this config that can be read.", class_="dim")
    parts: list[Content] = [element("div", table(SHIFT_HEADER, rows, numbers_from=2), class_="shift")]
    if density:
        parts += [
            element("p", "What the regime has, by cells of both spaces:"),
            table(DENSITY_HEADER, density, numbers_from=1),
        ]
    return parts


def shift_note() -> Markup:
    """What the columns of the shift tables mean."""
    return element("p", NOTE.replace("`", ""), class_="dim")


def _fact(value: Any) -> str:
    if isinstance(value, str):
        return value[:_LONGEST_FACT]
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_FACT else f"{text[:_LONGEST_FACT]} …"


def _count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)[:20]


def _plain(cell: str, config: str) -> str:
    """A cell of a Markdown table without its backticks; splits of the section's own config go by their names alone."""
    return cell.replace("`", "").removeprefix(f"{config}/")
