"""A user's own pattern: the documented example works, and each mistake gets one line that says what to do."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from strategies import XY3, expressions

from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.grammar import Grammar, parse_infix
from arith_synth.grammar.automata import ANY
from arith_synth.grammar.operators import OPERATORS
from arith_synth.grammar.pattern_files import pattern_from_toml, resolve_pattern
from arith_synth.grammar.patterns import PATTERNS, pattern_named, shape_pattern

PAGE = (Path(__file__).parents[2] / "docs" / "patterns.md").read_text(encoding="utf-8")
DENOMINATOR = """
name = "divisors"
title = "a compound divisor"
states = ["leaf", "compound", "found"]
leaf = "leaf"
accepting = ["found"]

[transitions]
any = [["compound", "compound", "found"], ["compound", "compound", "found"], ["found", "found", "found"]]
"/" = [["compound", "found", "found"], ["compound", "found", "found"], ["found", "found", "found"]]
"""


def block_of_page(language):
    (block,) = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    return block


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_page_lists_the_named_patterns():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE) == list(PATTERNS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(x + 1) * (y + 2)", True),
        ("3 - (x + 1) * (y + 2) / x", True),
        ("(x + 1) * (y + 2) + (x + 1)", True),
        ("(x + 1) * y", False),
        ("(x + 1) * (y - 2)", False),
        ("(x + 1) / (y + 2)", False),
        ("(x + 1) * y * (y + 2)", False),
        ("x", False),
    ],
)
def test_the_example_of_the_page_finds_products_of_sums(write, text, expected):
    pattern = resolve_pattern(str(write(block_of_page("toml"))), XY3)
    assert pattern.accepts(parse_infix(text, XY3)) == expected


def test_the_python_of_the_page_runs(capsys):
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL):
        exec(block, names)
    assert capsys.readouterr().out == "{'denominator': 3311, 'strahler': 360}\n"
    assert names["TWO_PRODUCTS"].accepts(parse_infix("x * y * x", XY3))
    assert not names["TWO_PRODUCTS"].accepts(parse_infix("x * y + x", XY3))


@given(expression=expressions(max_leaves=16))
def test_a_named_pattern_written_as_toml_is_the_same_set(tmp_path_factory, expression):
    path = tmp_path_factory.getbasetemp() / "divisors.toml"
    if not path.exists():
        path.write_text(DENOMINATOR, encoding="utf-8")
    assert pattern_from_toml(path).accepts(expression) == PATTERNS["denominator"].accepts(expression)


def test_a_file_keeps_names_and_title(write):
    pattern = pattern_from_toml(write(DENOMINATOR))
    assert (pattern.name, pattern.title) == ("divisors", "a compound divisor")
    assert pattern.states == ("leaf", "compound", "found")
    assert (pattern.leaf_state, pattern.accepting) == (0, frozenset({2}))


@pytest.mark.parametrize("symbol", [symbol for symbol, operator in OPERATORS.items() if operator.arity == 4])
def test_a_row_is_nested_once_for_each_operand(write, symbol):
    # In the region: the last operand of four is compound.
    last = '["node", "found"]'
    table = f"[{', '.join([f'[{last}, {last}]'] * 2)}]"
    text = f"""
        name = "lasts"
        title = "a compound last operand"
        states = ["node", "found"]
        leaf = "node"
        accepting = ["found"]
        [transitions]
        any = [["found", "found"], ["found", "found"]]
        "{symbol}" = [{table}, {table}]
    """
    pattern = pattern_from_toml(write(text))
    assert pattern.flat_table(symbol) == (0, 1) * 8


def test_a_pattern_is_a_name_a_shape_or_a_file(write):
    assert resolve_pattern("depth") is pattern_named("depth")
    assert resolve_pattern("((..)(..))") == shape_pattern("((..)(..))")
    assert resolve_pattern(str(write(DENOMINATOR))).name == "divisors"
    with pytest.raises(UnknownNameError, match="did you mean 'depth'"):
        resolve_pattern("depths")


ROWLESS = DENOMINATOR.replace(f"\n{ANY} =", '\n"+" =')


def test_every_operator_of_the_grammar_needs_a_row(write):
    path = str(write(ROWLESS))
    sums = Grammar(name="sums", variables=("x",), constants=(1,), operators=("+", "/"))
    assert resolve_pattern(path, sums).flat_table("+")
    with pytest.raises(UsageError, match=r"'divisors' has no row for '-' \(arity 2\); add one to its transitions"):
        resolve_pattern(path, XY3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title =", "titel =", "unknown key 'titel'; did you mean 'title'"),
        ("title =", "colour = 1\ntitle =", "unknown key 'colour'; choose one of name, title"),
        ('leaf = "leaf"', "", "the key 'leaf' is missing; a pattern has name, title"),
        ('leaf = "leaf"', 'leaf = "laef"', "unknown state 'laef'; did you mean 'leaf'"),
        ('leaf = "leaf"', "leaf = 0", "'leaf' must be a text in quotes"),
        ('["found"]\n', '["fond"]\n', "unknown state 'fond'; did you mean 'found'"),
        ('["found"]\n', "[]\n", "no accepting state"),
        ('["found"]\n', '"found"\n', "'accepting' must be a list of state names"),
        ('["leaf", "compound", "found"]\n', "3\n", "'states' must be a list of state names"),
        ('["leaf", "compound", "found"]\n', "[1, 2]\n", "'states' must be a list of state names"),
        ('["leaf", "compound",', '["leaf", "compound", "leaf",', "lists a state twice"),
        ('["leaf",', '["leaf", "a", "b", "c", "d", "e", "f",', "has 9 states; at most 8"),
        ('["leaf", "compound", "found"]', '["leaf", "compound", "found", "more"]', "lists of 4 entries"),
        ('"divisors"', '"denominator"', "'denominator' is the name of a built-in pattern; choose another"),
        ('"divisors"', '"my pattern"', "'my pattern' is no name of a pattern; use up to 64 letters, digits and _"),
        ('"divisors"', "7", "'name' must be a text in quotes"),
        ('[["compound", "found",', '[["compund", "found",', "unknown state 'compund'; did you mean 'compound'"),
        ('[["compound", "found",', '[["found",', "row '/': nest lists of 3 entries, one a state, exactly 2 deep"),
        ('[["compound", "found",', '[[["compound"], "found",', "exactly 2 deep"),
        ('[["compound", "found",', '[[1, "found",', "row '/' must be lists of state names in quotes"),
        ('"/" =', '"%" =', "unknown operator '%'; use any or some of"),
        ('"/" =', '"any" =', "is not a TOML file"),
        ("[transitions]", "[[transitions]]", "must be a table with at least one row"),
        ('name = "', 'name = "name"\nname = "', "is not a TOML file"),
        ("title =", "title", "is not a TOML file"),
        ('"leaf"\n', "[" * 5000 + "\n", "is not a TOML file"),
    ],
)
def test_a_mistake_in_the_file_is_named_in_one_line(write, old, new, message):
    assert old in DENOMINATOR
    path = write(DENOMINATOR.replace(old, new, 1))
    with pytest.raises(UsageError, match=message) as raised:
        pattern_from_toml(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_file_without_rows_is_refused(write):
    with pytest.raises(UsageError, match="at least one row; write the row 'any'"):
        pattern_from_toml(write(DENOMINATOR.partition("any =")[0]))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot read pattern file .*none.toml: No such file or directory"):
        resolve_pattern(str(tmp_path / "none.toml"))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not a TOML file"):
        pattern_from_toml(path)


def test_a_file_that_is_far_too_long_is_refused(tmp_path):
    path = tmp_path / "long.toml"
    path.write_bytes(b"#" * (1 << 21))
    with pytest.raises(UsageError, match="has more than 1048576 bytes"):
        pattern_from_toml(path)


def test_a_folder_is_no_pattern_file(tmp_path):
    path = tmp_path / "folder.toml"
    path.mkdir()
    with pytest.raises(UsageError, match="cannot read pattern file .*folder.toml: Is a directory"):
        pattern_from_toml(path)
