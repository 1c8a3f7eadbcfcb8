"""The built wheel has everything, and works where the repository is not."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=200)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("folder", ["arith_synth", "dataset_builders"])
def test_the_wheel_has_every_file_of_the_packages(names, folder):
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert {str(path.relative_to(ROOT)) for path in files} - names == set()


def test_the_wheel_has_nothing_but_the_packages(names):
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"arith_synth", "dataset_builders"}


def test_the_wheel_has_the_licence_and_the_type_marker(names):
    assert "arith_synth/py.typed" in names
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_the_command_runs_from_the_wheel_alone(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "import arith_synth, dataset_builders\n"
        "from arith_synth.cli import main\n"
        "from arith_synth.grammar import grammar_named\n"
        "from arith_synth.spaces.bases import bases_of\n"
        "bases_of(grammar_named('xy3'))\n"
        "print(arith_synth.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=200
    )
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


@pytest.mark.slow
def test_the_metric_is_loaded_from_the_wheel_alone(wheel, tmp_path):
    pytest.importorskip("evaluate")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import evaluate\n"
        "from arith_synth.scoring import METRIC_PATH\n"
        "print(METRIC_PATH, evaluate.load(METRIC_PATH).name, sep='\\n')"
    )
    paths = {"PYTHONPATH": str(tmp_path / "site"), "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path, env=os.environ | paths, capture_output=True, text=True, check=True, timeout=200,
    )  # fmt: skip
    place, name = done.stdout.split()
    assert Path(place).is_relative_to(tmp_path / "site")
    assert name == "execution_accuracy"
