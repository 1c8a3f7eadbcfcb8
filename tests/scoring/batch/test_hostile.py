"""Completions that are made to take time or memory: bounded, and the same outcomes."""

import itertools
import time

from strategies import XY3

from arith_synth.grammar import parse_infix
from arith_synth.scoring import TaskOutcome
from arith_synth.scoring.batch import batch_outcomes
from arith_synth.scoring.predictions import MAX_COMPLETIONS

HOSTILE = [
    "x + " * 250_000 + "x",
    "(" * 1_000_000 + "x" + ")" * 1_000_000,
    "(" * 127 + "x" + ")" * 128,
    "x\0+ 1",
    "x + \u202e1",
    "x + \ud800",
    "1" * 200_000,
    "1" * 200,
    "x ** 9",
    "__import__('os').system('true')",
    "",
    "x" + " " * 100_000,
    "```" * 1000,
]


def exploding(n: int) -> list[str]:
    """Different polynomials of 30 leaves in Horner's form, with values far beyond 64 bits."""
    texts = []
    for terms in itertools.islice(itertools.product(("+1", "+2", "+3", "-1"), repeat=7), n):
        text = "y"
        for term in terms:
            text = f"({text})*x*x*y{term}"
        texts.append(text)
    return texts


def test_hostile_texts_are_answered_as_by_the_plain_path(make, score_by_both):
    task = make(parse_infix("x + 1", XY3), XY3)
    started = time.perf_counter()
    scored = score_by_both([task], [[*HOSTILE, "x + 1", *HOSTILE]], XY3)
    assert time.perf_counter() - started < 30  # kernels may have to be compiled
    assert scored.batch == scored.plain
    assert scored.batch[0].n_correct == 1
    assert scored.batch[0].n_parsed == 2 if scored.batch[0].rules else 1


def test_ten_thousand_answers_beyond_64_bits_are_refuted_without_pythons_integers(make, score_by_both):
    task = make(parse_infix("x", XY3), XY3)
    texts = exploding(MAX_COMPLETIONS)
    assert len(set(texts)) == MAX_COMPLETIONS

    def no_plain_path(_: object) -> TaskOutcome:
        raise AssertionError("the plain path was asked")

    (outcome,) = batch_outcomes([task], {task.task_id: texts}, XY3, no_plain_path)
    assert (outcome.n_parsed, outcome.n_correct, outcome.largest_cluster) == (MAX_COMPLETIONS, 0, 0)
    scored = score_by_both([task], [texts[:50]], XY3)
    assert scored.batch == scored.plain
    assert scored.n_left == 0


def test_answers_beyond_64_bits_that_may_be_equal_are_left_to_pythons_integers(make, score_by_both):
    task = make(parse_infix("x", XY3), XY3)
    text = exploding(1)[0]
    scored = score_by_both([task], [[text, f"({text})", text.replace("x*y", "y*x", 1), "x"]], XY3)
    assert scored.batch == scored.plain
    assert scored.n_left == 1
