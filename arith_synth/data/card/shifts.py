"""What the card says of how far splits are apart, from `shift_report.json`, to two decimals at most."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arith_synth.data.card.markdown import table
from arith_synth.splits.shift.tables import DENSITY_HEADER, SHIFT_HEADER, density_rows, shift_row

#: What a card has room for; the report has more.
_COLUMNS = (
    "split", "against", "syntactic AUC", "semantic AUC", "syntactic distance", "semantic distance", "operators"
)  # fmt: skip
_DENSITY_COLUMNS = (
    "split", "effective syntactic cells", "effective semantic cells", "effective joint cells",
    "syntactic distance", "semantic distance",
)  # fmt: skip
_NOTE = (
    "AUC: how well classifiers tell the two splits by their coordinates, logistic regression / gradient boosting; 0.5 "
    "is no better than chance. Distance: median distance to `train`, as a multiple of that of `validation` (against "
    "`train`) or of `test` (against `test`). Operators: total variation of the histograms, 0 for equal ones. "
    "All but the last on samples with equal size histograms, where the two splits have sizes in common (others are "
    "marked ‡). `shift_report.json` holds more."
)
_DENSITY_NOTE = (
    "What each density regime really has. Effective cells: the exponential of the entropy of the tasks over cells. "
    "Distance: median distance to the config's `train`. Where heavy cells hold few classes, regimes differ along the "
    "other axis too: look at both columns of effective cells before two are compared, and quote `_mild` beside."
)
_VALIDATION = "/validation"


def shift_tables(report: Mapping[str, Any], configs: Sequence[str]) -> str:
    """Markdown: a row for each test, and for each arm against the shifted one; then what density regimes have.

    `configs`: the order of their rows. An empty text for a report that has none.
    """
    measured = [(config, report["configs"][config]) for config in configs if config in report["configs"]]
    rows = [row for _, entry in measured for row in _shift_rows(entry)]
    if not rows:
        return ""
    parts = [_NOTE, table(_COLUMNS, rows, n_left=2)]
    density = [row for config, entry in measured for row in density_rows(config, entry) if _VALIDATION not in row[0]]
    if density:
        parts += [_DENSITY_NOTE, table(_DENSITY_COLUMNS, _chosen(density, DENSITY_HEADER, _DENSITY_COLUMNS))]
    return "\n\n".join(parts)


def _shift_rows(entry: Mapping[str, Any]) -> Iterator[list[str]]:
    shown = [one for one in entry["comparisons"] if not (one["split"].endswith(_VALIDATION) or _are_the_same(one))]
    rows = _chosen([shift_row(comparison) for comparison in shown], SHIFT_HEADER, _COLUMNS)
    for comparison, row in zip(shown, rows, strict=True):
        config, _, against = comparison["against"].partition("/")
        if comparison["split"].startswith(f"{config}/"):  # the config need not stand twice
            row[1] = row[1].replace(comparison["against"], against)
        else:
            row[1] = row[1].replace(f"`{comparison['against']}`", "shifted arm")
        yield [cell.replace(" / ", "\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}") for cell in row]


def _are_the_same(comparison: Mapping[str, Any]) -> bool:
    """Whether both splits hold the same classes, as the tests of `input_shift` do: nothing is shifted then."""
    return comparison["n"] == [comparison["n_shared_classes"]] * 2


def _chosen(rows: Sequence[Sequence[str]], header: Sequence[str], columns: Sequence[str]) -> list[list[str]]:
    places = [header.index(name) for name in columns]
    return [[row[place] for place in places] for row in rows]
