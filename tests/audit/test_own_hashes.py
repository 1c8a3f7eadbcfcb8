"""The audit's own keyed hashes and its field arithmetic, against plain Python integers."""

import random

import numpy as np
import pyarrow as pa
import pytest

from arith_synth.grammar import grammar_named, parse_infix
from arith_synth.splits.audit.identity import field_points, keyed_hash, published_fingerprint
from arith_synth.splits.audit.own_hashes import (
    FIELD,
    NO_RESIDUE,
    in_keyed_order,
    invert,
    mix,
    multiply,
    residues_of_texts,
)
from arith_synth.splits.audit.pools import share_out

WORD = 2**64


def plain_mix(word: int) -> int:
    mixed = (word + 0x9E3779B97F4A7C15) % WORD
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % WORD
    return mixed ^ (mixed >> 31)


def test_the_first_outputs_of_splitmix64_from_seed_0():
    states = np.array([0, 0x9E3779B97F4A7C15], dtype=np.uint64)
    assert mix(states).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


def test_the_keyed_order():
    draws = random.Random(1)
    residues = [(draws.randrange(FIELD), draws.randrange(FIELD)) for _ in range(200)]
    key = keyed_hash("random", "pools")
    hashes = [plain_mix(plain_mix(plain_mix(a ^ key)) ^ b) for a, b in residues]
    expected = sorted(range(200), key=lambda i: (hashes[i], residues[i]))
    assert in_keyed_order(np.array(residues, dtype=np.uint64), "random", "pools").tolist() == expected


def test_products_and_inverses_modulo_the_prime():
    draws = random.Random(2)
    numbers = [0, 1, 2, FIELD - 1, 2**31, 2**31 - 1, *(draws.randrange(FIELD) for _ in range(200))]
    values = np.array(numbers, dtype=np.uint64)
    assert [[int(multiply(a, b)) for b in values] for a in values] == [
        [a * b % FIELD for b in numbers] for a in numbers
    ]
    assert [int(invert(value)) for value in values] == [pow(a, FIELD - 2, FIELD) for a in numbers]


def test_residues_are_read_from_32_digits_and_nothing_else():
    draws = random.Random(3)
    numbers = [(draws.randrange(FIELD), draws.randrange(FIELD)) for _ in range(20)]
    texts = [f"{a:016x}{b:016x}" for a, b in numbers]
    assert residues_of_texts(pa.array(texts).slice(3)).tolist() == [list(pair) for pair in numbers[3:]]
    others = ["", texts[0][:-1], texts[0] + "0", "A" * 32, "g" * 32, "é" * 16, " " * 32]
    assert (residues_of_texts(pa.array(others)) == NO_RESIDUE).all()


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (5, [1, 1, 1], [2, 2, 1]),
        (0, [3, 4], [0, 0]),
        (7, [0, 0], [0, 0]),
        (3, [0, 2, 1], [0, 2, 1]),
        (10, [5, 3, 1], [6, 3, 1]),
    ],
)
def test_largest_remainders(total: int, weights: list[int], shares: list[int]):
    assert share_out(total, weights) == shares


def test_a_fingerprint_that_is_another_wherever_it_stands(copy):
    grammar = grammar_named("xy3")
    rows = copy.rows("corpus/full")
    unused = [i for i, row in enumerate(rows) if row["size"] == 4 and not row["used_by"]]
    tasks = {path: copy.rows(path) for path in copy.task_splits()}
    used = {row["fingerprint"] for split in tasks.values() for row in split}
    index = next(i for i in unused if rows[i]["fingerprint"] not in used)
    symbols = parse_infix(rows[index]["program"], grammar).symbols
    fingerprint = published_fingerprint(symbols, grammar.operators, field_points(grammar))
    assert rows[index]["fingerprint"] == fingerprint
    last = "0" if fingerprint[-1] != "0" else "1"
    copy.change("corpus/full", index, fingerprint=fingerprint[:-1] + last)
    copy.seal()
    failing = copy.failing()
    assert set(failing) == {"fingerprints"}
    assert f"corpus/full row {index}: fingerprint is" in failing["fingerprints"]
