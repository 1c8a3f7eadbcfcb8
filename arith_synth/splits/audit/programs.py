"""The distinct programs of a folder, read by skeleton: a program is its text with the leaves blanked, and its leaves.

Parsing, canonicity, size, depth, Strahler number, divisions and shape depend on the skeleton alone, and millions of
programs share a few thousand skeletons. Leaves stand in the same order in infix, prefix and postfix.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

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
)
from arith_synth.grammar.operators import OPERATORS, RESERVED_WORDS
from arith_synth.splits.audit.blanking import BLANK, blank

_WORD = re.compile("[A-Za-z0-9_]+")
#: More skeletons than a corpus of the largest supported size has: the texts are not programs of one.
_MAX_SKELETONS = 2_000_000
#: Stands in a template of codes for a leaf.
_LEAF = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """What all programs with the same blanked text share. `postfix`: the symbols in postorder, with `.` for leaves;
    `prefix`: in prefix order with spaces between them."""

    postfix: tuple[str, ...]
    prefix: str
    size: int
    depth: int
    strahler: int
    n_divisions: int
    shape: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Programs:
    """Distinct program texts of a grammar.

    Shapes: texts string[n]; skeleton int64[n], an index into `skeletons`; leaves int16[n, most leaves], indices into
    the grammar's leaves, -1 after the last. `faults` says why a text is not a canonical program of the grammar.
    """

    grammar: Grammar
    texts: pa.Array
    skeleton: np.ndarray
    skeletons: list[Skeleton | None]
    leaves: np.ndarray
    faults: dict[int, str]

    @cached_property
    def codes(self) -> np.ndarray:
        """The programs in postorder: int16[n, most nodes], a leaf's number or an operator's after the leaves; -1 after
        the last, and throughout for faulty programs."""
        number_of = {symbol: len(self.grammar.leaves) + i for i, symbol in enumerate(self.grammar.operators)}
        width = max((len(entry.postfix) for entry in self.skeletons if entry is not None), default=1)
        templates = np.full((max(1, len(self.skeletons)), width), -1, dtype=np.int16)
        for index, entry in enumerate(self.skeletons):
            if entry is not None:
                templates[index, : len(entry.postfix)] = [number_of.get(symbol, _LEAF) for symbol in entry.postfix]
        codes = templates[self.skeleton]
        codes[list(self.faults)] = -1
        leaves = self.leaves.copy()
        leaves[list(self.faults)] = -1
        codes[codes == _LEAF] = leaves[leaves >= 0]  # both row by row
        return codes

    def expression(self, index: int) -> Expression:
        """One program, parsed by the grammar's parser. Raises ParseError for a faulty one."""
        return parse_infix(self.texts[index].as_py(), self.grammar)


def read_programs(texts: pa.Array, grammar: Grammar, max_size: int) -> Programs:
    """Read distinct program texts string[n]; a text that is no canonical program of <= max_size leaves gets a fault."""
    blanked = blank(texts, grammar, max_size)
    encoded = blanked.texts.dictionary_encode()
    skeleton = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    faults: dict[int, str] = {}
    skeletons: list[Skeleton | None] = []
    broken: dict[int, str] = {}
    for index, text in enumerate(encoded.dictionary.to_pylist()[:_MAX_SKELETONS]):
        parsed = _read_skeleton(text, grammar, max_size)
        skeletons.append(parsed if isinstance(parsed, Skeleton) else None)
        if isinstance(parsed, str):
            broken[index] = parsed
    skeletons += [None] * (len(encoded.dictionary) - len(skeletons))
    for row in np.flatnonzero(np.isin(skeleton, [i for i, entry in enumerate(skeletons) if entry is None])).tolist():
        faults[row] = broken.get(int(skeleton[row]), "too many kinds of programs")
    leaves = blanked.leaves
    sizes = np.array([entry.size if entry else 0 for entry in skeletons], dtype=np.int64)[skeleton]
    for row in np.flatnonzero(((leaves >= 0).sum(axis=1) != sizes) | (blanked.n_leaves != sizes)).tolist():
        faults.setdefault(row, f"has a leaf that is not in grammar {grammar.name}")
    return Programs(grammar=grammar, texts=texts, skeleton=skeleton, skeletons=skeletons, leaves=leaves, faults=faults)


def grouped(keys: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The rows int64[m] of each value of int64[n], by value."""
    order = np.argsort(keys, kind="stable")
    values, starts = np.unique(keys[order], return_index=True)
    return list(zip(values.tolist(), np.split(order, starts[1:]), strict=True)) if len(keys) else []


def _read_skeleton(text: str, grammar: Grammar, max_size: int) -> Skeleton | str:
    """The skeleton, or why it is none. A leaf of the grammar stands for every blank while the text is parsed."""
    if len(text) > MAX_CHARACTERS:
        return f"is longer than {MAX_CHARACTERS} characters"
    try:
        expression = parse_infix(text.replace(BLANK, min(grammar.leaves, key=len)), grammar)
    except ParseError as error:
        return f"is not a program: {error}"
    canonical = to_infix(expression)
    if _WORD.sub(lambda word: word[0] if word[0] in RESERVED_WORDS else BLANK, canonical) != text:
        return f"is not canonical: it should read like {canonical}"
    if size(expression) > max_size:
        return f"has {size(expression)} leaves, more than max_size {max_size}"
    symbols = tuple(symbol if symbol in OPERATORS else BLANK for symbol in expression.symbols)
    return Skeleton(
        postfix=_postfix(symbols),
        prefix=" ".join(symbols),
        size=size(expression),
        depth=depth(expression),
        strahler=strahler_number(expression),
        n_divisions=n_divisions(expression),
        shape=shape(expression),
    )


def _postfix(symbols: tuple[str, ...]) -> tuple[str, ...]:
    stack: list[tuple[str, ...]] = []
    for symbol in reversed(symbols):
        operands = [stack.pop() for _ in range(OPERATORS[symbol].arity if symbol in OPERATORS else 0)]
        stack.append((*(node for operand in operands for node in operand), symbol))
    return stack[0]
