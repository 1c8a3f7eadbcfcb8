import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from strategies import XY3

from arith_synth.errors import DatasetError, MetricError, UnknownNameError
from arith_synth.scoring import read_grammar, read_tasks, task_of
from arith_synth.scoring.tasks import TASK_COLUMNS


def row_of(task, **changes):
    return {**{name: getattr(task, name) for name in TASK_COLUMNS}, "prompt": "not read", **changes}


def parquet(rows, path):
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    for name in ("inputs", "heldout_inputs"):
        columns[name] = [None if points is None else [list(point) for point in points] for points in columns[name]]
    for name in ("outputs", "heldout_outputs"):
        columns[name] = [None if outputs is None else list(outputs) for outputs in columns[name]]
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path)


@pytest.fixture
def tasks(make_task):
    return [make_task("x + 1", 0, semantic_distance=0.5, syntactic_region="in"), make_task("x / y", 1)]


@pytest.fixture
def folder(tmp_path, tasks):
    rows = [row_of(task) for task in tasks]
    parquet(rows[:1], tmp_path / "support_shift" / "test-00000-of-00002.parquet")
    parquet(rows[1:], tmp_path / "support_shift" / "test-00001-of-00002.parquet")
    grammar = {name: getattr(XY3, name) for name in ("name", "variables", "constants", "operators")}
    (tmp_path / "build.json").write_text(json.dumps({"grammar": grammar}))
    return tmp_path


def test_tasks_are_read_from_all_files_of_a_split(folder, tasks):
    assert read_tasks(folder, "support_shift", ["test"]) == tasks


def test_rows_on_one_panel_share_their_points(folder):
    first, second = read_tasks(folder, "support_shift", ["test"])
    assert first.inputs is second.inputs


def test_training_rows_hold_nothing_out(folder, tasks):
    training = row_of(tasks[0], heldout_inputs=None, heldout_outputs=None)
    parquet([training], folder / "support_shift" / "train-00000-of-00001.parquet")
    (task,) = read_tasks(folder, "support_shift", ["train"])
    assert task.heldout_inputs == task.heldout_outputs == ()


def test_the_grammar_is_read_from_the_build(folder):
    assert read_grammar(folder) == XY3


def test_names_that_are_not_there_are_named_with_the_choices(folder):
    for config, split, message in [
        ("support_shift", "tset", "no split 'tset'; choose one of test"),
        ("nope", "test", "no config 'nope'; choose one of support_shift"),
        ("../support_shift", "test", "no config"),
        ("support_shift", "../test", "no split"),
    ]:
        with pytest.raises(UnknownNameError, match=message):
            read_tasks(folder, config, [split])


def test_a_folder_that_is_no_dataset_says_how_to_build_one(tmp_path):
    for read in (read_grammar, lambda path: read_tasks(path, "random", ["test"])):
        with pytest.raises(DatasetError, match="is not a dataset folder; build one"):
            read(tmp_path)


def damage_by_truncation(folder):
    path = folder / "support_shift" / "test-00001-of-00002.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def damage_by_loss(folder):
    (folder / "support_shift" / "test-00000-of-00002.parquet").unlink()


def damage_by_columns(folder):
    pq.write_table(pa.table({"task_id": ["a"]}), folder / "support_shift" / "test-00001-of-00002.parquet")


@pytest.mark.parametrize("damage", [damage_by_truncation, damage_by_loss, damage_by_columns])
def test_damage_is_one_line_that_says_what_to_do(folder, damage):
    damage(folder)
    with pytest.raises(DatasetError, match="build") as caught:
        read_tasks(folder, "support_shift", ["test"])
    assert "\n" not in str(caught.value)


def test_a_damaged_build_is_one_line(folder):
    strange = '{"grammar": {"name": "xy3", "variables": ["x"], "constants": [1], "operators": ["^"]}}'
    for content in ("", "{}", '{"grammar": {"name": "xy3"}}', '{"grammar": 3}', strange):
        (folder / "build.json").write_text(content)
        with pytest.raises(DatasetError, match="build") as caught:
            read_grammar(folder)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"size": "two"},
        {"task_id": None},
        {"inputs": 3},
        {"inputs": [[1, 2]]},
        {"outputs": None},
        {"semantic_distance": "far"},
        {"heldout_inputs": [["x", "y"]]},
    ],
)
def test_references_of_the_wrong_type_are_refused(tasks, changes):
    with pytest.raises(MetricError):
        task_of(row_of(tasks[0], **changes))
