"""Target programs: uniform over minimal realizations, and a function of the grammar's language alone."""

import hashlib
import os
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.corpus import Corpus, build_corpus
from arith_synth.enumeration.drawing import target_ranks
from arith_synth.enumeration.realizations import all_realizations, class_realizations, target_programs
from arith_synth.enumeration.unranking import minimal_realization
from arith_synth.grammar import Grammar, grammar_named, to_infix
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.semantics.programs import decode_program

XY3 = grammar_named("xy3")


@cache
def xy3_corpus(max_size: int) -> Corpus:
    return build_corpus(XY3, max_size, (STRAHLER,))


def programs_by_fingerprint(corpus: Corpus) -> dict[tuple[int, int], str]:
    texts = (to_infix(decode_program(row, corpus.grammar)) for row in corpus.codes)
    return dict(zip(map(tuple, corpus.fingerprints.tolist()), texts, strict=True))


def standardized(counts: np.ndarray) -> float:
    """Pearson's statistic against equal counts, in standard deviations from its mean."""
    expected = counts.sum() / counts.size
    degrees = counts.size - 1
    return float((((counts - expected) ** 2 / expected).sum() - degrees) / (2 * degrees) ** 0.5)


def test_ranks_are_uniform_among_classes_with_as_many_realizations():
    bank = enumerate_bank(XY3, 5)
    numbers = target_programs(bank).n_minimal
    ranks = target_ranks(bank.values, numbers)
    tested = 0
    for n_minimal in np.unique(numbers)[1:].tolist():
        drawn = ranks[numbers == n_minimal]
        if len(drawn) >= 20 * n_minimal:
            assert abs(standardized(np.bincount(drawn, minlength=n_minimal))) < 4
            tested += 1
    assert tested >= 10


def test_the_leaf_below_a_sum_or_product_stands_as_often_left_as_right():
    # a + b and b + a are both minimal realizations: a uniform draw takes either as often.
    corpus = xy3_corpus(4)
    sums = [
        decode_program(row, XY3).symbols
        for row, size in zip(corpus.codes, corpus.sizes, strict=True)
        if size == 3 and row[0] in (6, 8)  # + and *, with operands of one and two leaves
    ]
    n_left = sum(symbols[1] in XY3.leaves for symbols in sums)
    assert abs(2 * n_left - len(sums)) < 4 * len(sums) ** 0.5


def test_targets_do_not_depend_on_the_order_in_which_the_grammar_lists_its_symbols():
    shuffled = Grammar(name="shuffled", variables=("y", "x"), constants=(3, 1, 2), operators=("/", "*", "-", "+"))
    corpus = build_corpus(shuffled, 4, (STRAHLER,))
    assert programs_by_fingerprint(corpus) == programs_by_fingerprint(xy3_corpus(4))
    assert np.array_equal(corpus.forced["strahler"], xy3_corpus(4).forced["strahler"])


def test_targets_do_not_depend_on_the_corpus_they_stand_in():
    smaller, larger = programs_by_fingerprint(xy3_corpus(3)), programs_by_fingerprint(xy3_corpus(4))
    assert smaller.items() <= larger.items()


def test_every_target_is_written_once():
    texts = programs_by_fingerprint(xy3_corpus(4)).values()
    assert len(set(texts)) == len(texts)


def test_a_corpus_of_size_one_holds_the_leaves():
    corpus = build_corpus(XY3, 1)
    assert sorted(programs_by_fingerprint(corpus).values()) == sorted(XY3.leaves)
    assert corpus.classes_by_size == [5]
    assert not corpus.forced["strahler"].any()


def test_the_columns_of_a_corpus_have_the_stated_shapes():
    corpus = xy3_corpus(4)
    n = corpus.n_classes
    assert n == sum(corpus.classes_by_size) == 5 + 51 + 674 + 9297
    assert (corpus.sizes.dtype, corpus.sizes.shape) == (np.uint8, (n,))
    assert (corpus.fingerprints.dtype, corpus.fingerprints.shape) == (np.uint64, (n, 2))
    assert (corpus.codes.dtype, corpus.codes.shape) == (np.uint8, (n, 7))
    assert (corpus.n_minimal.dtype, corpus.n_minimal.shape) == (np.int64, (n,))
    assert (corpus.forced["strahler"].dtype, corpus.forced["strahler"].shape) == (np.bool_, (n,))


def digest_of(corpus: Corpus) -> str:
    """Names the corpus: fingerprints, targets and what is forced."""
    digest = hashlib.sha256()
    for column in (corpus.fingerprints.astype("<u8"), corpus.codes, corpus.forced["strahler"].astype(np.uint8)):
        digest.update(column.tobytes())
    return digest.hexdigest()


GOLDEN_DIGEST = "8d9ed1c4dd6b20f4c14171c08d5ba135850e4ac5ba39b3d477342335c1ac2616"


def test_the_corpus_of_xy3_up_to_size_4_is_frozen():
    assert digest_of(xy3_corpus(4)) == GOLDEN_DIGEST


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_builds_the_same_corpus(hash_seed):
    command = (
        "import runpy, sys; names = runpy.run_path(sys.argv[1]); print(names['digest_of'](names['xy3_corpus'](4)))"
    )
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "NUMBA_NUM_THREADS": hash_seed}
    finished = subprocess.run(
        [sys.executable, "-c", command, __file__], capture_output=True, text=True, env=environment, check=True
    )
    assert finished.stdout.strip() == GOLDEN_DIGEST


@pytest.mark.parametrize("number", [0, 4, 7, 55, 56, 400, 729, 730, 5_000, 10_026])
def test_one_class_alone_has_the_target_and_the_realizations_that_it_has_among_all(number):
    bank = enumerate_bank(XY3, 4)
    targets, everything = target_programs(bank), all_realizations(bank)
    realizations, of_class, codes = class_realizations(bank, number)
    assert codes.tolist() == targets.codes[number, : len(codes)].tolist()
    assert not targets.codes[number, len(codes) :].any()
    n = int(targets.n_minimal[number])
    alone = [minimal_realization(realizations, of_class, rank) for rank in range(n)]
    assert alone == [minimal_realization(everything, number, rank) for rank in range(n)]
