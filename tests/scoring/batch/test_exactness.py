"""Nothing is right, equal or wrong because of arithmetic modulo something."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from strategies import XY3, XYCOND, expressions

from arith_synth.grammar import MAX_LEAVES, grammar_named, parse_infix, to_infix
from arith_synth.scoring.batch.classes import residues_of_fingerprint
from arith_synth.semantics.fingerprints import PRIME, fingerprint_of

XY9 = grammar_named("xy9")
#: Reduced, their outputs fit 64 bits; their bounds do not, and those of the last one never do.
LONG = {
    "one": "*".join(["x/x"] * 16),
    "cancelled": "x" + "*3" * 15 + "/3" * 15,
    "sums": "x" + "+(x-x)" * 15,
    "sum of thirds": "+".join(["x/3"] * 16),
    "power": "*".join(["x"] * MAX_LEAVES),
    "tower": "/".join(["x"] * 16) + "+" + "/".join(["y"] * 16),
}


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("grammar", [XY3, XYCOND], ids=lambda grammar: grammar.name)
def test_a_long_program_that_is_the_target_is_correct(make, score_by_both, name, grammar):
    program = parse_infix(LONG[name], grammar)
    task = make(program, grammar)
    scored = score_by_both([task], [[LONG[name], "x", "x + 1", LONG[name].replace("x", "(x)", 1)]], grammar)
    assert scored.batch == scored.plain
    assert scored.batch[0].n_correct >= 2


@pytest.mark.parametrize("name", LONG)
def test_a_long_program_is_wrong_for_another_target(make, score_by_both, name):
    task = make(parse_infix("x * y + 2", XY3), XY3)
    scored = score_by_both([task], [[LONG[name], "x * y + 2"]], XY3)
    assert scored.batch == scored.plain
    assert scored.batch[0].n_correct == 1
    assert scored.n_left == 0


def test_integers_of_128_bits_that_agree_in_64_are_told_apart(make, score_by_both):
    # 2^64 = (2^16)^4: the numerator wraps around to that of zero.
    grammar = replace(XY3, name="powers", constants=(1, 65536))
    wrapped = "*".join(["65536"] * 4)
    task = make(parse_infix("x", grammar), grammar)
    texts = [f"x + {wrapped}", f"x * ({wrapped} + 1)", f"x + {wrapped} - {wrapped}", "x"]
    scored = score_by_both([task], [texts], grammar)
    assert scored.batch == scored.plain
    assert scored.batch[0].n_correct == 2


def test_expected_outputs_of_large_numerators_are_compared_in_full(make, score_by_both):
    honest = make(parse_infix("x", XY3), XY3)
    for outputs in (
        tuple(str(int(output) + 2**64) for output in honest.outputs),
        tuple(f"{output}0/10" for output in honest.outputs),
        tuple(f"{int(output) * 10**17}/{10**17}" for output in honest.outputs),
        tuple(f"{int(output) * 10**200}/{10**200}" for output in honest.outputs),
        ("undef", *honest.outputs[1:]),
    ):
        task = replace(honest, outputs=outputs)
        scored = score_by_both([task], [["x", "x + 1", "x * (x - y) / (x - y)"]], XY3)
        assert scored.batch == scored.plain


def test_a_multiple_of_the_prime_is_equivalent_and_not_correct(make, score_by_both):
    """What a collision of fingerprints means: 2^61 = 1 modulo p."""
    doubled = "x" + "*8" * 20 + "*2"
    task = make(parse_infix("x", XY9), XY9)
    assert fingerprint_of(parse_infix(doubled, XY9), XY9) == task.fingerprint
    for texts in ([doubled], [doubled, "x"], ["x", doubled, "x"]):
        scored = score_by_both([task], [texts], XY9)
        assert scored.batch == scored.plain
        assert (scored.batch[0].n_equivalent, scored.batch[0].n_correct) == (len(texts), texts.count("x"))


def test_a_divisor_that_the_prime_divides_is_left_to_pythons_integers(make, score_by_both):
    # 8^20 * 2 - 1 = p, so that the divisor is not zero although its residue is.
    text = "x / (" + "*".join(["8"] * 20) + "*2 - 1)"
    scored = score_by_both([make(parse_infix("x", XY9), XY9)], [[text, "x"]], XY9)
    assert scored.batch == scored.plain
    assert scored.batch[0].n_parsed == 2
    assert scored.batch[0].n_equivalent == 1


@given(expressions(XY3, max_leaves=32), expressions(XY3, max_leaves=32))
@settings(max_examples=60)
def test_long_programs_and_their_doubles_form_the_same_clusters(make, score_by_both, one, other):
    texts = [to_infix(program) for program in (one, other, one)] + [f"({to_infix(one)})", "x / (y - y)"]
    tasks = [make(one, XY3, 0), make(parse_infix("x", XY3), XY3, 1)]
    scored = score_by_both(tasks, [texts, texts], XY3)
    assert scored.batch == scored.plain


@given(expressions(XYCOND, max_leaves=32))
@settings(max_examples=20)
def test_long_conditionals_are_scored_alike(make, score_by_both, program):
    tasks = [make(program, XYCOND, 0), make(parse_infix("max(x, y)", XYCOND), XYCOND, 1)]
    texts = [to_infix(program), "max(y, x)", "if x < y then y else x"]
    scored = score_by_both(tasks, [texts, texts], XYCOND)
    assert scored.batch == scored.plain


BROKEN = {
    "no output": {"outputs": "7 / 3"},
    "zero denominator": {"outputs": "1/0"},
    "newline": {"outputs": "1\n2"},
    "unicode digit": {"outputs": "\u0661"},
    "empty": {"outputs": ""},
}


@pytest.mark.parametrize("name", BROKEN)
def test_tasks_with_malformed_outputs_are_left_to_the_plain_path(make, score_by_both, name):
    honest = make(parse_infix("x", XY3), XY3)
    task = replace(honest, outputs=(honest.outputs[0], BROKEN[name]["outputs"], *honest.outputs[2:]))
    # A wrong answer is found out before the malformed output is looked at, by either path.
    scored = score_by_both([honest, task], [["x"], ["y"]], XY3)
    assert scored.batch == scored.plain
    assert scored.n_left == 1


@pytest.mark.parametrize(
    "text", ["", "0" * 31, "g" * 32, "F" * 32, f"{PRIME:032x}", "0" * 33, "0x" + "0" * 30, "-" * 32]
)
def test_what_is_no_fingerprint_has_no_residues(text):
    assert residues_of_fingerprint(text) is None


def test_residues_are_those_of_the_fingerprint():
    assert residues_of_fingerprint(f"{5:016x}{PRIME - 1:016x}") == (5, PRIME - 1)
