"""The report's tables, as text for the terminal (rich) and as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from arith_synth.report.provenance import provenance_line
from arith_synth.report.results import ARM_TITLES, TEST_TITLES, is_held_out
from arith_synth.scoring import ARMS, EXCLUSIONS, TESTS

HELD_OUT_MARK = "†"
HELD_OUT_NOTE = f"{HELD_OUT_MARK} the arm's training set excludes the region of this test."
INTERVAL_NOTE = "Brackets: 95 % bootstrap intervals over tasks. They say nothing about the spread over training seeds."
COST_NOTE = (
    "The cost is the headline: accuracy of the arm that lifts just this exclusion − accuracy of the arm with both, on "
    "the same tasks. Net cost is a difference in differences: cost on the shifted test − cost on test. All arms have "
    "equally many training tasks, so lifting an exclusion dilutes the rest of a training set and the cost on test can "
    "be negative. An accuracy of 0 is a floor: a cost never exceeds the accuracy of the arm that lifts the exclusion, "
    "but net cost can."
)
LOSS_NOTE = (
    "Training loss: running mean over the last steps, on the arm's own training set. Validation loss: on the split "
    "named beside it; that of the control config also holds the regions that an arm of that config excludes. Neither "
    "loss is comparable across arms; the accuracies on one test are."
)

_TRAINING_COLUMNS = {
    "step": "steps",
    "examples": "tasks seen",
    "seconds": "seconds",
    "loss": "training loss",
    "validation_loss": "validation loss",
    "validation_split": "validation split",
    "n_parameters": "parameters",
    "seed": "seed",
}


def percent(rate: float) -> str:
    """`0.5425` -> `54.2`: a rate in percent, one decimal."""
    return f"{100 * rate:.1f}"


def percent_interval(interval: Sequence[float]) -> str:
    """`[53.0, 55.5]`."""
    return f"[{percent(interval[0])}, {percent(interval[1])}]"


def points(value: float) -> str:
    """`+12.3`: a signed number of percent points, one decimal; zero has no sign."""
    text = f"{value:+.1f}".replace("-", "−")
    return text[1:] if text[1:] == "0.0" else text


def points_interval(interval: Sequence[float]) -> str:
    """`[+10.1, +14.5]`."""
    return f"[{points(interval[0])}, {points(interval[1])}]"


def n_by_test(scores: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The number of tasks of each test, the same for all arms."""
    return {test: scores[ARMS[0]][test]["n"] for test in TESTS}


def accuracy_table(report: Mapping[str, Any]) -> RenderableType:
    """The 4 x 4 table for a terminal of 80 columns: execution accuracy in percent, with interval and n."""
    table = Table(title="Execution accuracy (%)", title_style="bold", show_lines=True)
    table.add_column("training set")
    for test, n in n_by_test(report["scores"]).items():
        table.add_column(f"{TEST_TITLES[test]}\nn = {n}", justify="right", no_wrap=True)
    for arm in ARMS:
        cells = []
        for test in TESTS:
            scores = report["scores"][arm][test]
            mark = HELD_OUT_MARK if is_held_out(arm, test) else ""
            cells.append(f"{percent(scores['execution_accuracy'])}{mark}\n{percent_interval(scores['interval_95'])}")
        table.add_row(ARM_TITLES[arm].replace(" ", "\n"), *cells)
    return Group(table, Text(HELD_OUT_NOTE, style="dim"))


def cost_table(report: Mapping[str, Any]) -> RenderableType:
    """Cost and net cost of each exclusion for a terminal of 80 columns, in percent points, with interval and n."""
    table = Table(title="Cost of each exclusion (percent points)", title_style="bold", show_lines=True)
    table.add_column("exclusion\nand shifted test", no_wrap=True)
    for header in ("cost on the\nshifted test", "cost on test", "net cost"):
        table.add_column(header, justify="right", no_wrap=True)
    for costs in report["costs"]:
        cells = [
            f"{points(costs[name]['cost'])}\n{points_interval(costs[name]['interval_95'])}"
            for name in ("cost", "cost_on_test", "net_cost")
        ]
        table.add_row(f"{costs['exclusion']}\n{costs['shifted_test']} (n = {costs['cost']['n']})", *cells)
    return Group(table, Text(f"{COST_NOTE}\n{INTERVAL_NOTE}", style="dim"))


def markdown_report(report: Mapping[str, Any], figures: Mapping[str, str]) -> str:
    """Provenance, both tables, the budget of each arm and the figures (title -> relative path) as one Markdown page."""
    n_of = n_by_test(report["scores"])
    lines = [
        "# The measured generalization gap",
        "",
        provenance_line(report["provenance"]),
        "",
        "## Execution accuracy (%)",
        "",
    ]
    lines += _markdown_row("training set", *(f"{TEST_TITLES[test]} (n = {n})" for test, n in n_of.items()))
    lines += _markdown_row("---", *["---:"] * len(n_of))
    for arm in ARMS:
        cells = []
        for test in TESTS:
            scores = report["scores"][arm][test]
            mark = HELD_OUT_MARK if is_held_out(arm, test) else ""
            cells.append(f"{percent(scores['execution_accuracy'])}{mark} {percent_interval(scores['interval_95'])}")
        lines += _markdown_row(ARM_TITLES[arm], *cells)
    lines += ["", HELD_OUT_NOTE, INTERVAL_NOTE, "", "## Cost of each exclusion (percent points)", ""]
    lines += _markdown_row("exclusion", "compared with the arm that lifts it", *TESTS, "net cost")
    lines += _markdown_row("---", "---", *["---:"] * (len(TESTS) + 1))
    for costs in report["costs"]:
        cells = [_markdown_cost(costs["by_test"][test], bold=test == costs["shifted_test"]) for test in TESTS]
        lines += _markdown_row(
            costs["exclusion"],
            ARM_TITLES[costs["lifted_arm"]],
            *cells,
            _markdown_cost(costs["net_cost"], bold=True),
        )
    shifted = ", ".join(f"{exclusion.name}: {exclusion.shifted_test}" for exclusion in EXCLUSIONS)
    lines += ["", f"{COST_NOTE} Bold: the shifted test of each exclusion ({shifted}).", "", "## Training", ""]
    lines += _markdown_row("training set", "split", *_TRAINING_COLUMNS.values())
    lines += _markdown_row(
        "---", "---", *("---" if name == "validation_split" else "---:" for name in _TRAINING_COLUMNS)
    )
    for arm in ARMS:
        run = report["training"][arm]
        lines += _markdown_row(ARM_TITLES[arm], run["split"], *(_value(run[name]) for name in _TRAINING_COLUMNS))
    lines += ["", LOSS_NOTE]
    for title, path in figures.items():
        lines += ["", f"![{title}]({path})"]
    return "\n".join(lines) + "\n"


def _markdown_row(*cells: str) -> list[str]:
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"]


def _markdown_cost(costs: Mapping[str, Any], *, bold: bool) -> str:
    value = points(costs["cost"])
    return f"{f'**{value}**' if bold else value} {points_interval(costs['interval_95'])}"


def _value(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
