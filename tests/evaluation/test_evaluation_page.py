"""docs/evaluation.md: every command evaluates, every flag and every field of run.json is named."""

import json
import re
import shlex
from dataclasses import fields, replace
from pathlib import Path

import pytest
import tyro
from tiny_models import byte_level_tokenizer, save_tiny_model

from arith_synth.cli import main
from arith_synth.data.folder import open_dataset
from arith_synth.evaluation import EvaluationConfig, evaluate
from arith_synth.scoring.extraction import MAX_COMPLETION_CHARACTERS

PAGE = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
COMMANDS = list(dict.fromkeys(re.findall(r"^arith-synth eval (.*)$", PAGE, flags=re.MULTILINE)))


@pytest.fixture(scope="module")
def tiny(small_dataset, tmp_path_factory):
    """A model of others, in place of those on the Hub."""
    prompts = open_dataset(small_dataset).read("support_shift", "test", ["prompt"]).column("prompt").to_pylist()
    folder = tmp_path_factory.mktemp("tiny") / "model"
    return save_tiny_model(folder, "qwen3", byte_level_tokenizer(prompts), n_context=4_096)


@pytest.fixture
def options_of(server, small_dataset, trained, tiny, tmp_path):
    """The options of a command of the page, on a small dataset, with models that are there."""

    def make(arguments):
        options = tyro.cli(EvaluationConfig, args=shlex.split(arguments))
        here = {"data": small_dataset, "output": tmp_path / "scores"}
        if options.server is not None:
            return replace(options, server=server.url, **here)
        if options.model.startswith("runs/"):
            return replace(options, model=str(trained), **here)
        return replace(options, model=str(tiny), max_new_tokens=4, **here)

    return make


@pytest.mark.parametrize("arguments", COMMANDS)
def test_every_command_evaluates(options_of, arguments):
    options = options_of(arguments)
    scores = evaluate(options)
    assert list(scores) == list(options.split_names)
    if options.server is not None:
        assert scores["test"]["execution_accuracy"] == 1


def test_the_predictions_are_scored_again_by_the_command_that_follows(options_of, capsys):
    options = options_of(COMMANDS[0])
    evaluate(options)
    (arguments,) = re.findall(r"^arith-synth score \S+ (.*)$", PAGE, flags=re.MULTILINE)
    predictions = str(options.output / "predictions.jsonl")
    assert main(["score", predictions, "--data", str(options.data), *shlex.split(arguments)]) == 0
    assert "test_syntactic" in capsys.readouterr().out


def test_every_flag_is_named():
    flags = {"--" + field.name.replace("_", "-") for field in fields(EvaluationConfig)}
    named = set(re.findall(r"--[a-z][a-z0-9-]*", PAGE))
    assert flags - named - {"--mask"} == set()
    assert named - flags == {"--help", "--no-mask", "--port", "--generation-config"}


def test_the_files_and_fields_are_those_of_the_tables(options_of):
    options = options_of(next(arguments for arguments in COMMANDS if "--server" in arguments))
    evaluate(options)
    files = PAGE.split("| file of `--output` | holds |")[1].split("\n\n")[0]
    left = {path.name for path in options.output.iterdir() if not path.name.startswith(".")}
    assert {*left, "unfinished/"} == set(re.findall(r"^\| `([\w./]+)` \|", files, flags=re.MULTILINE))
    table = PAGE.split("| in `run.json` | says |")[1].split("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(json.loads((options.output / "run.json").read_text()))


def test_numbers_on_the_page_are_those_of_the_code():
    from arith_synth.evaluation import server_client

    chat, here = EvaluationConfig(model="a", server="http://host/v1"), EvaluationConfig(model="a")
    assert f"is {chat.n_new_tokens} for chat by default, and {here.n_new_tokens} otherwise" in PAGE
    assert f"at a time ({chat.n_together} by default)" in PAGE
    assert f"After a timeout ({server_client.TIMEOUT_S:.0f} s)" in PAGE
    assert server_client.N_RETRIES == 5
    assert f"more than {MAX_COMPLETION_CHARACTERS:,} characters" in PAGE
