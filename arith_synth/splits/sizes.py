"""How many tasks the splits of a config have."""

from dataclasses import dataclass, replace

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.semantics.meanings import identity_of

#: Training splits take at most this share (in percent) of the classes that are eligible for them.
MAX_TRAIN_PERCENT = 80

#: What to do where a split cannot be filled.
ASK_FOR_FEWER = "ask for fewer tasks (--train-tasks, --test-tasks) or a larger --max-size"

_SMALL_TRAIN = 40_000
_LARGE_TRAIN = 200_000
_LARGE_DENSITY_TRAIN = 40_000
_LARGE_FROM = 6
#: A language whose classes are told apart by outputs has few classes within reach.
_OBSERVATIONAL_TESTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSizes:
    """Tasks of each training split (`density_train`: those of `density_shift_*`), validation split and test split."""

    train: int
    validation: int = 2_000
    test: int = 2_000
    density_train: int = 5_000

    def __post_init__(self) -> None:
        for name, n in (
            ("train", self.train),
            ("train", self.density_train),
            ("validation", self.validation),
            ("test", self.test),
        ):
            if n < 1:
                raise UsageError(f"a {name} split of {n} tasks makes no sense; ask for 1 or more")


def default_sizes(grammar: Grammar, max_size: int) -> SplitSizes:
    """The published numbers for a corpus of this grammar and max_size."""
    sizes = SplitSizes(train=_SMALL_TRAIN)
    if max_size >= _LARGE_FROM:
        sizes = SplitSizes(train=_LARGE_TRAIN, density_train=_LARGE_DENSITY_TRAIN)
    if identity_of(grammar) != "algebraic":
        return replace(sizes, validation=_OBSERVATIONAL_TESTS, test=_OBSERVATIONAL_TESTS)
    return sizes


def sizes_for(
    grammar: Grammar, max_size: int, train_tasks: int | None = None, test_tasks: int | None = None
) -> SplitSizes:
    """The published numbers, or those that are given: `test_tasks` stands for validation splits too."""
    sizes = default_sizes(grammar, max_size)
    if train_tasks is not None:
        sizes = replace(sizes, train=train_tasks, density_train=min(train_tasks, sizes.density_train))
    if test_tasks is not None:
        sizes = replace(sizes, validation=test_tasks, test=test_tasks)
    return sizes
