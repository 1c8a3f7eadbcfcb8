"""The stages are data: every shard once, a size after the one before it, and no task larger than the limit."""

import subprocess
import sys
from collections import Counter

import pytest

from arith_synth.enumeration.cluster import Kind, local_executors, pipeline_stages, require_cluster_extra
from arith_synth.enumeration.cluster import stages as room
from arith_synth.enumeration.folders import n_shards
from arith_synth.errors import CapacityError, MissingExtraError, UsageError
from arith_synth.grammar import grammar_named

XY3 = grammar_named("xy3")
LIMIT = 4 << 30


def test_each_size_is_written_and_then_sealed(tmp_path):
    stages = pipeline_stages(tmp_path / "build", XY3, 4, LIMIT)
    assert [(stage.size, stage.kind) for stage in stages] == [
        (size, kind) for size in (2, 3, 4) for kind in (Kind.SHARDS, Kind.SEAL)
    ]
    assert len({stage.logs for stage in stages}) == len(stages)


@pytest.mark.parametrize("max_tasks", [1, 3, 1000])
@pytest.mark.parametrize("limit", [1 << 30, 16 << 30])
def test_the_tasks_of_a_stage_share_out_all_shards(tmp_path, monkeypatch, max_tasks, limit):
    pytest.importorskip("datatrove")
    from arith_synth.enumeration.cluster import steps

    monkeypatch.setattr(room, "MAX_TASKS", max_tasks)
    written = []
    monkeypatch.setattr(
        steps, "write_shards", lambda folder, size, shards, at_once: written.extend((size, shard) for shard in shards)
    )
    for stage in pipeline_stages(tmp_path / "build", XY3, 7, limit):
        if stage.kind is Kind.SHARDS:
            assert stage.n_tasks <= min(stage.n_shards, max_tasks)
            for rank in range(stage.n_tasks):
                steps.step_of(stage)(None, rank, stage.n_tasks)
    assert n_shards(XY3, 7, 7) > 100
    assert Counter(written) == Counter((size, shard) for size in range(2, 8) for shard in range(n_shards(XY3, 7, size)))


def test_ranks_whose_shards_are_not_there_are_lost(tmp_path):
    pytest.importorskip("datatrove")
    from arith_synth.enumeration.cluster import steps

    stage = next(stage for stage in pipeline_stages(tmp_path, XY3, 6, LIMIT) if stage.n_shards == 8)
    step = steps.step_of(stage)
    assert step.lost_ranks(3) == {0, 1, 2}
    (tmp_path / "size_6").mkdir()
    for shard in (0, 1, 3, 5, 6, 7):  # of the runs 0 1 | 2 3 4 | 5 6 7
        (tmp_path / "size_6" / f"classes-{shard:05d}-of-00008.parquet").touch()
    assert step.lost_ranks(3) == {1}
    assert step.lost_ranks(8) == {2, 4}


def test_more_memory_makes_more_shards_at_once_and_no_task_needs_more_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MAX_TASKS", 4)
    at_once = []
    for limit in (1 << 30, 2 << 30, 16 << 30):
        stages = pipeline_stages(tmp_path, XY3, 7, limit)
        assert all(stage.n_bytes <= limit for stage in stages)
        at_once.append(next(stage.at_once for stage in stages if stage.size == 7))
    assert 1 <= at_once[0] < at_once[1] < at_once[2] <= n_shards(XY3, 7, 7) // 4


def test_there_are_as_many_tasks_as_workers_and_more_where_memory_is_short(tmp_path):
    def tasks(limit, workers):
        stages = pipeline_stages(tmp_path, XY3, 7, limit, workers)
        return [stage.n_tasks for stage in stages if stage.kind is Kind.SHARDS]

    assert tasks(16 << 30, 16) == [1, 1, 1, 1, n_shards(XY3, 7, 6), 16]
    assert tasks(16 << 30, 10_000)[-1] == n_shards(XY3, 7, 7)
    assert 16 < tasks(1 << 30, 16)[-1] <= n_shards(XY3, 7, 7)
    with pytest.raises(UsageError, match="at least one task"):
        pipeline_stages(tmp_path, XY3, 7, LIMIT, workers=0)


def test_another_number_of_tasks_has_records_of_its_own(tmp_path, monkeypatch):
    many = {stage.logs for stage in pipeline_stages(tmp_path, XY3, 6, LIMIT) if stage.n_tasks > 1}
    monkeypatch.setattr(room, "MAX_TASKS", 2)
    few = {stage.logs for stage in pipeline_stages(tmp_path, XY3, 6, LIMIT) if stage.n_tasks > 1}
    assert many
    assert few
    assert not many & few


def test_a_shard_above_the_memory_limit_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(CapacityError, match="raise the memory limit or choose a smaller max_size"):
        pipeline_stages(tmp_path / "build", XY3, 4, memory_limit=1 << 20)
    assert not (tmp_path / "build").exists()


def test_no_worker_is_refused(tmp_path):
    pytest.importorskip("datatrove")
    with pytest.raises(UsageError, match="at least one process"):
        local_executors(pipeline_stages(tmp_path / "build", XY3, 2, LIMIT), workers=0)


def test_without_datatrove_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datatrove.executor", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'arith-synth\[cluster\]'"):
        require_cluster_extra()


def test_importing_the_room_loads_neither_datatrove_nor_ray():
    code = (
        "import sys, arith_synth.enumeration.cluster; sys.exit(bool({'datatrove', 'ray', 'dill'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
