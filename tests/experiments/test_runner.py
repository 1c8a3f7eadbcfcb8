"""Runs of a plan: what is done is skipped, what fails is told, and the others have their results."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from arith_synth.errors import CheckpointError
from arith_synth.experiments import chains
from arith_synth.experiments.chains import Chain, ChainError
from arith_synth.experiments.runner import key_of, run_all, scores_folder

WRITES_SCORES = """
import pathlib, sys
place = pathlib.Path(sys.argv[1])
place.mkdir(parents=True)
(place / "run.json").touch()
"""


@dataclass(frozen=True)
class SmallRun:
    """A run that does next to nothing."""

    name: str
    place: Path
    code: str = WRITES_SCORES
    refused: bool = False

    @property
    def is_done(self) -> bool:
        return (self.place / "done").exists()

    def chain(self, data: Path) -> Chain:
        command = [sys.executable, "-c", self.code, str(scores_folder(self.place))]
        return Chain(name=self.name, commands=[command], log=self.place / "log.txt")

    def collect(self) -> str:
        if self.refused:
            raise CheckpointError("it is too large")
        (self.place / "done").touch()
        return "a score"


@pytest.fixture(autouse=True)
def _poll_often(monkeypatch):
    monkeypatch.setattr(chains, "_POLL_S", 0.02)


@pytest.fixture
def run(tmp_path):
    return lambda name, **options: SmallRun(name, tmp_path / "scratch" / name, **options)


@pytest.fixture
def run_them(tmp_path):
    return lambda runs: run_all(runs, data=tmp_path, scratch=tmp_path / "scratch", n_parallel=1, seconds=1)


def test_results_are_collected_as_they_come_and_once(run, run_them, capsys):
    runs = [run("one"), run("other")]
    run_them(runs)
    assert [line for line in capsys.readouterr().err.splitlines() if "a score" in line][1].startswith(
        "other: a score; 2 of 2 in "
    )
    run_them(runs)
    assert capsys.readouterr().err == "2 runs, 2 of them done already\n"


def test_what_was_scored_and_not_collected_is_collected_without_a_command(run, run_them, capsys):
    one = run("one", code="raise SystemExit('it was run')")
    scores_folder(one.place).mkdir(parents=True)
    (scores_folder(one.place) / "run.json").touch()
    run_them([one])
    assert one.is_done
    assert capsys.readouterr().err == "1 runs, 1 of them done already\n"


def test_a_result_that_is_refused_is_told_once_and_the_others_go_on(run, run_them, capsys):
    runs = [run("large", refused=True), run("other")]
    for _ in range(2):  # the second time it is not run again: it would be refused again
        with pytest.raises(ChainError, match="1 of 2 runs failed, the first of them large: it is too large; run"):
            run_them(runs)
        assert capsys.readouterr().err.count("failed: large: it is too large") == 1
        assert runs[1].is_done


def test_a_command_that_fails_is_told_and_the_others_have_results(run, run_them, capsys):
    runs = [run("bad", code="raise SystemExit('no such thing')"), run("good")]
    with pytest.raises(ChainError, match="1 of 2 runs failed, the first of them bad: no such thing"):
        run_them(runs)
    assert "good: a score; 2 of 2 in " in capsys.readouterr().err


def test_a_key_is_of_values_whatever_their_order():
    assert key_of(a=1, b={"c": 2, "d": 3}) == key_of(b={"d": 3, "c": 2}, a=1) != key_of(a=1, b={"c": 3, "d": 2})
