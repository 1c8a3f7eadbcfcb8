"""A kernel that was compiled from other sources is never used."""

from pathlib import Path

from arith_synth.kernels import _refresh


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
