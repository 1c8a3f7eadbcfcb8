"""Proven lower bounds of the tree edit distance (unit costs), for searches that must not miss the nearest.

One edit of a tree removes, inserts or replaces one symbol in its preorder, and one in its postorder: a removed node's
operands take its place, and keep their order. So neither the string edit distance between two preorders (programs in
prefix notation) nor that between two postorders can pass the tree edit distance (Guha et al. 2002, "Approximate XML
joins", SIGMOD). Both are at least the difference in size and the numbers of unmatched labels, so these bounds are not
needed beside them. Of programs of 6 leaves at tree edit distances up to 5, the larger of the two nearly always is that
distance; farther apart it falls behind. (pq-gram distances are no bounds of it, and those of binary branches only after
division by 5: Yang et al. 2005, "Similarity evaluation on tree-structured data", SIGMOD.)
"""

import numba
import numpy as np

from arith_synth.semantics.programs import PADDING


@numba.njit(cache=True, nogil=True)
def write_postorders(rows, arities, postorders):
    """The postorder of each program uint8[n, width], in rows of the same shape that hold only padding."""
    stack = np.empty((rows.shape[1], 2), dtype=np.int64)
    for program in range(rows.shape[0]):
        write_postorder(rows[program], arities, stack, postorders[program])


@numba.njit(cache=True, nogil=True)
def write_postorder(row, arities, stack, postorder):
    """A program's symbols, operands before their operator; work space: stack int64[width, 2]. Returns how many."""
    height, n_written = 0, 0
    for position in range(row.shape[0]):
        if row[position] == PADDING:
            break
        stack[height, 0], stack[height, 1] = row[position], arities[row[position]]
        height += 1
        while height > 0 and stack[height - 1, 1] == 0:  # all its operands are written
            height -= 1
            postorder[n_written] = stack[height, 0]
            n_written += 1
            if height > 0:
                stack[height - 1, 1] -= 1
    return n_written


@numba.njit(cache=True, nogil=True)
def fewest_edits(n_leaves, n_operators):
    """Fewest edits that add so many leaves and operators (negative: remove): a replacement does one of each."""
    n_more = max(n_leaves, 0) + max(n_operators, 0)
    return max(n_more, n_more - n_leaves - n_operators)


@numba.njit(cache=True, nogil=True)
def count_rest(symbols, n_symbols, arities, rest):
    """Leaves and operators among symbols[j:n_symbols], for each j: rest int64[> n_symbols, 2]."""
    rest[n_symbols, 0], rest[n_symbols, 1] = 0, 0
    for j in range(n_symbols - 1, -1, -1):
        is_operator = min(arities[symbols[j]], 1)
        rest[j, 0], rest[j, 1] = rest[j + 1, 0] + 1 - is_operator, rest[j + 1, 1] + is_operator


@numba.njit(inline="always", nogil=True)
def extend(costs, depth, symbol, radius, query, n_query, rest, n_leaves, n_operators):
    """The next row of the string edit distances between prefixes, and a bound for all that continues this one.

    costs[depth, j]: distance of a program's first `depth` symbols, `symbol` being the last, from the query's first j;
    costs[0, j] = j. n_leaves, n_operators: those of the program after this symbol; rest[j]: those of the query from j
    on. Where the program ends, the bound is the distance. A bound above the radius says no more than that: only
    |j - depth| <= radius is looked at, as elsewhere the difference in length alone is larger.
    """
    bound = left = radius + 1
    for j in range(max(0, depth - radius), min(n_query, depth + radius) + 1):
        cost = depth
        if j > 0:
            cost = costs[depth - 1, j - 1] + (0 if query[j - 1] == symbol else 1)
            if j < depth + radius:
                cost = min(cost, costs[depth - 1, j] + 1)
            cost = min(cost, left + 1)  # last, because the next j waits for it: twice as fast
        left = cost
        costs[depth, j] = left
        bound = min(bound, left + fewest_edits(rest[j, 0] - n_leaves, rest[j, 1] - n_operators))
    return bound


@numba.njit(cache=True, nogil=True)
def string_distance(symbols, n_symbols, arities, radius, query, n_query, rest, costs):
    """String edit distance of symbols[:n_symbols] and query[:n_query] if at most the radius, else something above it.

    rest: of the query, by `count_rest`; work space: costs int64[> n_symbols, > n_query] with costs[0, j] = j.
    """
    n_operators = 0
    for position in range(n_symbols):
        n_operators += min(arities[symbols[position]], 1)
    n_leaves = n_symbols - n_operators
    bound = fewest_edits(rest[0, 0] - n_leaves, rest[0, 1] - n_operators)
    for depth in range(1, n_symbols + 1):
        if bound > radius:
            break
        is_operator = min(arities[symbols[depth - 1]], 1)
        n_operators -= is_operator
        n_leaves -= 1 - is_operator
        bound = extend(costs, depth, symbols[depth - 1], radius, query, n_query, rest, n_leaves, n_operators)
    return bound
