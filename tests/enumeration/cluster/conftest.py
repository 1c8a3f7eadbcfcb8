"""The build that nothing has disturbed, and the environment in which Slurm is a stand-in."""

import os
import sys
from pathlib import Path

import pytest
from cluster_builds import GRAMMAR, MAX_SIZE, SLURM
from disk_builds import write_in_core


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Checksums of the same build from an undisturbed enumeration in core."""
    return write_in_core(tmp_path_factory.mktemp("undisturbed") / "build", GRAMMAR, MAX_SIZE)


@pytest.fixture
def slurm(tmp_path: Path) -> dict[str, str]:
    """The environment in which Slurm's commands are stand-ins that leave what they were given in tmp_path/slurm."""
    commands = tmp_path / "slurm" / "bin"
    commands.mkdir(parents=True)
    for name in ("sbatch", "srun", "scontrol"):
        path = commands / name
        path.write_text(SLURM.format(python=sys.executable), encoding="utf-8")
        path.chmod(0o755)
    return {"PATH": os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])}
