"""What is known of one class, for `arith-synth show`."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.lookup import find_classes, index_of
from arith_synth.enumeration.realizability import reachable_states
from arith_synth.enumeration.realizations import class_realizations
from arith_synth.enumeration.unranking import minimal_realization
from arith_synth.errors import GrammarError, UnknownNameError, UsageError
from arith_synth.grammar import Expression, Grammar, parse_infix, to_infix
from arith_synth.grammar.measures import depth, n_divisions, shape, size, strahler_number
from arith_synth.grammar.patterns import PATTERNS
from arith_synth.progress import Progress
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import PRIME, format_fingerprint, residues_of
from arith_synth.semantics.meanings import identity_of
from arith_synth.semantics.panels import panel_of
from arith_synth.semantics.programs import decode_program
from arith_synth.spaces import bases_of

_FINGERPRINT = re.compile(r"[0-9a-fA-F]{32}")
#: Enumerated without being asked for.
_DEFAULT_MAX_SIZE, _LARGEST_DEFAULT = 5, 6
_SHOWN_OUTPUTS = 8
_MOST_VARIABLES = 4


def facts_of(
    text: str, grammar: Grammar, max_size: int | None, n_realizations: int, progress: Progress | None = None
) -> dict[str, Any]:
    """The class of a program or fingerprint, as JSON values.

    Raises UsageError when no class of up to max_size leaves is meant, ParseError for a text that is no program.
    """
    if _FINGERPRINT.fullmatch(text):
        program, residues = None, (int(text[:16], 16), int(text[16:], 16))
        if max(residues) >= PRIME:
            raise UsageError(f"{text} is no fingerprint; each half is below {PRIME:016x}")
    else:
        program = parse_infix(text, grammar)
        residues = residues_of(program, grammar)
        if residues is None:
            raise UsageError(f"{text!r} divides by zero at every input, so it is of no class; change its divisor")
    if max_size is None:
        own = 1 if program is None else size(program)
        default = _DEFAULT_MAX_SIZE if identity_of(grammar) == "algebraic" else _DEFAULT_MAX_SIZE - 1
        max_size = max(default, min(own, _LARGEST_DEFAULT))
    bank = enumerate_bank(grammar, max_size, progress)
    wanted = np.array([residues], dtype=np.uint64)
    number = int(find_classes(*index_of(bank.values).arrays, wanted[:, 0], wanted[:, 1])[0])
    if number < 0:
        enough = "" if program is None else f" to {size(program)}"
        raise UsageError(
            f"no class of up to {max_size} leaves has the fingerprint {format_fingerprint(*residues)}; "
            f"raise --max-size{enough}"
        )
    realizations, of_class, codes = class_realizations(bank, number, progress)
    target = decode_program(codes, grammar)
    n_minimal = int(realizations.n_minimal[of_class])
    listed = range(min(n_realizations, n_minimal))
    facts: dict[str, Any] = {
        "grammar": grammar.name,
        "fingerprint": format_fingerprint(*residues),
        "minimal_size": int(bank.sizes[number]),
        "target_program": to_infix(target),
        "n_minimal_realizations": n_minimal,
        "minimal_realizations": [to_infix(minimal_realization(realizations, of_class, rank)) for rank in listed],
        "measures": _measures(target),
        "regions": _regions(bank, number, target, progress),
        "outputs": _outputs(target, grammar),
    }
    if program is not None:
        facts["program"] = {"text": to_infix(program), "measures": _measures(program)}
    return facts | _coordinates(codes[None], grammar)


def lines_of(facts: dict[str, Any]) -> Iterator[str]:
    """The facts for people."""
    if "program" in facts:
        yield f"program       {facts['program']['text']}"
    yield f"class         {facts['fingerprint']}"
    yield f"minimal size  {facts['minimal_size']}"
    yield f"target        {facts['target_program']}"
    measures = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts["measures"].items())
    yield f"measures      {measures}"
    yield f"realizations  {facts['n_minimal_realizations']:,} minimal"
    for text in facts["minimal_realizations"]:
        yield f"              {text}"
    if len(facts["minimal_realizations"]) < facts["n_minimal_realizations"]:
        yield "              …"
    for name, region in facts["regions"].items():
        forced = "forced" if region["forced"] else "not forced"
        where = "inside" if region["target"] else "outside"
        yield f"region        {name} ({region['title']}): {forced} up to {region['max_leaves']} leaves, target {where}"
    for name in ("syntactic", "semantic"):
        if name in facts:
            yield f"{name:<13} {' '.join(f'{value:.3f}' for value in facts[name])}"
    for example in facts["outputs"]:
        yield f"output        {example}"


def _measures(program: Expression) -> dict[str, Any]:
    return {
        "size": size(program),
        "depth": depth(program),
        "strahler": strahler_number(program),
        "n_divisions": n_divisions(program),
        "shape": shape(program),
    }


def _regions(bank: Bank, number: int, target: Expression, progress: Progress | None) -> dict[str, dict[str, Any]]:
    patterns = list(PATTERNS.values())
    max_leaves = bank.max_size + 1
    reach = reachable_states(bank, patterns, max_leaves, progress)[:, max_leaves, number]
    regions = {}
    for pattern, states in zip(patterns, reach.tolist(), strict=True):
        reached = {state for state in range(pattern.n_states) if states >> state & 1}
        regions[pattern.name] = {
            "title": pattern.title,
            "target": pattern.accepts(target),
            "forced": reached <= pattern.accepting,
            "states": [pattern.states[state] for state in sorted(reached)],
            "max_leaves": max_leaves,
        }
    return regions


def _outputs(target: Expression, grammar: Grammar) -> list[str]:
    if not 1 <= len(grammar.variables) <= _MOST_VARIABLES:  # looking for a panel takes longer than anybody waits
        return []
    try:
        shown = panel_of(grammar).shown[:_SHOWN_OUTPUTS]
    except GrammarError:
        return []  # a grammar with many constants may have no panel
    outputs = outputs_of(target, grammar, shown)
    return [f"f({', '.join(map(str, point))}) = {output}" for point, output in zip(shown, outputs, strict=True)]


def _coordinates(codes: np.ndarray, grammar: Grammar) -> dict[str, list[float]]:
    from arith_synth.spaces.quantization import COORDINATE_UNIT

    try:
        syntactic, semantic = bases_of(grammar).coordinates(codes)
    except UnknownNameError:
        return {}  # a grammar of the user's own has bases only with its dataset
    return {
        "syntactic": (syntactic[0] * COORDINATE_UNIT).tolist(),
        "semantic": (semantic[0] * COORDINATE_UNIT).tolist(),
    }
