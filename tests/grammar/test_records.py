"""A grammar comes back from its JSON record; a record that defines none is refused in one line."""

import json

import pytest

from arith_synth.errors import GrammarError
from arith_synth.grammar import NAMED_GRAMMARS, grammar_from_record, grammar_named, grammar_record

GOOD = {"name": "mine", "variables": ["x"], "constants": [1], "operators": ["+"]}


@pytest.mark.parametrize("name", NAMED_GRAMMARS)
def test_a_grammar_comes_back_from_its_record(name):
    grammar = grammar_named(name)
    assert grammar_from_record(json.loads(json.dumps(grammar_record(grammar)))) == grammar


@pytest.mark.parametrize(
    "record",
    [
        None,
        "xy3",
        [],
        {},
        GOOD | {"more": 1},
        {key: value for key, value in GOOD.items() if key != "operators"},
        GOOD | {"name": 3},
        GOOD | {"variables": "xy"},
        GOOD | {"variables": [1]},
        GOOD | {"variables": ["+"]},
        GOOD | {"constants": ["1"]},
        GOOD | {"constants": [True]},
        GOOD | {"constants": [1.5]},
        GOOD | {"constants": [[1]]},
        GOOD | {"operators": ["no such operator"]},
        GOOD | {"operators": [["+"]]},
    ],
)
def test_a_record_that_defines_no_grammar_is_refused(record):
    with pytest.raises(GrammarError) as caught:
        grammar_from_record(record)
    assert "\n" not in str(caught.value)
