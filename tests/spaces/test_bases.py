"""Frozen bases: their golden digest, their files and their errors."""

import hashlib
import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import arith_synth.spaces
from arith_synth.enumeration.corpus import build_corpus
from arith_synth.errors import DatasetError, UnknownNameError, UsageError
from arith_synth.grammar import NAMED_GRAMMARS, Grammar, grammar_named
from arith_synth.spaces import bases_of, fit_bases, load_bases, save_bases, semantic_coordinates, syntactic_coordinates
from arith_synth.spaces.bases import N_CELLS
from arith_synth.spaces.cells import cells_of, fit_cells
from arith_synth.spaces.freeze import FIT_MAX_SIZE, freeze
from arith_synth.spaces.quantization import COORDINATE_BOUND

XY3 = grammar_named("xy3")
FOLDER = Path(arith_synth.spaces.__file__).parent / "bases"


@pytest.fixture(scope="module")
def corpus_codes():
    return build_corpus(XY3, 3, patterns=()).codes


@pytest.fixture(scope="module")
def small_bases(corpus_codes):
    return fit_bases(XY3, corpus_codes)


#: A changed digest is a new data version.
PACKAGED = {
    "xy3": "babc1ea934ee2f87974e8b3ac2dad2f8b50b1d42f0942fa0e7f2bf8358ea057d",
    "xy5": "99d940b1a79252c0656a3e55dac329e7b30b6d66dfdb07dfaa9b6a2547760a8e",
    "xy9": "2680e6b16ca9ebfe49d4fbf4b61d3cc278c4d3b8b094c914aff26d6e6b289c14",
    "xyz3": "21b7331f3fdbe2fc851c77aacf9e7c6047d1efbc14b3df6af8b9bb06f87c5dc6",
    "xycond": "fe85e32fb8c8f322da484ed43ec602cce8690df04c45bd92ebd1634159aa3566",
}
#: Of what data version 1.0.0 has of xy3's bases, that is without the cells.
WITHOUT_CELLS = "836ebeabcb306de7a600c952190b92bba90d738ee6e4aa135e8c7cd6c4202332"


def test_every_named_grammar_has_packaged_bases_and_nothing_else_has():
    packaged = {path.stem: bases_of(grammar_named(path.stem)).digest for path in FOLDER.glob("*")}
    assert packaged == PACKAGED
    assert set(packaged) == set(NAMED_GRAMMARS)


def test_what_is_packaged_is_small():
    sizes = {path.stem: path.stat().st_size for path in FOLDER.glob("*")}
    assert sizes.pop("xycond") < 2_100_000
    assert max(sizes.values()) < 700_000


def test_cells_changed_nothing_else_in_the_bases_of_xy3():
    with np.load(FOLDER / "xy3.npz") as archive:
        digest = hashlib.sha256(archive["grammar"].tobytes())
        for name in sorted(set(archive.files) - {"grammar"}):
            if "_cells_" not in name:
                digest.update(name.encode())
                np.lib.format.write_array(array_bytes := io.BytesIO(), archive[name], version=(1, 0))
                digest.update(array_bytes.getvalue())
    assert digest.hexdigest() == WITHOUT_CELLS


@pytest.mark.parametrize("name", PACKAGED)
def test_the_packaged_first_components_mean_what_the_regions_say(name):
    bases = bases_of(grammar_named(name))
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


@pytest.mark.parametrize("name", PACKAGED)
def test_the_packaged_bases_have_all_cells(name):
    bases = bases_of(grammar_named(name))
    for n_cells in N_CELLS:
        for centroids in (getattr(bases, f"{space}_cells_{n_cells}") for space in ("syntactic", "semantic")):
            assert centroids.shape == (n_cells, 16)
            assert np.array_equal(centroids, np.unique(centroids, axis=0))


def test_the_cells_of_xy3_are_the_published_ones():
    """A changed digest is a new data version."""
    bases = bases_of(XY3)
    coordinates = bases.coordinates(build_corpus(XY3, 4, patterns=()).codes)
    cells = [cells for n_cells in N_CELLS for cells in bases.cells(n_cells, *coordinates)]
    digest = hashlib.sha256(b"".join(numbers.astype("<i8").tobytes() for numbers in cells)).hexdigest()
    assert digest == "aa55f84702ddda8b301ef5446310d685c9305ad2cee0db2fecec0768d888e31b"


def test_a_programs_cells_are_those_of_its_coordinates(small_bases, corpus_codes):
    syntactic, semantic = small_bases.coordinates(corpus_codes)
    found = small_bases.cells(16, syntactic, semantic)
    assert np.array_equal(found[0], cells_of(syntactic, small_bases.syntactic_cells_16))
    assert np.array_equal(found[1], cells_of(semantic, small_bases.semantic_cells_16))


def test_a_number_of_cells_that_is_not_frozen_is_refused(small_bases, corpus_codes):
    with pytest.raises(UsageError, match="ask for 16 or 64"):
        small_bases.cells(32, *small_bases.coordinates(corpus_codes))


@pytest.mark.parametrize("constants", [(1,), (0, 11)])
def test_a_grammar_of_few_classes_has_fewer_cells(constants, tmp_path):
    grammar = Grammar(name="mine", variables=("x",), constants=constants)
    codes = build_corpus(grammar, 2, patterns=()).codes
    bases = fit_bases(grammar, codes)
    for space, rows in zip(("syntactic", "semantic"), bases.coordinates(codes), strict=True):
        n_distinct = len(np.unique(rows, axis=0))
        assert n_distinct < 64
        assert len(getattr(bases, f"{space}_cells_64")) == n_distinct
    save_bases(bases, tmp_path / "bases.npz")
    assert load_bases(tmp_path / "bases.npz", grammar).digest == bases.digest
    assert max(cells.max() for cells in bases.cells(64, *bases.coordinates(codes))) < 64


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        (np.zeros((17, 16), dtype=np.int32), "syntactic_cells_16 is int32"),
        (np.zeros((0, 16), dtype=np.int32), "syntactic_cells_16 is int32"),
        (np.zeros((16, 16), dtype=np.int64), "syntactic_cells_16 is int64"),
        (np.full((16, 16), COORDINATE_BOUND, dtype=np.int32), "out of bounds"),
    ],
)
def test_cells_of_another_kind_are_refused(small_bases, cells, complaint):
    with pytest.raises(UsageError, match=complaint):
        replace(small_bases, syntactic_cells_16=cells)


@pytest.mark.slow
def test_the_packaged_cells_are_those_of_the_packaged_coordinates():
    """Integer arithmetic alone: to the last bit, on any machine."""
    bases = bases_of(XY3)
    coordinates = bases.coordinates(build_corpus(XY3, FIT_MAX_SIZE, patterns=()).codes)
    for space, rows in zip(("syntactic", "semantic"), coordinates, strict=True):
        for n_cells in N_CELLS:
            found = fit_cells(rows, n_cells, "cells", space, n_cells)
            assert np.array_equal(found, getattr(bases, f"{space}_cells_{n_cells}"))


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
