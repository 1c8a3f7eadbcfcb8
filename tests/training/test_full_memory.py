"""A memory that is really full is one line that says which flags ask for less."""

import subprocess
import sys
from pathlib import Path

import pytest

from arith_synth.errors import CapacityError
from arith_synth.training import TrainingConfig
from arith_synth.training.memory import naming_memory_flags

ROOT = Path(__file__).parents[2]

#: Leaves the process as much memory as the weights of the model take, and the half of its gradient.
SCRIPT = """
import resource, sys
import arith_synth.training.loop
from train import main
from arith_synth.entry import guarded
from arith_synth.training import TrainingConfig
from pathlib import Path

used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {room}, used + {room}))
config = TrainingConfig(
    data=Path({data!r}), config="random", preset="large", max_steps=1, batch_size=512, n_validation=0, n_monitor=0,
    targets="published",
    output=Path({output!r}),
)
sys.exit(main(config))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_memory_that_is_full_is_one_line(small_dataset, tmp_path):
    script = SCRIPT.format(room=1_100_000_000, data=str(small_dataset), output=str(tmp_path / "run"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1, done.stderr[-2000:]
    assert done.stderr.count("\n") == 1
    for flag in ("--gradient-accumulation", "--batch-size", "--preset"):
        assert flag in done.stderr


def test_other_errors_pass_through():
    config = TrainingConfig(max_steps=1)
    with pytest.raises(RuntimeError, match="a bug of ours"), naming_memory_flags(config):
        raise RuntimeError("a bug of ours")
    with pytest.raises(CapacityError, match="--preset than nano"), naming_memory_flags(config):
        raise MemoryError
