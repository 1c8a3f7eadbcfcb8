"""How many classes of xy3 are forced into each named region: numbers that splits and documents rest on."""

import numpy as np
import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named
from arith_synth.grammar.patterns import PATTERNS

#: Realizations of up to max_size + 1 leaves are known: forced classes of minimal size 3, 4, …, max_size.
FORCED_UP_TO_SIX_LEAVES = {
    "strahler": [0, 310, 17_046],
    "denominator": [110, 3_201, 71_426],
    "divisions": [0, 0, 13_117],
    "nesting": [0, 0, 3_750],
    "depth": [0, 0, 13_706],
    "shape": [110, 3_246, 78_229],
}
FORCED_UP_TO_SEVEN_LEAVES = {
    "strahler": [0, 268, 13_813, 533_403],
    "denominator": [110, 3_201, 71_416, 1_422_852],
    "divisions": [0, 0, 1_726, 572_691],
    "nesting": [0, 0, 0, 225_287],
    "depth": [0, 0, 8_685, 962_020],
    "shape": [110, 3_201, 73_344, 1_600_702],
}


@pytest.mark.parametrize(
    ("max_size", "expected"),
    [
        pytest.param(5, FORCED_UP_TO_SIX_LEAVES, id="5"),
        pytest.param(6, FORCED_UP_TO_SEVEN_LEAVES, id="6", marks=pytest.mark.slow),
    ],
)
def test_forced_classes_of_xy3_are_the_known_counts(max_size, expected):
    corpus = build_corpus(grammar_named("xy3"), max_size, tuple(PATTERNS.values()))
    counts = {name: np.bincount(corpus.sizes[forced], minlength=max_size + 1) for name, forced in corpus.forced.items()}
    assert {name: by_size[3:].tolist() for name, by_size in counts.items()} == expected
    assert not any(by_size[:3].any() for by_size in counts.values())
