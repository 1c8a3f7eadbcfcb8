"""What the fuzz targets share: instrumented imports, seeds, and the loop of atheris.

A target is a script: it imports what it tests within `instrumented()`, defines `one_input(data)`, which raises when a
promise is broken, and ends with `fuzz(one_input, SEEDS)`. By hand, until something is found or Ctrl-C:

    python tests/fuzzing/fuzz_parser.py
    python tests/fuzzing/fuzz_parser.py -runs=1000000 -artifact_prefix=/tmp/ my_corpus/

The options are libFuzzer's. An input that breaks a promise is written beside `-artifact_prefix`; give its path to the
script to run it again.
"""

import atexit
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris


def instrumented() -> contextlib.AbstractContextManager[None]:
    """Within it, modules of the package are imported so that the fuzzer sees which of their lines run."""
    return atheris.instrument_imports(include=["arith_synth"])


def fuzz(one_input: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Run `one_input` on what the fuzzer makes of the seeds, as the arguments of the script say. Does not return."""
    folder = own_folder()
    for index, seed in enumerate(seeds):
        (folder / f"{index:04d}").write_bytes(seed)
    given = any(Path(argument).is_file() for argument in sys.argv[1:])
    # In a child, since atheris ends its process without giving Python the chance to clean up.
    child = os.fork()
    if child == 0:
        atheris.Setup([*sys.argv, *([] if given else [str(folder)])], one_input)
        atheris.Fuzz()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


def own_folder() -> Path:
    """A new folder, in memory where there is such a place, that goes with the process."""
    memory = "/dev/shm"
    folder = tempfile.mkdtemp(prefix="fuzzing_", dir=memory if os.path.isdir(memory) else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def check_message(error: Exception) -> None:
    """Messages end up in tables and terminals: one short line without controls."""
    message = str(error)
    assert message.isprintable(), ascii(message)
    assert 0 < len(message) < 400, len(message)
