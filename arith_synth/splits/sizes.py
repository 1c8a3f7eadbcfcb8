"""How many tasks the splits of a config have."""

from dataclasses import dataclass, replace

from arith_synth.errors import UsageError

#: Training splits take at most this share (in percent) of the classes that are eligible for them.
MAX_TRAIN_PERCENT = 80

_SMALL_TRAIN = 40_000
_LARGE_TRAIN = 200_000
_LARGE_FROM = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSizes:
    """Tasks of each training split, each validation split and each test split."""

    train: int
    validation: int = 2_000
    test: int = 2_000

    def __post_init__(self) -> None:
        for name, n in (("train", self.train), ("validation", self.validation), ("test", self.test)):
            if n < 1:
                raise UsageError(f"a {name} split of {n} tasks makes no sense; ask for 1 or more")


def default_sizes(max_size: int) -> SplitSizes:
    """The published numbers for a corpus of this max_size."""
    return SplitSizes(train=_LARGE_TRAIN if max_size >= _LARGE_FROM else _SMALL_TRAIN)


def sizes_for(max_size: int, train_tasks: int | None = None, test_tasks: int | None = None) -> SplitSizes:
    """The published numbers, or those that are given: `test_tasks` stands for validation splits too."""
    sizes = default_sizes(max_size)
    if train_tasks is not None:
        sizes = replace(sizes, train=train_tasks)
    if test_tasks is not None:
        sizes = replace(sizes, validation=test_tasks, test=test_tasks)
    return sizes
