"""A user's own region, as a file."""

from pathlib import Path

import pytest

from arith_synth.errors import UsageError
from arith_synth.grammar import grammar_named
from arith_synth.splits.axes import AXES, IntervalRegion, PatternRegion
from arith_synth.splits.region_files import axis_from_toml, check_axes

XY3 = grammar_named("xy3")
PATTERN = """name = "products"
title = "a product of two sums"
pattern = "((..)(..))"
"""
INTERVAL = """name = "upper_third"
title = "large second coordinate"
space = "semantic"
coordinate = 1
from = 0.667
to = 1
gap = 0.02
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "region.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_pattern_is_a_region(tmp_path: Path) -> None:
    axis = axis_from_toml(written(tmp_path, PATTERN), XY3)
    assert (axis.config, axis.control, axis.test) == (
        "support_shift_products", "support_shift_products_control", "test_syntactic",
    )  # fmt: skip
    assert isinstance(axis.region, PatternRegion)
    assert axis.region.pattern.name == "((..)(..))"


def test_an_interval_is_a_region(tmp_path: Path) -> None:
    axis = axis_from_toml(written(tmp_path, INTERVAL), XY3)
    assert axis.region == IntervalRegion(coordinate=1, start=667, stop=1000, gap=20)
    assert axis.test == "test_semantic"


def test_a_pattern_file_stands_beside_the_region_file(tmp_path: Path) -> None:
    pattern = 'name = "mine"\ntitle = "mine"\nstates = ["a", "b"]\nleaf = "a"\naccepting = ["b"]\n'
    (tmp_path / "mine.toml").write_text(pattern + '[transitions]\nany = [["b", "b"], ["b", "b"]]\n')
    text = PATTERN.replace("((..)(..))", "mine.toml")
    assert axis_from_toml(written(tmp_path, text), XY3).region.pattern.name == "mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not a TOML file"),
        (PATTERN.replace("title", "titel"), "did you mean 'title'"),
        (PATTERN.replace('"products"', '"Pro/ducts"'), "no name of a region"),
        (PATTERN.replace('"products"', '"products_control"'), "no name of a region"),
        (PATTERN.replace('pattern = "((..)(..))"', 'pattern = "strahlr"'), "did you mean 'strahler'"),
        (PATTERN.replace('pattern = "((..)(..))"', "pattern = 3"), "'pattern' must be a text"),
        (PATTERN.replace("title = ", "title = 1 #"), "'title' must be a text"),
        (INTERVAL.replace("coordinate = 1", "coordinate = 16"), "within 0..15"),
        (INTERVAL.replace("coordinate = 1", "coordinate = true"), "within 0..15"),
        (INTERVAL.replace("0.667", "0.6667"), "to a thousandth"),
        (INTERVAL.replace("0.667", "1.5"), "within 0..1"),
        (INTERVAL.replace("0.667", "nan"), "within 0..1"),
        (INTERVAL.replace("from = 0.667", "from = 1"), "'from' must be below 'to'"),
        (INTERVAL.replace("from = 0.667", "from = 0"), "leave something for training"),
        (INTERVAL.replace('"semantic"', '"semantics"'), "did you mean 'semantic'"),
        (INTERVAL.replace("coordinate = 1\n", ""), "'coordinate' is missing"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        axis_from_toml(written(tmp_path, text), XY3)
    assert "\n" not in str(caught.value)
    assert "region.toml" in str(caught.value)


def test_a_missing_file_and_a_directory_are_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot read region file"):
            axis_from_toml(path, XY3)


def test_two_regions_of_one_name_are_refused(tmp_path: Path) -> None:
    axis = axis_from_toml(written(tmp_path, PATTERN), XY3)
    check_axes((axis,))
    for axes in ((axis, axis), (AXES[0],)):
        with pytest.raises(UsageError, match="there already"):
            check_axes(axes)


def test_two_patterns_of_one_name_are_refused(tmp_path: Path) -> None:
    axes = []
    for number, state in enumerate("ab"):
        rows = f'[["{state}", "b"], ["b", "b"]]'
        (tmp_path / f"mine{number}.toml").write_text(
            'name = "mine"\ntitle = "mine"\nstates = ["a", "b"]\nleaf = "a"\naccepting = ["b"]\n'
            f"[transitions]\nany = {rows}\n"
        )
        text = PATTERN.replace("((..)(..))", f"mine{number}.toml").replace("products", f"products{number}")
        axes.append(axis_from_toml(written(tmp_path, text), XY3))
    with pytest.raises(UsageError, match="two patterns are called 'mine'"):
        check_axes(tuple(axes))
