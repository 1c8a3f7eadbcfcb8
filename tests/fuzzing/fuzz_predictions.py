"""Fuzzes the readers of result files: any bytes are read or refused with MetricError."""

import gzip
import pickle

from driver import check_message, fuzz, instrumented, own_folder

with instrumented():
    from arith_synth.errors import MetricError
    from arith_synth.files import read_json
    from arith_synth.scoring.outcomes import read_outcomes
    from arith_synth.scoring.predictions import read_predictions, write_predictions

GOOD = b'{"task_id": "support_shift/test/000000", "completions": ["x + 1", "\\u202e", "\\ud800"], "seed": 0}\n'
COUNTS = b'"n_completions":2,"n_parsed":1,"n_consistent":1,"n_correct":1,"n_equivalent":1,"n_exact_match":1'
SEEDS = [
    GOOD,
    GOOD + GOOD.replace(b"000000", b"000001"),
    b'{"task_id":"a/b/1","size":3,' + COUNTS + b',"reasons":{"no program found":1},"size_ratio":1.5}\n',
    b'{"task_id": "a/b/1", "completions": [[[["x"]]]], "seed": 1e999}\n',
    b'{"task_id": "a/b/1", "task_id": "a/b/1", "completions": [NaN, -Infinity]}\n\n\n',
    b'{"task_id": "a\x00b", "completions": ["' + b"1" * 300 + b'"], "seed": ' + b"1" * 300 + b"}",
    gzip.compress(GOOD),
    pickle.dumps({"task_id": "a"}),
    b"!!python/object/apply:os.system ['true']\n",
    b"\xef\xbb\xbf{}",
]
FILE = own_folder() / "rows.jsonl"


def one_input(data: bytes) -> None:
    """Any file: read, or refused in one line; what was read as predictions survives being written."""
    FILE.write_bytes(data)
    for read in (read_predictions, read_outcomes, read_json):
        try:
            value = read(FILE)
        except MetricError as error:
            check_message(error)
            continue
        if read is read_predictions:
            write_predictions(FILE, value)
            assert read_predictions(FILE) == value
            FILE.write_bytes(data)


if __name__ == "__main__":
    fuzz(one_input, SEEDS)
