"""The card: YAML that lets `load_dataset` work on the folder, then what a reader needs to know."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import yaml

from arith_synth.data.card.benchmark import benchmark
from arith_synth.data.card.command import grammar_in, rebuild
from arith_synth.data.card.corpus import examples_text, identity_text
from arith_synth.data.card.definitions import axes_limits, axes_section, density_section
from arith_synth.data.card.families import families_in, family_about, split_about
from arith_synth.data.card.header import config_to_show, header
from arith_synth.data.card.headline import headline_limits, headline_matching, headline_regions
from arith_synth.data.card.markdown import table
from arith_synth.data.card.questions import N_LITE, questions
from arith_synth.data.card.sharing import sharing
from arith_synth.data.card.shifts import shift_tables
from arith_synth.data.folder import BENCHMARK_FILE, CARD_FILE
from arith_synth.data.loading import HUB_ID
from arith_synth.data.schema import COLUMN_MEANINGS, CORPUS_CONFIG, CORPUS_FEATURES, TASK_FEATURES
from arith_synth.files import write_atomically
from arith_synth.grammar.prompts import prompt_head, signature

_TEMPLATE = Path(__file__).with_name("template.md")
_EMPTY_LINES = re.compile(r"\n{3,}")


def write_cards(
    folder: Path,
    build: Mapping[str, Any],
    checksums: Mapping[str, Any],
    contamination: Mapping[str, Any] | None = None,
    shift: Mapping[str, Any] | None = None,
) -> None:
    """Write README.md and eval.yaml of a dataset folder from its parsed JSON files."""
    write_atomically(folder / CARD_FILE, card(build, checksums, contamination, shift))
    write_atomically(folder / BENCHMARK_FILE, benchmark(build))


def card(
    build: Mapping[str, Any],
    checksums: Mapping[str, Any],
    contamination: Mapping[str, Any] | None = None,
    shift: Mapping[str, Any] | None = None,
) -> str:
    """The card of a folder with these `build.json` and `checksums.json`.

    `contamination`, `shift`: what `contamination.json` and `shift_report.json` hold; their sections are left out
    without them.
    """
    grammar = grammar_in(build)
    body = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        hub_id=HUB_ID,
        config=config_to_show(build),
        data_version=build["data_version"],
        package_version=build["package_version"],
        grammar=grammar.name,
        variables=_listed(grammar.variables),
        constants=_listed(grammar.constants),
        operators=_listed(grammar.operators),
        prompt_head=prompt_head(grammar).rstrip("\n"),
        prompt_first=f"f({', '.join(map(str, build['panel']['shown'][0]))}) = ...",
        signature=signature(grammar),
        max_size=build["max_size"],
        n_classes=f"{build['n_classes']:,}",
        n_regular=f"{build['n_regular']:,}",
        n_well_posed=f"{build['n_well_posed']:,}",
        n_shown=len(build["panel"]["shown"]),
        n_heldout=len(build["panel"]["heldout"]),
        n_lite=N_LITE,
        coordinate_unit=build["coordinate_unit"],
        canary=build["canary"],
        questions=questions(build),
        splits="\n\n".join(_splits(build)),
        identity=identity_text(build),
        matching=headline_matching(build),
        headline_regions=headline_regions(build),
        axes=axes_section(build),
        density=density_section(build),
        sharing=_section("What splits share", sharing(build, contamination) if contamination else ""),
        shifts=_section("How far splits are apart", shift_tables(shift, list(build["configs"])) if shift else ""),
        examples=_section("How many examples tell a task", examples_text(build)),
        task_columns=_columns_table(list(TASK_FEATURES)),
        corpus_columns=_columns_table(list(CORPUS_FEATURES)),
        classes_table=_classes_table(build),
        rebuild=rebuild(build),
        limits="".join(f"- {limit}\n" for limit in [*headline_limits(build), *axes_limits(build)]),
    )
    body = _EMPTY_LINES.sub("\n\n", body)
    return f"---\n{yaml.safe_dump(header(build, checksums), sort_keys=False)}---\n\n{body}"


def columns_rows(names: Sequence[str]) -> list[str]:
    """One Markdown table row a column."""
    features = {**CORPUS_FEATURES, **TASK_FEATURES}
    return [f"| `{name}` | `{_type_text(features[name])}` | {COLUMN_MEANINGS[name]} |" for name in names]


def _columns_table(names: Sequence[str]) -> str:
    return "\n".join(["| column | type | meaning |", "|---|---|---|", *columns_rows(names)])


def _type_text(feature: Any) -> str:
    if hasattr(feature, "dtype"):
        return str(feature.dtype)
    length = f"[{feature.length}]" if feature.length >= 0 else ""
    return f"list<{_type_text(feature.feature)}>{length}"


def _splits(build: Mapping[str, Any]) -> Iterator[str]:
    """A heading, a sentence and a table for each family of configs."""
    groups = [(family.name, family_about(family.name, build), family.configs) for family in families_in(build)]
    if CORPUS_CONFIG in build["configs"]:
        about = "Every class with its target program. **It holds every answer**: not for training."
        groups.insert(0, (CORPUS_CONFIG, about, [CORPUS_CONFIG]))
    for name, about, configs in groups:
        yield f"### `{name}`"
        if about:
            yield about
        yield table(["config", "split", "tasks", "tasks by size", "where"], _split_rows(configs, build), n_left=5)


def _split_rows(configs: Sequence[str], build: Mapping[str, Any]) -> Iterator[list[str]]:
    for config in configs:
        for split, counts in build["configs"][config].items():
            sizes = ", ".join(f"{size}: {n:,}" for size, n in counts["sizes"].items())
            yield [f"`{config}`", f"`{split}`", f"{counts['n']:,}", sizes, split_about(config, split, build)]


def _classes_table(build: Mapping[str, Any]) -> str:
    rows = [[str(size), f"{n:,}"] for size, n in enumerate(build["classes_by_size"], start=1)]
    return table(["size", "new classes"], rows, n_left=0)


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""


def _listed(symbols: Sequence[Any]) -> str:
    return ", ".join(f"`{symbol}`" for symbol in symbols)
