"""`arith-synth enumerate`: one JSON object for a program, one line for a wrong call."""

import json

import pytest


def test_json_is_one_object_with_the_counts_of_the_grammar(run):
    answer = run("enumerate", "--grammar", "xy3", "--max-size", "4", "--json")
    assert answer.status == 0, answer.err
    assert answer.out.count("\n") == 1
    result = json.loads(answer.out)
    by_size = {"classes_by_size", "candidates_by_size", "seconds_by_size"}
    assert set(result) == by_size | {"candidates", "seconds", "candidates_per_s", "threads", "peak_bytes"}
    assert result["classes_by_size"] == [5, 51, 674, 9297]
    assert sum(result["candidates_by_size"]) == result["candidates"]
    assert sum(result["seconds_by_size"]) == pytest.approx(result["seconds"], abs=1e-5)
    assert all(result[name] > 0 for name in result if name not in by_size)


def test_classes_and_memory_are_told_before_the_enumeration_starts(run):
    answer = run("enumerate", "--max-size", "4")
    told = answer.err.index("classes, ")
    assert " of memory in core" in answer.err
    assert told < answer.err.index("enumerating size 4")


def test_a_grammar_file_is_enumerated_like_a_named_one(call, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('variables = ["y", "x"]\nconstants = [3, 1, 2]\noperators = ["/", "*", "-", "+"]\n')
    assert "5, 51, 674" in call("enumerate", "--grammar", file, "--max-size", "3").out


def test_conditionals_are_enumerated_by_the_same_command(call):
    assert "5, 65, 1376" in call("enumerate", "--grammar", "xycond", "--max-size", "3").out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('variables = []\nconstants = []\noperators = ["+"]\n', "no leaf"),
        ('variables = ["x"]\nconstants = [1]\noperators = ["%"]\n', "unknown operator '%'"),
        ('variables = ["x", "x"]\nconstants = [1]\noperators = ["+"]\n', "lists a symbol twice"),
        ('variables = ["x"]\nconstants = [1000000000]\noperators = ["+"]\n', "choose a smaller one"),
        ("variables = [\n", "mine.toml"),
    ],
)
def test_a_grammar_file_that_makes_no_sense_is_a_wrong_call(call, tmp_path, text, complaint):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    assert complaint in call("enumerate", "--grammar", file).complaint(2)


def test_a_grammar_file_that_is_not_there_is_a_wrong_call(call, tmp_path):
    assert "none.toml" in call("enumerate", "--grammar", tmp_path / "none.toml").complaint(2)


def test_a_memory_limit_that_is_too_small_is_refused_with_the_way_out(call):
    line = call("enumerate", "--max-size", "7", "--memory-limit", "350MB").complaint(1)
    assert "350 MB may be used; enumerate to disk with --out DIR --memory-limit" in line


@pytest.mark.parametrize("limit", ["much", "-1GB", "0", "1XB", "", "9" * 400])
def test_what_is_no_amount_of_memory_is_a_wrong_call(call, limit):
    assert "write it as 512MB or 1.5GB" in call("enumerate", f"--memory-limit={limit}").complaint(2)


@pytest.mark.parametrize(("threads", "complaint"), [("0", "0 threads cannot work"), ("9" * 22, "are too many")])
def test_a_number_of_threads_that_makes_no_sense_is_a_wrong_call(call, threads, complaint):
    assert complaint in call("enumerate", "--threads", threads).complaint(2)


def test_classes_on_disk_are_those_in_core_and_are_not_made_twice(call, tmp_path):
    out = tmp_path / "classes"
    first = json.loads(call("enumerate", "--max-size", "4", "--out", out, "--json").out)
    assert first["classes_by_size"] == [5, 51, 674, 9297]
    written = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    again = json.loads(call("enumerate", "--max-size", "4", "--out", out, "--json", "--threads", "1").out)
    assert again["content_sha256_by_size"] == first["content_sha256_by_size"]
    assert first["candidates_made"] == first["candidates"] == again["candidates"]
    assert (again["candidates_made"], again["candidates_per_s"]) == (0, None)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")} == written


def test_a_folder_with_another_enumeration_is_refused(call, tmp_path):
    call("enumerate", "--max-size", "2", "--out", tmp_path / "classes")
    answer = call("enumerate", "--max-size", "3", "--out", tmp_path / "classes")
    assert answer.status == 1
    assert "holds another enumeration (xy3, max_size 2, asked for xy3, max_size 3); choose" in answer.lines[-1]


def test_without_json_the_counts_are_for_people(call):
    answer = call("enumerate", "--max-size", "3")
    assert answer.status == 0
    assert "5, 51, 674" in answer.out


def test_an_unknown_grammar_is_a_wrong_call_and_the_known_ones_are_named(call):
    line = call("enumerate", "--grammar", "nope").complaint(2)
    assert line.startswith("arith-synth enumerate: ")
    assert "'nope'" in line
    assert "xy3" in line


def test_a_grammar_with_a_typing_error_is_told_the_nearest_name(call):
    assert "did you mean 'xyz3'?" in call("enumerate", "--grammar", "xyz33").complaint(2)


@pytest.mark.parametrize("max_size", ["0", "99", "-3"])
def test_a_size_out_of_range_is_a_wrong_call_that_names_the_range(call, max_size):
    assert f"max_size {max_size} is out of range; choose 1 to" in call("enumerate", "--max-size", max_size).complaint(2)


def test_a_size_that_is_no_number_is_a_wrong_call(call):
    answer = call("enumerate", "--max-size", "five")
    assert answer.status == 2
    assert "Traceback" not in answer.err


def test_what_was_there_already_is_not_counted_into_the_rate(call, tmp_path):
    out = tmp_path / "classes"
    first = json.loads(call("enumerate", "--max-size", "4", "--out", out, "--json").out)
    (out / "size_4.json").unlink()
    next(out.glob("size_4/*.parquet")).unlink()
    again = json.loads(call("enumerate", "--max-size", "4", "--out", out, "--json").out)
    assert again["candidates_made"] == first["candidates_by_size"][3]


def test_a_finished_shard_that_was_cut_is_noticed(call, tmp_path):
    out = tmp_path / "classes"
    call("enumerate", "--max-size", "3", "--out", out)
    shard = next(out.glob("size_3/*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-100])
    answer = call("enumerate", "--max-size", "3", "--out", out)
    assert answer.status == 1
    assert f"{shard} is damaged" in answer.lines[-1]
    shard.unlink()
    assert call("enumerate", "--max-size", "3", "--out", out).status == 0


def test_a_limit_above_the_memory_that_there_is_does_not_help(call):
    answer = call("enumerate", "--max-size", "9", "--memory-limit", "4000GB")
    assert answer.status == 1
    assert "may be used; enumerate to disk" in answer.lines[-1]


def test_verifying_finds_a_byte_that_changed(call, tmp_path):
    out = tmp_path / "classes"
    assert call("enumerate", "--max-size", "3", "--out", out, "--verify").status == 0
    shard = next(out.glob("size_3/*.parquet"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    assert call("enumerate", "--max-size", "3", "--out", out).status == 0
    answer = call("enumerate", "--max-size", "3", "--out", out, "--verify")
    assert answer.status == 1
    assert str(shard) in answer.lines[-1]


@pytest.mark.parametrize("out", ["/", "."])
def test_a_folder_is_found_by_any_of_its_names(call, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    answer = call("enumerate", "--max-size", "2", "--out", out)
    assert answer.status in (0, 1, 2)
    assert "Traceback" not in answer.err
    assert (answer.status == 0) == (out == ".")
