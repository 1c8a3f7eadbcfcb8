"""What is imported is declared, and what CI runs is pinned."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = [
    line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
]
#: Import names that differ from the name on the package index.
IMPORT_NAMES = {"pyyaml": "yaml", "scikit-learn": "sklearn"}
#: llvmlite is half of numba, datatrove brings dill, and Ray comes with the cluster that runs it.
COMES_ALONG = {"llvmlite", "dill", "ray"}
OWN = {"arith_synth", "dataset_builders", "benchmarks", "train", "eval"}


def requirement_name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match.group()).lower()


def import_name(name: str) -> str:
    return IMPORT_NAMES.get(name, name.replace("-", "_"))


def declared(*extras: str) -> set[str]:
    requirements = list(PROJECT["dependencies"])
    for extra in extras:
        requirements += PROJECT["optional-dependencies"][extra]
    return {requirement_name(requirement) for requirement in requirements} - {"arith-synth"}


def imported_by(folder: str) -> Iterator[tuple[str, str]]:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                yield name.partition(".")[0], str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("dataset_builders", ()),
        ("arith_synth/data", ()),
        ("arith_synth/splits", ()),
        ("arith_synth/spaces", ()),
        ("arith_synth/enumeration", ("cluster",)),
        ("arith_synth/scoring", ("eval", "leaderboard")),
        ("arith_synth", ("train", "eval", "wandb", "cluster", "finetune", "harness", "leaderboard", "server")),
        ("benchmarks", ("train", "eval", "dev")),
    ],
)
def test_every_import_is_declared(folder, extras):
    known = {import_name(name) for name in declared(*extras)}
    allowed = known | COMES_ALONG | OWN | set(sys.stdlib_module_names)
    assert {(name, path) for name, path in imported_by(folder) if name not in allowed} == set()


def test_every_core_dependency_is_imported():
    imported = {name for folder in ("arith_synth", "dataset_builders") for name, _ in imported_by(folder)}
    assert {name for name in declared() if import_name(name) not in imported} == set()


def test_everything_that_ci_installs_by_name_is_pinned():
    pinned = {requirement_name(line) for line in CONSTRAINTS}
    assert declared("train", "eval", "finetune", "dev") - pinned == set()


def test_torch_is_pinned_first():
    assert re.fullmatch(r"torch==\d+\.\d+\.\d+", CONSTRAINTS[0])


def test_constraints_are_versions_and_nothing_else():
    # No path, no address, no build tag: they mean the same on every machine.
    assert [line for line in CONSTRAINTS if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
