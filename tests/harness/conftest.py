"""The small dataset's headline config, recorded completions for its tests, and a tiny model of somebody else's."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness.recorded import recorded_completions

from arith_synth.data.folder import open_dataset
from arith_synth.harness.rows import ROW_COLUMNS
from arith_synth.scoring import Prediction

CONFIG = "support_shift"
TESTS = ("test", "test_semantic", "test_syntactic", "test_both")
#: 160 tasks with 32 completions each: 5,120.
N_SAMPLES = 32
#: The tiny model knows the first tasks of these splits by heart.
TAUGHT = ("test", "test_both")
N_TAUGHT = 4


@pytest.fixture(scope="session")
def rows(small_dataset: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of each test split, as the harnesses read them."""
    folder = open_dataset(small_dataset)
    return {split: folder.read(CONFIG, split, ROW_COLUMNS).to_pylist() for split in TESTS}


@pytest.fixture(scope="session")
def recorded(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[Prediction]]:
    """The completions of each split."""
    return {split: recorded_completions(of_split, N_SAMPLES) for split, of_split in rows.items()}


@pytest.fixture(scope="session")
def tiny_model(rows: dict[str, list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal language model of others that knows some tests by heart, so that it earns something: on disk, 1 MB.

    It was taught the answer behind the prompt as it stands, and behind its chat template.
    """
    from tiny_models import byte_level_tokenizer, memorize, save_tiny_model

    tokenizer = byte_level_tokenizer(row["prompt"] for row in rows["test"])
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
        "{% if add_generation_prompt %}assistant:{% endif %}"
    )
    folder = tmp_path_factory.mktemp("tiny") / "model"
    save_tiny_model(folder, "llama", tokenizer, n_context=2_048, spread=0.05)
    taught = [row for split in TAUGHT for row in rows[split][:N_TAUGHT]]
    memorize(
        folder,
        [
            (prompt, f" {row['program']}\n")
            for row in taught
            for prompt in (row["prompt"], f"user: {row['prompt']}\nassistant:")
        ],
    )
    return folder


@pytest.fixture(scope="session")
def run_tool(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run a program of this Python's environment where there is no network and no dataset; returns what it printed."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def run(program: str, *arguments: str | Path, timeout_s: float = 250, **variables: str) -> str:
        command = [str(Path(sys.executable).parent / program), *map(str, arguments)]
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"} | variables
        done = subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False, timeout=timeout_s
        )
        assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def scores_in(
    small_dataset: Path, run_tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., dict[str, Any]]:
    """What the command `score` prints for splits, of predictions or of the completions in a harness's log."""

    def run(file: Path, *splits: str, k: str = "1") -> dict[str, Any]:
        predictions = file
        if file.name != "predictions.jsonl":
            predictions = tmp_path_factory.mktemp("logged") / "predictions.jsonl"
            run_tool("arith-synth", "harness-predictions", file, "--output", predictions)
        options = ["--data", small_dataset, "--config", CONFIG, "--splits", ",".join(splits), "--k", k]
        return json.loads(run_tool("arith-synth", "score", predictions, *options, "--no-copies", "--json"))

    return run
