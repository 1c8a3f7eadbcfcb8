"""What the names of splits mean, and what to say of a name that nobody knows."""

import difflib
from collections.abc import Iterable

from arith_synth.errors import ArithSynthError, UnknownNameError

TRAIN_PREFIX = "train"
TEST_PREFIX = "test"


def is_train(split: str) -> bool:
    """Whether a split is for training."""
    return split == TRAIN_PREFIX or split.startswith(TRAIN_PREFIX + "_")


def is_test(split: str) -> bool:
    """Whether a split is a test."""
    return split == TEST_PREFIX or split.startswith(TEST_PREFIX + "_")


def check_name(
    kind: str,
    name: str,
    names: Iterable[str],
    *,
    error: type[ArithSynthError] = UnknownNameError,
    choose: str = "choose one of",
) -> None:
    """Raise `error`, with the nearest name, when `name` is none of `names`; `kind` says what it names, as in split."""
    known = list(names)
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"{choose} {', '.join(known)}"
    raise error(f"unknown {kind} {name!r}; {hint}")
