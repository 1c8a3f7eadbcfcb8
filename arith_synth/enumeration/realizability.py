"""Which states of a tree automaton do the realizations of a class reach, up to a number of leaves?

reach[n, c] is the set (as bits) of states of realizations of class c with at most n leaves. A realization of n leaves
is an operator over realizations of i and n - i leaves, not only minimal ones, so

    reach[n, c] = reach[n - 1, c]  union  over all (operator, L, R) of value c, and all i,
                  transition[operator](reach[i, L], reach[n - i, R])

and so on for more operands. Operands of a realization of max_size + 1 leaves have at most max_size, so the bank holds
them all: one leaf of slack beyond the corpus is exact. Time O(candidates of all sizes <= n, for each n); memory 8 bytes
for each class and n, and for each class and thread.
"""

from collections.abc import Sequence

import numpy as np

from arith_synth.enumeration.bank import Bank
from arith_synth.enumeration.field_realizability import Gathered, Reaching
from arith_synth.enumeration.lookup import index_of
from arith_synth.enumeration.shards import Ticker
from arith_synth.enumeration.sources import source_of
from arith_synth.enumeration.state_sets import PATTERNS_OF_WORD, leaf_word, set_images
from arith_synth.enumeration.threads import checked_threads, run_all
from arith_synth.errors import UsageError
from arith_synth.grammar.patterns import Pattern
from arith_synth.progress import Progress


def reachable_states(
    bank: Bank,
    patterns: Sequence[Pattern],
    max_leaves: int,
    progress: Progress | None = None,
    *,
    threads: int | None = None,
) -> np.ndarray:
    """The states that realizations of at most n leaves reach: uint8[patterns, max_leaves + 1, classes].

    Bit s stands for state s.
    Eight patterns are carried through one pass. Raises UsageError for a max_leaves beyond max_size + 1.
    """
    if max_leaves > bank.max_size + 1:
        raise UsageError(f"the bank of max_size {bank.max_size} decides realizations up to {bank.max_size + 1} leaves")
    threads = checked_threads(threads)
    reach = np.zeros((len(patterns), max_leaves + 1, bank.n_classes), dtype=np.uint8)
    for start in range(0, len(patterns), PATTERNS_OF_WORD):
        some = patterns[start : start + PATTERNS_OF_WORD]
        words = _reachable_words(bank, some, max_leaves, progress, threads)
        for number in range(len(some)):
            reach[start + number] = words >> np.uint64(8 * number) & np.uint64(0xFF)
    return reach


def _reachable_words(
    bank: Bank, patterns: Sequence[Pattern], max_leaves: int, progress: Progress | None, threads: int
) -> np.ndarray:
    """The states of up to 8 patterns, a byte each: uint64[max_leaves + 1, classes]."""
    reach = np.zeros((max_leaves + 1, bank.n_classes), dtype=np.uint64)
    reach[1:, : bank.first_of_size[2]] = leaf_word(patterns)
    images, index, sizes = set_images(patterns, bank.grammar), index_of(bank.values), bank.sizes
    offsets = bank.first_of_size.tolist()
    sources = [source_of(bank.grammar, size, bank.values, offsets) for size in range(2, max_leaves + 1)]
    for leaves in range(2, max_leaves + 1):
        work = [(source, piece) for source in sources if source.size <= leaves for piece in source.pieces]
        ticker = Ticker(progress, f"realizability up to {leaves} leaves", len(work))
        reaching = Reaching(index=index, images=images, sizes=sizes, reach=reach, leaves=leaves)
        # Bits are only ever added, so that threads may each gather their own and the order does not matter.
        gathered = [Gathered(index) for _ in range(threads)]
        idle = list(gathered)

        def spread(item, reaching=reaching, idle=idle, ticker=ticker) -> None:
            source, piece = item
            mine = idle.pop()
            source.spread(piece, reaching, mine)
            idle.append(mine)
            ticker.tick()

        run_all(spread, work, threads)
        for part in gathered:
            reach[leaves] |= part.finished(index)
    return reach


def forced_into(
    bank: Bank,
    patterns: Sequence[Pattern],
    max_leaves: int,
    progress: Progress | None = None,
    *,
    threads: int | None = None,
) -> dict[str, np.ndarray]:
    """Classes whose every realization of at most `max_leaves` leaves lies in a pattern's region: bool[n] by name."""
    if len({pattern.name for pattern in patterns}) < len(patterns):
        raise UsageError("two patterns have one name; rename one of them")
    reach = reachable_states(bank, patterns, max_leaves, progress, threads=threads)[:, max_leaves]
    return {pattern.name: (reach[number] & np.uint8(_outside(pattern))) == 0 for number, pattern in enumerate(patterns)}


def _outside(pattern: Pattern) -> int:
    return sum(1 << state for state in range(pattern.n_states) if state not in pattern.accepting)
