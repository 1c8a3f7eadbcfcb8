"""How many candidates and classes a size will have, before it is enumerated."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS

#: Sizes with at most so many candidates are enumerated to find the law that larger ones follow.
ENUMERATED_CANDIDATES = 1_000_000
#: By which the fall of the share of new classes slows down with each size; that of the named grammars by less.
_SLOWING = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Classes and candidates by size, index 0 unused: exact up to size `known`, expected beyond.

    Expected classes are candidates times the share of new ones, which falls from size to size, less each time. For the
    named grammars, two sizes beyond the known ones are expected within 5 %.
    """

    classes: tuple[int, ...]
    candidates: tuple[int, ...]
    known: int

    def total(self, max_size: int) -> int:
        """Classes of all sizes up to max_size."""
        return sum(self.classes[1 : max_size + 1])


def n_candidates(grammar: Grammar, classes: Sequence[int], size: int) -> int:
    """Candidates of a size, but for divisions by zero: classes[s] is the number of classes of size s < size."""
    total = 0
    for symbol in grammar.operators:
        operator = OPERATORS[symbol]
        for sizes in compositions(size, operator.arity):
            if operator.arity == 2 and operator.commutative:
                left, right = sizes
                if left < right:
                    total += classes[left] * classes[right]
                elif left == right:
                    total += classes[left] * (classes[left] + 1) // 2
            else:
                total += math.prod(classes[part] for part in sizes)
    return total


def n_trees(grammar: Grammar, size: int) -> int:
    """All programs of a size, of any class."""
    trees = [0, len(grammar.leaves)]
    for n in range(2, size + 1):
        total = 0
        for symbol in grammar.operators:
            for sizes in compositions(n, OPERATORS[symbol].arity):
                total += math.prod(trees[part] for part in sizes)
        trees.append(total)
    return trees[size]


def compositions(total: int, n_parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to write `total` as an ordered sum of `n_parts` positive integers, in lexicographic order."""
    if n_parts == 1:
        if total >= 1:
            yield (total,)
        return
    for first in range(1, total - n_parts + 2):
        for rest in compositions(total - first, n_parts - 1):
            yield (first, *rest)


def extrapolate(grammar: Grammar, classes: Sequence[int], candidates: Sequence[int], max_size: int) -> Growth:
    """Go on from exact numbers classes[1..known], candidates[1..known] (index 0 unused) to max_size."""
    known = len(classes) - 1
    all_classes, all_candidates = list(classes), list(candidates)
    share, kept = _share_of_new(classes, candidates)
    while len(all_classes) <= max_size:
        kept = 1 - _SLOWING * (1 - kept)
        share *= kept
        expected = n_candidates(grammar, all_classes, len(all_classes))
        all_candidates.append(expected)
        all_classes.append(int(expected * share))
    return Growth(classes=tuple(all_classes), candidates=tuple(all_candidates), known=known)


def _share_of_new(classes: Sequence[int], candidates: Sequence[int]) -> tuple[float, float]:
    """The share of new classes among the candidates of the last size, and its ratio to that of the size before."""
    shares = [new / out_of for new, out_of in zip(classes, candidates, strict=True) if out_of]
    if not shares:
        return 1.0, 1.0
    before = shares[-2] if len(shares) > 1 else 0.0
    return shares[-1], min(1.0, shares[-1] / before) if before else 1.0


def growth_of(
    grammar: Grammar, max_size: int, enumerate_up_to: Callable[[Grammar, int], tuple[list[int], list[int]]]
) -> Growth:
    """The growth of a grammar; `enumerate_up_to(grammar, size)` gives exact classes and candidates by size (from 0)."""
    size = 1
    classes, candidates = enumerate_up_to(grammar, size)
    while size < max_size and n_candidates(grammar, classes, size + 1) <= ENUMERATED_CANDIDATES:
        size += 1
        classes, candidates = enumerate_up_to(grammar, size)
    return extrapolate(grammar, classes, candidates, max_size)
