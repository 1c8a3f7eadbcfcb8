"""The ablations: runs that say what they change, results that are known by what decides them, a page of them."""

import json
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import tyro

from arith_synth.cli import COMMANDS
from arith_synth.data.folder import open_dataset
from arith_synth.errors import MetricError, UnknownNameError, UsageError
from arith_synth.experiments import chains
from arith_synth.experiments.ablations import ABLATIONS, Ablation, AblationConfig
from arith_synth.experiments.ablations_page import (
    COMMAND,
    NOT_RUN_YET,
    ablations_section,
    page_with,
    read_results,
)
from arith_synth.experiments.ablations_runner import PlannedRun, planned_runs, sources_digest
from arith_synth.experiments.chains import Chain, run_chains
from arith_synth.files import read_jsonl, write_json
from arith_synth.names import is_test
from arith_synth.training import TrainingConfig

ROOT = Path(__file__).parents[2]
PAGE, RESULTS = ROOT / "docs" / "experiments.md", ROOT / "results"
#: What each run of the plan is told alike.
FIXED = {"data", "output", "config", "seed", "max_cpu_seconds", "resume", "curve"}
DEFAULT = TrainingConfig(max_cpu_seconds=1)


@pytest.fixture
def config(small_dataset, tmp_path):
    return AblationConfig(data=small_dataset, output=tmp_path / "results", scratch=tmp_path / "scratch")


def plan_of(config, *ablations) -> list[PlannedRun]:
    return planned_runs(config, ablations or ABLATIONS, open_dataset(config.data))


def parsed(command):
    """The options that the real parser makes of a command of a chain."""
    assert command[:3] == [sys.executable, "-m", "arith_synth.cli"]
    commands = {name: options for name, (options, _) in COMMANDS.items()}
    return tyro.extras.subcommand_cli_from_dict(commands, args=list(command[3:]))


def record(name="default", seed=0, accuracy=0.5, **changes):
    """A result as the runner writes it."""
    return {
        "kind": "ablation",
        "name": name,
        "change": "something",
        "seed": seed,
        "options": {"max_cpu_seconds": 120.0},
        "sources_sha256": "a",
        "key": "b",
        "n_parameters": 349_168,
        "step": 3_000,
        "epochs": 9.6,
        "loss": 0.1,
        "seen_accuracy": 0.8,
        "n_monitor": 200,
        "n_tasks": 40_000,
        "data": {"version": "1.1.0", "grammar": "xy3", "max_size": 5, "checksums": {"train": "c"}},
        "hardware": {"processor": "a processor"},
        "versions": {"torch": "2.9"},
        "commit": "d",
        "validation": {"n": 5_000, "accuracy": accuracy, "interval_95": [accuracy - 0.01, accuracy + 0.01]},
        **changes,
    }


def test_every_run_parses_and_changes_what_it_says_and_nothing_else(config):
    runs = plan_of(config)
    assert [run.ablation for run in runs] == list(ABLATIONS)
    for run in runs:
        options = parsed(run.chain(config.data).commands[0])
        assert isinstance(options, TrainingConfig)
        differs = {
            field.name for field in fields(options) if getattr(options, field.name) != getattr(DEFAULT, field.name)
        }
        assert differs - FIXED == set(run.ablation.options), run.name
        for name, value in run.ablation.options.items():
            assert getattr(options, name) == value, run.name


def test_every_run_has_the_budget_one_thread_and_the_training_split_of_random(config):
    for run in plan_of(config):
        options = parsed(run.chain(config.data).commands[0])
        assert (options.config, options.split, options.max_cpu_seconds, options.threads) == ("random", "train", 120, 1)
        assert options.resume


def test_choices_are_made_on_validation_and_never_on_a_test(config):
    for run in plan_of(config):
        train, score = run.chain(config.data).commands
        assert parsed(score).split_names == ("validation",)
        assert (parsed(score).config, parsed(score).temperature, parsed(score).samples) == ("random", 0.0, 1)
        assert not any(is_test(word) for word in [*train, *score])


def test_runs_have_names_of_their_own_and_only_one_changes_nothing():
    assert len({run.name for run in ABLATIONS}) == len(ABLATIONS)
    assert [run.name for run in ABLATIONS if not run.options] == ["default"]


def test_names_and_seeds_choose():
    config = AblationConfig(only="infix, adamw", seeds="0,2")
    assert [run.name for run in config.chosen] == ["infix", "adamw"]
    assert config.seed_numbers == (0, 2)
    assert AblationConfig().chosen == ABLATIONS


def test_nonsense_is_refused_at_birth():
    with pytest.raises(UnknownNameError, match="did you mean 'infix'"):
        AblationConfig(only="infx")
    for options in ({"seeds": "0,0"}, {"seeds": "one"}, {"parallel": 0}, {"cpu_seconds": 0}):
        with pytest.raises(UsageError):
            AblationConfig(**options)


def test_a_key_is_of_options_seed_and_budget(config):
    one = Ablation(name="one", change="…", options={"dropout": 0.1})
    other = Ablation(name="one", change="…", options={"dropout": 0.2})
    longer = AblationConfig(data=config.data, cpu_seconds=121)
    seeds = AblationConfig(data=config.data, seeds="0,1")
    runs = [*plan_of(config, one), *plan_of(config, other), *plan_of(longer, one), plan_of(seeds, one)[1]]
    assert len({run.key for run in runs}) == 4
    assert plan_of(config, one)[0].key == plan_of(seeds, one)[0].key


def test_a_run_is_done_when_the_result_has_its_key(config):
    (run,) = plan_of(config, ABLATIONS[0])
    assert not run.is_done
    write_json(run.result, record(key="that of other sources"))
    assert not run.is_done
    write_json(run.result, record(key=run.key))
    assert run.is_done


def test_the_digest_is_of_the_sources_that_decide_results(tmp_path):
    for room in ("training", "experiments"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "module.py").write_text("one = 1\n")
    first = sources_digest(tmp_path)
    (tmp_path / "experiments" / "module.py").write_text("one = 2\n")
    assert sources_digest(tmp_path) == first
    (tmp_path / "training" / "module.py").write_text("one = 2\n")
    assert sources_digest(tmp_path) != first


def test_a_failing_chain_is_told_and_does_not_stop_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(chains, "_POLL_S", 0.02)
    codes = {"bad": "raise SystemExit('no such thing')", "good": "print(1)", "late": "print(2)"}
    all_chains = [
        Chain(name=name, commands=[[sys.executable, "-c", code]], log=tmp_path / name) for name, code in codes.items()
    ]
    errors = []
    run_chains(all_chains, 1, on_failure=errors.append)
    assert [str(error).startswith("bad: no such thing") for error in errors] == [True]
    assert (tmp_path / "good").read_text() + (tmp_path / "late").read_text() == "1\n2\n"


def test_the_page_is_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with(page, RESULTS), f"run: {COMMAND}"


def test_a_page_without_the_marks_is_refused():
    with pytest.raises(UsageError, match="must hold the lines"):
        page_with("# Experiments\n", RESULTS)


def test_the_prototype_names_no_place_and_no_test():
    rows = [row for _, row in read_jsonl(RESULTS / "experiments" / "2026-11-22-prototype.jsonl")]
    assert rows[0]["changes"] == []
    assert "smoke" not in {row["name"] for row in rows}
    assert not any("/" in change or ".npy" in change for row in rows for change in row["changes"])


def test_without_results_the_page_says_so(tmp_path):
    assert ablations_section(read_results(tmp_path / "nothing")) == NOT_RUN_YET


def test_results_stand_in_the_order_of_the_plan_with_the_difference_to_the_default(tmp_path):
    for one in (record("infix", accuracy=0.45), record("default"), record("default", seed=1, accuracy=0.7)):
        write_json(tmp_path / f"{one['name']}-s{one['seed']}.json", one)
    section = ablations_section(read_results(tmp_path))
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert [row.split(" | ")[0] for row in rows] == ["| `default`", "| `default`", "| `infix`"]
    assert [row.split(" | ")[-1] for row in rows] == ["– |", "– |", "−5.0 |"]
    assert "Not run yet: `targets-published`" in section
    assert "xy3 at max_size 5" in section


@pytest.mark.parametrize(
    "other",
    [{"sources_sha256": "e"}, {"options": {"max_cpu_seconds": 240.0}}, {"seed": 1}],
    ids=["sources", "budget", "seed"],
)
def test_what_is_not_alike_is_not_subtracted(other):
    section = ablations_section([record("default"), record("infix", accuracy=0.45, **other)])
    assert section.splitlines()[3].endswith("| – |")


def test_a_stream_has_no_epochs_and_no_training_accuracy():
    section = ablations_section([record("stream", epochs=None, seen_accuracy=None, n_tasks=None)])
    assert "| 3,000 | – | 0.100 | – |" in section


def test_another_file_among_the_results_is_named(tmp_path):
    (tmp_path / "mine.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(MetricError, match="mine.json"):
        read_results(tmp_path)
