"""Each rule of the table reads what it says, and programs survive whatever a model puts around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_CHARACTERS, grammar_named, to_infix
from arith_synth.scoring.extraction import read_completion
from arith_synth.scoring.extraction.extracting import MAX_STEPS
from arith_synth.scoring.extraction.refusals import REFUSALS
from arith_synth.scoring.extraction.rules import RULES
from arith_synth.scoring.reasons import reason_kind

EXAMPLES = [(rule.name, example) for rule in RULES for example in rule.examples]

#: What models put around a program, with a % where it stands.
AROUND = [
    "```\n%\n```",
    "Sure!\r\n\r\n```python\r\n%\r\n```\r\n\r\nThis fits.",
    "```%```",
    "answer: %",
    "FINAL ANSWER: %.",
    "Thinking it over, f(1, 2) = 3.\n\n**Final answer:** `%`",
    "**Answer:**\n\n$$%$$",
    "So the final answer is\n```\n%\n```",
    "The answer is $\\boxed{%}$.",
    "<think>It is f(x, y) = x?\n\n```\nx\n```\n</think>\n\n<answer>\n%\n</answer>",
    "f(x, y) = %",
    "Let f(x,y) = 2*x + 1. No.\n\nHence $f(x, y) = %$ for all inputs.",
    "def f(x, y):\n    return %",
    "```python\ndef program(x: int, y: int) -> Fraction:\n    '''Doc.'''\n    # why\n    return (%)\n\nprint(1)\n```",
    "f = lambda x, y: %",
    "return %;",
    "%\n\nf(3, 4) = 5\n\nFind an expression for f(x, y) that uses only x, y",
    "Here it comes:\n\n%\n\nIt fits all examples.",
    '```json\n{"expression": "%", "confidence": 0.9}\n```',
    "result = %  # simplest",
    "I would say `%`, since `f` grows with both.",
    "%<|im_end|>",
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_a_rule_reads_its_examples(name, example):
    read = read_completion(example.text, grammar_named(example.grammar))
    assert to_infix(read.expression) == example.program
    assert name in (read.rule or "").split(" + ")
    with pytest.raises(ParseError):
        read_completion(example.text, grammar_named(example.grammar), strict=True)


def test_rules_have_distinct_names_a_sentence_and_an_example():
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.name.replace("_", "").isalpha()
        assert rule.name.islower()
        assert rule.sentence.endswith(".")
        assert rule.examples


@pytest.mark.parametrize("refusal", REFUSALS, ids=[refusal.name for refusal in REFUSALS])
def test_a_refused_notation_has_its_own_reason(refusal):
    for text in (refusal.example, f"Answer: {refusal.example}", f"```\n{refusal.example}\n```"):
        with pytest.raises(ParseError) as caught:
            read_completion(text, XY3)
        assert str(caught.value) == f"{refusal.reason.format(grammar='xy3')}; {refusal.advice}"


@given(st.sampled_from([XY3, XYCOND]).flatmap(lambda grammar: st.tuples(st.just(grammar), expressions(grammar))))
def test_a_program_means_itself_and_no_rule_sees_it(case):
    grammar, program = case
    for strict in (False, True):
        read = read_completion(f" {to_infix(program)}\n", grammar, strict=strict)
        assert read.expression == program
        assert read.rule is None


@given(expressions(XY3), st.sampled_from(AROUND))
def test_a_program_is_found_in_whatever_is_around_it(program, around):
    read = read_completion(around.replace("%", to_infix(program)), XY3)
    assert read.expression == program
    assert read.rule is not None


@given(expressions(XYCOND, max_leaves=6), st.sampled_from(AROUND))
def test_calls_and_conditionals_are_found_too(program, around):
    assert read_completion(around.replace("%", to_infix(program)), XYCOND).expression == program


@given(expressions(XY3), st.sampled_from(["%", "$%$", "f(x, y) = %", "\\[ % \\]", "Answer: $\\boxed{%}$"]))
def test_latex_means_the_same_tree(program, around):
    signs = {"+": "+", "-": "-", "*": "\\cdot"}

    def latex(symbol, operands):
        left, right = operands
        return f"\\dfrac{{{left}}}{{{right}}}" if symbol == "/" else f"\\left({left} {signs[symbol]} {right}\\right)"

    text = program.fold(lambda symbol: symbol, latex)
    assert read_completion(around.replace("%", text), XY3).expression == program


@given(expressions(XYCOND, max_leaves=6))
def test_conditionals_of_python_mean_the_same_tree(program):
    def python(symbol, operands):
        if symbol == "if":
            low, high, chosen, otherwise = operands
            return f"({chosen} if {low} < {high} else {otherwise})"
        return f"{symbol}({', '.join(operands)})" if symbol in ("min", "max") else f"({f' {symbol} '.join(operands)})"

    text = program.fold(lambda symbol: symbol, python)
    if len(text) <= MAX_CHARACTERS:
        assert read_completion(text, XYCOND).expression == program


@given(expressions(XY3, max_leaves=6))
def test_typographic_signs_mean_plain_ones(program):
    text = to_infix(program).translate(
        str.maketrans({"*": "×", "/": "÷", "-": "−", "+": "＋", "(": "（", " ": "\u00a0"})
    )
    assert read_completion(text, XY3).expression == program


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("Answer: x + y\nAnswer: x * y", "x * y"),
        ("```\nx + y\n```\nor\n```\nx * y\n```", "x * y"),
        ("f(x, y) = x + y\nf(x, y) = x * y", "x * y"),
        (r"\boxed{x + y} or \boxed{x * y}", "x * y"),
        ("x + y\nx * y", "x + y"),
        ("x + y\nThe answer is 3 for the first.\nAnswer: x * y", "x + y"),
    ],
)
def test_of_several_candidates_one_counts_by_its_place(text, program):
    assert to_infix(read_completion(text, XY3).expression) == program


@pytest.mark.parametrize(
    ("body", "program"),
    [
        ("return x + y", "x + y"),
        ("return (x\n        + y)", "x + y"),
        ("return x \\\n        + y", "x + y"),
        ("return (\n        x + y  # both\n    )", "x + y"),
        ("return x\n    + y", None),
        ("return x\n    - y", None),
        ("return\n    x", None),
        ("return (x)\n    * y", None),
    ],
)
def test_a_function_means_what_python_returns(body, program):
    """A line that Python never comes to is no part of what is returned."""
    text = f"def f(x, y):\n    {body}\n"
    if program is not None:
        assert to_infix(read_completion(text, XY3).expression) == program
        return
    with pytest.raises(ParseError, match="the function does more than return one expression"):
        read_completion(text, XY3)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Answer: x + y\nAnswer: x +", "an operand is missing at the end"),
        ("```\nx + y\n```\n```\nx + z\n```", "'…' is not in grammar xy3"),
        ("x +\nAnswer:\n", "an operand is missing at the end"),
        ("f(x, y) = x + y = y + x", "'…' at character … is not in grammar xy3"),
        ("The answer is x + y times two", "'…' is not in grammar xy3"),
        ("Answer: 2x", "an operator is missing before '…'"),
        ("2(x + 1)", "an operator is missing before '…'"),
        ("y = x + 1", "'…' at character … is not in grammar xy3"),
        ("1. x + y", "'…' at character … is not in grammar xy3"),
        ("- x + y", "unary '…' is not in grammar xy3"),
        ("def g(y, x):\n    return x - y", "the parameters of the function are not x, y"),
        ("def f(x, y):\n    a = x\n    return a", "the function does more than return one expression"),
        (
            "def f(x, y):\n    if x < y:\n        return x\n    return y",
            "the function does more than return one expression",
        ),
        ("<think>f(x, y) = x + y", "the thought after '…' never ends"),
        ("I do not know.", "no program found"),
        ("Let me think.\nIt may be a sum.\nOr not.", "no program found"),
        ("", "no program found"),
        ("x ; y", "'…' at character … is not in grammar xy3"),
        (r"\sqrt{x}", "the LaTeX command '…' is not in grammar xy3"),
        (r"\frac{x}", "the LaTeX ends within a command or a brace"),
        ("х + у", "'…' at character … is not in grammar xy3"),
        ("Answer: " + "x + " * 100 + "x", "the program has … characters"),
        ("Answer: " + "x+" * 40 + "x", "the program has … leaves"),
    ],
)
def test_the_reason_is_that_of_the_one_candidate(text, kind):
    with pytest.raises(ParseError) as caught:
        read_completion(text, XY3)
    assert reason_kind(str(caught.value)) == kind


def test_rules_compose_up_to_a_number():
    text = "<think>?</think>**Final answer:**\n```python\ndef f(x, y):\n    return x × y;  # product\n```</s>"
    read = read_completion(text, XY3)
    assert to_infix(read.expression) == "x * y"
    names = (read.rule or "").split(" + ")
    assert len(names) == len(set(names)) <= MAX_STEPS


def test_a_python_conditional_is_refused_where_the_grammar_has_none():
    with pytest.raises(ParseError, match="'if' is not in grammar xy3"):
        read_completion("x if x < y else y", XY3)


@pytest.mark.parametrize(
    "text",
    [
        "f(x, y) = x + y ✓",
        "x + y ✅ matches every example",
        "Answer: x + y (checked on all examples)",
        "answer: x + y because f(1, 1) = 2",
    ],
)
def test_a_program_ends_before_a_tick_or_a_remark(text):
    assert to_infix(read_completion(text, XY3).expression) == "x + y"


@pytest.mark.parametrize("text", ["x squared", "x + y (i.e. y + x)", "x (y)", "x + (because) y"])
def test_what_is_no_remark_ends_no_program(text):
    with pytest.raises(ParseError):
        read_completion(text, XY3)
