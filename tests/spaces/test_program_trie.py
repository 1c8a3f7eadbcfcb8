"""A trie holds its programs, each once, and says truly what is below a node."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces.program_trie import ProgramTrie, program_trie
from arith_synth.spaces.trees import arity_table

PROGRAMS = st.lists(expressions(XYCOND, max_leaves=10), min_size=1, max_size=40)


def spelled(trie: ProgramTrie) -> list[list[int]]:
    """The codes on the path to each node where a program ends, in the order of the nodes."""
    path: list[int] = []
    programs = []
    for symbol, depth, end in zip(trie.symbols.tolist(), trie.depths.tolist(), trie.ends.tolist(), strict=True):
        path[depth - 1 :] = [symbol]
        if end < 0:
            assert ~end == len(programs)
            programs.append(list(path))
    return programs


@given(PROGRAMS)
def test_a_walk_spells_each_distinct_program_once(programs):
    codes = encode_programs(programs, XYCOND)
    trie = program_trie(codes, arity_table(XYCOND))
    found = spelled(trie)
    assert found == [row[row > 0].tolist() for row in trie.rows]
    assert sorted(map(tuple, found)) == sorted({tuple(row[row > 0].tolist()) for row in codes})


@given(PROGRAMS)
def test_of_equal_programs_the_first_is_kept(programs):
    codes = encode_programs(programs, XYCOND)
    trie = program_trie(codes, arity_table(XYCOND))
    rows = codes.tolist()
    assert trie.first_index.tolist() == [rows.index(row) for row in trie.rows.tolist()]


@given(PROGRAMS)
def test_a_jump_over_what_is_below_a_node_lands_at_its_next_sibling_or_further_up(programs):
    trie = program_trie(encode_programs(programs, XYCOND), arity_table(XYCOND))
    for node, (depth, end) in enumerate(zip(trie.depths.tolist(), trie.ends.tolist(), strict=True)):
        below = trie.depths[node + 1 :] > depth
        n_below = int(np.argmin(below)) if not below.all() else len(below)
        assert n_below == (0 if end < 0 else end - node - 1)


@given(PROGRAMS)
def test_a_group_has_all_programs_of_its_numbers_of_leaves_and_operators(programs):
    trie = program_trie(encode_programs(programs, XYCOND), arity_table(XYCOND))
    is_operator = arity_table(XYCOND) > 0
    ends = trie.groups[:, 3].tolist()
    assert trie.groups[:, 2].tolist() == [0, *ends[:-1]]
    assert ends[-1] == len(trie.symbols)
    assert len(np.unique(trie.groups[:, :2], axis=0)) == len(trie.groups)
    for n_leaves, n_operators, first, end in trie.groups.tolist():
        for program in (~trie.ends[first:end][trie.ends[first:end] < 0]).tolist():
            row = trie.rows[program]
            assert (is_operator[row].sum(), (row > 0).sum()) == (n_operators, n_leaves + n_operators)


def test_a_corpus_of_many_programs_shares_most_of_its_symbols():
    codes = build_corpus(XY3, 4, patterns=()).codes
    trie = program_trie(codes, arity_table(XY3))
    assert len(trie.rows) == len(codes)
    assert len(trie.symbols) < (codes > 0).sum() * 0.6
