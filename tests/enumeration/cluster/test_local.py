"""A build of several local processes ends with the bytes of an undisturbed one, killed or not."""

import os
import signal

import pytest
from cluster_builds import GRAMMAR, MAX_SIZE, MEMORY_LIMIT, STAGES
from disk_builds import checksums, files_of, run_script, script, wait_for

from arith_synth.enumeration.cluster import Kind, local_executors, pipeline_stages, run_stages

pytest.importorskip("datatrove")

RUN = STAGES + "run_stages(local_executors(stages, workers=2))"


@pytest.mark.slow
def test_two_processes_write_the_bytes_of_an_enumeration_in_core(tmp_path, undisturbed):
    run_script(RUN, tmp_path / "build")
    assert checksums(tmp_path / "build") == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment",
    [
        "size_1.json",
        "logs/size_02_seal_*/executor.json",
        "size_3/classes-*",
        "logs/size_03_seal_*/completions/*",
        "logs/size_04_shards_*/executor.json",
        "size_4/.classes-*",
        "size_4/classes-*",
        "logs/size_04_shards_*/completions/*",
    ],
)
def test_a_build_whose_processes_are_all_killed_is_finished_by_the_next(tmp_path, undisturbed, moment):
    folder = tmp_path / "build"
    process = script(RUN, folder)
    wait_for([moment], folder, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    before = files_of(folder)
    killed = {name: checksum for name, checksum in checksums(folder).items() if name in before}
    assert killed.items() <= undisturbed.items(), "a file under a final name is not whole"
    assert len(killed) < len(undisturbed), "it was killed too late"
    done_before = {path: path.stat().st_mtime_ns for path in folder.glob("logs/*/completions/*")}
    run_script(RUN, folder)
    assert checksums(folder) == undisturbed
    after = files_of(folder)
    assert {name: after[name] for name in before} == before, "what was finished was written again"
    assert {path: path.stat().st_mtime_ns for path in done_before} == done_before, "a finished task has run again"


@pytest.mark.slow
def test_a_shard_that_was_lost_after_its_task_was_done_is_written_again(tmp_path, undisturbed):
    folder = tmp_path / "build"
    stages = pipeline_stages(folder, GRAMMAR, MAX_SIZE, MEMORY_LIMIT)
    last = next(n for n, stage in enumerate(stages) if stage.size == MAX_SIZE and stage.kind is Kind.SHARDS)
    run_stages(local_executors(stages[: last + 1], workers=1))
    shards = sorted((folder / f"size_{MAX_SIZE}").glob("classes-*"))
    assert len(shards) > 1
    before = files_of(folder)
    shards[-1].unlink()
    run_stages(local_executors(stages, workers=1))
    assert checksums(folder) == undisturbed
    after = files_of(folder)
    kept = set(before) - {str(shards[-1].relative_to(folder))}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


@pytest.mark.slow
def test_a_damaged_shard_stops_the_build_and_the_advice_helps(tmp_path, undisturbed):
    folder = tmp_path / "build"
    stages = pipeline_stages(folder, GRAMMAR, MAX_SIZE, MEMORY_LIMIT)
    run_stages(local_executors(stages[:3], workers=1))
    damaged = next((folder / "size_3").glob("classes-*"))
    damaged.write_bytes(damaged.read_bytes()[:-10])
    process = script(RUN, folder)
    _, err = process.communicate(timeout=120)
    assert process.returncode != 0
    last = err.rstrip().splitlines()[-1]
    assert last.startswith(f"arith_synth.errors.DatasetError: {damaged} is damaged")
    assert last.endswith("delete it and run the same command again")
    damaged.unlink()
    run_script(RUN, folder)
    assert checksums(folder) == undisturbed


@pytest.mark.slow
def test_the_error_of_a_task_stops_the_build_and_names_itself(tmp_path):
    folder = tmp_path / "build"
    # A seal without its shards.
    process = script(STAGES + "run_stages(local_executors(stages[1:2], workers=1))", folder)
    _, err = process.communicate(timeout=120)
    assert process.returncode != 0
    assert err.rstrip().splitlines()[-1].startswith("arith_synth.errors.DatasetError: ")
    assert not list(folder.glob("logs/*/completions/*"))


PEAK = """
import resource
from arith_synth.enumeration.cluster import *
stages = pipeline_stages(folder, grammar_named("xy3"), 6, memory_limit=1 << 30)
run_stages(local_executors(stages, workers=1, start_method="spawn"))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, max(stage.n_bytes for stage in stages))
"""


@pytest.mark.slow
def test_a_task_takes_the_memory_that_its_stage_says(tmp_path):
    peak, stated = map(int, run_script(PEAK, tmp_path / "build").split())
    assert stated / 3 < peak <= stated
