"""How to load a model and let it write a program: the code that a card shows.

It has its task in it: to look for a dataset beside the model would build one there, for an upload to take along.
"""

import json
from collections.abc import Mapping
from string import Template

from arith_synth.errors import GrammarError, MetricError
from arith_synth.grammar import Expression, Grammar, compose, grammar_from_record, leaf_expression, to_infix
from arith_synth.grammar.operators import OPERATORS
from arith_synth.grammar.prompts import prompt
from arith_synth.report.model_runs import CONFIG_FILE, ModelRun
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.panels import panel_of

_MULTIMODAL = Template("""\
from fractions import Fraction

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import arith_synth.modeling  # registers the model with the Auto classes

folder = "."  # of this card
model = AutoModelForCausalLM.from_pretrained(folder).eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
# What $program gives at the first $n_shown inputs that every task of this grammar shows.
outputs = [Fraction(text) for text in "$outputs".split()]
tokens = model.generate(
    numerators=torch.tensor([[output.numerator for output in outputs]]),
    denominators=torch.tensor([[output.denominator for output in outputs]]),  # 0 where an output is undefined
$inputs    max_new_tokens=$max_new_tokens,
)
print(tokenizer.decode(tokens[0, model.config.n_prefix :], skip_special_tokens=True))  # in $notation notation""")

_INPUTS = Template("""\
    example_inputs=torch.tensor([$points]),
""")

_TEXT = Template('''\
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "."  # of this card
model = AutoModelForCausalLM.from_pretrained(folder).eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
# The column `prompt` of a task whose program is $program.
text = """\\
$prompt"""
prompt = tokenizer(text, return_tensors="pt")
tokens = model.generate(**prompt, max_new_tokens=$max_new_tokens)
print(tokenizer.decode(tokens[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True).strip())''')


def reads_text(model: ModelRun) -> str:
    """What the model is given, in a few sentences."""
    if not model.is_multimodal:
        return "It reads the column `prompt`, and nothing else."
    unread = '`pipeline("text-generation")` is not for it: text goes in there, which it does not read.'
    if model.model_config.get("reads_inputs"):
        return f"It reads the first `n_shown` examples of a task, inputs and exact outputs, and no text. {unread}"
    return (
        "It reads the first `n_shown` exact outputs of a task, and no text. It is not told the inputs, which are those "
        f"that all tasks of the grammar show, and no others. {unread}"
    )


def snippet(model: ModelRun, max_new_tokens: int) -> str:
    """Python that loads the model from its folder and answers a task which it has in it; it writes no file.

    Raises MetricError when the model's config.json names no grammar.
    """
    grammar = _grammar_of(model)
    program, points = _small_program(grammar), panel_of(grammar).shown
    outputs = outputs_of(program, grammar, points)
    if not model.is_multimodal:
        text = prompt(grammar, points, outputs)
        return _TEXT.substitute(program=to_infix(program), prompt=text, max_new_tokens=max_new_tokens)
    n_shown = model.model_config.get("n_shown", len(points))
    of_inputs = _INPUTS.substitute(points=json.dumps(points[:n_shown]))
    return _MULTIMODAL.substitute(
        program=to_infix(program),
        n_shown=n_shown,
        outputs=" ".join(outputs[:n_shown]),
        inputs=of_inputs if model.model_config.get("reads_inputs") else "",
        max_new_tokens=max_new_tokens,
        notation=model.model_config.get("notation"),
    )


def _grammar_of(model: ModelRun) -> Grammar:
    """The grammar that a config.json defines."""
    made_for = model.model_config if model.is_multimodal else model.model_config.get("arith_synth")
    try:
        return grammar_from_record(made_for.get("grammar") if isinstance(made_for, Mapping) else None)
    except GrammarError as error:
        raise MetricError(f"{model.folder / CONFIG_FILE} names no grammar ({error}); train the model again") from error


def _small_program(grammar: Grammar) -> Expression:
    """A program of a grammar that is defined at every input: `(x + 3) * y`; of few operators, one variable alone."""
    first, last = leaf_expression(grammar.variables[0]), leaf_expression(grammar.variables[-1])
    binary = [symbol for symbol in grammar.operators if OPERATORS[symbol].arity == 2 and symbol != "/"]
    if not binary:
        return first
    outer = "*" if "*" in binary else binary[-1]
    return compose(outer, compose(binary[0], first, leaf_expression(grammar.leaves[-1])), last)
