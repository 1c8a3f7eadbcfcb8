"""The page on fine-tuning is true: its own script trains a tiny model with random weights, and `eval` scores that."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny_models import byte_level_tokenizer, save_tiny_model

from arith_synth.data.folder import open_dataset
from arith_synth.evaluation import evaluate
from arith_synth.evaluation.causal_models import load_causal_lm
from arith_synth.scoring import read_predictions

PAGE = Path(__file__).parents[2] / "docs" / "fine-tuning.md"
TESTS = ("test", "test_both")


@pytest.fixture
def finetune(small_dataset, tmp_path):
    """Run the script of the page, as the page says; returns the folder that it writes."""
    (script,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "finetune.py").write_text(script, encoding="utf-8")

    def run(base, *options):
        command = [sys.executable, "finetune.py", "--base", base, "--output", "out", "--data", small_dataset, *options]
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [str(part) for part in command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return tmp_path / "out"

    return run


@pytest.fixture
def answers_of(evaluation_of, tmp_path):
    """The scores of a model and its completions, task by task."""

    def run(model):
        config = evaluation_of(model, splits=",".join(TESTS), output=tmp_path / "scores" / model.name, max_new_tokens=8)
        scores = evaluate(config)
        return scores, [row.completions for row in read_predictions(config.output / "predictions.jsonl")]

    return run


@pytest.fixture
def completions(small_dataset):
    """Prompts and completions of the test."""
    table = open_dataset(small_dataset).read("support_shift", "test", ["prompt", "completion"])
    return list(zip(table.column("prompt").to_pylist(), table.column("completion").to_pylist(), strict=True))


@pytest.fixture
def tokenizer(completions):
    return byte_level_tokenizer(prompt for prompt, _ in completions)


@torch.no_grad()
def loss_of(folder, completions):
    """Nats a token of a completion."""
    lm = load_causal_lm(folder, torch.device("cpu"))
    losses = []
    for prompt, completion in completions:
        given, whole = (lm.tokenizer(text)["input_ids"] for text in (prompt, prompt + completion))
        labels = [-100] * len(given) + whole[len(given) :]
        losses.append(float(lm.model(torch.tensor([whole]), labels=torch.tensor([labels])).loss))
    return sum(losses) / len(losses)


def test_an_adapter_is_trained_and_answers_as_its_merged_model_and_not_as_its_base(
    finetune, answers_of, tokenizer, tmp_path
):
    base = save_tiny_model(tmp_path / "base", "qwen3", tokenizer)
    options = ["--split", "validation", "--max-steps", "12", "--batch-size", "8", "--learning-rate", "0.05"]
    out = finetune(base, *options)
    scores, adapted = answers_of(out / "adapter")
    assert {split: scores[split]["n"] for split in TESTS} == dict.fromkeys(TESTS, 40)
    _, merged = answers_of(out / "model")
    _, before = answers_of(base)
    # Merging rounds: now and then it may turn a choice.
    assert sum(a == b for a, b in zip(adapted, merged, strict=True)) >= 70
    assert sum(a == b for a, b in zip(adapted, before, strict=True)) <= 10


@pytest.mark.slow
def test_training_all_weights_teaches_a_tiny_model_the_completions(
    finetune, answers_of, tokenizer, completions, tmp_path
):
    base = save_tiny_model(tmp_path / "base", "llama", tokenizer, spread=0.05)
    out = finetune(base, "--no-lora", "--max-steps", "25", "--batch-size", "8", "--learning-rate", "0.02")
    assert not (out / "adapter").exists()
    assert answers_of(out / "model")[0]["test"]["n"] == 40
    assert loss_of(out / "model", completions) < 0.6 * loss_of(base, completions)
