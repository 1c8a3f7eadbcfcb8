"""An enumeration on disk is the one in core, byte for byte, whatever the limits, the threads and the interruptions."""

import contextlib
import json
import resource

import pytest
from disk_builds import XY3, checksums, files_of, run_script, write_in_core

from arith_synth.enumeration import folders, out_of_core
from arith_synth.enumeration.folders import growth_on_disk, missing_shards, n_shards, seal_size, start_build
from arith_synth.enumeration.memory import PROCESS_BYTES
from arith_synth.enumeration.out_of_core import (
    enumerate_to_disk,
    output_bytes,
    plan_on_disk,
    shard_memory,
    shards_at_once,
    write_shards,
)
from arith_synth.errors import CapacityError, DatasetError, UsageError
from arith_synth.grammar import grammar_named
from arith_synth.locks import only_builder_of

#: The size with several shards, when shards are small.
SIZE = 4


@pytest.fixture
def small_shards(monkeypatch):
    """Shards of 2^12 candidates, so that xy3 has eight of size 4."""
    monkeypatch.setattr(folders, "_CANDIDATES_OF_SHARD", 1 << 12)
    assert n_shards(XY3, SIZE, SIZE) == 8


@pytest.fixture
def in_core(tmp_path, small_shards):
    """Checksums of xy3 at max_size 4, written from the arrays of an enumeration in core."""
    return write_in_core(tmp_path / "in core", XY3, SIZE)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_files_are_those_of_an_enumeration_in_core(tmp_path, in_core, threads):
    enumerate_to_disk(tmp_path / "build", XY3, SIZE, threads=threads)
    assert checksums(tmp_path / "build") == in_core
    assert len(in_core) == 1 + SIZE + 3 + 8


@pytest.mark.parametrize("grammar", ["xy3", "xyz3", "xycond"])
def test_so_they_are_for_other_grammars(tmp_path, monkeypatch, grammar):
    monkeypatch.setattr(folders, "_CANDIDATES_OF_SHARD", 1 << 9)
    grammar = grammar_named(grammar)
    enumerate_to_disk(tmp_path / "build", grammar, 3, threads=1)
    assert n_shards(grammar, 3, 3) > 1
    assert checksums(tmp_path / "build") == write_in_core(tmp_path / "in core", grammar, 3)


@pytest.mark.parametrize("at_once", [1, 2, 3, 8])
@pytest.mark.parametrize("spare", [0.1, 1.06])  # of the candidates' room: with 0.1, each group takes many slabs
def test_the_files_do_not_depend_on_groups_and_slabs(tmp_path, in_core, monkeypatch, at_once, spare):
    monkeypatch.setattr(out_of_core, "_SPARE", spare)
    folder = tmp_path / "build"
    start_build(folder, XY3, SIZE)
    for size in range(2, SIZE + 1):
        write_shards(folder, size, range(n_shards(XY3, SIZE, size)), at_once=at_once)
        seal_size(folder, size)
    assert checksums(folder) == in_core


def test_shards_may_be_written_in_any_order(tmp_path, in_core):
    folder = tmp_path / "build"
    enumerate_to_disk(folder, XY3, SIZE, threads=1)
    for path in (folder / "size_4.json", *(folder / "size_4").iterdir()):
        path.unlink()
    for shards in (range(5, 7), range(1), range(3, 8), range(8)):
        write_shards(folder, SIZE, shards, at_once=2)
        assert not set(missing_shards(folder, SIZE)) & set(shards)
    seal_size(folder, SIZE)
    assert checksums(folder) == in_core


def test_the_same_call_again_writes_nothing(tmp_path, in_core):
    folder = tmp_path / "build"
    seals = enumerate_to_disk(folder, XY3, SIZE, threads=1)
    before = files_of(folder)
    assert enumerate_to_disk(folder, XY3, SIZE, threads=2) == seals
    assert files_of(folder) == before


def test_only_what_is_missing_is_written(tmp_path, in_core):
    folder = tmp_path / "build"
    enumerate_to_disk(folder, XY3, SIZE, threads=1)
    before = files_of(folder)
    lost = ["size_4/classes-00003-of-00008.parquet", "size_4/classes-00006-of-00008.parquet", "size_2.json"]
    for name in lost:
        (folder / name).unlink()
    enumerate_to_disk(folder, XY3, SIZE, threads=1)
    assert checksums(folder) == in_core
    kept = set(before) - {*lost, "size_4.json"}
    assert {name: found for name, found in files_of(folder).items() if name in kept} == {
        name: before[name] for name in kept
    }


def test_progress_ends_at_its_total(tmp_path, small_shards):
    calls = []
    enumerate_to_disk(tmp_path / "build", XY3, SIZE, lambda *call: calls.append(call), threads=1)
    of_size = [(done, total) for label, done, total in calls if label == "writing size 4"]
    assert of_size[-1] == (8, 8)
    assert of_size == sorted(of_size)


DIE_AT_A_RENAME = """
from arith_synth.enumeration import folders, out_of_core
from arith_synth.enumeration.bank import enumerate_bank
import hashlib, json
folders._CANDIDATES_OF_SHARD = 1 << 9
xy3 = grammar_named("xy3")
out_of_core.growth_on_disk(xy3, 3), enumerate_bank(xy3, 3, threads=1)  # the children find all kernels loaded

def in_a_child(work):
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def build(out, dies_at):
    rename, calls = Path.replace, []
    def replace(self, target):
        calls.append(target)
        if len(calls) == dies_at: os._exit(9)
        rename(self, target)
    Path.replace = replace
    out_of_core.enumerate_to_disk(out, xy3, 3, threads=1)

def found(out):
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in out.rglob("*") if path.is_file()}

moments = []
while not moments or moments[-1][0]:
    out = folder / str(len(moments))
    status = in_a_child(lambda: build(out, len(moments) + 1))
    killed = found(out)
    assert in_a_child(lambda: out_of_core.enumerate_to_disk(out, xy3, 3, threads=1)) == 0
    moments.append((status, killed, found(out)))
print(json.dumps(moments))
"""


def test_a_death_before_any_rename_is_made_good_by_the_next_call(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_CANDIDATES_OF_SHARD", 1 << 9)
    undisturbed = write_in_core(tmp_path / "in core", XY3, 3)
    moments = json.loads(run_script(DIE_AT_A_RENAME, tmp_path / "killed"))
    assert [status for status, _, _ in moments] == [9] * len(undisturbed) + [0]
    for _, killed, finished in moments:
        whole = {name: checksum for name, checksum in killed.items() if not name.split("/")[-1].startswith(".")}
        assert whole.items() <= undisturbed.items()
        assert finished == undisturbed


def test_a_second_build_into_one_folder_is_refused_in_one_line(tmp_path):
    with only_builder_of(tmp_path / "build"), pytest.raises(DatasetError, match="another build into .* is under way"):
        enumerate_to_disk(tmp_path / "build", XY3, 3)


def test_another_enumeration_is_never_mixed_in(tmp_path):
    folder = tmp_path / "build"
    enumerate_to_disk(folder, XY3, 2, threads=1)
    before = checksums(folder)
    for grammar, max_size in ((XY3, 3), (grammar_named("xy5"), 2)):
        with pytest.raises(
            DatasetError,
            match=r"holds another enumeration \(xy3, max_size 2, asked for .*\); choose another --out, or remove it",
        ):
            enumerate_to_disk(folder, grammar, max_size)
    assert checksums(folder) == before


def test_a_new_enumeration_in_a_removed_ones_place_is_its_own(tmp_path):
    folder = tmp_path / "build"
    for grammar in (XY3, grammar_named("xy5")):
        enumerate_to_disk(folder, grammar, 2, threads=1)
        twin = tmp_path / grammar.name
        assert checksums(folder) == write_in_core(twin, grammar, 2)
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize("max_size", [0, -1, 10, 1000])
def test_an_absurd_max_size_is_refused_before_anything_is_written(tmp_path, max_size):
    with pytest.raises(UsageError, match="out of range"):
        enumerate_to_disk(tmp_path / "build", XY3, max_size)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limit", [0, 1, 100 << 20])
def test_too_little_memory_is_refused_before_anything_is_written(tmp_path, limit):
    with pytest.raises(CapacityError, match="for one shard, but .* may be used; raise --memory-limit"):
        enumerate_to_disk(tmp_path / "build", XY3, SIZE, memory_limit=limit)
    assert not list(tmp_path.iterdir())


def test_a_plan_keeps_within_its_limit_and_uses_it():
    least = PROCESS_BYTES + shard_memory(XY3, 7, 7)
    plans = [plan_on_disk(XY3, 7, limit) for limit in (least, 2 * least, 4 * least)]
    at_once = [shards_at_once(XY3, 7, 7, plan) for plan in plans]
    assert at_once == sorted(at_once)
    assert at_once[0] == 1
    assert at_once[1] > 1
    for factor, plan in zip((1, 2, 4), plans, strict=True):
        assert plan.n_bytes <= factor * least
    with pytest.raises(CapacityError):
        plan_on_disk(XY3, 7, least - 1)


def test_a_class_whose_outputs_are_kept_takes_more_memory():
    xycond = grammar_named("xycond")
    per_class = [shard_memory(grammar, 4, 4) / growth_on_disk(grammar, 4).total(3) for grammar in (XY3, xycond)]
    assert per_class[1] > 5 * per_class[0]


@pytest.mark.parametrize("max_size", [3, 4, 5])
def test_the_files_are_not_larger_than_said(tmp_path, max_size):
    enumerate_to_disk(tmp_path, XY3, max_size, threads=1)
    n_bytes = sum(path.stat().st_size for path in tmp_path.rglob("*.parquet"))
    assert n_bytes <= output_bytes(XY3, max_size) + 2048 * max_size  # what a file has beside its rows


def test_a_disk_that_is_too_small_is_refused(tmp_path, monkeypatch):
    usage = out_of_core.shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(out_of_core.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(CapacityError, match=r"about 4.99 MB more on disk and 1 MB are free .*; choose another --out"):
        enumerate_to_disk(tmp_path / "build", XY3, 5)
    assert not list((tmp_path / "build").rglob("size_2*"))


@contextlib.contextmanager
def files_of_at_most(n_bytes):
    """No file of this process can grow beyond: the system refuses the write, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_leaves_whole_files_and_is_gone_on_with(tmp_path, in_core):
    folder = tmp_path / "build"
    with files_of_at_most(20_000), pytest.raises(OSError, match="File too large"):
        enumerate_to_disk(folder, XY3, SIZE, threads=1)
    found = checksums(folder)
    assert "size_3.json" in found
    assert found.items() <= in_core.items()
    enumerate_to_disk(folder, XY3, SIZE, threads=1)
    assert checksums(folder) == in_core
