"""The files that lm-evaluation-harness reads are what the registry gives."""

import subprocess
import sys

import pytest
import yaml

from arith_synth import DATA_VERSION
from arith_synth.harness import LM_EVAL_PATH
from arith_synth.harness.config_tests import configs_with_tests
from arith_synth.harness.task_files import task_files, write_task_files
from arith_synth.names import is_test
from arith_synth.splits.registry import SPLITS


def files_in(folder):
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }


def test_the_package_has_the_files_that_the_registry_gives():
    assert files_in(LM_EVAL_PATH) == task_files(), "run: python -m arith_synth.harness.task_files"


def test_writing_leaves_no_file_of_a_registry_of_before(tmp_path):
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "arith_synth_gone.yaml").write_text("group: arith_synth_gone\n")
    write_task_files(tmp_path)
    assert files_in(tmp_path) == task_files()


def test_every_test_split_has_a_task_and_every_config_with_tests_a_group():
    files = task_files()
    for config, splits in SPLITS.items():
        tests = [split for split in splits if is_test(split)]
        assert (f"{config}/arith_synth_{config}.yaml" in files) == bool(tests)
        for style in ("", "_chat"):
            group = f"arith_synth_{config}{style}"
            if tests:
                fields = yaml.safe_load(files[f"{config}/{group}.yaml"])
                assert fields["task"] == [f"{group}_{split}" for split in tests]
            for split in tests:
                task = yaml.safe_load(files[f"{config}/{group}_{split}.yaml"])
                assert (task["task"], task["dataset_name"], task["test_split"]) == (f"{group}_{split}", config, split)
    assert set(configs_with_tests()) < set(SPLITS)


def test_a_version_of_the_data_is_a_version_of_the_tasks():
    assert f"version: {DATA_VERSION}" in task_files()["_completion_yaml"]


def test_no_two_tasks_or_groups_have_one_name():
    names = [name.rpartition("/")[2] for name in task_files()]
    assert len(set(names)) == len(names)


def test_the_command_prints_their_folder(capsys):
    from arith_synth import cli

    assert cli.main(["harness-path"]) == 0
    assert capsys.readouterr().out == f"{LM_EVAL_PATH}\n"


@pytest.mark.parametrize("statement", ["import arith_synth.harness", "import arith_synth.harness.logs"])
def test_the_room_imports_no_harness_before_it_is_asked(statement):
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    assert {"lm_eval", "inspect_ai", "torch", "datasets", "numba"}.isdisjoint(done.stdout.split())
