"""The distinct texts of many completions as programs: read by the kernel, and by the scorer's own reader where that
declines. It knows the rules of extraction, and why a text is no program."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_CHARACTERS, Grammar
from arith_synth.scoring.batch.classes import classes_of
from arith_synth.scoring.batch.judging import NONSENSE, PROGRAM, UNDECIDED, Programs
from arith_synth.scoring.batch.parsing import ROW_WIDTH, parse_texts
from arith_synth.scoring.extraction import read_completion
from arith_synth.semantics.program_texts import infix_texts
from arith_synth.semantics.text_columns import TextColumn

_N_KEPT = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What Python's reader found in a text: the `codes` of a program and the `rule` that found it, or the `reason` why
    there is none. All None: a program that no row holds."""

    codes: bytes | None = None
    rule: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadTexts:
    """The programs that t texts mean; `canonical` their canonical texts; `readings` of those that the kernel declined,
    by the number of the text."""

    programs: Programs
    canonical: TextColumn
    readings: dict[int, Reading]


Reader = Callable[[str], Reading]


def reader_of(grammar: Grammar, *, strict: bool) -> Reader:
    """The reader of single texts, which remembers the last that it has met, but no long ones."""
    code_of = {symbol: code for code, symbol in enumerate(grammar.symbols, 1)}

    def read(text: str) -> Reading:
        try:
            found = read_completion(text, grammar, strict=strict)
        except ParseError as error:
            return Reading(reason=str(error))
        symbols = found.expression.symbols
        if len(symbols) > ROW_WIDTH or not code_of.keys() >= set(symbols):
            return Reading()
        return Reading(codes=bytes(code_of[symbol] for symbol in symbols), rule=found.rule)

    remembered = lru_cache(maxsize=_N_KEPT)(read)
    return lambda text: remembered(text) if len(text) <= MAX_CHARACTERS else read(text)


def read_texts(texts: Sequence[str], grammar: Grammar, read: Reader) -> ReadTexts:
    """The programs that distinct texts mean."""
    codes, n_codes = parse_texts(texts, grammar)
    states = np.where(n_codes > 0, PROGRAM, NONSENSE).astype(np.int8)
    readings = {number: read(texts[number]) for number in np.flatnonzero(n_codes == 0).tolist()}
    for number, reading in readings.items():
        if reading.codes is not None:
            n_codes[number], states[number] = len(reading.codes), PROGRAM
            codes[number, : len(reading.codes)] = np.frombuffer(reading.codes, dtype=np.uint8)
        elif reading.reason is None:
            states[number] = UNDECIDED
    canonical = infix_texts(codes, grammar)
    programs = Programs(
        states=states,
        codes=codes,
        n_codes=n_codes,
        classes=classes_of(codes, n_codes, grammar),
        canonical=canonical.data,
        canonical_offsets=canonical.offsets,
    )
    return ReadTexts(programs=programs, canonical=canonical, readings=readings)
