"""Importing the package is quick: nothing heavy comes along."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "accelerate", "datasets", "evaluate", "numba", "pyarrow", "pandas", "matplotlib")


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import arith_synth", "import arith_synth.grammar, arith_synth.errors"])
def test_importing_loads_no_heavy_library(statement):
    assert loaded_by(statement).isdisjoint(HEAVY)


@pytest.mark.parametrize("room", ["data.folder", "data.loading", "scoring", "splits.audit", "enumeration", "spaces"])
def test_rooms_without_models_load_no_torch(room):
    assert loaded_by(f"import arith_synth.{room}").isdisjoint({"torch", "transformers", "accelerate"})


def test_checksums_load_neither_datasets_nor_numba():
    # The audit reads them, and trusts nothing else.
    assert loaded_by("import arith_synth.data.checksums").isdisjoint({"datasets", "numba", "torch"})


def test_an_unknown_attribute_is_an_attribute_error():
    import arith_synth

    with pytest.raises(AttributeError, match="no attribute 'load_datasets'"):
        _ = arith_synth.load_datasets
