import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND

from arith_synth.grammar.prompts import prompt
from arith_synth.semantics.execution import format_value
from arith_synth.tokenization import build_text_tokenizer
from arith_synth.training.data.columns import split_columns
from arith_synth.training.data.prompts import prompt_tokens

INT64 = 2**63 - 1
VALUES = st.none() | st.fractions(min_value=-1000, max_value=1000, max_denominator=500) | st.integers(-INT64, INT64)


def ids_of(rows):
    return [[id_ for id_ in row if id_ >= 0] for row in rows.tolist()]


@pytest.mark.parametrize("grammar", [XY3, XYCOND], ids=lambda grammar: grammar.name)
def test_ids_are_those_of_the_text_tokenizer(grammar):
    tokenizer = build_text_tokenizer(grammar)
    coordinates = st.integers(-200, 200)
    examples = st.tuples(st.tuples(*[coordinates] * len(grammar.variables)), VALUES)

    @given(st.lists(st.lists(examples, min_size=3, max_size=3), min_size=1, max_size=4))
    def check(tasks):
        texts = [prompt(grammar, [p for p, _ in task], [format_value(v) for _, v in task]) for task in tasks]
        tops = [[0 if value is None else value.numerator for _, value in task] for task in tasks]
        bottoms = [[0 if value is None else value.denominator for _, value in task] for task in tasks]
        inputs = np.array([[point for point, _ in task] for task in tasks], dtype=np.int64)
        rows = prompt_tokens(np.array(tops, dtype=np.int64), np.array(bottoms, dtype=np.int64), inputs, grammar)
        assert ids_of(rows) == tokenizer(texts, add_special_tokens=False)["input_ids"]

    check()


def test_ids_are_those_of_the_published_prompts(folder):
    columns = split_columns(folder, "random", "test", XY3)
    rows = prompt_tokens(columns.numerators, columns.denominators, columns.inputs, XY3)
    texts = folder.read("random", "test", ["prompt"]).column("prompt").to_pylist()
    assert ids_of(rows) == build_text_tokenizer(XY3)(texts, add_special_tokens=False)["input_ids"]
