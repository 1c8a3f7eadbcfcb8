"""Whole builds to disk, in processes of their own: within their memory, and as good as in core when stopped."""

import hashlib
import os
import resource
import signal

import pytest
from disk_builds import XY3, checksums, files_of, run_script, script, wait_for, write_in_core

BUILD = """
from arith_synth.enumeration.out_of_core import enumerate_to_disk, plan_on_disk, shard_memory
from arith_synth.enumeration.memory import PROCESS_BYTES
grammar, max_size, threads = grammar_named(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
least = PROCESS_BYTES + max(shard_memory(grammar, max_size, size) for size in range(2, max_size + 1))
limit = int(least * float(sys.argv[5])) if len(sys.argv) > 5 else None
enumerate_to_disk(folder, grammar, max_size, threads=threads, memory_limit=limit)
"""
PEAK = """
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
print(int(status["VmHWM"].split()[0]) * 1024, limit)
"""


@pytest.fixture(scope="session")
def in_core_6(tmp_path_factory):
    """Checksums of xy3 at max_size 6 from an undisturbed enumeration in core."""
    return write_in_core(tmp_path_factory.mktemp("in core") / "build", XY3, 6)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("share", [1, 1.2, 9])  # of the least memory: one shard at once, three, all
def test_max_size_6_is_the_same_in_core_and_out_of_core_within_its_memory(tmp_path, in_core_6, threads, share):
    run_script(BUILD, tmp_path / "warm", "xy3", "3", str(threads), "1")
    peak, limit = map(int, run_script(BUILD + PEAK, tmp_path / "build", "xy3", "6", str(threads), str(share)).split())
    assert checksums(tmp_path / "build") == in_core_6
    assert peak <= limit


@pytest.mark.slow
def test_outputs_are_kept_within_the_limit_too(tmp_path):
    peak, limit = map(int, run_script(BUILD + PEAK, tmp_path / "build", "xycond", "5", "2", "1").split())
    assert peak <= limit


#: When the build is killed: a file like this has come.
MOMENTS = [
    "enumeration.json",
    "size_3.json",
    "size_5/classes*",
    "size_6",
    "size_6/.classes-00000*",
    "size_6/classes-00002*",
    "size_6/.classes-00005*",
    "size_6/classes-00007*",
]


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_build_is_finished_by_the_next_call(tmp_path, in_core_6, moment):
    folder, arguments = tmp_path / "build", ("xy3", "6", "2", "1")
    process = script(BUILD, folder, *arguments)
    wait_for([moment], folder, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    before = files_of(folder)
    killed = {name: checksum for name, checksum in checksums(folder).items() if name in before}
    assert killed.items() <= in_core_6.items(), "a file under a final name is not whole"
    run_script(BUILD, folder, *arguments)
    assert checksums(folder) == in_core_6
    after = files_of(folder)
    assert {name: after[name] for name in before} == before, "what was finished was written again"


@pytest.mark.slow
def test_files_are_whole_as_soon_as_they_have_their_names(tmp_path, in_core_6):
    folder = tmp_path / "build"
    process = script(BUILD, folder, "xy3", "6", "2", "1")
    seen = {}
    while process.poll() is None:
        for path in folder.rglob("*"):
            name = str(path.relative_to(folder))
            if path.is_file() and not path.name.startswith(".") and name not in seen:
                seen[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    process.communicate()
    assert process.returncode == 0
    assert seen.items() <= in_core_6.items()
    assert len(seen) > 10


@pytest.mark.slow
def test_ctrl_c_leaves_whole_files_and_no_lock(tmp_path, in_core_6):
    folder, arguments = tmp_path / "build", ("xy3", "6", "2", "1")
    process = script(BUILD, folder, *arguments)
    wait_for(["size_6/classes-00001*"], folder, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert checksums(folder).items() <= in_core_6.items()
    assert not (folder / "size_6.json").exists()
    run_script(BUILD, folder, *arguments)
    assert checksums(folder) == in_core_6


@pytest.mark.slow
def test_of_two_builds_into_one_folder_the_second_is_refused_and_the_first_undisturbed(tmp_path, in_core_6):
    folder, arguments = tmp_path / "build", ("xy3", "6", "1", "1")
    first = script(BUILD, folder, *arguments)
    wait_for(["size_4.json"], folder, first)
    second = script(BUILD, folder, *arguments)
    _, err = second.communicate(timeout=120)
    assert "DatasetError: another build into" in err.rstrip().splitlines()[-1]
    assert first.wait(timeout=120) == 0
    first.communicate()
    assert checksums(folder) == in_core_6


@pytest.mark.slow
def test_a_process_without_the_memory_for_one_shard_is_told_so(tmp_path):
    n_bytes = 1 << 31  # compiled code and threads take addresses too
    process = script(
        BUILD, tmp_path / "build", "xy3", "8", "1",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes)),
        env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    _, err = process.communicate(timeout=120)
    assert "CapacityError: grammar xy3 at max_size 8 needs" in err.rstrip().splitlines()[-1]
    assert not (tmp_path / "build").exists()
