"""`arith-synth show`: everything known of one class, by any of its programs or by its fingerprint."""

import json

import pytest

from arith_synth.grammar import grammar_named, parse_infix
from arith_synth.semantics.fingerprints import fingerprint_of

XY3 = grammar_named("xy3")


def show(call, *arguments):
    answer = call("show", *arguments, "--json")
    assert answer.status == 0, answer.err
    return json.loads(answer.out)


def test_a_program_is_shown_with_its_class(call):
    facts = show(call, "x + x", "--max-size", "3")
    assert facts["fingerprint"] == fingerprint_of(parse_infix("x * 2", XY3), XY3)
    assert facts["minimal_size"] == 2
    assert set(facts["minimal_realizations"]) == {"x + x", "x * 2", "2 * x"}
    assert facts["n_minimal_realizations"] == 3
    assert facts["target_program"] in facts["minimal_realizations"]


def test_a_program_that_is_not_minimal_is_told_apart_from_its_class(call):
    facts = show(call, "x * y / y", "--max-size", "3")
    assert (facts["minimal_size"], facts["program"]["measures"]["size"]) == (1, 3)
    assert facts["minimal_realizations"] == ["x"]


def test_a_fingerprint_shows_the_same_class_as_a_program(call):
    by_program = show(call, "(x + 1) * (y - 2)", "--max-size", "4")
    by_fingerprint = show(call, by_program["fingerprint"], "--max-size", "4")
    del by_program["program"]
    assert by_fingerprint == by_program


def test_every_realization_is_a_program_of_the_class_and_none_comes_twice(call):
    facts = show(call, "x / (y + 1) - 2", "--max-size", "4", "--realizations", "100000")
    texts = facts["minimal_realizations"]
    assert len(set(texts)) == len(texts) == facts["n_minimal_realizations"]
    assert {fingerprint_of(parse_infix(text, XY3), XY3) for text in texts} == {facts["fingerprint"]}


def test_regions_say_what_is_forced(call):
    regions = show(call, "1 / (x + y)", "--max-size", "4")["regions"]
    assert regions["denominator"]["forced"]
    assert not regions["strahler"]["forced"]
    assert regions["denominator"]["max_leaves"] == 5


def test_coordinates_and_outputs_are_those_of_the_target(call):
    facts = show(call, "x + y", "--max-size", "2")
    assert len(facts["syntactic"]) == len(facts["semantic"]) == 16
    for example in facts["outputs"]:
        (x, y), output = eval_point(example)
        assert x + y == output


def eval_point(example):
    left, _, right = example.partition(" = ")
    return tuple(int(part) for part in left.removeprefix("f(").removesuffix(")").split(", ")), int(right)


def test_without_json_it_is_for_people(call):
    answer = call("show", "x + 1", "--max-size", "3", "--realizations", "1")
    assert answer.status == 0
    assert answer.out.startswith("program       x + 1\n")
    assert "realizations  2 minimal" in answer.out


def test_a_conditional_is_shown_as_the_class_that_it_is(call):
    facts = show(call, "if x < y then x else y", "--grammar", "xycond", "--max-size", "3")
    assert facts["minimal_size"] == 2
    assert set(facts["minimal_realizations"]) == {"min(x, y)", "min(y, x)"}
    assert len(facts["semantic"]) == 16


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (("x +",), 1, "an operand is missing at the end"),
        (("x / (y - y)",), 2, "divides by zero at every input"),
        (("0" * 31 + "7", "--max-size", "2"), 2, "raise --max-size"),
        (("x * y * x * y", "--max-size", "3"), 2, "raise --max-size to 4"),
        (("f" * 32,), 2, "is no fingerprint; each half is below 1fffffffffffffff"),
        (("2" + "0" * 31,), 2, "is no fingerprint"),
        (("x", "--realizations", "-1"), 2, "list 0 or more"),
        (("x", "--grammar", "nope"), 2, "'nope'"),
    ],
)
def test_what_cannot_be_shown_is_one_line(call, arguments, status, complaint):
    assert complaint in call("show", *arguments).complaint(status)
