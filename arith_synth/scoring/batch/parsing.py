"""The infix reader as a kernel: texts to rows of codes, for what is a program as it stands.

The same shunting-yard as `grammar.reading.InfixReader`, over the same tokens as `grammar.parsing`, without a word on
what is wrong: a text that it declines is read again by those, which say why.
"""

from collections.abc import Sequence

import numba
import numpy as np

from arith_synth.grammar import MAX_CHARACTERS, MAX_LEAVES, Grammar
from arith_synth.scoring.batch.tokens import CALL, CLOSE, CONDITIONAL, INFIX, LEAF, OPEN, SEPARATOR, notation_of
from arith_synth.semantics.programs import row_width

#: Codes in a row that holds any program within the limits.
ROW_WIDTH = row_width(MAX_LEAVES)
_PARENTHESIS = -1
_TAB, _NEWLINE, _RETURN, _SPACE = 9, 10, 13, 32


def parse_texts(texts: Sequence[str], grammar: Grammar) -> tuple[np.ndarray, np.ndarray]:
    """Codes uint8[n, ROW_WIDTH] of each text's program, and how many int64[n] they are: 0 where a text is declined.

    White space around a text means nothing. Declined: whatever `parse_infix` refuses, and texts that are too long for
    it only by their white space.
    """
    # Bytes are characters here: what is not ASCII becomes '?', which stands in no program.
    short = [text if len(text) <= MAX_CHARACTERS else "" for text in texts]
    data = np.frombuffer("".join(short).encode("ascii", "replace"), dtype=np.uint8)
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, short), dtype=np.int64, count=len(short)), out=offsets[1:])
    codes = np.zeros((len(texts), ROW_WIDTH), dtype=np.uint8)
    n_codes = np.zeros(len(texts), dtype=np.int64)
    _parse(data, offsets, notation_of(grammar), codes, n_codes)
    return codes, n_codes


@numba.njit(cache=True, nogil=True)
def _parse(data, offsets, notation, codes, n_codes):
    postfix = np.empty(MAX_CHARACTERS, dtype=np.int64)
    begins = np.empty(MAX_CHARACTERS, dtype=np.int64)  # where in postfix the subtree that ends here begins
    stack = np.empty(MAX_CHARACTERS, dtype=np.int64)
    opened = np.empty(MAX_CHARACTERS, dtype=np.int64)
    before = np.empty(MAX_CHARACTERS, dtype=np.int64)
    for row in range(len(n_codes)):
        n = _postfix(data, offsets[row], offsets[row + 1], notation, postfix, begins, stack, opened, before)
        if n:
            _to_prefix(postfix, begins, n, notation, stack, codes[row])
        n_codes[row] = n


@numba.njit(inline="always")
def _is_letter(byte):
    return 65 <= byte <= 90 or 97 <= byte <= 122 or byte == 95


@numba.njit(inline="always")
def _is_digit(byte):
    return 48 <= byte <= 57


@numba.njit(inline="always")
def _is_space(byte):
    return byte in (_SPACE, _TAB)


@numba.njit(inline="always")
def _is_around(byte):
    return byte in (_SPACE, _TAB, _NEWLINE, _RETURN)


@numba.njit(inline="always")
def _token_end(data, start, stop):
    """Where the token ends that starts here: a word or a number goes as far as it can."""
    end = start + 1
    if _is_letter(data[start]):
        while end < stop and (_is_letter(data[end]) or _is_digit(data[end])):
            end += 1
    elif _is_digit(data[start]):
        while end < stop and _is_digit(data[end]):
            end += 1
    return end


@numba.njit(inline="always")
def _token_of(data, start, end, letters, starts, buckets):
    """The number of the token with these bytes, or -1."""
    first = data[start]
    for token in range(buckets[first], buckets[first + 1]):
        place = starts[token]
        if starts[token + 1] - place != end - start:
            continue
        is_same = True
        for offset in range(1, end - start):
            is_same &= letters[place + offset] == data[start + offset]
        if is_same:
            return token
    return -1


@numba.njit(inline="always")
def _join(operator, arities, n_leaf, postfix, begins, n, stack, n_operands):
    """Write the operator behind its operands; the number of operands on the stack then. `stack` has their begins."""
    n_operands -= arities[operator] - 1
    postfix[n] = n_leaf + 1 + operator
    begins[n] = stack[n_operands - 1]
    return n_operands


@numba.njit(inline="always")
def _ends_with_operand(operator, n_before, is_infix, is_conditional, arities):
    """Whether what is open is finished where its present operand is: infix, or a conditional after `else`."""
    if operator == _PARENTHESIS:
        return False
    if is_infix[operator]:
        return True
    return is_conditional[operator] and n_before == arities[operator] - 1


@numba.njit(cache=True, nogil=True)
def _postfix(data, start, stop, notation, postfix, begins, stack, opened, before):
    """Write the postfix codes of data[start:stop]; how many there are, 0 when it is no program.

    `opened`: operators (or parentheses) that are not finished, and in `before` how many operands they had already.
    """
    while start < stop and _is_around(data[start]):
        start += 1
    while start < stop and _is_around(data[stop - 1]):
        stop -= 1
    n = n_operands = n_open = n_leaves = 0
    # Taken out of the tuple once: whoever reads arrays from a tuple counts references, each time.
    letters, token_starts, buckets, kinds, values = notation[:5]
    arities, precedences, is_infix, is_conditional, separators, refuses, n_leaf = notation[5:]
    expects_operand, called = True, False
    while start < stop:
        if _is_space(data[start]):
            start += 1
            continue
        end = _token_end(data, start, stop)
        token = _token_of(data, start, end, letters, token_starts, buckets)
        start = end
        if token < 0:
            return 0
        kind, value = kinds[token], values[token]
        operator = value - 1 - n_leaf
        if called:
            if kind != OPEN:
                return 0
            called = False
            continue
        if kind == LEAF:
            if not expects_operand or n_leaves == MAX_LEAVES:
                return 0
            postfix[n] = value
            begins[n] = stack[n_operands] = n
            n, n_operands, n_leaves = n + 1, n_operands + 1, n_leaves + 1
            expects_operand = False
        elif kind == INFIX:
            if expects_operand:
                return 0
            while n_open and opened[n_open - 1] != _PARENTHESIS:
                top = opened[n_open - 1]
                if not is_infix[top] or precedences[top] < precedences[operator]:
                    break
                n_operands = _join(top, arities, n_leaf, postfix, begins, n, stack, n_operands)
                n, n_open = n + 1, n_open - 1
            opened[n_open], before[n_open] = operator, 0
            n_open += 1
            expects_operand = True
        elif kind in (CLOSE, SEPARATOR):
            if expects_operand:
                return 0
            while n_open and _ends_with_operand(
                opened[n_open - 1], before[n_open - 1], is_infix, is_conditional, arities
            ):
                n_operands = _join(opened[n_open - 1], arities, n_leaf, postfix, begins, n, stack, n_operands)
                n, n_open = n + 1, n_open - 1
            if not n_open:
                return 0
            top, n_before = opened[n_open - 1], before[n_open - 1]
            is_last = top != _PARENTHESIS and n_before == arities[top] - 1
            if kind == SEPARATOR:
                if top == _PARENTHESIS or is_last or separators[top, n_before] != value:
                    return 0
                before[n_open - 1] += 1
                expects_operand = True
            elif top == _PARENTHESIS:
                n_open -= 1
            elif is_last:
                n_operands = _join(top, arities, n_leaf, postfix, begins, n, stack, n_operands)
                n, n_open = n + 1, n_open - 1
            else:
                return 0
        else:
            if not expects_operand:
                return 0
            around = opened[n_open - 1] if n_open else _PARENTHESIS
            if kind == CONDITIONAL and around != _PARENTHESIS and refuses[around, before[n_open - 1]]:
                return 0
            called = kind == CALL
            opened[n_open], before[n_open] = (_PARENTHESIS if kind == OPEN else operator), 0
            n_open += 1
    if called or expects_operand:
        return 0
    while n_open and _ends_with_operand(opened[n_open - 1], before[n_open - 1], is_infix, is_conditional, arities):
        n_operands = _join(opened[n_open - 1], arities, n_leaf, postfix, begins, n, stack, n_operands)
        n, n_open = n + 1, n_open - 1
    return n if n_open == 0 else 0


@numba.njit(cache=True, nogil=True)
def _to_prefix(postfix, begins, n, notation, stack, row):
    """Write the program of n postfix codes to a row in prefix order."""
    stack[0] = n - 1  # the ends of subtrees to write, the next one on top
    n_waiting, place = 1, 0
    while n_waiting:
        n_waiting -= 1
        end = stack[n_waiting]
        row[place] = postfix[end]
        place += 1
        if postfix[end] > notation.n_leaves:
            operand = end - 1
            for _ in range(notation.arities[postfix[end] - 1 - notation.n_leaves]):
                stack[n_waiting] = operand
                n_waiting += 1
                operand = begins[operand] - 1
