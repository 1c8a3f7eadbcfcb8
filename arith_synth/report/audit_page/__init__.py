"""One self-contained HTML page about a dataset folder: what the audit found, and what the splits look like.

Whatever comes from the folder is taken for hostile: it is escaped, cut where it is long, and nothing on the page is
loaded from anywhere. A file that cannot be read becomes a notice, so that a damaged folder has a page too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from arith_synth.files import write_atomically
from arith_synth.markup import Content, Markup, element, page, picture
from arith_synth.progress import Progress
from arith_synth.report.audit_page.contamination_figure import contamination_picture, leaking_pairs, shared_matrix
from arith_synth.report.audit_page.histograms_figure import WIDTH as HISTOGRAMS_WIDTH
from arith_synth.report.audit_page.histograms_figure import histograms_picture
from arith_synth.report.audit_page.reading import (
    corpus_points,
    lines_of,
    operators_of,
    read_config,
    read_json_object,
    region_title,
)
from arith_synth.report.audit_page.sections import (
    claims_table,
    facts_table,
    shift_note,
    shift_section,
    splits_table,
    verdict,
)
from arith_synth.report.audit_page.spaces_figure import WIDTH as SPACES_WIDTH
from arith_synth.report.audit_page.spaces_figure import spaces_picture
from arith_synth.report.audit_page.style import STYLE
from arith_synth.splits.audit.report import Claim
from arith_synth.splits.shift import SHIFT_REPORT_FILE
from arith_synth.splits.shift.report import published_configs

__all__ = ["write_html"]

_TITLE = "Audit of an arith-synth dataset"
_SECTIONS = {
    "claims": "Claims",
    "facts": "The dataset",
    "spaces": "Both spaces, config by config",
    "distributions": "Sizes, operators, distances and shifts",
    "contamination": "Classes that splits share",
}


def write_html(folder: Path | str, claims: Sequence[Claim], path: Path | str, progress: Progress | None = None) -> None:
    """Write the page about `folder` to `path`; `claims` are what the audit of it returned.

    The shift report and the contamination matrix are those of the folder. Raises MissingExtraError when there is no
    matplotlib, before anything is written; OSError passes through.
    """
    folder = Path(folder)
    build = read_json_object(folder / "build.json") or {}
    shift = read_json_object(folder / SHIFT_REPORT_FILE)
    spaces, distributions = _configs(folder, build, shift, progress)
    contents = element("ul", (element("li", element("a", title, href=f"#{name}")) for name, title in _SECTIONS.items()))
    all_splits = element("details", element("summary", "All splits"), splits_table(build))
    body: list[Content] = [
        element("header", element("h1", _TITLE), _about(build), verdict(claims)),
        element("nav", contents, aria_label="contents"),
        _section("claims", claims_table(claims)),
        _section("facts", facts_table(build), all_splits),
        _section("spaces", _spaces_remark(), element("div", spaces, class_="cards")),
        _section("distributions", shift_note(), distributions),
        _section("contamination", _contamination(folder)),
    ]
    write_atomically(path, page(_TITLE, STYLE, *body))


def _section(name: str, *content: Content) -> Markup:
    return element("section", element("h2", _SECTIONS[name]), *content, id=name)


def _about(build: Mapping[str, Any]) -> Markup:
    grammar = build.get("grammar")
    name = grammar.get("name") if isinstance(grammar, dict) else "?"
    return element(
        "p",
        f"Grammar {str(name)[:60]}, max_size {str(build.get('max_size', '?'))[:10]}, ",
        f"data version {str(build.get('data_version', '?'))[:20]}, {_number(build.get('n_classes'))} classes.",
    )


def _spaces_remark() -> Markup:
    return element(
        "p",
        "Grey: how many classes of the corpus lie there, on a logarithmic scale. Coloured: samples of the splits. "
        "Axes: the first two of 16 coordinates, the semantic ones stretched around zero; classes far from all others "
        "lie outside of the picture. Blue lines: ends of a region or of its gap, where it is an interval of a "
        "coordinate that is drawn; a region of forms, as Strahler number 3 or more, has no end in the picture.",
        class_="dim",
    )


def _configs(
    folder: Path, build: Mapping[str, Any], shift: Mapping[str, Any] | None, progress: Progress | None
) -> tuple[list[Content], list[Content]]:
    """Cards with the spaces, and sections with the distributions, one of each a config."""
    corpus = corpus_points(folder)
    operators = operators_of(build)
    cards: list[Content] = []
    sections: list[Content] = []
    configs = _in_order(published_configs(folder), build)
    for number, (config, names) in enumerate(configs.items()):
        if progress is not None:
            progress("drawing", number, len(configs))
        splits, problems = read_config(folder, config, names, operators)
        heading = element("h3", config, id=f"config-{config}")
        notices = [element("div", problem, class_="notice") for problem in problems]
        if splits:
            cards.append(_card(config, spaces_picture(splits, corpus, lines_of(build, config)), [*splits], build))
            drawn = histograms_picture(splits, operators)
            alt = f"{config}: histograms of sizes and operators, and distributions of distances to train, by split"
            sections.append(
                [
                    heading,
                    *notices,
                    element("figure", picture(drawn, alt, HISTOGRAMS_WIDTH)),
                    shift_section(shift, config),
                ]
            )
        else:
            sections.append([heading, *notices])
    if progress is not None:
        progress("drawing", len(configs), len(configs))
    if not configs:
        cards.append(element("p", "The folder has no splits that can be read.", class_="notice"))
    return cards, sections


def _card(config: str, source: str, names: list[str], build: Mapping[str, Any]) -> Markup:
    alt = f"{config}: the first two coordinates of {', '.join(names)} over the corpus, in both spaces"
    title = element("strong", element("a", config, href=f"#config-{config}"))
    held_out = region_title(build, config)
    caption = element("figcaption", title, f". {held_out}" if held_out else None)
    return element("figure", caption, picture(source, alt, SPACES_WIDTH))


def _in_order(found: dict[str, list[str]], build: Mapping[str, Any]) -> dict[str, list[str]]:
    """Configs and splits in the order of publication; those that build.json does not know come last."""
    configs = build.get("configs")
    known = configs if isinstance(configs, dict) else {}

    def placed(names: Sequence[str], order: Any) -> list[str]:
        first = [name for name in order if name in names] if isinstance(order, dict) else []
        return [*first, *(name for name in names if name not in first)]

    return {config: placed(found[config], known.get(config)) for config in placed([*found], known)}


def _contamination(folder: Path) -> Content:
    found = shared_matrix(read_json_object(folder / "contamination.json") or {})
    if found is None:
        return element("p", "This folder has no contamination matrix that can be read.", class_="notice")
    splits, matrix = found
    leaks = leaking_pairs(splits, matrix)
    n_pairs = int(np.count_nonzero(np.triu(matrix, 1)))
    if leaks:
        lines = [element("li", f"{here} shares {n:,} classes with {there}") for here, there, n in leaks[:20]]
        told: Content = element("div", f"{len(leaks)} training splits leak:", element("ul", lines), class_="notice")
    else:
        told = element(
            "p",
            "No training split shares a class with a validation or test split of its own config, nor an arm of a "
            "control with one of the config that it controls.",
            class_="holds-text",
        )
    source, width = contamination_picture(splits, matrix)
    alt = f"Heat map of the classes that {len(splits)} splits share: {n_pairs:,} pairs share some"
    remark = (
        f"{n_pairs:,} pairs of {len(splits)} splits share classes: configs are made apart, and draw from one corpus."
    )
    return [told, element("p", remark, class_="dim"), element("figure", picture(source, alt, width))]


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else "?"
