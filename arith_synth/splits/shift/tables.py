"""The shift report as Markdown, for the dataset card and the documents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NOTE = (
    "AUC: of classifiers that tell the two splits by their coordinates, logistic regression / gradient boosting; 0.5 "
    "is no better than chance. MMD²: squared maximum mean discrepancy, unbiased; * when no more than 1 in 20 random "
    "relabelings gives as much. Distance: median distance to train, as a multiple of that of `validation` (against "
    "`train`) or of `test` (against `test`). Sizes, operators: total variation of the histograms. All but the last two "
    "on samples with equal size histograms where the splits have sizes in common (others are marked ‡)."
)
_HEADER = (
    "split", "against", "tasks", "syntactic AUC", "semantic AUC", "syntactic MMD²", "semantic MMD²",
    "syntactic distance", "semantic distance", "tree edit distance", "sizes", "operators",
)  # fmt: skip
_RARE = 0.05
_NOTHING = "–"


def markdown_table(report: Mapping[str, Any]) -> str:
    """One row a comparison of `shift_report`, with a note that explains the columns."""
    rows = [comparison for config in report["configs"].values() for comparison in config["comparisons"]]
    return "\n".join([*_table(_HEADER, 2, [shift_row(row) for row in rows]), "", NOTE]) + "\n"


def markdown_density_table(report: Mapping[str, Any]) -> str:
    """What each density regime really has, one row a split; an empty text where the report has no cells."""
    rows = [row for config, entry in report["configs"].items() for row in density_rows(config, entry)]
    return "\n".join(_table(DENSITY_HEADER, 1, rows)) + "\n" if rows else ""


DENSITY_HEADER = (
    "split", "classes", "effective syntactic cells", "effective semantic cells", "effective joint cells",
    "joint cells with tasks", "of these with a training task", "syntactic distance", "semantic distance",
    "tree edit distance",
)  # fmt: skip
SHIFT_HEADER = _HEADER


def shift_row(comparison: Mapping[str, Any]) -> list[str]:
    """The cells of one comparison, in the order of SHIFT_HEADER."""
    matched = comparison["size_matched"]
    found = matched or comparison["all_sizes"]
    mark = "" if matched else " ‡"
    cells = [f"`{comparison['split']}`", f"`{comparison['against']}`{mark}", f"{comparison['n'][0]:,}"]
    for name in ("auc", "mmd2"):
        for space in ("syntactic", "semantic"):
            cells.append(_measure(found[space], name) if found else _NOTHING)
    for name in ("syntactic_distance", "semantic_distance", "tree_edit_distance"):
        ratio = found["distance_ratio"][name] if found else None
        cells.append(_NOTHING if ratio is None else f"{ratio:.2f}")
    cells += [f"{comparison[name]['total_variation']:.2f}" for name in ("sizes", "operators")]
    return cells


def density_rows(config: str, entry: Mapping[str, Any]) -> Iterator[list[str]]:
    """A row for each split of a density config, in the order of DENSITY_HEADER."""
    distances = {comparison["split"]: comparison["distances_to_train"] for comparison in entry["comparisons"]}
    for split, facts in entry.get("density", {}).get("splits", {}).items():
        trained = entry["density"]["joint_cells"].get(split)
        quartiles = distances.get(f"{config}/{split}") or {}
        yield [
            f"`{config}/{split}`",
            f"{facts['n_classes']:,}",
            *(f"{facts['effective_cells'][axis]:.1f}" for axis in ("syntactic", "semantic", "joint")),
            f"{facts['filled_cells']['joint']:,}",
            f"{trained['trained']:,}" if trained else _NOTHING,
            *(
                f"{quartiles[name][1]:.2f}" if name in quartiles else _NOTHING
                for name in ("syntactic_distance", "semantic_distance", "tree_edit_distance")
            ),
        ]


def _measure(of_space: Mapping[str, Any], name: str) -> str:
    if of_space[name] is None:
        return _NOTHING
    if name == "auc":
        return f"{of_space['auc']['logistic']:.2f} / {of_space['auc']['boosting']:.2f}"
    return f"{of_space['mmd2']:.3f}{'*' if of_space['p'] <= _RARE else ''}"


def _table(header: Sequence[str], n_left: int, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _line(header)
    yield _line(["---"] * n_left + ["---:"] * (len(header) - n_left))
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
