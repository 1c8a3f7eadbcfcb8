"""A build on a Ray of this machine ends with the bytes of an undisturbed one; what Ray would wait for is refused."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_builds import STAGES
from disk_builds import checksums, run_script, script

pytest.importorskip("datatrove")
pytest.importorskip("ray")

JOIN = (
    STAGES
    + """
import ray
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=80 << 20, _temp_dir=sys.argv[2],
         _memory=MEMORY)
"""
)
RUN = "run_stages(ray_executors(stages, workers=2))"


@pytest.fixture
def place() -> Iterator[Path]:
    """Ray's files. A short path: sockets lie under it, and a socket's path has at most 107 characters."""
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def env(place: Path) -> dict[str, str]:
    """Ray leaves nothing in the home folder, and reports nothing."""
    token = place / "token"
    token.write_text(secrets.token_hex(32), encoding="ascii")
    return {"RAY_AUTH_TOKEN_PATH": str(token), "RAY_USAGE_STATS_ENABLED": "0", "TMPDIR": str(place)}


@pytest.mark.slow
def test_ray_writes_the_bytes_of_an_undisturbed_build(tmp_path, undisturbed, place, env):
    run_script(JOIN.replace("MEMORY", str(8 << 30)) + RUN, tmp_path / "build", place, env=env)
    assert checksums(tmp_path / "build") == undisturbed


@pytest.mark.slow
def test_a_cluster_without_the_memory_of_a_task_is_refused(tmp_path, place, env):
    process = script(JOIN.replace("MEMORY", str(100 << 20)) + RUN, tmp_path / "build", place, env=env)
    _, err = process.communicate(timeout=120)
    assert "CapacityError: a task of size_02_shards needs" in err.rstrip().splitlines()[-1]


def test_no_cluster_is_refused(tmp_path):
    process = script(STAGES + "ray_executors(stages, workers=2)", tmp_path / "build")
    _, err = process.communicate(timeout=120)
    assert err.rstrip().splitlines()[-1].endswith("UsageError: no Ray cluster is joined; call ray.init() first")


@pytest.mark.slow
def test_a_task_that_fails_ends_the_build_instead_of_being_waited_for(tmp_path, place, env):
    code = JOIN.replace("MEMORY", str(8 << 30)) + "run_stages(ray_executors(stages[1:3], workers=2))"
    process = script(code, tmp_path / "build", place, env=env)
    _, err = process.communicate(timeout=120)
    assert "DatasetError: 1 of 1 tasks failed; read " in err.rstrip().splitlines()[-1]
