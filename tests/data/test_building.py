"""A build that stops anywhere loses nothing that is finished and leaves nothing half-written under a final name."""

import dataclasses
import errno
import json

import filelock
import pytest

from arith_synth.data import config_files
from arith_synth.data.building import BuildRequest, building, existing_build
from arith_synth.data.checksums import file_sha256
from arith_synth.data.folder import verify
from arith_synth.errors import DatasetError
from arith_synth.grammar import grammar_named


class Stopped(KeyboardInterrupt):
    """Ctrl-C."""


def build_all(out, request, tables, facts):
    """The names of the configs that had to be written."""
    with building(out, request) as build:
        written = [config for config in request.split_sizes if build.write_config(config, tables)]
        build.finish(facts, lambda *_: [], dict)
    return written


def bytes_under(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "arith-synth"


@pytest.fixture
def three(request_of_three_configs) -> BuildRequest:
    return request_of_three_configs


@pytest.fixture
def interrupted(out, three, tables):
    """A folder in which the second of three configs was being written when Ctrl-C came."""

    def stop(_):
        raise Stopped

    with pytest.raises(Stopped), building(out, three) as build:
        build.write_config("support_shift", tables)
        build.write_config("random", stop)
    return out


def test_a_finished_build_passes_its_own_checksums(dataset):
    verify(dataset)


def test_checksums_name_both_cards(dataset):
    cards = dataset.checksums["cards"]
    assert cards == {name: file_sha256(dataset.path / name) for name in ("README.md", "eval.yaml")}
    assert not set(cards) & set(dataset.checksums["files"])


def test_two_builds_of_one_request_are_the_same_bytes(tmp_path, three, tables, facts):
    for name in ("one", "other"):
        build_all(tmp_path / name, three, tables, facts)
    one, other = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("one", "other")
    )
    assert one == other


def test_an_interrupted_build_has_no_final_name(interrupted):
    assert not interrupted.exists()


def test_an_interrupted_config_has_no_final_name(interrupted):
    (partial,) = interrupted.parent.glob("arith-synth.partial-*")
    assert sorted(path.name for path in partial.iterdir()) == [".finished", "support_shift"]


def test_the_next_build_reuses_what_is_finished(interrupted, three, tables, facts):
    assert build_all(interrupted, three, tables, facts) == ["random", "corpus"]


def test_a_finished_config_that_was_damaged_is_written_again(interrupted, three, tables, facts):
    (partial,) = interrupted.parent.glob("arith-synth.partial-*")
    (partial / "support_shift" / "test-00000-of-00001.parquet").write_bytes(b"PAR1")
    assert build_all(interrupted, three, tables, facts) == ["support_shift", "random", "corpus"]


def test_another_request_reuses_nothing(interrupted, three, tables, facts):
    assert build_all(interrupted, dataclasses.replace(three, max_size=4), tables, facts) == list(three.split_sizes)


def test_a_finished_build_leaves_nothing_beside_it(interrupted, three, tables, facts):
    build_all(interrupted, three, tables, facts)
    assert [path.name for path in interrupted.parent.iterdir()] == ["arith-synth"]


def test_leftovers_of_a_killed_build_are_not_published(interrupted, three, tables, facts):
    (partial,) = interrupted.parent.glob("arith-synth.partial-*")
    (partial / ".random-killed").mkdir()
    build_all(interrupted, three, tables, facts)
    assert not list(interrupted.glob(".*"))


def test_two_builds_into_one_folder_do_not_mix(out, three):
    with (
        building(out, three),
        pytest.raises(DatasetError, match="another build into .* is under way; wait for it"),
        building(out, three),
    ):
        pass


def test_a_lock_without_its_process_does_not_stop_a_build(out, three, tables, facts):
    (out.parent / ".arith-synth.lock").touch()
    assert build_all(out, three, tables, facts)


def test_the_lock_is_released_after_an_interruption(interrupted):
    with filelock.FileLock(interrupted.parent / ".arith-synth.lock", timeout=0) as lock:
        assert lock.is_locked


def test_a_full_disk_is_an_os_error_and_keeps_what_is_finished(interrupted, three, tables, facts, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(config_files, "rewrite_split", full)
        with pytest.raises(OSError, match="No space left"):
            build_all(interrupted, three, tables, facts)
    assert build_all(interrupted, three, tables, facts) == ["random", "corpus"]


def test_a_full_disk_while_tables_are_made_is_the_same_os_error(out, three):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"), building(out, three) as build:
        build.write_config("random", full)


def test_progress_of_a_config_counts_its_rows(out, three, tables):
    steps = []
    with building(out, three) as build:
        build.write_config("support_shift", tables, lambda *step: steps.append(step))
    assert {label for label, _, _ in steps} == {"writing support_shift"}
    assert [(done, total) for _, done, total in steps] == [(7 * n, 42) for n in range(7)]


def test_a_build_that_lacks_a_config_is_not_published(out, three, tables, facts):
    with building(out, three) as build:
        build.write_config("random", tables)
        with pytest.raises(DatasetError, match="support_shift, corpus not written"):
            build.finish(facts, lambda *_: [], dict)
    assert not out.exists()


def test_the_same_request_finds_its_dataset(dataset, three):
    found = existing_build(dataset.path, three)
    assert found is not None
    assert found.build == dataset.build


def test_nothing_there_is_no_dataset_and_no_error(out, three):
    assert existing_build(out, three) is None


def test_an_empty_folder_may_be_built_into(out, three, tables, facts):
    out.mkdir()
    build_all(out, three, tables, facts)
    assert existing_build(out, three)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grammar": grammar_named("xy5")}, "grammar is xy3, asked for xy5"),
        ({"max_size": 4}, "max_size is 3, asked for 4"),
        ({"split_sizes": {"corpus": {}}}, "split_sizes is "),
    ],
)
def test_a_dataset_of_another_request_is_not_overwritten(dataset, three, change, message):
    with pytest.raises(DatasetError, match=f"another dataset \\({message}.*choose another --out"):
        existing_build(dataset.path, dataclasses.replace(three, **change))


def test_a_dataset_of_another_data_version_is_not_overwritten(dataset, three):
    build = dict(dataset.build, data_version="0.1.0")
    (dataset.path / "build.json").write_text(json.dumps(build))
    with pytest.raises(DatasetError, match="data version 0.1.0"):
        existing_build(dataset.path, three)


def test_a_folder_with_something_else_is_not_overwritten(out, three):
    out.mkdir()
    (out / "thesis.tex").touch()
    with pytest.raises(DatasetError, match="is not an arith-synth dataset; choose another --out"):
        existing_build(out, three)


def test_build_json_counts_tasks_by_size(dataset):
    assert dataset.build["configs"]["random"]["test"] == {"n": 7, "sizes": {"2": 4, "3": 3}}
