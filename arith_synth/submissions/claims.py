"""What a submission says of itself, held against the dataset and the rules of its track."""

from collections.abc import Iterator
from typing import Any

from arith_synth.data.config_names import check_config
from arith_synth.data.content import content_of
from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.names import TRAIN_PREFIX, is_test
from arith_synth.submissions.checks import Check, check
from arith_synth.submissions.regeneration import BASELINE
from arith_synth.submissions.tracks import TRACKS, Track

_VALIDATION = "validation"
#: Baselines that read what a model must not: the answers, and the programs of all tasks.
_READS = {"target": "the answers", "lookup": "the whole corpus"}


def test_splits(folder: DatasetFolder, config: str) -> list[str]:
    """The test splits of a config, in order."""
    return [split for split in folder.configs[config] if is_test(split)]


def claim_checks(submission: dict[str, Any], folder: DatasetFolder) -> list[Check]:
    """The checks of a submission that has passed the schema.

    Raises UsageError when the dataset folder lacks the config although it is one of ours: nobody can verify then.
    """
    track = TRACKS[submission["track"]]
    data = check("its data version, grammar and max_size are those of the dataset", _data(submission, folder))
    splits = check("it answers every test split of its config, and nothing else", _splits(submission, folder))
    checks = [data, splits]
    if data.holds and splits.holds:
        checks += [
            check("the checksums of its splits are those of the dataset", _checksums(submission, folder)),
            check("its training data are splits of the dataset", _training_data(submission, folder)),
        ]
    return [
        *checks,
        check("it has at least as many samples as each k it claims", _samples(submission)),
        check(f"it keeps to its track: {track.rule}", _track(submission, track)),
    ]


def _data(submission: dict[str, Any], folder: DatasetFolder) -> Iterator[str]:
    ours = {
        "version": folder.build["data_version"],
        "grammar": folder.build["grammar"]["name"],
        "max_size": folder.build["max_size"],
    }
    for name, value in ours.items():
        if (claimed := submission["data"][name]) != value:
            yield f"{name} is {claimed}, and that of the dataset is {value}"


def _splits(submission: dict[str, Any], folder: DatasetFolder) -> Iterator[str]:
    config = submission["config"]
    try:
        check_config(config, folder.configs)
    except UnknownNameError as error:
        from arith_synth.splits.registry import CONFIGS

        if config in CONFIGS:
            raise UsageError(f"this cannot be verified with {folder.path}: {error}") from None
        yield f"no dataset has a config {config}"
        return
    expected = test_splits(folder, config)
    if not expected:
        yield f"config {config} has no test split"
    elif sorted(submission["splits"]) != sorted(expected):
        yield f"it answers {', '.join(submission['splits'])}, and the tests of {config} are {', '.join(expected)}"
    elif submission["splits"] != expected:
        # The first of equals is the worst split, and which that is must not be the submitter's choice.
        yield f"it lists {', '.join(submission['splits'])}; keep to the dataset's order, {', '.join(expected)}"
    for name, listed in (("checksums", submission["data"]["checksums"]), ("scores", submission["scores"])):
        if sorted(listed) != sorted(submission["splits"]):
            yield f"its {name} are of other splits than it says it answers"


def _checksums(submission: dict[str, Any], folder: DatasetFolder) -> Iterator[str]:
    for split, checksum in submission["data"]["checksums"].items():
        if checksum != content_of(folder, submission["config"], split):
            yield f"the tasks of {split} have other content than those of the dataset"


def _training_data(submission: dict[str, Any], folder: DatasetFolder) -> Iterator[str]:
    seen: set[str] = set()
    for declared in submission["training_data"]:
        name = f"{declared['config']}/{declared['split']}"
        if name in seen:
            yield f"{name} is declared twice"
        seen.add(name)
        if declared["config"] not in folder.configs:
            continue  # of another grammar or size: it can be declared, and cannot be held against anything here
        expected = folder.checksums["splits"].get(name)
        if expected is None:
            yield f"there is no split {name}"
        elif declared["checksum"] != content_of(folder, declared["config"], declared["split"]):
            yield f"{name} has other content than that of the dataset"
        elif declared["n_tasks"] > expected["n"]:
            yield f"{name} has {expected['n']} tasks, and {declared['n_tasks']} are declared"


def _samples(submission: dict[str, Any]) -> Iterator[str]:
    for k in submission["k"]:
        if k > submission["n_samples"]:
            yield f"pass@{k} is claimed of {submission['n_samples']} samples"
    for split, scores in submission["scores"].items():
        for name in scores:
            if name.startswith("pass@") and int(name.removeprefix("pass@")) not in submission["k"]:
                yield f"{split} has {name}, and k does not list it"


def _track(submission: dict[str, Any], track: Track) -> Iterator[str]:
    budget, n_samples = submission["budget"], submission["n_samples"]
    if submission["model"]["family"] == BASELINE:
        yield from _baseline(submission, track)
    if track.only_shifted_split:
        yield from _only_shifted(submission)
        if track.name != "test_time_training" and budget["samples_per_task"] != n_samples:
            yield f"{budget['samples_per_task']} samples a task were drawn and {n_samples} are given; give all"
    if track.needs_samples and n_samples < 2:
        yield "there is one sample a task, so nothing is chosen; submit it to shifted_pass_at_1"
    if not track.needs_samples and 1 not in submission["k"]:
        yield "pass@1 is what ranks it, and k does not list 1"
    if budget["samples_per_task"] < n_samples:
        yield f"{n_samples} samples a task are given, and its budget says {budget['samples_per_task']}"
    if track.needs_search_budget:
        if budget["tables"] is None:
            yield 'budget.tables says nothing; say which precomputed tables are read, or "none"'
        if budget["inference_seconds"] is None:
            yield "budget.inference_seconds says nothing; say how long all answers took"
    if track.needs_other_data and submission["other_data"] is None:
        yield "other_data says nothing; say what else the model has learned from"


def _baseline(submission: dict[str, Any], track: Track) -> Iterator[str]:
    """What a baseline reads is known, whatever is declared; running it again would make it a verified row."""
    name, decoding = submission["model"]["id"], submission["decoding"] or {}
    train = f"{submission['config']}/{TRAIN_PREFIX}"
    reads = _READS.get(name)
    if reads is None and track.only_shifted_split and decoding.get("trained_on", train) != train:
        reads = decoding["trained_on"]
    if reads is not None and (track.only_shifted_split or (name == "target" and not track.needs_other_data)):
        yield f"the baseline {name} reads {reads}; submit it to other_data"


def _only_shifted(submission: dict[str, Any]) -> Iterator[str]:
    config = submission["config"]
    allowed = {f"{config}/{TRAIN_PREFIX}", f"{config}/{_VALIDATION}"}
    declared = [f"{entry['config']}/{entry['split']}" for entry in submission["training_data"]]
    for name in declared:
        if name not in allowed:
            yield f"it was trained on {name}; submit it to other_data"
    if f"{config}/{TRAIN_PREFIX}" not in declared:
        yield f"training_data does not list {config}/{TRAIN_PREFIX}"
    if submission["other_data"] is not None:
        yield "it has learned from other data; submit it to other_data"
