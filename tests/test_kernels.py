"""A kernel that was compiled from other sources is never used."""

import re
from pathlib import Path

import arith_synth
from arith_synth.kernels import _GROUPS, _refresh


def cache_with_kernels(folder: Path, stamp: str) -> Path:
    cache = folder / "__pycache__"
    _refresh(cache, stamp)
    for name in ("bank._combine-1.py311.nbi", "bank._combine-1.py311.1.nbc", "bank.cpython-311.pyc"):
        (cache / name).write_bytes(b"compiled")
    return cache


def test_kernels_of_the_same_sources_are_kept(tmp_path: Path) -> None:
    cache = cache_with_kernels(tmp_path, "a")
    _refresh(cache, "a")
    assert len(list(cache.glob("*.nb?"))) == 2


def test_kernels_of_other_sources_are_dropped_and_nothing_else(tmp_path: Path) -> None:
    cache = cache_with_kernels(tmp_path, "a")
    _refresh(cache, "b")
    assert sorted(path.name for path in cache.iterdir()) == ["bank.cpython-311.pyc", "kernels.sha256"]


def test_every_room_whose_kernels_are_kept_is_watched() -> None:
    package = Path(arith_synth.__file__).parent
    kernel = re.compile(r"@(numba\.)?njit\(.*cache=True")
    kept = {path.parent for path in package.rglob("*.py") if kernel.search(path.read_text())}
    assert kept, "no kernel was found"
    assert kept <= {package / room for rooms, _ in _GROUPS for room in rooms}


def test_kernels_use_no_kernels_but_those_they_are_watched_with() -> None:
    package = Path(arith_synth.__file__).parent
    of_kernels = {path for path in package.rglob("*.py") if "njit" in path.read_text()}
    for rooms, others in _GROUPS:
        watched = {path for path in of_kernels if path.parent in {package / room for room in (*rooms, *others)}}
        for path in (path for path in of_kernels if path.parent in {package / room for room in rooms}):
            modules = re.findall(r"^from arith_synth\.([\w.]+) import", path.read_text(), flags=re.MULTILINE)
            called = {package / (module.replace(".", "/") + ".py") for module in modules} & of_kernels
            assert called <= watched, f"{path}: would go stale when {called - watched} change"
