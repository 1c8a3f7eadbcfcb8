"""Programs as token ids, many at once: what the tokenizer of a grammar gives, without a Python object a program."""

from functools import cache

import numba
import numpy as np
import pyarrow as pa

from arith_synth.errors import DatasetError
from arith_synth.grammar import Grammar, compose, leaf_expression, to_infix
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.program_texts import infix_texts, prefix_texts
from arith_synth.semantics.programs import row_width
from arith_synth.semantics.text_columns import TextColumn, text_table
from arith_synth.tokenization import SPECIAL_TOKENS, build_tokenizer, vocabulary_of

#: Stands in arrays of ids where there is no token.
NO_TOKEN = -1


def program_tokens(codes: np.ndarray, grammar: Grammar, notation: str) -> np.ndarray:
    """Ids of each program and `<eos>`: codes uint8[n, width] -> int16[n, length], NO_TOKEN after them.

    `length` follows from the width and the notation: it is that of the longest program that a row could hold.
    """
    write = prefix_texts if notation == "prefix" else infix_texts
    tokens = np.full((len(codes), longest_program(grammar, codes.shape[1], notation) + 1), NO_TOKEN, dtype=np.int16)
    n_tokens = token_ids(write(codes, grammar), vocabulary_of(grammar), tokens)
    tokens[np.arange(len(tokens)), n_tokens] = SPECIAL_TOKENS.index("<eos>")
    return tokens


def program_codes(programs: pa.ChunkedArray, grammar: Grammar, max_size: int) -> np.ndarray:
    """The column `program_prefix` as rows of symbol codes: uint8[n, row_width(max_size)].

    Raises DatasetError when a program has other symbols, or more than there may be.
    """
    codes = np.zeros((len(programs), row_width(max_size)), dtype=np.int16)
    try:
        token_ids(_text_column(programs), {symbol: code for code, symbol in enumerate(grammar.symbols, 1)}, codes)
    except KeyError as error:
        raise DatasetError(
            f"a program has symbols that are not in grammar {grammar.name}, or more than {codes.shape[1]}; "
            "name a dataset of that grammar, or build it again"
        ) from error
    return codes.astype(np.uint8)


def token_ids(texts: TextColumn, vocabulary: dict[str, int], rows: np.ndarray) -> np.ndarray:
    """Write the ids of the words of each text to rows int16[n, width], from the left; returns their numbers int64[n].

    A word is a name, a number, or any other character but a space. KeyError when one is not in the vocabulary, or a
    text has more words than a row.
    """
    words, starts = text_table(list(vocabulary))
    hashes = _hashes_of(words, starts)
    order = np.argsort(hashes)
    assert (np.diff(hashes[order].view(np.uint64)) != 0).all(), "two words of the vocabulary have one hash"
    ids = np.array(list(vocabulary.values()), dtype=np.int16)[order]
    n_words = np.zeros(len(texts), dtype=np.int64)
    bad = _write(texts.data, texts.offsets, hashes[order], ids, rows, n_words)
    if bad >= 0:
        start, end = texts.offsets[bad : bad + 2].tolist()
        raise KeyError(texts.data[start:end].tobytes().decode("utf-8", "replace"))
    return n_words


@cache
def longest_program(grammar: Grammar, width: int, notation: str) -> int:
    """The most tokens that a program of `width` symbols or fewer takes, without its `<eos>`."""
    if notation == "prefix":
        return width
    tokenizer = build_tokenizer(grammar)
    marks: dict[int, int] = {}  # by number of operands, the most tokens that an operator brings itself
    for symbol in grammar.operators:
        arity = OPERATORS[symbol].arity
        text = to_infix(compose(symbol, *[leaf_expression(grammar.leaves[0])] * arity))
        n_own = len(tokenizer(text, add_special_tokens=False)["input_ids"]) - arity
        marks[arity] = max(n_own, marks.get(arity, 0))
    # longest[n]: of a program of n symbols; operands that are no leaves may stand in parentheses.
    longest = [0, 1] + [0] * (width - 1)
    for n in range(2, width + 1):
        for arity, n_own in marks.items():
            longest[n] = max(longest[n], n_own + _most(longest, n - 1, arity)) if n > arity else longest[n]
    return max(longest)


def _most(longest: list[int], n: int, arity: int) -> int:
    """The most tokens of `arity` operands with n symbols in all."""
    own = [longest[k] + (2 if k > 1 else 0) if longest[k] else -(10**6) for k in range(len(longest))]
    if arity == 1:
        return own[n]
    return max(own[k] + _most(longest, n - k, arity - 1) for k in range(1, n - arity + 2))


def _text_column(texts: pa.ChunkedArray) -> TextColumn:
    """An Arrow column of texts without nulls as kernels read it."""
    array = pa.chunked_array(texts.chunks, pa.string()).combine_chunks()
    _, offsets, data = array.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    bytes_of = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    # Copies: kernels are compiled once, for arrays that may be written to.
    return TextColumn(data=bytes_of[: int(places[-1])].copy(), offsets=places.copy())


@numba.njit(inline="always")
def _is_name(byte):
    return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == 95


@numba.njit(inline="always")
def _extend(hashed, byte):
    """FNV-1a, 64 bits."""
    return (hashed ^ np.uint64(byte)) * np.uint64(0x100000001B3)


@numba.njit(cache=True)
def _hashes_of(data, starts):
    hashes = np.empty(len(starts) - 1, dtype=np.uint64)
    for word in range(len(hashes)):
        hashed = np.uint64(0xCBF29CE484222325)
        for place in range(starts[word], starts[word + 1]):
            hashed = _extend(hashed, data[place])
        hashes[word] = hashed
    return hashes


@numba.njit(cache=True, nogil=True)
def _write(data, offsets, hashes, ids, rows, n_words):
    """Look up each word among the sorted hashes; the first row with a word that is not there or not held, or -1."""
    for row in range(len(offsets) - 1):
        place, end, column = offsets[row], offsets[row + 1], 0
        while place < end:
            if data[place] == 32:
                place += 1
                continue
            hashed = _extend(np.uint64(0xCBF29CE484222325), data[place])
            is_name, is_number = _is_name(data[place]), 48 <= data[place] <= 57
            place += 1
            while is_name and place < end and (48 <= data[place] <= 57 or (not is_number and _is_name(data[place]))):
                hashed = _extend(hashed, data[place])
                place += 1
            found = np.searchsorted(hashes, hashed)
            if found == len(hashes) or hashes[found] != hashed or column == rows.shape[1]:
                return row
            rows[row, column] = ids[found]
            column += 1
        n_words[row] = column
    return -1
