"""The distinct programs of a folder, read by skeleton: a program is its text with the leaves blanked, and its leaves.

Parsing, canonicity, size, depth, Strahler number, divisions and shape depend on the skeleton alone, and millions of
programs share a few thousand skeletons. Leaves stand in the same order in infix and in prefix texts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arith_synth.errors import ParseError
from arith_synth.grammar import (
    MAX_CHARACTERS,
    Expression,
    Grammar,
    depth,
    n_divisions,
    parse_infix,
    shape,
    size,
    strahler_number,
    to_infix,
    to_prefix,
)
from arith_synth.grammar.operators import OPERATORS

LEAF_PATTERN = "[A-Za-z0-9_]+"
NOT_LEAF_PATTERN = "[^A-Za-z0-9_]+"
BLANK = "."
#: More skeletons than a corpus of the largest supported size has: the texts are not programs of one.
_MAX_SKELETONS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """What all programs with the same blanked text share. `symbols`: prefix order with `.` for leaves."""

    symbols: tuple[str, ...]
    prefix: str
    size: int
    depth: int
    strahler: int
    n_divisions: int
    shape: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Programs:
    """Distinct program texts.

    Shapes: texts string[n]; skeleton int64[n], an index into `skeletons`; leaves int16[n, most leaves], indices into
    the grammar's leaves, -1 after the last. `faults` says why a text is not a canonical program of the grammar.
    """

    texts: pa.Array
    skeleton: np.ndarray
    skeletons: list[Skeleton | None]
    leaves: np.ndarray
    faults: dict[int, str]

    def fold(
        self,
        leaf: Callable[[np.ndarray], np.ndarray],
        combine: Callable[[str, np.ndarray, np.ndarray], np.ndarray],
        emit: Callable[[np.ndarray, np.ndarray], None],
    ) -> None:
        """Evaluate all faultless programs bottom-up, a skeleton at a time.

        `leaf(indices int64[m])` gives the values of m leaves, `combine(operator, left, right)` those of a node, and
        `emit(rows int64[m], values)` takes the values at the roots.
        """
        for index, rows in grouped(self.skeleton):
            skeleton = self.skeletons[index]
            if skeleton is None:
                continue
            rows = rows[(self.leaves[rows, : skeleton.size] >= 0).all(axis=1)]
            if len(rows) == 0:
                continue
            stack: list[np.ndarray] = []
            position = skeleton.size
            for symbol in reversed(skeleton.symbols):
                if symbol == BLANK:
                    position -= 1
                    stack.append(leaf(self.leaves[rows, position].astype(np.int64)))
                else:
                    left = stack.pop()
                    stack.append(combine(symbol, left, stack.pop()))
            emit(rows, stack[0])

    def expression(self, index: int, grammar: Grammar) -> Expression:
        """One program, parsed by the grammar's parser. Raises ParseError for a faulty one."""
        return parse_infix(self.texts[index].as_py(), grammar)


def read_programs(texts: pa.Array, grammar: Grammar, max_size: int) -> Programs:
    """Read distinct program texts string[n]; a text that is no canonical program of <= max_size leaves gets a fault."""
    blanked = pc.replace_substring_regex(texts, LEAF_PATTERN, BLANK).dictionary_encode()
    skeleton = blanked.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    faults: dict[int, str] = {}
    skeletons: list[Skeleton | None] = []
    broken: dict[int, str] = {}
    for index, text in enumerate(blanked.dictionary.to_pylist()[:_MAX_SKELETONS]):
        parsed = _read_skeleton(text, grammar, max_size)
        skeletons.append(parsed if isinstance(parsed, Skeleton) else None)
        if isinstance(parsed, str):
            broken[index] = parsed
    skeletons += [None] * (len(blanked.dictionary) - len(skeletons))
    for row in np.flatnonzero(np.isin(skeleton, [i for i, entry in enumerate(skeletons) if entry is None])).tolist():
        faults[row] = broken.get(int(skeleton[row]), "too many kinds of programs")
    leaves = _leaves(texts, skeleton, skeletons, grammar, max_size)
    # A blank in the text itself would pass for a leaf that was blanked.
    leaves[pc.match_substring(texts, BLANK).to_numpy(zero_copy_only=False)] = -1
    sizes = np.array([entry.size if entry else 0 for entry in skeletons], dtype=np.int64)[skeleton]
    for row in np.flatnonzero((leaves >= 0).sum(axis=1) != sizes).tolist():
        faults.setdefault(row, f"has a leaf that is not in grammar {grammar.name}")
    return Programs(texts=texts, skeleton=skeleton, skeletons=skeletons, leaves=leaves, faults=faults)


def grouped(keys: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The rows int64[m] of each value of int64[n], by value."""
    order = np.argsort(keys, kind="stable")
    values, starts = np.unique(keys[order], return_index=True)
    return list(zip(values.tolist(), np.split(order, starts[1:]), strict=True)) if len(keys) else []


def _read_skeleton(text: str, grammar: Grammar, max_size: int) -> Skeleton | str:
    """The skeleton, or why it is none. A leaf of the grammar stands for every blank while the text is parsed."""
    stand_in = min(grammar.leaves, key=len)
    if len(text) > MAX_CHARACTERS:
        return f"is longer than {MAX_CHARACTERS} characters"
    try:
        expression = parse_infix(text.replace(BLANK, stand_in), grammar)
    except ParseError as error:
        return f"is not a program: {error}"
    if to_infix(expression).replace(stand_in, BLANK) != text:
        return f"is not canonical: it should read like {to_infix(expression)}"
    if size(expression) > max_size:
        return f"has {size(expression)} leaves, more than max_size {max_size}"
    return Skeleton(
        symbols=tuple(symbol if symbol in OPERATORS else BLANK for symbol in expression.symbols),
        prefix=" ".join(symbol if symbol in OPERATORS else BLANK for symbol in to_prefix(expression).split(" ")),
        size=size(expression),
        depth=depth(expression),
        strahler=strahler_number(expression),
        n_divisions=n_divisions(expression),
        shape=shape(expression),
    )


def _leaves(
    texts: pa.Array, skeleton: np.ndarray, skeletons: list[Skeleton | None], grammar: Grammar, max_size: int
) -> np.ndarray:
    """Leaf indices int16[n, max_size] of the texts with a skeleton; -1 for an unknown leaf and after the last."""
    leaves = np.full((len(texts), max_size), -1, dtype=np.int16)
    rows = np.flatnonzero(np.array([entry is not None for entry in skeletons], dtype=bool)[skeleton])
    if len(rows) == 0:
        return leaves
    words = pc.split_pattern(
        pc.utf8_trim_whitespace(pc.replace_substring_regex(texts.take(pa.array(rows)), NOT_LEAF_PATTERN, " ")), " "
    )
    flat = words.flatten().dictionary_encode()
    index_of = {leaf: index for index, leaf in enumerate(grammar.leaves)}
    codes = np.array([index_of.get(word, -1) for word in flat.dictionary.to_pylist()], dtype=np.int16)
    lengths = pc.list_value_length(words).to_numpy(zero_copy_only=False).astype(np.int64)
    row_of = np.repeat(rows, lengths)
    column_of = np.arange(len(row_of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    leaves[row_of, column_of] = codes[flat.indices.to_numpy(zero_copy_only=False)]
    return leaves
