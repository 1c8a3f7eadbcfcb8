"""The card says what makes the folder again, a user's own grammar and regions included."""

from pathlib import Path

import pytest
import tyro

from arith_synth.commands.datasets import Build
from arith_synth.data.build import build_dataset
from arith_synth.data.card.command import command_of, definition_files, grammar_in, rebuild
from arith_synth.data.folder import open_dataset
from arith_synth.grammar import Grammar, grammar_named, resolve_grammar
from arith_synth.splits.region_files import axis_from_toml
from arith_synth.splits.region_records import region_request
from arith_synth.splits.registry import CONFIGS, SPLITS
from arith_synth.splits.sizes import SplitSizes, default_sizes, sizes_for

PATTERN = """
name = "product_of_sums"
title = 'a "product" of two sums'
states = ["other", "sum", "found"]
leaf = "other"
accepting = ["found"]

[transitions]
any = [["other", "other", "found"], ["other", "other", "found"], ["found", "found", "found"]]
"+" = [["sum", "sum", "found"], ["sum", "sum", "found"], ["found", "found", "found"]]
"*" = [["other", "other", "found"], ["other", "found", "found"], ["found", "found", "found"]]
"""
REGIONS = {
    "sums": 'name = "sums"\ntitle = "sums | of {all} kinds"\npattern = "pattern.toml"\n',
    "shape": 'name = "shape"\ntitle = "two pairs"\npattern = "((..)(..))"\n',
    "named": 'name = "named"\ntitle = "no comb"\npattern = "shape"\n',
    "third": 'name = "third"\ntitle = "upper"\nspace = "semantic"\ncoordinate = 1\nfrom = 0.667\nto = 1\ngap = 0.02\n',
}


def build_of(grammar=None, max_size=5, configs=CONFIGS, sizes=None, user_regions=None) -> dict:
    """What build.json says of a request."""
    grammar = grammar or grammar_named("xy3")
    sizes = sizes or default_sizes(grammar, max_size)

    def tasks(config: str, split: str) -> int:
        if split.startswith("train"):
            return sizes.density_train if config.startswith("density_shift") else sizes.train
        return sizes.validation if split == "validation" else sizes.test

    asked = {config: {} if config == "corpus" else {s: tasks(config, s) for s in SPLITS[config]} for config in configs}
    return {
        "grammar": {
            "name": grammar.name,
            "variables": list(grammar.variables),
            "constants": list(grammar.constants),
            "operators": list(grammar.operators),
        },
        "max_size": max_size,
        "split_sizes": asked,
        "configs": asked,
        "user_regions": user_regions or {},
    }


def test_a_default_build_needs_no_options():
    assert command_of(build_of()) == "arith-synth build --grammar xy3 --max-size 5 --out ./arith-synth"
    assert command_of(build_of(max_size=6)) == "arith-synth build --grammar xy3 --max-size 6 --out ./arith-synth"


@pytest.mark.parametrize("asked", [(700, None), (None, 30), (700, 30)])
def test_the_command_asks_for_the_same_numbers_of_tasks(asked):
    sizes = sizes_for(grammar_named("xy3"), 5, *asked)
    command = command_of(build_of(configs=("random", "density_shift_joint"), sizes=sizes))
    options = tyro.cli(Build, args=command.split()[2:])
    assert options.configs == ("random", "density_shift_joint")
    assert sizes_for(grammar_named("xy3"), options.max_size, options.train_tasks, options.test_tasks) == sizes


def test_numbers_that_no_option_gives_are_asked_for_in_python(tmp_path, monkeypatch):
    sizes = SplitSizes(train=100, validation=10, test=12)
    build = build_of(max_size=3, configs=("random",), sizes=sizes)
    assert command_of(build) is None
    code = rebuild(build).split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(code, {})  # the card's own text
    assert open_dataset(tmp_path / "arith-synth").build["split_sizes"] == build["split_sizes"]


def test_a_corpus_alone_needs_no_numbers():
    command = command_of(build_of(configs=("corpus",)))
    assert command == "arith-synth build --grammar xy3 --max-size 5 --configs corpus --out ./arith-synth"


def test_a_users_grammar_is_printed_as_the_file_that_it_was(tmp_path):
    grammar = Grammar(name="squares", variables=("x", "y"), constants=(1, 2), operators=("+", "-", "*"))
    build = build_of(grammar)
    assert "--grammar squares.toml" in command_of(build)
    written(build, tmp_path)
    assert resolve_grammar(str(tmp_path / "squares.toml")) == grammar == grammar_in(build)


@pytest.mark.parametrize("name", REGIONS)
def test_a_users_region_is_printed_as_files_that_give_it_again(name, tmp_path):
    grammar = grammar_named("xy3")
    (tmp_path / "pattern.toml").write_text(PATTERN)
    (tmp_path / "given.toml").write_text(REGIONS[name])
    axis = axis_from_toml(tmp_path / "given.toml", grammar)
    build = build_of(user_regions={axis.config: region_request(axis)})
    assert f"--region {name}.toml" in command_of(build)
    written(build, tmp_path / "again")
    again = axis_from_toml(tmp_path / "again" / f"{name}.toml", grammar)
    assert (again.name, region_request(again)) == (axis.name, region_request(axis))


def test_the_command_of_a_folder_makes_the_same_folder(dataset_of_a_users_region):
    build = open_dataset(dataset_of_a_users_region).build
    options = tyro.cli(Build, args=command_of(build).split()[2:])
    assert [str(path) for path in options.region] == ["upper.toml"]
    assert options.configs == ("random",)
    assert set(build["configs"]) == {"random", "support_shift_upper", "support_shift_upper_control"}


@pytest.fixture(scope="module")
def dataset_of_a_users_region(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    text = 'name = "upper"\ntitle = "upper"\nspace = "syntactic"\ncoordinate = 1\nfrom = 0.7\nto = 1.0\n'
    (folder / "upper.toml").write_text(text)
    grammar = grammar_named("xy3")
    axes = (axis_from_toml(folder / "upper.toml", grammar),)
    build_dataset(grammar, 4, folder / "data", ("random",), sizes_for(grammar, 4, 300, 20), axes=axes)
    return folder / "data"


def test_the_card_has_a_users_region_like_a_built_in_one(dataset_of_a_users_region):
    text = (dataset_of_a_users_region / "README.md").read_text(encoding="utf-8")
    assert "| `support_shift_upper` | `test_syntactic` | 20 |" in text
    assert "--region upper.toml" in text
    assert "**`support_shift_upper` leaks.**" in text
    assert 'load_dataset("./arith-synth", "random")' in text


def written(build: dict, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in definition_files(build).items():
        (folder / name).write_text(text, encoding="utf-8")
