"""The checkpoints to build on: what their runs are told, what their folders hold, and those of the project itself."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
import torch
import tyro
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from arith_synth.cli import COMMANDS
from arith_synth.data.folder import open_dataset
from arith_synth.decoding import GrammarLogitsProcessor, mask_for
from arith_synth.errors import CheckpointError, MetricError, ParseError, UsageError
from arith_synth.evaluation import EvaluationConfig, evaluate
from arith_synth.experiments import checkpoint_folders
from arith_synth.experiments.checkpoint_folders import (
    EVALUATION,
    MAX_FILE_BYTES,
    check_size,
    checkpoint_card,
    holds_checkpoint,
    publish_checkpoint,
)
from arith_synth.experiments.checkpoints import CheckpointsConfig
from arith_synth.experiments.checkpoints_runner import SCORED_SPLITS, make_checkpoints, planned_checkpoints
from arith_synth.grammar import MAX_LEAVES
from arith_synth.model_files import model_sha256
from arith_synth.splits import support
from arith_synth.tokenization import read_program
from arith_synth.training import TrainingConfig, train
from arith_synth.training.data import evaluation_tasks

ROOT = Path(__file__).parents[2]
CHECKPOINTS = sorted(path.parent for path in (ROOT / "model_cards").glob("*/config.json"))
FILES = {
    *("README.md", "config.json", "curve.png", "evaluation/run.json", "generation_config.json", "model.safetensors"),
    *("run.json", "tokenizer.json", "tokenizer_config.json", ".eval_results/arith-synth.yaml"),
}
#: Two names, at least, below the root of a file system; an address of the web has something before its first one.
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/~)-])(?:/[\w.-]+){2,}|[A-Z]:\\\\|file://")
N_ROWS = 50
_TEXTS = (".json", ".md", ".yaml")

of_the_project = pytest.mark.parametrize("folder", CHECKPOINTS, ids=lambda folder: folder.name)


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def paths_in(folder):
    """Absolute paths that the texts of a folder name."""
    texts = [path.read_text(encoding="utf-8") for path in files_of(folder).values() if path.suffix in _TEXTS]
    return [path for text in texts for path in ABSOLUTE_PATH.findall(text)]


def places_of(record):
    return set(record) & {"data", "output", "path", "model"}


def programs_of(folder, data, *, masked):
    """What the Auto classes' model of a folder writes for the first tasks of a test, and how many are programs."""
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = model.config
    tasks = evaluation_tasks(open_dataset(data), "random", "test", config, limit=N_ROWS)
    ids = model.prompt_ids(len(tasks))
    n_new = 2 * MAX_LEAVES
    mask = [GrammarLogitsProcessor(mask_for(config, n_new), ids.shape[1])] if masked else []
    tokens = model.generate(ids, features=tasks.features, do_sample=False, max_new_tokens=n_new, logits_processor=mask)
    texts = tokenizer.batch_decode(tokens[:, ids.shape[1] :], skip_special_tokens=True)
    programs = []
    for text in texts:
        try:
            programs.append(read_program(text, config.notation, config.grammar_definition()))
        except ParseError:
            continue
    return texts, programs


@pytest.fixture(scope="module")
def trained(small_dataset, tmp_path_factory):
    """A run of a few steps and its scores, as the chain leaves them."""
    place = tmp_path_factory.mktemp("checkpoints")
    options = {"config": support.CONFIG, "n_validation": 20, "n_monitor": 20, "log_every_steps": 2}
    train(TrainingConfig(data=small_dataset, max_steps=8, batch_size=32, output=place / "model", **options))
    evaluate(
        EvaluationConfig(
            model=place / "model",
            data=small_dataset,
            config=support.CONFIG,
            splits=",".join(SCORED_SPLITS),
            output=place / "scores",
        )
    )
    return place


@pytest.fixture(scope="module")
def checkpoint(trained, tmp_path_factory):
    target = tmp_path_factory.mktemp("model_cards") / "nano-support_shift"
    publish_checkpoint(trained / "model", trained / "scores", target, "a key")
    return target


def test_both_models_are_told_the_same_but_for_their_arm(small_dataset):
    config = CheckpointsConfig(data=small_dataset)
    runs = planned_checkpoints(config, open_dataset(small_dataset))
    commands = {name: options for name, (options, _) in COMMANDS.items()}
    told = []
    for run in runs:
        for command in run.chain(config.data).commands:
            assert command[:3] == [sys.executable, "-m", "arith_synth.cli"]
            told.append(tyro.extras.subcommand_cli_from_dict(commands, args=list(command[3:])))
    trainings, evaluations = told[::2], told[1::2]
    assert [(one.config, one.split) for one in trainings] == [
        ("support_shift", "train"),
        ("support_shift_control", "train"),
    ]
    assert all((one.preset, one.seed, one.threads, one.max_cpu_seconds) == ("nano", 0, 1, 1800) for one in trainings)
    assert all(one.resume and one.curve for one in trainings)
    expected = ("test", "test_semantic", "test_syntactic", "test_both", "validation")
    assert all((one.config, one.split_names) == ("support_shift", expected) for one in evaluations)
    assert all((one.temperature, one.samples) == (0.0, 1) for one in evaluations)
    assert [run.checkpoint for run in runs] == [
        Path("model_cards/nano-support_shift"),
        Path("model_cards/nano-support_shift_control"),
    ]


def keys_of(data, **options):
    return [run.key for run in planned_checkpoints(CheckpointsConfig(data=data, **options), open_dataset(data))]


def test_a_key_is_of_options_and_data_and_of_no_place(small_dataset, tmp_path):
    data = shutil.copytree(small_dataset, tmp_path / "data")
    keys = keys_of(small_dataset)
    assert keys == keys_of(data, cpu_seconds=1800.0, output=Path("elsewhere"), scratch=Path("there"), parallel=1)
    assert not set(keys) & set(keys_of(data, cpu_seconds=1))
    checksums = json.loads((data / "checksums.json").read_text())
    checksums["files"]["support_shift/test-00000-of-00001.parquet"]["content_sha256"] = "0" * 64
    (data / "checksums.json").write_text(json.dumps(checksums))
    assert not set(keys) & set(keys_of(data))


def test_nonsense_is_refused_at_birth():
    for options in ({"parallel": 0}, {"cpu_seconds": 0}, {"cpu_seconds": float("inf")}):
        with pytest.raises(UsageError):
            CheckpointsConfig(**options)


def test_a_checkpoint_has_its_files_and_no_others(checkpoint):
    assert set(files_of(checkpoint)) == FILES
    assert max(path.stat().st_size for path in files_of(checkpoint).values()) <= MAX_FILE_BYTES


def test_the_card_is_what_the_generator_makes_of_the_files_wherever_they_lie(checkpoint, tmp_path):
    moved = shutil.copytree(checkpoint, tmp_path / "moved")
    assert (checkpoint / "README.md").read_text(encoding="utf-8") == checkpoint_card(moved)


def test_no_file_names_a_place(checkpoint, small_dataset, trained):
    assert paths_in(checkpoint) == []
    for place in (str(small_dataset), str(trained), str(Path.home()), str(ROOT)):
        for name, path in files_of(checkpoint).items():
            assert place == "/" or place.encode() not in path.read_bytes(), name


def test_absolute_paths_are_seen():
    assert ABSOLUTE_PATH.search('"/home/me/data"')
    assert ABSOLUTE_PATH.search("see /tmp/run.json")
    assert not ABSOLUTE_PATH.search("https://huggingface.co/datasets/arith-synth/arith-synth")
    assert not ABSOLUTE_PATH.search("`support_shift/train` and examples/s")


def test_scores_and_options_are_those_of_the_runs(checkpoint, trained):
    for ours, theirs in {"run.json": "model/run.json", f"{EVALUATION}/run.json": "scores/run.json"}.items():
        portable, whole = (json.loads(path.read_text()) for path in (checkpoint / ours, trained / theirs))
        assert not places_of(portable["config"]) | places_of(portable["model"])
        assert portable["config"].items() <= whole["config"].items()
        same = set(whole) - {"config", "model"}
        assert {name: portable[name] for name in same} == {name: whole[name] for name in same}


def test_it_is_known_by_its_key(checkpoint, tmp_path):
    assert holds_checkpoint(checkpoint, "a key")
    assert not holds_checkpoint(checkpoint, "another key")
    assert not holds_checkpoint(tmp_path / "nothing", "a key")
    damaged = shutil.copytree(checkpoint, tmp_path / "damaged")
    (damaged / "model.safetensors").unlink()
    assert not holds_checkpoint(damaged, "a key")


def test_a_model_that_is_too_large_leaves_nothing_behind(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_folders, "MAX_FILE_BYTES", 10_000)
    with pytest.raises(CheckpointError, match=r"^one/.* takes [\d,]+ bytes, and .* may take 10,000; take a smaller"):
        publish_checkpoint(trained / "model", trained / "scores", tmp_path / "one", "a key")
    assert list(tmp_path.iterdir()) == []
    check_size("a file", 10_000)


def test_weights_in_half_precision_are_refused(trained, tmp_path):
    run = shutil.copytree(trained / "model", tmp_path / "run")
    weights = {name: tensor.half() for name, tensor in load_file(run / "model.safetensors").items()}
    save_file(weights, run / "model.safetensors", metadata={"format": "pt"})
    scores = shutil.copytree(trained / "scores", tmp_path / "scores")
    record = json.loads((scores / "run.json").read_text())
    record["key"]["model_sha256"] = model_sha256(run)
    (scores / "run.json").write_text(json.dumps(record))
    with pytest.raises(CheckpointError, match="the weights of one are F16, not float32"):
        publish_checkpoint(run, scores, tmp_path / "one", "a key")


def test_scores_of_another_model_are_refused(trained, tmp_path):
    scores = shutil.copytree(trained / "scores", tmp_path / "scores")
    record = json.loads((scores / "run.json").read_text())
    record["key"]["model_sha256"] = "0" * 64
    (scores / "run.json").write_text(json.dumps(record))
    with pytest.raises(MetricError, match="another model"):
        publish_checkpoint(trained / "model", scores, tmp_path / "one", "a key")
    assert not (tmp_path / "one").exists()


def test_a_barely_trained_checkpoint_writes_programs_under_the_mask(checkpoint, small_dataset):
    texts, programs = programs_of(checkpoint, small_dataset, masked=True)
    assert len(programs) == len(texts) > 0


@of_the_project
def test_a_checkpoint_of_the_project_has_its_files_within_their_size(folder):
    assert set(files_of(folder)) == FILES
    assert max(path.stat().st_size for path in files_of(folder).values()) <= MAX_FILE_BYTES
    assert {tensor.dtype for tensor in load_file(folder / "model.safetensors").values()} == {torch.float32}


@of_the_project
def test_a_checkpoint_of_the_project_names_no_place(folder):
    assert paths_in(folder) == []


@of_the_project
def test_the_card_of_a_checkpoint_of_the_project_is_what_its_files_give(folder):
    place = folder.relative_to(ROOT)
    command = f"arith-synth model-card {place} --evaluation {place / EVALUATION}"
    assert (folder / "README.md").read_text(encoding="utf-8") == checkpoint_card(folder), f"run: {command}"


@of_the_project
def test_links_of_the_card_of_a_checkpoint_lead_somewhere(folder):
    links = re.findall(r"\]\((?!https?://)([^)#]+)", (folder / "README.md").read_text(encoding="utf-8"))
    assert links == ["curve.png"]
    assert (folder / "curve.png").is_file()


@of_the_project
def test_a_checkpoint_of_the_project_writes_programs_without_a_mask(folder, small_dataset):
    texts, programs = programs_of(folder, small_dataset, masked=False)
    assert len(programs) >= 0.9 * len(texts) > 0


def test_checkpoints_of_the_project_differ_in_their_arm_alone():
    told = [json.loads((folder / "run.json").read_text())["config"] for folder in CHECKPOINTS]
    assert len({options["config"] for options in told}) == len(told)
    assert all(options | {"config": ""} == told[0] | {"config": ""} for options in told)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_pipeline_makes_both_and_a_second_time_only_reads(small_dataset, tmp_path, capsys):
    config = CheckpointsConfig(
        data=small_dataset, cpu_seconds=2, output=tmp_path / "model_cards", scratch=tmp_path / "scratch"
    )
    make_checkpoints(config)
    said = capsys.readouterr()
    assert "2 of 2 in" in said.err
    folders = [config.output / "nano-support_shift", config.output / "nano-support_shift_control"]
    assert sorted(config.output.iterdir()) == folders
    for folder in folders:
        assert str(folder) in said.out
        assert set(files_of(folder)) == FILES
        assert paths_in(folder) == []
        assert list(json.loads((folder / EVALUATION / "run.json").read_text())["scores"]) == list(SCORED_SPLITS)
        texts, programs = programs_of(folder, small_dataset, masked=True)
        assert len(programs) == len(texts)

    # Without the scratch folder too; and a card of an older generator is written again.
    shutil.rmtree(config.scratch)
    weights = {folder: (folder / "model.safetensors").stat().st_mtime_ns for folder in folders}
    (folders[0] / "README.md").write_text("an older card\n")
    make_checkpoints(config)
    assert capsys.readouterr().err == "2 runs, 2 of them done already\n"
    assert {folder: (folder / "model.safetensors").stat().st_mtime_ns for folder in folders} == weights
    assert (folders[0] / "README.md").read_text(encoding="utf-8") == checkpoint_card(folders[0])
