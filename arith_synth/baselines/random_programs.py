"""Random programs: as many leaves as training targets have, and of that size any program alike."""

from collections import Counter
from collections.abc import Mapping

from arith_synth.baselines.program_numbers import n_programs, program_at
from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import DatasetError
from arith_synth.grammar import Grammar, to_infix
from arith_synth.seeding import keyed_hash

#: A draw among n is a hash of so many bits, scaled: its bias is below n / 2**256.
_BITS = 256


def size_histogram(folder: DatasetFolder, config: str, split: str) -> dict[int, int]:
    """How many targets of a training split have each size, smallest first.

    Raises UnknownNameError when there is no such split, DatasetError when it is damaged or empty.
    """
    counts = Counter(folder.read(config, split, ["size"]).column("size").to_pylist())
    if not counts:
        raise DatasetError(f"{folder.path} has no task in {config}/{split}; build the dataset again")
    return dict(sorted(counts.items()))


def random_program(grammar: Grammar, sizes: Mapping[int, int], *names: str | int) -> str:
    """The program that the stream called `names` draws, in canonical infix.

    Its size is drawn in proportion to the counts of `sizes`, then the program uniformly among all of that size.
    """
    rank = _draw(sum(sizes.values()), "size", *names)
    for size, count in sizes.items():
        if rank < count:
            return to_infix(program_at(grammar, size, _draw(n_programs(grammar, size), "program", *names)))
        rank -= count
    raise AssertionError("a rank lies below the sum of the counts")


def _draw(n: int, *names: str | int) -> int:
    """A number of 0 .. n - 1."""
    return (keyed_hash("random baseline", *names, bits=_BITS) * n) >> _BITS
