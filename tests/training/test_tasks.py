from fractions import Fraction

import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3

from arith_synth.errors import DatasetError, UnknownNameError, UsageError
from arith_synth.grammar import grammar_named
from arith_synth.modeling import IGNORED_LABEL, config_for, example_features
from arith_synth.semantics.execution import format_value
from arith_synth.tokenization import build_tokenizer
from arith_synth.training.tasks import labels_of, open_for, parse_outputs, read_model_tasks

VALUES = st.none() | st.fractions(min_value=-(2**31), max_value=2**31, max_denominator=2**31)


def outputs(rows):
    return pa.chunked_array([pa.array(rows, pa.list_(pa.string()))])


@given(st.lists(st.lists(VALUES, min_size=3, max_size=3), min_size=1, max_size=8))
def test_parsing_outputs_inverts_writing_them(rows):
    numerators, denominators = parse_outputs(outputs([[format_value(value) for value in row] for row in rows]))
    for row, row_numerators, row_denominators in zip(rows, numerators.tolist(), denominators.tolist(), strict=True):
        for value, numerator, denominator in zip(row, row_numerators, row_denominators, strict=True):
            assert (None if denominator == 0 else Fraction(numerator, denominator)) == value


@pytest.mark.parametrize("rows", [[["1", "x"]], [["1.5", "2"]], [["1", "2"], ["1"]], [["9" * 30, "1"]], [["1/", "2"]]])
def test_an_output_that_is_no_exact_number_is_a_damaged_dataset(rows):
    with pytest.raises(DatasetError):
        parse_outputs(outputs(rows))


def test_labels_are_the_program_then_the_end():
    labels = labels_of(["* + x 1 y", "x"], XY3)
    assert labels.tolist() == [[12, 10, 5, 7, 6, 2], [5, 2, *[IGNORED_LABEL] * 4]]


def test_a_program_of_another_grammar_is_refused():
    with pytest.raises(DatasetError, match="xy3"):
        labels_of(["+ x 7"], XY3)


@pytest.mark.parametrize("notation", ["prefix", "infix"])
def test_labels_decode_to_the_published_programs(small_dataset, notation):
    folder, grammar = open_for(small_dataset)
    tasks = read_model_tasks(folder, "random", "train", config_for("nano", grammar, notation=notation), limit=50)
    column = "program" if notation == "infix" else "program_prefix"
    programs = folder.read("random", "train", [column]).column(column).to_pylist()[:50]
    tokenizer = build_tokenizer(grammar)
    decoded = [tokenizer.decode([i for i in row if i > 2]) for row in tasks.labels.tolist()]
    assert decoded == programs


def test_features_are_those_of_the_published_outputs(small_dataset):
    folder, grammar = open_for(small_dataset)
    tasks = read_model_tasks(folder, "random", "test", config_for("nano", grammar))
    numerators, denominators = map(
        torch.from_numpy, parse_outputs(folder.read("random", "test", ["outputs"]).column("outputs"))
    )
    assert torch.equal(tasks.features, example_features(numerators, denominators).half())


def test_a_dataset_of_another_grammar_is_refused_in_one_line(small_dataset):
    with pytest.raises(UsageError, match="is of grammar xy3 .* the model is for xy9") as raised:
        open_for(small_dataset, grammar_named("xy9"))
    assert "\n" not in str(raised.value)


def test_a_model_of_another_number_of_examples_is_refused(small_dataset):
    folder, grammar = open_for(small_dataset)
    with pytest.raises(UsageError, match="16 outputs a task, and the model reads 8"):
        read_model_tasks(folder, "random", "test", config_for("nano", grammar, n_shown=8))


def test_an_unknown_split_is_named(small_dataset):
    folder, grammar = open_for(small_dataset)
    with pytest.raises(UnknownNameError, match="tset"):
        read_model_tasks(folder, "random", "tset", config_for("nano", grammar))
