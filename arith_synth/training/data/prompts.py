"""The prompts of the text task as token ids, straight from exact outputs: as the text tokenizer gives them."""

from functools import cache
from typing import NamedTuple

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.grammar.prompts import prompt_head, signature
from arith_synth.tokenization import build_text_tokenizer, text_vocabulary_of
from arith_synth.training.data.tokens import NO_TOKEN

#: Of a fraction: two signs or bars, and two digits a token of 2 * 19.
_MOST_TOKENS = 22


class _Tables(NamedTuple):
    """What stands around numbers, ids int16[m] and where each begins, int64[n + 1]; the ids of parts of numbers.

    numbers int16[100]: at the beginning of one; digits int16[10], pairs int16[100]: further on; minus, bar, undef.
    """

    fragments: np.ndarray
    starts: np.ndarray
    numbers: np.ndarray
    digits: np.ndarray
    pairs: np.ndarray
    minus: int
    bar: int
    undef: int


def prompt_tokens(numerators: np.ndarray, denominators: np.ndarray, inputs: np.ndarray, grammar: Grammar) -> np.ndarray:
    """Ids of the prompt of each task: int16[n, longest], NO_TOKEN after them.

    Shapes: numerators, denominators int64[n, n_shown] (0 below: undefined), inputs int64[n, n_shown, n_variables].
    """
    n, n_shown, _ = inputs.shape
    # All numbers of a prompt from left to right: the coordinates of an input, then the output there.
    tops = np.concatenate([inputs, numerators[..., None]], axis=2).reshape(n, -1)
    bottoms = np.concatenate([np.ones_like(inputs), denominators[..., None]], axis=2).reshape(n, -1)
    tables = _tables(grammar, n_shown)
    rows = np.full((n, len(tables.fragments) + tops.shape[1] * _MOST_TOKENS), NO_TOKEN, dtype=np.int16)
    return rows[:, : _write(tops, bottoms, *tables, rows)]


@cache
def _tables(grammar: Grammar, n_shown: int) -> _Tables:
    vocabulary, tokenizer = text_vocabulary_of(grammar), build_text_tokenizer(grammar)
    between = ["\nf(", *[", "] * (len(grammar.variables) - 1), ") = "]
    texts = between * n_shown + [f"\n{signature(grammar)} ="]
    texts[0] = prompt_head(grammar).removesuffix("\n") + texts[0]
    fragments: list[list[int]] = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    return _Tables(
        fragments=np.array([id_ for ids in fragments for id_ in ids], dtype=np.int16),
        starts=np.cumsum([0, *map(len, fragments)]),
        numbers=np.array([vocabulary[str(number)] for number in range(100)], dtype=np.int16),
        digits=np.array([vocabulary[f"##{digit}"] for digit in range(10)], dtype=np.int16),
        pairs=np.array([vocabulary[f"##{number:02}"] for number in range(100)], dtype=np.int16),
        minus=vocabulary["-"],
        bar=vocabulary["##/"],
        undef=vocabulary["undef"],
    )


@numba.njit(inline="always")
def _write_magnitude(magnitude, continues, numbers, digits, pairs, scratch, row, place):
    """Two digits a token from the left; `continues`: something of the same number stands before. The next place."""
    n_digits = 0
    while magnitude > 0 or n_digits == 0:
        scratch[n_digits] = magnitude % np.uint64(10)
        magnitude //= np.uint64(10)
        n_digits += 1
    while n_digits > 0:
        if n_digits == 1:
            row[place] = digits[scratch[0]] if continues else numbers[scratch[0]]
            n_digits = 0
        else:
            pair = 10 * scratch[n_digits - 1] + scratch[n_digits - 2]
            row[place] = pairs[pair] if continues else numbers[pair]
            n_digits -= 2
        continues = True
        place += 1
    return place


@numba.njit(cache=True, nogil=True)
def _write(tops, bottoms, fragments, starts, numbers, digits, pairs, minus, bar, undef, rows):
    """Write each prompt to its row; the length of the longest."""
    scratch, longest = np.empty(20, dtype=np.int64), 0
    for index in range(len(rows)):
        row, place = rows[index], 0
        for column in range(tops.shape[1] + 1):
            for token in range(starts[column], starts[column + 1]):
                row[place] = fragments[token]
                place += 1
            if column == tops.shape[1]:
                break
            top, bottom = tops[index, column], bottoms[index, column]
            if bottom == 0:
                row[place] = undef
                place += 1
                continue
            is_negative = top < 0
            if is_negative:
                row[place] = minus
                place += 1
            magnitude = np.uint64(-top) if is_negative else np.uint64(top)
            place = _write_magnitude(magnitude, is_negative, numbers, digits, pairs, scratch, row, place)
            if bottom != 1:
                row[place] = bar
                place = _write_magnitude(np.uint64(bottom), True, numbers, digits, pairs, scratch, row, place + 1)
        longest = max(longest, place)
    return longest
