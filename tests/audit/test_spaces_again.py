"""Coordinates and distances, against the package's spaces."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import expressions

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import Grammar, grammar_named, to_infix
from arith_synth.semantics.programs import decode_program, encode_programs
from arith_synth.spaces.bases import bases_of, fit_bases, save_bases
from arith_synth.spaces.tree_edit import tree_edit_distances
from arith_synth.splits.audit.coordinates import (
    Bases,
    frozen_bases,
    semantic_coordinates,
    signed_logarithms,
    syntactic_coordinates,
)
from arith_synth.splits.audit.distances import boxed, nearest, squared_to_nearest
from arith_synth.splits.audit.programs import read_programs
from arith_synth.splits.audit.tree_distances import Trees

XY3 = grammar_named("xy3")


@pytest.fixture(scope="module")
def corpus_of_size_4() -> np.ndarray:
    return build_corpus(XY3, 4, patterns=()).codes


def frozen() -> Bases:
    bases = frozen_bases(XY3, Path("no folder is needed"))
    assert isinstance(bases, Bases)
    return bases


def test_coordinates_of_a_whole_corpus(corpus_of_size_4):
    texts = pa.array([to_infix(decode_program(row, XY3)) for row in corpus_of_size_4])
    programs = read_programs(texts, XY3, 4)
    syntactic, semantic = bases_of(XY3).coordinates(corpus_of_size_4)
    assert (syntactic_coordinates(programs, frozen()) == syntactic).all()
    assert (semantic_coordinates(programs, frozen()) == semantic).all()


@given(expressions(max_leaves=7))
def test_coordinates_of_longer_programs(program):
    programs = read_programs(pa.array([to_infix(program)]), XY3, 7)
    syntactic, semantic = bases_of(XY3).coordinates(encode_programs([program], XY3))
    assert (syntactic_coordinates(programs, frozen()) == syntactic).all()
    assert (semantic_coordinates(programs, frozen()) == semantic).all()


def test_the_bases_have_the_digest_that_a_build_names():
    assert frozen().sha256 == bases_of(XY3).digest


def test_a_grammar_without_bases_or_of_a_taken_name_has_none(tmp_path: Path):
    assert "no bases" in str(frozen_bases(Grammar(name="mine", variables=("x",), constants=(1,)), tmp_path))
    assert "another grammar" in str(frozen_bases(Grammar(name="xy3", variables=("x",), constants=(1,)), tmp_path))


def test_bases_that_are_not_packaged_are_read_from_the_folder(tmp_path: Path):
    mine = Grammar(name="mine", variables=("alpha", "b"), constants=(0, 11))
    codes = build_corpus(mine, 3, patterns=()).codes
    fitted = fit_bases(mine, codes)
    save_bases(fitted, tmp_path / "bases.npz")
    stored = frozen_bases(mine, tmp_path)
    assert isinstance(stored, Bases)
    assert stored.sha256 == fitted.digest
    programs = read_programs(pa.array([to_infix(decode_program(row, mine)) for row in codes]), mine, 3)
    syntactic, semantic = fitted.coordinates(codes)
    assert (syntactic_coordinates(programs, stored) == syntactic).all()
    assert (semantic_coordinates(programs, stored) == semantic).all()


def test_damaged_bases_are_named(tmp_path: Path):
    (tmp_path / "bases.npz").write_bytes(b"PK")
    assert "cannot be read" in str(frozen_bases(Grammar(name="mine", variables=("x",), constants=(1,)), tmp_path))


def test_logarithms_at_the_edges():
    values = np.array([0.0, -0.0, 1.0, -1.0, 2.0, np.inf, -np.inf, np.nan, 1e300])
    octave, largest = 1 << 20, 32 << 20
    expected = [0, 0, octave, -octave, 3 * octave // 2, largest, -largest, 0, largest]
    assert signed_logarithms(values).tolist() == expected


def tree_edit_distance(one: str, other: str) -> int:
    trees = Trees(read_programs(pa.array([one, other]), XY3, 6))
    return int(trees.distances(np.array([0]), np.array([1]))[0])


@given(expressions(max_leaves=6), expressions(max_leaves=6))
def test_tree_edit_distances(one, other):
    codes = encode_programs([one, other], XY3)
    assert tree_edit_distance(to_infix(one), to_infix(other)) == tree_edit_distances(codes[:1], codes[1:], XY3)[0]


def test_tree_edit_distances_of_many_pairs_are_those_of_each():
    texts = ["x", "x + y", "x * (y + 1)", "x * y + 1", "1 - (2 - (x - y))", "x / y / 2 / 3", "2 * x / (y * y)"]
    pairs = np.array([(i, j) for i in range(len(texts)) for j in range(len(texts))])
    found = Trees(read_programs(pa.array(texts), XY3, 6)).distances(pairs[:, 0], pairs[:, 1])
    assert found.tolist() == [tree_edit_distance(texts[i], texts[j]) for i, j in pairs]


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("x", "x", 0), ("x", "y", 1), ("x + y", "y + x", 2), ("x", "x + y", 2), ("x * (y + 1)", "x * y + 1", 3)],
)
def test_tree_edit_distances_by_hand(one, other, distance):
    assert tree_edit_distance(one, other) == distance


@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.integers(1, 90))
def test_nearest_distances_are_exact(seed, n_train, n_queries):
    rng = np.random.default_rng(seed)
    train = rng.integers(-(2**20) + 1, 2**20, size=(n_train, 16))
    queries = rng.integers(-(2**20) + 1, 2**20, size=(n_queries, 16))
    expected = ((queries[:, None] - train[None]) ** 2).sum(axis=2).min(axis=1)
    assert squared_to_nearest(queries.astype(float), boxed(train)).tolist() == expected.tolist()


def test_of_rows_as_near_the_first_are_taken():
    train = np.array([[0.0], [3.0], [1.0], [-1.0], [2.0]])
    query = np.array([[0.0]])
    assert [nearest(query, boxed(train), k)[1].tolist() for k in (1, 2, 3)] == [[[0]], [[0, 2]], [[0, 2, 3]]]
    assert nearest(query, boxed(train), 9)[1].tolist() == [[0, 2, 3, 4, 1]]


@given(st.integers(0, 2**32 - 1), st.integers(1, 70))
def test_the_nearest_rows_of_many_are_those_of_a_sort(seed, k):
    rng = np.random.default_rng(seed)
    train = rng.integers(-4, 5, size=(2_000, 3)).astype(float)  # many at the same distance
    queries = rng.integers(-6, 7, size=(5, 3)).astype(float)
    squared = ((queries[:, None] - train[None]) ** 2).sum(axis=2)
    assert nearest(queries, boxed(train), k)[1].tolist() == np.argsort(squared, axis=1, kind="stable")[:, :k].tolist()
