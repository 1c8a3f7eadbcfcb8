"""The same classes and the same targets, however the work is cut: threads, pieces, buckets, slabs, shards."""

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arith_synth.enumeration.bank import Bank, enumerate_bank, leaf_values
from arith_synth.enumeration.drawing import Drawing, derivations_of, realizations_of_leaves
from arith_synth.enumeration.partition import RESIDUE_BITS, Buckets, Workspace, all_buckets
from arith_synth.enumeration.pieces import PAIRS_OF_PIECE, pieces_of
from arith_synth.enumeration.realizations import all_realizations, target_programs
from arith_synth.enumeration.shards import Shards, Slab, bucket_bounds, distinct_classes, parts_of, write_classes
from arith_synth.enumeration.sources import source_of
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.semantics.programs import row_width

XY3 = grammar_named("xy3")
ODD = Grammar(name="odd", variables=("x",), constants=(0, 7, 60), operators=("/", "-", "*"))
MANY = 10**9


@cache
def bank_of(grammar: Grammar, max_size: int) -> Bank:
    return enumerate_bank(grammar, max_size, threads=1)


@cache
def targets_of(grammar: Grammar, max_size: int):
    return target_programs(bank_of(grammar, max_size), threads=1)


def some_buckets(bits: int) -> Buckets:
    return Buckets(shift=RESIDUE_BITS - bits, low=0, n=1 << bits)


def source_in_pieces(grammar: Grammar, size: int, values: np.ndarray, offsets: list[int], most_pairs: int):
    source = source_of(grammar, size, values, offsets)
    source.pieces = pieces_of(offsets, size, most_pairs)
    return source


def classes_in(buckets: Buckets, source, values, offsets, threads: int, most_entries: int) -> np.ndarray:
    """The new classes of some buckets: uint64[n, 2]."""
    parts = []
    for slab in Shards(source, buckets, threads=threads).slabs(Workspace(), most_entries):
        n_distinct, places = distinct_classes(slab, values, offsets, threads)
        part = np.zeros((int(n_distinct.sum()), 2), dtype=np.uint64)
        write_classes(slab, n_distinct, places, part, threads)
        parts.append(part)
    return np.concatenate(parts)


def cut_values(
    grammar: Grammar, max_size: int, bits: int, threads: int, most_entries: int, most_pairs: int
) -> np.ndarray:
    """All classes, size by size, with the work cut in this way: uint64[n, 2]."""
    values = leaf_values(grammar)
    offsets = [0, 0, len(values)]
    for size in range(2, max_size + 1):
        source = source_in_pieces(grammar, size, values, offsets, most_pairs)
        new = classes_in(some_buckets(bits), source, values, offsets, threads, most_entries)
        values = np.concatenate([values, new])
        offsets.append(len(values))
    return values


@given(
    grammar=st.sampled_from([XY3, ODD]),
    bits=st.integers(0, 12),
    threads=st.integers(1, 4),
    most_entries=st.sampled_from([1, 50, 1_000, 20_000, MANY]),
    most_pairs=st.sampled_from([1, 3, 64, 1_000, PAIRS_OF_PIECE]),
)
@settings(max_examples=40)
def test_classes_do_not_depend_on_how_the_work_is_cut(grammar, bits, threads, most_entries, most_pairs):
    if most_entries < 20_000:
        bits = min(bits, 6)  # each slab is a pass over all candidates
    cut = cut_values(grammar, 4, bits, threads, most_entries, max(most_pairs, 64 if bits > 6 else 1))
    assert cut.tobytes() == bank_of(grammar, 4).values.tobytes()


@given(bits=st.integers(1, 8), threads=st.integers(1, 3), data=st.data())
@settings(max_examples=20)
def test_shards_one_after_the_other_give_what_all_buckets_give(bits, threads, data):
    bank = bank_of(XY3, 4)
    offsets = bank.first_of_size.tolist()
    known, below = bank.values[: offsets[4]], offsets[:5]
    cuts = sorted(data.draw(st.sets(st.integers(1, (1 << bits) - 1), max_size=5)))
    edges = [0, *cuts, 1 << bits]
    source = source_of(XY3, 4, known, below)
    parts = [
        classes_in(some_buckets(bits).part(start, stop), source, known, below, threads, 5_000)
        for start, stop in itertools.pairwise(edges)
    ]
    assert np.array_equal(np.concatenate(parts), bank.values[offsets[4] :])


@pytest.mark.parametrize("derivations", [False, True], ids=["candidates", "derivations"])
@pytest.mark.parametrize("bits", [0, 3, 9])
@pytest.mark.parametrize("grammar", [XY3, ODD], ids=["xy3", "odd"])
def test_as_many_entries_are_scattered_as_were_counted_each_in_its_bucket(grammar, bits, derivations):
    bank = bank_of(grammar, 4)
    offsets = bank.first_of_size.tolist()
    source = source_in_pieces(grammar, 4, bank.values, offsets[:6], 100)
    shards = Shards(source, some_buckets(bits), threads=2, derivations=derivations)
    n_entries = 0
    for slab in shards.slabs(Workspace(), 9_000):
        for bucket, firsts, _ in entries_of(slab):
            edges = slab.buckets.edges()[bucket : bucket + 2]
            assert np.all((firsts >= edges[0]) & (firsts < edges[1]))
            n_entries += len(firsts)
    assert n_entries == shards.n_entries > 0
    if not derivations:
        assert n_entries == bank.candidates_by_size[4]


def entries_of(slab: Slab):
    """Bucket, first residues and second words of a slab's entries, bucket by bucket."""
    pairs = slab.entries.reshape(-1, 2)
    for bucket in range(slab.buckets.n):
        runs = [
            pairs[slab.layout.starts[share, bucket] :][: slab.layout.counts[share, bucket]]
            for share in range(len(slab.layout.counts))
        ]
        both = np.concatenate(runs)
        yield bucket, both[:, 0], both[:, 1]


def entries_in(buckets: Buckets, threads: int, most_entries: int, most_pairs: int) -> list[tuple[bytes, bytes]]:
    bank = bank_of(XY3, 4)
    source = source_in_pieces(XY3, 4, bank.values, bank.first_of_size.tolist(), most_pairs)
    shards = Shards(source, buckets, threads=threads, derivations=True)
    return [
        (firsts.tobytes(), words.tobytes())
        for slab in shards.slabs(Workspace(), most_entries)
        for _, firsts, words in entries_of(slab)
    ]


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
@pytest.mark.parametrize("most_pairs", [1_000, 4_096, PAIRS_OF_PIECE])
def test_derivations_of_a_bucket_stand_in_the_same_order_however_the_work_is_cut(threads, most_pairs):
    assert entries_in(some_buckets(5), threads, 7_000, most_pairs) == entries_in(
        some_buckets(5), 1, MANY, PAIRS_OF_PIECE
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("edges", [(0, 64), (0, 1, 63, 64), (0, 10, 20, 40, 64)])
def test_targets_of_runs_of_buckets_are_those_of_all(edges, threads):
    # As shards draw theirs: of the classes of the size, only those in their buckets are at hand.
    bank, targets = bank_of(XY3, 4), targets_of(XY3, 4)
    offsets = bank.first_of_size.tolist()
    known = all_realizations(bank_of(XY3, 3))
    source, buckets = source_of(XY3, 4, bank.values, offsets), some_buckets(6)
    bounds = bucket_bounds(bank.values, offsets, buckets)[-1]
    codes, n_minimal = [], []
    for start, stop in itertools.pairwise(edges):
        values = np.concatenate([bank.values[: offsets[4]], bank.values[bounds[start] : bounds[stop]]])
        derivations = derivations_of(source, threads, buckets=buckets.part(start, stop))
        drawing = Drawing(known, derivations, values, [*offsets[:5], len(values)], entries_of_slab=5_000)
        codes.append(np.zeros((len(values) - offsets[4], row_width(4)), dtype=np.uint8))
        n_minimal.append(drawing.run(Workspace(), codes[-1]))
        assert np.array_equal(drawing.run(Workspace(), None), n_minimal[-1])  # counting alone
    assert np.array_equal(np.concatenate(codes), targets.codes[offsets[4] :])
    assert np.array_equal(np.concatenate(n_minimal), targets.n_minimal[offsets[4] :])


def drawn_in(source_pieces: int, bits: int, threads: int, most_entries: int) -> tuple[np.ndarray, np.ndarray]:
    """Targets of xy3 up to size 4, with the work cut in this way: codes uint8[n, 7], n_minimal int64[n]."""
    bank = bank_of(XY3, 4)
    offsets = bank.first_of_size.tolist()
    codes = np.zeros((bank.n_classes, row_width(4)), dtype=np.uint8)
    n_minimal = np.ones(bank.n_classes, dtype=np.int64)
    known = realizations_of_leaves(XY3, bank.values)
    codes[: len(known.leaves), 0] = known.leaves
    for size in (2, 3, 4):
        of_size = slice(offsets[size], offsets[size + 1])
        source = source_in_pieces(XY3, size, bank.values, offsets, source_pieces)
        derivations = derivations_of(source, threads, buckets=some_buckets(bits))
        below = bank.values[: offsets[size + 1]], offsets[: size + 2]
        drawing = Drawing(known, derivations, *below, entries_of_slab=most_entries, keep_all=True)
        n_minimal[of_size] = drawing.run(Workspace(), codes[of_size])
        known = drawing.with_new(n_minimal[of_size])
    return codes, n_minimal


@given(
    bits=st.integers(0, 9),
    threads=st.integers(1, 4),
    most_entries=st.sampled_from([4_000, 20_000, MANY]),
    most_pairs=st.sampled_from([100, 1_000, PAIRS_OF_PIECE]),
)
@settings(max_examples=25)
def test_targets_do_not_depend_on_how_the_work_is_cut(bits, threads, most_entries, most_pairs):
    codes, n_minimal = drawn_in(most_pairs, bits, threads, most_entries)
    assert codes.tobytes() == targets_of(XY3, 4).codes.tobytes()
    assert n_minimal.tobytes() == targets_of(XY3, 4).n_minimal.tobytes()


@pytest.mark.parametrize("threads", [2, 3, 5])
@pytest.mark.parametrize("entries_of_slab", [1, 10_000, MANY])
def test_target_programs_are_the_same_bytes_for_any_threads_and_slabs(threads, entries_of_slab):
    bank = bank_of(XY3, 3 if entries_of_slab == 1 else 5)
    targets = target_programs(bank, threads=threads, entries_of_slab=entries_of_slab)
    assert targets.codes.tobytes() == targets_of(XY3, bank.max_size).codes.tobytes()
    assert targets.n_minimal.tobytes() == targets_of(XY3, bank.max_size).n_minimal.tobytes()


def test_slabs_hold_no_more_entries_than_they_may_unless_one_bucket_does():
    bank = bank_of(XY3, 4)
    shards = Shards(source_of(XY3, 4, bank.values, bank.first_of_size.tolist()), some_buckets(6), threads=2)
    slabs = [(slab.buckets, int(slab.layout.counts.sum())) for slab in shards.slabs(Workspace(), 3_000)]
    assert len(slabs) > 10
    assert all(n <= 3_000 or buckets.n == 1 for buckets, n in slabs)
    assert [buckets.low for buckets, _ in slabs] == list(np.cumsum([0, *[buckets.n for buckets, _ in slabs[:-1]]]))


@given(st.integers(1, 5_000), st.integers(1, 8))
def test_parts_cover_a_range_once_and_about_evenly(n, threads):
    parts = parts_of(n, threads)
    assert [number for start, stop in parts for number in range(start, stop)] == list(range(n))
    lengths = [stop - start for start, stop in parts]
    assert max(lengths) - min(lengths) <= 1
    assert min(lengths) >= 1


@pytest.mark.parametrize("bits", [0, 4, 11])
def test_bucket_bounds_name_the_classes_of_each_size_in_each_bucket(bits):
    bank = bank_of(XY3, 4)
    buckets = some_buckets(bits)
    bounds = bucket_bounds(bank.values, bank.first_of_size.tolist(), buckets)
    assert bounds.shape == (4, buckets.n + 1)
    for size in range(1, 5):
        assert bounds[size - 1, 0] == bank.first_of_size[size]
        assert bounds[size - 1, -1] == bank.first_of_size[size + 1]
        for bucket in {0, buckets.n // 2, buckets.n - 1}:
            homes = bank.values[bounds[size - 1, bucket] : bounds[size - 1, bucket + 1], 0] >> np.uint64(buckets.shift)
            assert set(homes.tolist()) <= {bucket}


def test_a_bank_of_more_buckets_than_a_slab_holds_is_the_same():
    # The plan of a real enumeration: the buckets that the number of candidates asks for, a slab for each of a few.
    bank = bank_of(XY3, 5)
    offsets = bank.first_of_size.tolist()
    source = source_of(XY3, 5, bank.values, offsets[:6])
    buckets = all_buckets(source.most_candidates)
    assert buckets.n >= 64
    new = classes_in(buckets, source, bank.values[: offsets[5]], offsets[:6], 2, source.most_candidates // 7)
    assert np.array_equal(new, bank.values[offsets[5] :])
