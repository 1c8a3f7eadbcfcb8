"""A user's own grammar as a TOML file."""

import pytest

from arith_synth.errors import GrammarError
from arith_synth.grammar import Grammar, grammar_from_toml, grammar_named, resolve_grammar

WHOLE = 'name = "mine"\nvariables = ["u", "v"]\nconstants = [0, 7]\noperators = ["max", "-"]\n'


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes, name: str = "file.toml") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def test_a_file_says_what_the_dataclass_says(written):
    expected = Grammar(name="mine", variables=("u", "v"), constants=(0, 7), operators=("max", "-"))
    assert grammar_from_toml(written(WHOLE)) == resolve_grammar(written(WHOLE)) == expected


def test_a_file_without_a_name_is_named_after_itself(written):
    assert grammar_from_toml(written('variables = ["x"]', "my-own_2.toml")).name == "my-own_2"


def test_a_file_without_operators_has_the_default_ones(written):
    assert grammar_from_toml(written("constants = [1]")) == Grammar(name="file", variables=(), constants=(1,))


def test_a_name_stands_for_the_named_grammar():
    assert resolve_grammar("xycond") == grammar_named("xycond")
    with pytest.raises(GrammarError, match="unknown grammar 'xy33'; did you mean 'xy3'"):
        resolve_grammar("xy33")


def test_a_named_grammar_may_be_written_down_again(written):
    text = 'variables = ["x", "y"]\nconstants = [1, 2, 3]\noperators = ["+", "-", "*", "/"]'
    assert grammar_from_toml(written(text, "xy3.toml")) == grammar_named("xy3")


@pytest.mark.parametrize("text", ['variables = ["x", "z"]\nconstants = [1, 2, 3]', 'variables = ["x"]'])
def test_another_grammar_cannot_take_the_name_of_a_named_one(written, text):
    with pytest.raises(GrammarError, match="xy3 is the name of another grammar .*; rename yours"):
        grammar_from_toml(written(text, "xy3.toml"))
    with pytest.raises(GrammarError, match="rename yours"):
        grammar_from_toml(written(f'name = "xy3"\n{text}'))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no leaf; give it a variable or a constant"),
        ("variables = []\nconstants = []", "has no leaf"),
        ('variables = ["x"]\noperators = []', "has no operator; give it some of"),
        ('variables = ["x"]\noperators = ["+", "%"]', "unknown operator '%'"),
        ('variables = ["x", "x"]', "lists a symbol twice"),
        ("constants = [1, 2, 1]", "lists a symbol twice"),
        ('variables = ["x"]\noperators = ["+", "+"]', "lists a symbol twice"),
        ('variables = ["if"]', "word of the notation"),
        ("constants = [1000001]", "constant 1000001 is not within 0..1000000"),
        ("constants = [-1]", "constant -1 is not within"),
        ("constants = [true]", "constants must be integers, not 'True'"),
        ("constants = [1.0]", "constants must be integers, not '1.0'"),
        ('constants = ["1"]', "constants must be integers, not '1'"),
        ("constants = 3", "constants must be a list of integers"),
        ('variables = "xy"', "variables must be a list of texts"),
        ("variables = [1]", "variables must be texts, not '1'"),
        ('operators = "+"', "operators must be a list of texts"),
        ("operators = [[]]", "operators must be texts"),
        ('variables = ["x"]\noperator = ["+"]', "unknown key 'operator'; use name, variables, constants, operators"),
        ('[grammar]\nvariables = ["x"]', "unknown key 'grammar'"),
        ('variables = ["x"', "not valid TOML"),
        ('variables = ["x"]\nvariables = ["y"]', "not valid TOML"),
        (b'variables = ["\xff"]', "not valid TOML"),
        ("constants = [" + "9" * 5000 + "]", "not valid TOML|not within"),
        ("constants = " + "[" * 20_000, "nested too deeply|not valid TOML"),
        ("#" * 70_000, "more than 65536 bytes"),
    ],
)
def test_a_senseless_definition_is_refused_in_one_line(written, text, message):
    with pytest.raises(GrammarError, match=message) as refusal:
        grammar_from_toml(written(text))
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "-a", ".a", "é", "a.b", "x" * 65, "a\\n", "a\\u0000"])
def test_a_name_that_is_no_safe_file_name_is_refused(written, name):
    with pytest.raises(GrammarError, match="no safe file name; give it one of") as refusal:
        grammar_from_toml(written(f'name = "{name}"\nvariables = ["x"]'))
    assert len(str(refusal.value).splitlines()) == 1


def test_a_name_that_is_no_text_is_refused(written):
    with pytest.raises(GrammarError, match="name 3 is no safe file name"):
        grammar_from_toml(written("name = 3"))


def test_a_file_whose_stem_is_no_safe_name_needs_one(written):
    with pytest.raises(GrammarError, match="'my grammar' is no safe file name"):
        grammar_from_toml(written('variables = ["x"]', "my grammar.toml"))
    assert grammar_from_toml(written(WHOLE, "my grammar.toml")).name == "mine"


@pytest.mark.parametrize("name", ["absent.toml", ""])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(GrammarError, match=r"there is no grammar file .*; write one, or name one of xy3, "):
        grammar_from_toml(tmp_path / name)
