"""The corpus of a grammar: every class of minimal size <= max_size, its target program and what it is forced into."""

from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.realizability import forced_into
from arith_synth.enumeration.realizations import target_programs
from arith_synth.grammar import Grammar
from arith_synth.grammar.patterns import STRAHLER, Pattern
from arith_synth.progress import Progress

#: A class is forced into a region when every realization of up to max_size + SLACK leaves lies in it.
SLACK = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """All classes in the order of (minimal size, fingerprint).

    Shapes: sizes uint8[n]; fingerprints uint64[n, 2]; codes uint8[n, 2 max_size - 1] (target programs);
    n_minimal int64[n]; forced: pattern name -> bool[n].
    """

    grammar: Grammar
    max_size: int
    sizes: np.ndarray
    fingerprints: np.ndarray
    codes: np.ndarray
    n_minimal: np.ndarray
    forced: dict[str, np.ndarray]
    n_candidates: int

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.sizes)

    @property
    def classes_by_size(self) -> list[int]:
        """New classes by size 1..max_size."""
        return np.bincount(self.sizes, minlength=self.max_size + 1)[1:].tolist()


def build_corpus(
    grammar: Grammar,
    max_size: int,
    patterns: tuple[Pattern, ...] = (STRAHLER,),
    progress: Progress | None = None,
) -> Corpus:
    """Enumerate, draw target programs and decide which classes are forced into the patterns' regions."""
    bank = enumerate_bank(grammar, max_size, progress)
    return corpus_of(bank, patterns, progress)


def corpus_of(bank: Bank, patterns: tuple[Pattern, ...], progress: Progress | None = None) -> Corpus:
    """The corpus over an enumerated bank."""
    targets = target_programs(bank, progress)
    return Corpus(
        grammar=bank.grammar,
        max_size=bank.max_size,
        sizes=bank.sizes,
        fingerprints=bank.values,
        codes=targets.codes,
        n_minimal=targets.n_minimal,
        forced=forced_into(bank, patterns, bank.max_size + SLACK, progress) if patterns else {},
        n_candidates=bank.n_candidates,
    )
