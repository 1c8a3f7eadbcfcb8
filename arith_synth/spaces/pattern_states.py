"""The state that a pattern's automaton gives to each of many programs."""

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.grammar.automata import Pattern
from arith_synth.semantics.programs import PADDING, n_leaf_codes
from arith_synth.spaces.trees import arity_table, checked_codes


def lies_in(codes: np.ndarray, grammar: Grammar, pattern: Pattern) -> np.ndarray:
    """Whether each program lies in the pattern's region.

    Shapes: codes uint8[n, width] -> bool[n]. Raises UsageError for rows that are not programs, and for a pattern
    without a row for one of the grammar's operators.
    """
    return np.isin(pattern_states(codes, grammar, pattern), sorted(pattern.accepting))


def pattern_states(codes: np.ndarray, grammar: Grammar, pattern: Pattern) -> np.ndarray:
    """The state at the root of each program; codes uint8[n, width] -> uint8[n]."""
    codes = checked_codes(codes, grammar)
    tables = [np.array(pattern.flat_table(operator), dtype=np.uint8) for operator in grammar.operators]
    width = max((len(table) for table in tables), default=1)
    padded = np.zeros((len(tables) + 1, width), dtype=np.uint8)
    for index, table in enumerate(tables):
        padded[index, : len(table)] = table
    states = np.empty(len(codes), dtype=np.uint8)
    _run(codes, arity_table(grammar), n_leaf_codes(grammar), padded, pattern.n_states, pattern.leaf_state, states)
    return states


@numba.njit(cache=True, nogil=True)
def _run(codes, arities, n_leaves, tables, n_states, leaf_state, states):
    stack = np.empty(codes.shape[1], dtype=np.int64)
    for program in range(codes.shape[0]):
        height = 0
        for position in range(codes.shape[1] - 1, -1, -1):
            code = codes[program, position]
            if code == PADDING:
                continue
            if code <= n_leaves:
                stack[height] = leaf_state
            else:
                # The first operand is on top, and most significant in the table.
                entry = 0
                for operand in range(arities[code]):
                    entry = entry * n_states + stack[height - 1 - operand]
                height -= arities[code]
                stack[height] = tables[code - n_leaves - 1, entry]
            height += 1
        states[program] = stack[0]
