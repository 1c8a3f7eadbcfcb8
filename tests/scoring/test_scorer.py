import time
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import XY3, expressions, points

from arith_synth.errors import MetricError
from arith_synth.grammar import MAX_CHARACTERS, MAX_LEAVES, parse_infix, strahler_number, to_infix
from arith_synth.scoring import Scorer, score_completion
from arith_synth.scoring.pairs import leaf_pairs, output_pairs
from arith_synth.semantics.execution import execute, outputs_of
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.semantics.panels import panel_of

PANEL = panel_of(XY3)


def value_at(pairs, index):
    numerators, denominators = pairs
    denominator = 1 if denominators is None else denominators[index]
    return Fraction(numerators[index], denominator) if denominator else None


@given(expressions(XY3, max_leaves=12), st.lists(points(), min_size=1, max_size=8))
def test_integer_pairs_are_the_exact_outputs_even_where_undefined(expression, inputs):
    pairs = output_pairs(expression, leaf_pairs(XY3, inputs))
    for index, point in enumerate(inputs):
        assert value_at(pairs, index) == execute(expression, dict(zip(XY3.variables, point, strict=True)))


@given(expressions(XY3, max_leaves=6))
def test_the_target_is_right_by_every_measure(make_task, target):
    assume("undef" not in outputs_of(target, XY3, PANEL.points) and fingerprint_of(target, XY3))
    verdict = score_completion(make_task(to_infix(target)), to_infix(target), XY3)
    assert verdict.parsed
    assert verdict.consistent
    assert verdict.correct
    assert verdict.equivalent
    assert verdict.exact_match
    assert verdict.size_ratio == 1


@given(expressions(XY3, max_leaves=5), expressions(XY3, max_leaves=5))
@settings(max_examples=60)
def test_verdicts_agree_with_fractions_and_sympy(make_task, target, answer):
    expected = outputs_of(target, XY3, PANEL.points)
    assume("undef" not in expected and fingerprint_of(target, XY3))
    verdict = score_completion(make_task(to_infix(target)), to_infix(answer), XY3)
    given_outputs = outputs_of(answer, XY3, PANEL.points)
    assert verdict.consistent == (given_outputs[:16] == expected[:16])
    assert verdict.correct == (given_outputs == expected)
    if fingerprint_of(answer, XY3) is not None:
        difference = sympy.cancel(sympy.sympify(to_infix(target)) - sympy.sympify(to_infix(answer)))
        assert verdict.equivalent == (difference == 0)


def test_spaces_and_superfluous_parentheses_are_free(make_task):
    verdict = score_completion(make_task("x + 1"), " ((x)+(1)) ", XY3)
    assert verdict.correct
    assert verdict.exact_match


def test_another_form_of_the_class_is_correct_but_no_exact_match(make_task):
    verdict = score_completion(make_task("x + x"), "x * 3 - x", XY3)
    assert verdict.correct
    assert verdict.equivalent
    assert not verdict.exact_match
    assert verdict.size_ratio == pytest.approx(1.5)


def changed(task, **fields):
    return type(task)(**{**{name: getattr(task, name) for name in task.__slots__}, **fields})


def test_an_answer_that_is_undefined_where_the_target_is_defined_is_wrong(make_task):
    task = make_task("x + 1")
    task = changed(
        task, heldout_inputs=(*task.heldout_inputs[:-1], (4, 4)), heldout_outputs=(*task.heldout_outputs[:-1], "5")
    )
    verdict = score_completion(task, "(x + 1) * (x - y) / (x - y)", XY3)
    assert verdict.equivalent
    assert verdict.consistent
    assert not verdict.correct


def test_an_answer_that_is_defined_where_the_target_is_not_is_wrong(make_task):
    task = make_task("x + 1")
    task = changed(
        task, heldout_inputs=(*task.heldout_inputs[:-1], (4, 4)), heldout_outputs=(*task.heldout_outputs[:-1], "undef")
    )
    assert not score_completion(task, "x + 1", XY3).correct
    assert score_completion(task, "(x + 1) * (x - y) / (x - y)", XY3).correct


def test_one_wrong_heldout_output_is_enough_to_be_incorrect(make_task):
    honest = make_task("x + 1")
    task = changed(honest, heldout_outputs=(*honest.heldout_outputs[:-1], "7/9"))
    verdict = score_completion(task, "x + 1", XY3)
    assert verdict.consistent
    assert not verdict.correct


def test_the_form_counts_only_where_the_answer_is_correct(make_task):
    def in_region(expression):
        return strahler_number(expression) >= 3

    task = make_task("x * 2 + x * y")
    assert score_completion(task, "x * 2 + x * y", XY3, in_region).in_region
    assert not score_completion(task, "x * (2 + y)", XY3, in_region).in_region
    assert not score_completion(task, "x * 3 + x * y", XY3, in_region).in_region
    assert score_completion(task, "x * 2 + x * y", XY3).in_region is None


def test_a_training_task_is_refused(make_task):
    training = changed(make_task("x"), heldout_inputs=(), heldout_outputs=())
    with pytest.raises(MetricError, match="holds no outputs out"):
        score_completion(training, "x", XY3)


HOSTILE = {
    "megabyte": "x + " * 250_000 + "x",
    "deep parentheses": "(" * 1_000_000 + "x" + ")" * 1_000_000,
    "deep but short": "(" * 127 + "x" + ")" * 128,
    "NUL": "x\0+ 1",
    "bidi": "x + \u202e1",
    "lone surrogate": "x + \ud800",
    "a million digits": "1" * 1_000_000,
    "many digits": "1" * 200,
    "power": "x ** 9",
    "code": "__import__('os').system('true')",
    "too many leaves": "1*" * MAX_LEAVES + "1",
    "empty": "",
    "another line end inside": "x +\u2028 y",
    "unicode digit": "x + \u0661",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_completion_scores_zero_in_bounded_time_with_a_short_reason(make_task, name):
    task = make_task("x + 1")
    started = time.perf_counter()
    verdict = score_completion(task, HOSTILE[name], XY3)
    assert time.perf_counter() - started < 1
    assert not any((verdict.parsed, verdict.consistent, verdict.correct, verdict.equivalent, verdict.exact_match))
    assert verdict.reason is not None
    assert len(verdict.reason) < 200
    assert "\n" not in verdict.reason


@given(st.text(max_size=300))
def test_any_text_gets_a_verdict(make_task, text):
    verdict = score_completion(make_task("x + 1"), text, XY3)
    assert verdict.parsed == (verdict.reason is None)


def test_exploding_numerators_stay_small_and_fast(make_task):
    task = make_task("x + 1")
    longest = "+".join(["1/(x/y)"] * 10)
    started = time.perf_counter()
    numerators, _ = output_pairs(parse_infix(longest, XY3), leaf_pairs(XY3, PANEL.points))
    assert not score_completion(task, longest, XY3).correct
    assert time.perf_counter() - started < 0.5
    assert max(numerator.bit_length() for numerator in numerators) < 8 * MAX_LEAVES


def test_a_scorer_keeps_no_text_that_is_too_long(make_task):
    scorer = Scorer(XY3)
    scorer.verdict(make_task("x"), "x" * (MAX_CHARACTERS + 1))
    assert scorer._program.cache_info().currsize == 0


@pytest.mark.parametrize("around", ["{}\n", "\n{}", " {}\r\n", "\t{} "])
def test_white_space_around_a_completion_means_nothing(make_task, around):
    assert score_completion(make_task("x + 1"), around.format("x + 1"), XY3).correct
