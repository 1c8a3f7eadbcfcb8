"""Keys of classes, and the published fingerprints written down a second time."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import expressions

from arith_synth.grammar import grammar_named, size, to_infix
from arith_synth.seeding import keyed_hash as package_hash
from arith_synth.semantics.fingerprints import field_points as package_points
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.splits.audit.identity import (
    NO_KEY,
    PRIMES,
    field_points,
    inverse,
    keyed_hash,
    keys_of,
    leaf_residues,
    pack,
    published_fingerprint,
    sample_rows,
    unpack,
)
from arith_synth.splits.audit.programs import read_programs

XY3 = grammar_named("xy3")


def keys(*texts: str) -> list[int]:
    programs = read_programs(pa.array(texts), XY3, 8)
    assert not programs.faults
    return keys_of(programs, leaf_residues(XY3)).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x + y", "y + x"),
        ("x * (y + 1)", "x * y + x"),
        ("x / y / x", "1 / y"),
        ("x - x", "y - y"),
        ("2 / (2 / x)", "x"),
    ],
)
def test_algebraically_equal_programs_share_a_key(one, other):
    first, second = keys(one, other)
    assert first == second


@pytest.mark.parametrize(("one", "other"), [("x - y", "y - x"), ("x / y", "y / x"), ("x * x", "x + x")])
def test_other_programs_do_not(one, other):
    first, second = keys(one, other)
    assert first != second


@pytest.mark.parametrize("text", ["1 / (x - x)", "(x - x) / (y - y)", "x / (3 - 1 - 2) * (x - x)"])
def test_a_program_that_divides_by_zero_everywhere_has_no_key(text):
    assert keys(text) == [int(NO_KEY)]


@given(st.lists(expressions(max_leaves=5), min_size=2, max_size=6))
def test_keys_agree_with_published_fingerprints(programs):
    texts = [to_infix(program) for program in programs]
    fingerprints = [fingerprint_of(program, XY3) for program in programs]
    found = keys(*texts)
    for key, fingerprint in zip(found, fingerprints, strict=True):
        assert (key == int(NO_KEY)) == (fingerprint is None)
        assert [other == key for other in found] == [other == fingerprint for other in fingerprints]


@given(expressions(max_leaves=7))
def test_recomputed_fingerprints_are_the_published_ones(program):
    assert published_fingerprint(program.symbols, XY3.operators, field_points(XY3)) == fingerprint_of(program, XY3)


def test_field_points_are_those_of_the_data_version():
    assert field_points(XY3) == list(package_points(XY3))


@given(st.lists(st.text() | st.integers()))
def test_the_keyed_hash_is_that_of_the_data_version(names):
    assert keyed_hash(*names) == package_hash(*names)
    assert keyed_hash(*names, n_bytes=16) == package_hash(*names, bits=128)


@given(st.integers(1, PRIMES[1] - 1), st.sampled_from(PRIMES))
def test_inverses_invert(value, prime):
    residue = leaf_residues(XY3)[0, :1] * 0 + value
    assert int(inverse(residue, prime)[0]) * value % prime == 1


def test_packing_is_undone_by_unpacking():
    residues = leaf_residues(XY3)
    assert (unpack(pack(residues)) == residues).all()


def test_samples_are_distinct_rows_that_depend_on_the_names():
    one, same, other = sample_rows(10_000, 50, "a"), sample_rows(10_000, 50, "a"), sample_rows(10_000, 50, "b")
    assert one == same != other
    assert len(set(one)) == len(one) <= 50
    assert sample_rows(3, 50, "a") == [0, 1, 2]


def test_programs_of_all_sizes_are_read():
    assert size(read_programs(pa.array(["x", "x + y"]), XY3, 2).expression(1)) == 2
