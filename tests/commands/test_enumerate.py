"""`arith-synth enumerate`: one JSON object for a program, one line for a wrong call."""

import json

import pytest


def test_json_is_one_object_with_the_counts_of_the_grammar(run):
    answer = run("enumerate", "--grammar", "xy3", "--max-size", "4", "--json")
    assert answer.status == 0, answer.err
    assert answer.lines == []
    assert answer.out.count("\n") == 1
    result = json.loads(answer.out)
    assert set(result) == {"classes_by_size", "candidates", "seconds", "candidates_per_s", "peak_bytes"}
    assert result["classes_by_size"] == [5, 51, 674, 9297]
    assert all(result[name] > 0 for name in result if name != "classes_by_size")


def test_without_json_the_counts_are_for_people(call):
    answer = call("enumerate", "--max-size", "3")
    assert answer.status == 0
    assert "5, 51, 674" in answer.out


def test_an_unknown_grammar_is_a_wrong_call_and_the_known_ones_are_named(call):
    line = call("enumerate", "--grammar", "nope").complaint(2)
    assert line.startswith("arith-synth enumerate: ")
    assert "'nope'" in line
    assert "xy3" in line


def test_a_grammar_with_a_typing_error_is_told_the_nearest_name(call):
    assert "did you mean 'xyz3'?" in call("enumerate", "--grammar", "xyz33").complaint(2)


@pytest.mark.parametrize("max_size", ["0", "99", "-3"])
def test_a_size_out_of_range_is_a_wrong_call_that_names_the_range(call, max_size):
    assert f"max_size {max_size} is out of range; choose 1 to" in call("enumerate", "--max-size", max_size).complaint(2)


def test_a_size_that_is_no_number_is_a_wrong_call(call):
    answer = call("enumerate", "--max-size", "five")
    assert answer.status == 2
    assert "Traceback" not in answer.err
