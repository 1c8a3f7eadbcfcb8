"""How to load a model and let it write a program: the code that a card shows."""

from string import Template

from arith_synth.report.model_runs import ModelRun

_MULTIMODAL = Template("""\
from fractions import Fraction

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import arith_synth.modeling  # registers the model with the Auto classes
from arith_synth import load_dataset

folder = "."  # of this card
model = AutoModelForCausalLM.from_pretrained(folder).eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
task = load_dataset("$config", "$split")[0]
outputs = [Fraction(text) for text in task["outputs"][: model.config.n_shown]]
tokens = model.generate(
    model.prompt_ids(1),  # placeholders for the examples
    numerators=torch.tensor([[output.numerator for output in outputs]]),
    denominators=torch.tensor([[output.denominator for output in outputs]]),
$inputs    max_new_tokens=$max_new_tokens,
)
print(tokenizer.decode(tokens[0, model.config.n_prefix :], skip_special_tokens=True))  # in $notation notation""")

_INPUTS = """\
    example_inputs=torch.tensor([task["inputs"][: model.config.n_shown]]),
"""

_TEXT = Template("""\
from transformers import AutoModelForCausalLM, AutoTokenizer

from arith_synth import load_dataset

folder = "."  # of this card
model = AutoModelForCausalLM.from_pretrained(folder).eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
task = load_dataset("$config", "$split")[0]
prompt = tokenizer(task["prompt"], return_tensors="pt")
tokens = model.generate(**prompt, max_new_tokens=$max_new_tokens)
print(tokenizer.decode(tokens[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True).strip())""")


def reads_text(model: ModelRun) -> str:
    """One sentence on what the model is given."""
    if not model.is_multimodal:
        return "It reads the column `prompt`, and nothing else."
    if model.model_config.get("reads_inputs"):
        return "It reads the first `n_shown` examples of a task, inputs and exact outputs, and no text."
    return (
        "It reads the first `n_shown` exact outputs of a task, and no text. It is not told the inputs, which are those "
        "that all tasks of the grammar show, and no others."
    )


def snippet(model: ModelRun, max_new_tokens: int) -> str:
    """Python that loads the model from its folder and answers the first task of a test."""
    template = _MULTIMODAL if model.is_multimodal else _TEXT
    config, split = _task_to_show(model)
    return template.substitute(
        config=config,
        split=split,
        inputs=_INPUTS if model.model_config.get("reads_inputs") else "",
        max_new_tokens=max_new_tokens,
        notation=model.model_config.get("notation"),
    )


def _task_to_show(model: ModelRun) -> tuple[str, str]:
    """A split that was evaluated; else the test of the training config, whose control has none of its own."""
    if model.scores:
        return model.scores[0].config, model.scores[0].split
    return str(model.options["config"]).removesuffix("_control"), "test"
