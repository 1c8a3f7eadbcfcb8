"""The audit is a second implementation, and a folder that is no dataset is refused in one line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from arith_synth.errors import DatasetError
from arith_synth.splits.audit import audit_folder
from arith_synth.splits.audit.rivals import rivals_of, shown_outputs

_NEVER = (
    *("enumeration", "semantics", "spaces", "seeding", "data.building", "data.schema", "data.card"),
    *("splits.support", "splits.iid", "splits.pools", "splits.matching", "splits.apportion", "splits.registry"),
)


def test_the_audit_loads_nothing_of_what_it_audits():
    program = "import sys, arith_synth.splits.audit; print('\\n'.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "arith_synth.splits.audit" in loaded
    assert not {f"arith_synth.{room}" for room in _NEVER} & set(loaded)
    assert not {"datasets", "torch"} & set(loaded)


def test_a_missing_folder_is_no_dataset(tmp_path: Path):
    with pytest.raises(DatasetError, match="is not a folder"):
        audit_folder(tmp_path / "nothing")


def test_a_folder_without_build_json_is_no_dataset(tmp_path: Path):
    with pytest.raises(DatasetError, match="no build.json"):
        audit_folder(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff", '{"max_size": 4}'])
def test_a_broken_build_json_is_named(tmp_path: Path, text: str):
    (tmp_path / "build.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DatasetError, match=r"build\.json") as caught:
        audit_folder(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("max_size", 0),
        ("max_size", "4"),
        ("max_size", 99),
        ("grammar", None),
        ("grammar", {"name": "g", "variables": ["x", "y"], "constants": ["?"], "operators": ["+"]}),
        ("grammar", {"name": "g", "variables": ["x", "y"], "constants": [1], "operators": ["^"]}),
        ("panel", {"shown": [[1, 2]]}),
        ("panel", {"shown": [], "heldout": []}),
        ("panel", {"shown": [[1]], "heldout": [[1]]}),
        ("panel", {"shown": [[1, 2**80]], "heldout": [[1, 2]]}),
        ("fingerprint_points", ["x"]),
        ("classes_by_size", 5),
        ("configs", []),
        ("configs", {"random": {"train": 7}}),
        ("regions", None),
        ("canary", 1),
    ],
)
def test_nonsense_in_build_json_is_one_line(small_dataset: Path, tmp_path: Path, entry: str, value: object):
    build = json.loads((small_dataset / "build.json").read_text())
    (tmp_path / "build.json").write_text(json.dumps({**build, entry: value}))
    with pytest.raises(DatasetError, match=r"build\.json") as caught:
        audit_folder(tmp_path)
    assert "\n" not in str(caught.value)


def fractions(rows: list[list[int | None]]) -> np.ndarray:
    """Integers as [2, n, p]; None is undefined."""
    numerators = [[value or 0 for value in row] for row in rows]
    denominators = [[int(value is not None) for value in row] for row in rows]
    return np.array([numerators, denominators])


def rivals(outputs: np.ndarray, used: list[int], corpus: list[int], keys: list[int]) -> dict[int, int]:
    def agree(row: int, other: int, points: np.ndarray) -> bool:
        return bool((outputs[:, row][:, points] == outputs[:, other][:, points]).all())

    return rivals_of(shown_outputs(outputs), np.array(used), np.array(corpus), np.array(keys), agree)


def test_a_class_that_agrees_wherever_it_is_defined_is_a_rival():
    shown = fractions([[1, 2, 3], [1, None, 3], [1, 2, 4], [None, None, None], [5, 2, 3]])
    classes = list(range(5))
    assert rivals(shown, [0], classes, classes) == {0: 1}
    assert rivals(shown, [2], classes, classes) == {}


def test_programs_of_the_same_class_are_no_rivals():
    shown = fractions([[1, 2, 3], [1, 2, 3]])
    assert rivals(shown, [0], [1], [7, 7]) == {}
    assert rivals(shown, [0], [1], [7, 8]) == {0: 1}


def test_equal_hashes_alone_make_no_rivals():
    shown = shown_outputs(fractions([[1, 2, 3], [1, 2, 3]]))
    two = np.arange(2)
    assert rivals_of(shown, two[:1], two, two, lambda *_: False) == {}
