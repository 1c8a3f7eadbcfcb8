"""What is in an enumeration's folder is what its seals say, and whatever else is there is refused with advice."""

import hashlib
import json
import shutil
from dataclasses import asdict

import numpy as np
import pytest
from disk_builds import XY3, checksums

from arith_synth.enumeration import folders
from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.folders import (
    content_sha256,
    description_of,
    growth_on_disk,
    is_sealed,
    missing_shards,
    n_shards,
    read_values,
    seal_of,
    seal_size,
    shard_paths,
    start_build,
)
from arith_synth.enumeration.out_of_core import enumerate_to_disk
from arith_synth.enumeration.realizations import target_programs
from arith_synth.enumeration.shard_files import Classes, read_classes_file, write_classes_file
from arith_synth.errors import DatasetError, UsageError
from arith_synth.grammar import Grammar, grammar_named

SIZE = 4


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An enumeration of xy3 at max_size 4 with eight shards of size 4. Read it, or copy it."""
    folder = tmp_path_factory.mktemp("whole") / "build"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "_CANDIDATES_OF_SHARD", 1 << 12)
        enumerate_to_disk(folder, XY3, SIZE, threads=1)
    return folder


@pytest.fixture
def folder(tmp_path, whole, monkeypatch):
    """A copy to damage."""
    monkeypatch.setattr(folders, "_CANDIDATES_OF_SHARD", 1 << 12)
    return shutil.copytree(whole, tmp_path / "build")


def again(folder):
    return enumerate_to_disk(folder, XY3, SIZE, threads=1)


# What a finished enumeration says.


def test_the_description_tells_the_grammar(folder):
    assert description_of(folder) == (XY3, SIZE)


def test_a_seal_counts_what_was_enumerated_and_sums_its_arrays(folder):
    bank = enumerate_bank(XY3, SIZE, threads=1)
    targets = target_programs(bank, threads=1)
    offsets = bank.first_of_size
    for size in range(1, SIZE + 1):
        of_size = slice(offsets[size], offsets[size + 1])
        arrays = bank.values[of_size], targets.n_minimal[of_size], targets.codes[of_size]
        n_classes, n_candidates = bank.classes_by_size[size - 1], int(bank.candidates_by_size[size])
        assert seal_of(folder, size) == {
            "size": size,
            "n_classes": n_classes,
            "n_candidates": n_candidates,
            "n_shards": n_shards(XY3, SIZE, size),
            "shard_bytes": [path.stat().st_size for path in shard_paths(folder, size)],
            "content_sha256": content_sha256(*arrays),
        }
        assert np.array_equal(read_values(folder, size), arrays[0])
        assert sum(read_classes_file(path).n_candidates for path in shard_paths(folder, size)) == n_candidates


def test_the_sum_of_a_size_depends_on_each_array_and_on_nothing_else():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 1 << 61, size=(9, 2), dtype=np.uint64)
    n_minimal, codes = rng.integers(1, 9, size=9), rng.integers(0, 9, size=(9, 5), dtype=np.uint8)
    plain = content_sha256(values, n_minimal, codes)
    assert content_sha256(np.asfortranarray(values), n_minimal.astype(">i8"), codes[::-1][::-1]) == plain
    for changed in (
        (values + np.uint64(1), n_minimal, codes),
        (values, n_minimal + 1, codes),
        (values, n_minimal, codes + np.uint8(1)),
    ):
        assert content_sha256(*changed) != plain
    digests = [hashlib.sha256(array.tobytes()).digest() for array in (values, n_minimal, codes)]
    assert plain == hashlib.sha256(b"".join(digests)).hexdigest()


@pytest.mark.parametrize(("grammar", "max_size"), [("xy3", 7), ("xy9", 5), ("xycond", 6), ("xy3", 1)])
def test_the_number_of_shards_is_a_power_of_two_and_a_shard_takes_about_as_many_candidates(grammar, max_size):
    grammar = grammar_named(grammar)
    for size in range(1, max_size + 1):
        n, candidates = n_shards(grammar, max_size, size), growth_on_disk(grammar, max_size).candidates[size]
        assert n & (n - 1) == 0
        assert candidates / n <= 1 << 21
        assert n == 1 or candidates / n >= 1 << 20


@pytest.mark.parametrize("size", [0, -1, 5])
def test_there_is_no_other_size(size):
    with pytest.raises(UsageError, match=r"not within 1\.\.4"):
        n_shards(XY3, 4, size)


def test_a_size_is_finished_when_its_seal_and_all_its_shards_are_there(folder):
    assert is_sealed(folder, SIZE)
    assert missing_shards(folder, SIZE) == []
    shard_paths(folder, SIZE)[3].unlink()
    assert missing_shards(folder, SIZE) == [3]
    assert not is_sealed(folder, SIZE)
    for ask in (seal_of, read_values):
        with pytest.raises(DatasetError, match="size 4 is not finished; run the same command again"):
            ask(folder, SIZE)


def test_a_size_with_a_missing_shard_is_not_sealed(folder):
    (folder / "size_4.json").unlink()
    shard_paths(folder, SIZE)[3].unlink()
    with pytest.raises(DatasetError, match="classes-00003-of-00008.parquet is missing"):
        seal_size(folder, SIZE)
    assert not (folder / "size_4.json").exists()


def test_what_a_kill_has_left_aside_goes_away(folder):
    before = checksums(folder)
    for name in (
        ".enumeration.json.12.tmp",
        ".size_4.json.12.tmp",
        "size_4/.classes-00003-of-00008.parquet.host.12.tmp",
    ):
        (folder / name).write_text("half")
    (folder / "size_4.json").unlink()
    again(folder)
    assert checksums(folder) == before


def test_a_build_begins_where_a_kill_left_nothing_but_half_a_description(tmp_path):
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / ".enumeration.json.12.tmp").write_text("{")
    start_build(tmp_path / "build", XY3, 3)
    assert description_of(tmp_path / "build") == (XY3, 3)


# Damage. Each entry does something to the shards of size 4.


def flip(paths):
    content = bytearray(paths[2].read_bytes())
    content[len(content) // 2] ^= 1
    paths[2].write_bytes(content)


def cut(paths):
    paths[2].write_bytes(paths[2].read_bytes()[:-100])


def empty(paths):
    paths[2].write_bytes(b"")


def swap(paths):
    other = paths[2].with_name("other")
    paths[2].rename(other)
    paths[5].rename(paths[2])
    other.rename(paths[5])


def copy(paths):
    shutil.copy(paths[3], paths[2])


def from_another_size(paths):
    shutil.copy(paths[0].parents[1] / "size_3" / "classes-00000-of-00001.parquet", paths[2])


def turn_round(paths):
    classes = read_classes_file(paths[2])
    write_classes_file(paths[2], changed(classes, values=classes.values[::-1]))


def repeat_a_class(paths):
    classes = read_classes_file(paths[2])
    write_classes_file(paths[2], changed(classes, values=np.repeat(classes.values[:1], len(classes.values), axis=0)))


def changed(classes: Classes, **columns) -> Classes:
    return Classes(**{**{name: getattr(classes, name) for name in Classes.__slots__}, **columns})


DAMAGES = [flip, cut, empty, swap, copy, from_another_size, turn_round, repeat_a_class]


def fails_in_one_line_that_names_what_to_delete(call, path):
    with pytest.raises(DatasetError) as failed:
        call()
    message = str(failed.value)
    assert "\n" not in message
    assert str(path) in message
    assert message.endswith("delete it and run the same command again")


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_before_a_size_is_sealed_and_the_advice_helps(folder, damage):
    before = checksums(folder)
    (folder / "size_4.json").unlink()
    damage(shard_paths(folder, SIZE))
    # `swap` has two shards to delete, of which one is named at a time.
    for path in shard_paths(folder, SIZE)[2 : 6 if damage is swap else 3 : 3]:
        fails_in_one_line_that_names_what_to_delete(lambda: again(folder), path)
        assert not (folder / "size_4.json").exists()
        path.unlink()
    again(folder)
    assert checksums(folder) == before


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_of_a_finished_size_is_found_when_it_is_read(folder, damage):
    paths = shard_paths(folder, SIZE)
    damage(paths)
    fails_in_one_line_that_names_what_to_delete(lambda: read_values(folder, SIZE), paths[2])


def test_a_shard_of_other_classes_in_the_right_place_is_found_by_their_number(folder):
    path = shard_paths(folder, SIZE)[2]
    classes = read_classes_file(path)
    rows = {name: getattr(classes, name)[:-1] for name in ("values", "n_minimal", "codes")}
    write_classes_file(path, changed(classes, **rows))
    fails_in_one_line_that_names_what_to_delete(lambda: read_values(folder, SIZE), folder / "size_4")


def test_a_larger_size_is_not_built_on_a_damaged_smaller_one(folder):
    (folder / "size_4.json").unlink()
    shutil.rmtree(folder / "size_4")
    path = shard_paths(folder, 3)[0]
    path.write_bytes(path.read_bytes()[:-100])
    fails_in_one_line_that_names_what_to_delete(lambda: again(folder), path)
    assert not (folder / "size_4").exists()


@pytest.mark.parametrize(
    "columns", [{"codes": np.zeros((1162, 9), dtype=np.uint8)}, {"n_minimal": np.zeros(1162, dtype=np.int64)}]
)
def test_programs_of_another_enumeration_are_not_sealed(folder, columns):
    path = shard_paths(folder, SIZE)[2]
    classes = read_classes_file(path)
    columns = {name: array[: len(classes.values)] for name, array in columns.items()}
    columns = {name: np.resize(array, (len(classes.values), *array.shape[1:])) for name, array in columns.items()}
    (folder / "size_4.json").unlink()
    write_classes_file(path, changed(classes, **columns))
    fails_in_one_line_that_names_what_to_delete(lambda: again(folder), path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"size": 4}', "\0", '{"n_classes": NaN}'])
def test_a_damaged_seal_says_what_to_do_and_that_helps(folder, content):
    before = checksums(folder)
    path = folder / "size_4.json"
    path.write_text(content)
    fails_in_one_line_that_names_what_to_delete(lambda: again(folder), path)
    path.unlink()
    again(folder)
    assert checksums(folder) == before


# Another enumeration, or something else.


DESCRIPTION = {"format": 1, "grammar": asdict(XY3), "max_size": SIZE}
WRONG = {
    "empty": "",
    "cut": '{"format": 1, "gramm',
    "a list": "[1]",
    "no fields": "{}",
    "another format": json.dumps({**DESCRIPTION, "format": 2}),
    "no grammar": json.dumps({**DESCRIPTION, "grammar": "xy3"}),
    "an impossible grammar": json.dumps({**DESCRIPTION, "grammar": {**asdict(XY3), "operators": ["?"]}}),
    "no size": json.dumps({**DESCRIPTION, "max_size": "four"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_description_that_makes_no_sense_is_refused_in_one_line_with_advice(tmp_path, name):
    (tmp_path / "enumeration.json").write_text(WRONG[name])
    with pytest.raises(DatasetError, match="make it anew") as refused:
        description_of(tmp_path)
    assert "\n" not in str(refused.value)
    with pytest.raises(DatasetError, match=r"make it anew|another enumeration \(.*\); choose another --out, or"):
        start_build(tmp_path, XY3, SIZE)
    assert (tmp_path / "enumeration.json").read_text() == WRONG[name]


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "size_1.json", "dataset_info.json"])
def test_a_folder_with_something_else_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(DatasetError, match="holds something else than an enumeration; choose another --out"):
        enumerate_to_disk(tmp_path, XY3, 2)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(DatasetError, match="holds something else"):
        enumerate_to_disk(tmp_path / "out", XY3, 2)
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_without_an_enumeration_says_how_to_make_one(tmp_path):
    with pytest.raises(DatasetError, match="make one with arith-synth enumerate --out"):
        description_of(tmp_path)
    with pytest.raises(DatasetError, match="make one with arith-synth enumerate --out"):
        shard_paths(tmp_path / "nowhere", 1)


def test_two_grammars_of_one_name_are_two_enumerations(tmp_path):
    start_build(tmp_path, XY3, 2)
    impostor = Grammar(name="xy3", variables=("x", "y"), constants=(1, 2, 4))
    with pytest.raises(DatasetError, match="holds another enumeration"):
        start_build(tmp_path, impostor, 2)
