"""The canonical texts of many programs. `grammar.rendering` and `grammar.measures` define them for one.

The kernel for infix texts knows no operator: what it writes before, between and after operands, and around which
operands it puts parentheses, is read off from what the renderer makes of small expressions.
"""

import itertools
from collections.abc import Callable
from functools import cache

import numba
import numpy as np

from arith_synth.grammar import Grammar, compose, leaf_expression, to_infix
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.programs import PADDING, n_leaf_codes
from arith_synth.semantics.text_columns import TextColumn, append, checked_bytes, text_table


def infix_texts(codes: np.ndarray, grammar: Grammar) -> TextColumn:
    """`to_infix` of each row of codes uint8[n, width]. Every row must be one program."""
    return _written(_write_infix, codes, *_infix_tables(grammar))


def prefix_texts(codes: np.ndarray, grammar: Grammar) -> TextColumn:
    """`to_prefix` of each row of codes uint8[n, width]. Every row must be one program."""
    texts, starts = text_table(["", *(f" {symbol}" for symbol in grammar.symbols)])
    return _written(_write_prefix, codes, int(np.diff(starts).max()), texts, starts)


def shape_texts(codes: np.ndarray, grammar: Grammar) -> TextColumn:
    """The shape of each row of codes uint8[n, width], such as `((..).)`. Every row must be one program."""
    return _written(_write_shapes, codes, 2, _arities(grammar))


def _written(write: Callable[..., None], codes: np.ndarray, most_bytes: int, *tables: np.ndarray) -> TextColumn:
    """What a kernel writes for rows of which each code takes at most so many bytes."""
    n, width = codes.shape
    data = np.empty(n * width * most_bytes, dtype=np.uint8)
    offsets = np.zeros(n + 1, dtype=np.int64)
    write(np.ascontiguousarray(codes), *tables, offsets, data)
    n_bytes = checked_bytes(int(offsets[-1]))
    return TextColumn(data=data[:n_bytes].copy(), offsets=offsets.astype(np.int32))


def _arities(grammar: Grammar) -> np.ndarray:
    """Number of operands by code: int64[n_symbols + 1]."""
    operators = [OPERATORS[symbol].arity for symbol in grammar.operators]
    return np.array([0] * (n_leaf_codes(grammar) + 1) + operators, dtype=np.int64)


@cache
def _infix_tables(grammar: Grammar) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The most bytes that a code takes, and what the kernel reads.

    That is: all fragments, uint8[m], and where each starts; by code the number of its first fragment (a leaf has one,
    an operator one more than operands) and of its operands; and by code, operand and code of the operand whether that
    stands in parentheses, bool[n_codes, most operands, n_codes].
    """
    fragments_of = [[""], *([leaf] for leaf in grammar.leaves), *map(_fragments, grammar.operators)]
    first = np.cumsum([0, *map(len, fragments_of[:-1])], dtype=np.int64)
    most_bytes = max(sum(len(text.encode()) for text in fragments) for fragments in fragments_of) + 2
    arities = _arities(grammar)
    in_parentheses = np.zeros((len(first), int(arities.max()), len(first)), dtype=np.bool_)
    n_leaves = n_leaf_codes(grammar)
    for (i, outer), (j, inner) in itertools.product(enumerate(grammar.operators, n_leaves + 1), repeat=2):
        for place in range(OPERATORS[outer].arity):
            in_parentheses[i, place, j] = _stands_in_parentheses(outer, place, inner)
    texts, starts = text_table([text for fragments in fragments_of for text in fragments])
    return most_bytes, texts, starts, first, arities, in_parentheses


def _fragments(operator: str) -> list[str]:
    """What the renderer writes before, between and after the operands."""
    marks = [f"\0{place}\0" for place in range(OPERATORS[operator].arity)]
    rest = to_infix(compose(operator, *map(leaf_expression, marks)))
    fragments = []
    for mark in marks:
        before, _, rest = rest.partition(mark)
        fragments.append(before)
    return [*fragments, rest]


def _stands_in_parentheses(outer: str, place: int, inner: str) -> bool:
    """Whether the renderer puts parentheses around `inner` as this operand of `outer`, whatever its own operands."""
    operand = compose(inner, *[leaf_expression("a")] * OPERATORS[inner].arity)
    operands = [leaf_expression("a") for _ in range(OPERATORS[outer].arity)]
    operands[place] = operand
    return f"({to_infix(operand)})" in to_infix(compose(outer, *operands)).removeprefix(outer)


@numba.njit(cache=True, nogil=True)
def _write_infix(codes, texts, starts, first, arities, in_parentheses, offsets, data):
    width = codes.shape[1]
    operators = np.empty(width, dtype=np.int64)  # those whose operands are being written, with
    places = np.empty(width, dtype=np.int64)  # the operand that is, and
    closes = np.empty(width, dtype=np.bool_)  # whether a parenthesis closes behind them
    place = 0
    for row in range(codes.shape[0]):
        n_open = 0
        for position in range(width):
            code = np.int64(codes[row, position])
            if code == PADDING:
                break
            wrapped = n_open > 0 and in_parentheses[operators[n_open - 1], places[n_open - 1], code]
            if wrapped:
                data[place] = 40
                place += 1
            place = append(data, place, texts, starts[first[code]], starts[first[code] + 1])
            if arities[code]:
                operators[n_open], places[n_open], closes[n_open] = code, 0, wrapped
                n_open += 1
                continue
            while n_open:  # a leaf ends an operand, and perhaps the operators that it is the last operand of
                operator = operators[n_open - 1]
                places[n_open - 1] += 1
                fragment = first[operator] + places[n_open - 1]
                place = append(data, place, texts, starts[fragment], starts[fragment + 1])
                if places[n_open - 1] < arities[operator]:
                    break
                n_open -= 1
                if closes[n_open]:
                    data[place] = 41
                    place += 1
        offsets[row + 1] = place


@numba.njit(cache=True, nogil=True)
def _write_prefix(codes, texts, starts, offsets, data):
    place = 0
    for row in range(codes.shape[0]):
        code = np.int64(codes[row, 0])
        place = append(data, place, texts, starts[code] + 1, starts[code + 1])  # without its space
        for position in range(1, codes.shape[1]):
            code = np.int64(codes[row, position])
            if code == PADDING:
                break
            place = append(data, place, texts, starts[code], starts[code + 1])
        offsets[row + 1] = place


@numba.njit(cache=True, nogil=True)
def _write_shapes(codes, arities, offsets, data):
    remaining = np.empty(codes.shape[1], dtype=np.int64)  # operands to come of each open node
    place = 0
    for row in range(codes.shape[0]):
        n_open = 0
        for position in range(codes.shape[1]):
            code = np.int64(codes[row, position])
            if code == PADDING:
                break
            if arities[code]:
                data[place] = 40
                place += 1
                remaining[n_open] = arities[code]
                n_open += 1
                continue
            data[place] = 46
            place += 1
            while n_open:
                remaining[n_open - 1] -= 1
                if remaining[n_open - 1]:
                    break
                n_open -= 1
                data[place] = 41
                place += 1
        offsets[row + 1] = place
