"""Fuzzes `arith-synth verify-submission`: whatever the two files hold, the outcome is a record."""

import json
import os
import subprocess
import sys

from driver import fuzz, instrumented, own_folder

FOLDER = own_folder()
os.environ["ARITH_SYNTH_CACHE"] = str(FOLDER / "cache")
DATA, RUN, RESULTS = FOLDER / "data", FOLDER / "run", FOLDER / "results"

# In a process of its own: compiled kernels cannot be instrumented.
MAKE_A_RUN = """
import sys
from arith_synth.baselines.config import BaselineConfig
from arith_synth.baselines.run import run_baseline
from arith_synth.data.build import build_dataset
from arith_synth.grammar import grammar_named
from arith_synth.splits.sizes import SplitSizes

data, run = sys.argv[1:]
sizes = SplitSizes(train=200, validation=5, test=5, density_train=50)
build_dataset(grammar_named("xy3"), 4, data, ("corpus", "support_shift"), sizes)
splits = "test,test_semantic,test_syntactic,test_both"
run_baseline(BaselineConfig(name="random", data=data, splits=splits, output=run))
"""

with instrumented():
    from arith_synth.scoring.predictions import PREDICTIONS_FILE
    from arith_synth.submissions.entries import SUBMISSION_FILE, read_entries
    from arith_synth.submissions.making import submission_of, write_submission
    from arith_synth.submissions.regeneration import regenerated
    from arith_synth.submissions.verification import verify_submission

SAID = {"name": "a", "track": "shifted_pass_at_1", "licence": "MIT", "model": {"name": "A"}}


def one_input(data: bytes) -> None:
    """The first byte says which of the two files the rest stands for; the other one is honest."""
    changed = {True: SUBMISSION_FILE, False: PREDICTIONS_FILE}[data[:1] == SEEDS[0][:1]]
    for name, content in HONEST.items():
        (MADE / name).write_bytes(data[1:] if name == changed else content)
    record = verify_submission(MADE, DATA, regenerate=regenerated, n_regenerated=2, seed=0)
    assert (record["status"] == "rejected") == (not all(check["holds"] for check in record["checks"]))
    for check in record["checks"]:
        assert check["detail"].isprintable(), ascii(check["detail"])
        assert len(check["detail"]) < 400, len(check["detail"])
    lines: list[str] = []
    assert len(read_entries(RESULTS, report=lines.append)) + len(lines) == 1
    if record["status"] != "rejected":
        claimed = json.loads((MADE / SUBMISSION_FILE).read_bytes())["scores"]
        for split, scores in claimed.items():
            assert scores["execution_accuracy"] == record["headline"][split]["value"]


if __name__ == "__main__":
    subprocess.run([sys.executable, "-c", MAKE_A_RUN, str(DATA), str(RUN)], check=True)
    MADE = write_submission(*submission_of(RUN, DATA, SAID), RESULTS)
    HONEST = {name: (MADE / name).read_bytes() for name in (SUBMISSION_FILE, PREDICTIONS_FILE)}
    # Without indentation, so that more of the document fits into what the fuzzer likes to change.
    HONEST[SUBMISSION_FILE] = json.dumps(json.loads(HONEST[SUBMISSION_FILE])).encode()
    SEEDS = [prefix + content for prefix, content in zip((b"s", b"p"), HONEST.values(), strict=True)]
    if not any(argument.startswith("-max_len") for argument in sys.argv):
        sys.argv += ["-max_len=65536", "-len_control=0"]  # whole documents from the start
    fuzz(one_input, SEEDS)
