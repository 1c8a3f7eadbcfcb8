"""Frozen bases: their golden digest, their files and their errors."""

import hashlib
import os
import zipfile

import numpy as np
import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.errors import DatasetError, UnknownNameError, UsageError
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.spaces import bases_of, fit_bases, load_bases, save_bases, semantic_coordinates, syntactic_coordinates
from arith_synth.spaces.freeze import FIT_MAX_SIZE, freeze

XY3 = grammar_named("xy3")


@pytest.fixture(scope="module")
def corpus_codes():
    return build_corpus(XY3, 3, patterns=()).codes


@pytest.fixture(scope="module")
def small_bases(corpus_codes):
    return fit_bases(XY3, corpus_codes)


def test_the_packaged_bases_of_xy3_are_the_published_ones():
    """A changed digest is a new data version."""
    assert bases_of(XY3).digest == "836ebeabcb306de7a600c952190b92bba90d738ee6e4aa135e8c7cd6c4202332"


def test_the_packaged_first_components_mean_what_the_regions_say():
    bases = bases_of(XY3)
    assert bases.semantic[0].min() > 0
    assert bases.syntactic[0].min() >= 0
    assert (np.diff(bases.semantic_shares) <= 0).all()
    assert (np.diff(bases.syntactic_shares) <= 0).all()


def test_the_coordinates_of_xy3_are_the_published_ones():
    """A changed digest is a new data version."""
    coordinates = bases_of(XY3).coordinates(build_corpus(XY3, 4, patterns=()).codes)
    assert [hashlib.sha256(rows.astype("<i4").tobytes()).hexdigest() for rows in coordinates] == [
        "4e5224f31b12eccc5310d1d70ba410caf559f348e6627c65656834e5db4bc25d",
        "4f6bc97712ac9b3c427fac918e8a2be8a951634f9b3f0b23b9807c7bdbb2897c",
    ]


@pytest.mark.slow
def test_the_packaged_bases_are_those_of_the_corpus():
    """LAPACKs differ in the last bits, which rounding to integers all but hides."""
    packaged, fitted = bases_of(XY3), fit_bases(XY3, build_corpus(XY3, FIT_MAX_SIZE, patterns=()).codes)
    assert np.array_equal(packaged.means, fitted.means)
    assert np.abs(packaged.semantic - fitted.semantic).max() <= 16
    assert np.abs(packaged.syntactic - fitted.syntactic).max() <= 1


def test_coordinates_are_those_of_the_two_spaces(small_bases, corpus_codes):
    syntactic, semantic = small_bases.coordinates(corpus_codes)
    assert np.array_equal(syntactic, syntactic_coordinates(corpus_codes, XY3, small_bases.syntactic))
    assert np.array_equal(semantic, semantic_coordinates(corpus_codes, XY3, small_bases.semantic, small_bases.means))


def test_coordinates_do_not_depend_on_the_width_of_rows_or_their_order(small_bases, corpus_codes):
    wider = np.pad(corpus_codes, ((0, 0), (0, 6)))[::-1]
    for found, expected in zip(small_bases.coordinates(wider), small_bases.coordinates(corpus_codes), strict=True):
        assert np.array_equal(found[::-1], expected)


def test_reading_inverts_writing(small_bases, tmp_path):
    save_bases(small_bases, tmp_path / "bases.npz")
    assert load_bases(tmp_path / "bases.npz", XY3).digest == small_bases.digest


def test_a_file_depends_on_the_bases_alone(small_bases, tmp_path):
    for name, timestamp in (("first", 1_000_000_000), ("second", 1_500_000_000)):
        save_bases(small_bases, tmp_path / name)
        os.utime(tmp_path / name, (timestamp, timestamp))
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["first", "second"]  # nothing else is left


def test_fitting_twice_gives_the_same_digest(small_bases, corpus_codes):
    assert fit_bases(XY3, corpus_codes).digest == small_bases.digest


def test_freezing_writes_what_it_fits(tmp_path, small_bases):
    assert freeze("xy3", tmp_path, max_size=3).digest == small_bases.digest
    assert load_bases(tmp_path / "xy3.npz", XY3).digest == small_bases.digest


def test_arrays_cannot_be_changed(small_bases):
    with pytest.raises(ValueError, match="read-only"):
        small_bases.syntactic[0, 0] = 1


def test_a_damaged_file_is_refused(small_bases, tmp_path):
    path = tmp_path / "bases.npz"
    save_bases(small_bases, path)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(DatasetError, match="fit_bases"):
        load_bases(path, XY3)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(DatasetError, match="fit_bases"):
        load_bases(path, XY3)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("grammar.npy", b"")
    with pytest.raises(DatasetError, match="fit_bases"):
        load_bases(path, XY3)


def test_bases_of_another_grammar_are_refused(small_bases, tmp_path):
    save_bases(small_bases, tmp_path / "bases.npz")
    with pytest.raises(DatasetError, match="another grammar"):
        load_bases(tmp_path / "bases.npz", Grammar(name="xy3", variables=("x", "y"), constants=(1, 2, 4)))


def test_a_grammar_without_packaged_bases_says_how_to_make_them():
    with pytest.raises(UnknownNameError, match="fit_bases"):
        bases_of(Grammar(name="mine", variables=("x",), constants=(1,)))


def test_an_impostor_does_not_get_the_packaged_bases():
    with pytest.raises(DatasetError, match="another grammar"):
        bases_of(Grammar(name="xy3", variables=("x",), constants=(1,)))


def test_an_empty_corpus_has_no_bases(corpus_codes):
    with pytest.raises(UsageError, match="no programs"):
        fit_bases(XY3, corpus_codes[:0])
