"""What makes the folder again: the command, and the files of a user's own grammar and regions that it names."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from arith_synth.data.schema import CORPUS_CONFIG
from arith_synth.grammar import NAMED_GRAMMARS, Grammar
from arith_synth.grammar.patterns import PATTERNS
from arith_synth.names import is_train
from arith_synth.splits import density
from arith_synth.splits.axes import CONTROL_SUFFIX, PERMILLE, PREFIX
from arith_synth.splits.registry import families_of, splits_of
from arith_synth.splits.sizes import SplitSizes, default_sizes, sizes_for


def grammar_in(build: Mapping[str, Any]) -> Grammar:
    """The grammar that `build.json` holds."""
    entry = build["grammar"]
    variables, constants, operators = (tuple(entry[key]) for key in ("variables", "constants", "operators"))
    return Grammar(name=entry["name"], variables=variables, constants=constants, operators=operators)


def rebuild(build: Mapping[str, Any]) -> str:
    """Markdown: the files that have to be written, then the command, or the lines of Python where no command does."""
    files = definition_files(build)
    parts = []
    if files:
        parts.append("First these files:")
        parts += [f"```toml\n# {name}\n{text}```" for name, text in files.items()]
    command = command_of(build)
    parts.append(f"```\n{command}\n```" if command is not None else f"```python\n{_python(build)}\n```")
    return "\n\n".join(parts)


def command_of(build: Mapping[str, Any]) -> str | None:
    """The command that makes the folder again; None where no options ask for its numbers of tasks."""
    size_options = _size_options(build)
    if size_options is None:
        return None
    words = ["arith-synth build", f"--grammar {_grammar_argument(build)}", f"--max-size {build['max_size']}"]
    configs = _configs_to_name(build)
    if configs:
        words.append("--configs " + " ".join(configs))
    words += size_options
    if build.get("user_regions"):
        words += [f"--region {_region_file(config)}" for config in build["user_regions"]]
    return " ".join([*words, "--out ./arith-synth"])


def definition_files(build: Mapping[str, Any]) -> dict[str, str]:
    """TOML texts by file name: a user's grammar, patterns and regions, as far as the build has any."""
    files = {}
    argument = _grammar_argument(build)
    if argument.endswith(".toml"):
        files[argument] = "".join(_assignments(build["grammar"]))
    for config, request in build.get("user_regions", {}).items():
        fields: dict[str, Any] = {"name": config.removeprefix(PREFIX), "title": request["title"]}
        if request["kind"] == "pattern":
            fields["pattern"] = request["pattern"]
            if request["pattern"] not in PATTERNS and not request["pattern"].startswith("("):
                fields["pattern"] = f"{request['pattern']}_pattern.toml"
                files[fields["pattern"]] = _pattern(request)
        else:
            fields |= {"space": request["space"], "coordinate": request["coordinate"]}
            start, stop = request["permille"]
            fields |= {"from": start / PERMILLE, "to": stop / PERMILLE, "gap": request["gap_permille"] / PERMILLE}
        files[_region_file(config)] = "".join(_assignments(fields))
    return files


def _region_file(config: str) -> str:
    return f"{config.removeprefix(PREFIX)}.toml"


def _grammar_argument(build: Mapping[str, Any]) -> str:
    grammar = grammar_in(build)
    return grammar.name if NAMED_GRAMMARS.get(grammar.name) == grammar else f"{grammar.name}.toml"


def _configs_to_name(build: Mapping[str, Any]) -> list[str]:
    """What `--configs` has to list: nothing where all of the grammar's are there; those of regions come anyway."""
    regions = build.get("user_regions", {})
    of_regions = {*regions, *(config + CONTROL_SUFFIX for config in regions)}
    named = [config for config in build["configs"] if config not in of_regions]
    if set(named) == set(splits_of(families_of(grammar_in(build)))):
        return []
    return named or sorted(of_regions)


def _size_options(build: Mapping[str, Any]) -> list[str] | None:
    grammar, max_size = grammar_in(build), build["max_size"]
    asked = _sizes(build)
    if asked is None or _is_what_is_asked(default_sizes(grammar, max_size), build):
        return []
    train, tests = f"--train-tasks {asked.train}", f"--test-tasks {asked.test}"
    for options, numbers in (
        ([train], (asked.train, None)),
        ([tests], (None, asked.test)),
        ([train, tests], (asked.train, asked.test)),
    ):
        if _is_what_is_asked(sizes_for(grammar, max_size, *numbers), build):
            return options
    return None


def _sizes(build: Mapping[str, Any]) -> SplitSizes | None:
    """The numbers of tasks that the build was asked for; None for a corpus alone."""
    found: dict[str, int] = {}
    for config, splits in build["split_sizes"].items():
        for split, n in splits.items():
            kind = "validation" if split == "validation" else "test"
            if is_train(split):
                kind = "density_train" if config in density.SPLITS else "train"
            found[kind] = n
    if not found:
        return None
    return SplitSizes(**{"train": found.get("density_train", 1), **found})


def _is_what_is_asked(sizes: SplitSizes, build: Mapping[str, Any]) -> bool:
    asked = _sizes(build)
    configs = [config for config in build["split_sizes"] if config != CORPUS_CONFIG]
    relevant = ["validation", "test"]
    relevant += ["density_train"] if any(config in density.SPLITS for config in configs) else []
    relevant += ["train"] if any(config not in density.SPLITS for config in configs) else []
    return all(getattr(sizes, name) == getattr(asked, name) for name in relevant)


def _python(build: Mapping[str, Any]) -> str:
    """For numbers of tasks that no option gives."""
    regions = [_region_file(config) for config in build.get("user_regions", {})]
    lines = [
        "from pathlib import Path",
        "from arith_synth.data.build import build_dataset",
        "from arith_synth.grammar import resolve_grammar",
        "from arith_synth.splits.sizes import SplitSizes",
        *(["from arith_synth.splits.region_files import axis_from_toml"] if regions else []),
        "",
        f'grammar = resolve_grammar("{_grammar_argument(build)}")',
        f"sizes = {_sizes(build)!r}",
        f"configs = {_configs_to_name(build)!r}",
        *([f"axes = tuple(axis_from_toml(path, grammar) for path in {regions!r})"] if regions else []),
        f'build_dataset(grammar, {build["max_size"]}, Path("arith-synth"), configs, sizes'
        + (", axes=axes)" if regions else ")"),
    ]
    return "\n".join(lines)


def _pattern(request: Mapping[str, Any]) -> str:
    automaton = request["automaton"]
    states = automaton["states"]
    fields = {
        "name": request["pattern"],
        "title": request["title"],
        "states": states,
        "leaf": states[automaton["leaf_state"]],
        "accepting": [states[number] for number in automaton["accepting"]],
    }
    rows = {operator: _named(table, states) for operator, table in automaton["transitions"].items()}
    return "".join([*_assignments(fields), "\n[transitions]\n", *_assignments(rows)])


def _named(entry: Any, states: list[str]) -> Any:
    return states[entry] if isinstance(entry, int) else [_named(part, states) for part in entry]


def _assignments(fields: Mapping[str, Any]) -> Iterator[str]:
    """`key = value` lines: JSON's numbers, strings and lists are TOML's as well."""
    for key, value in fields.items():
        quoted = key if key.isidentifier() and key.isascii() else json.dumps(key)
        yield f"{quoted} = {json.dumps(value, ensure_ascii=False)}\n"
