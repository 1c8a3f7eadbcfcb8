"""Fingerprints: 32 hex digits that name a program's class, by the identity of its grammar.

Algebraic identity (`semantics.algebraic`): values at two points of a large field. Observational identity
(`semantics.observational`): two keyed hashes of the exact outputs on 256 fixed inputs.
"""

from arith_synth.grammar import Expression, Grammar
from arith_synth.semantics.algebraic import N_POINTS, algebraic_residues_of, collision_bound, field_points
from arith_synth.semantics.meanings import PRIME, identity_of
from arith_synth.semantics.observational import observational_collision_bound, observational_residues_of

__all__ = [
    "N_POINTS",
    "PRIME",
    "collision_bound",
    "collision_bound_of",
    "field_points",
    "fingerprint_of",
    "format_fingerprint",
    "residues_of",
]


def residues_of(expression: Expression, grammar: Grammar) -> tuple[int, int] | None:
    """The two residues that name the program's class.

    None for a program of no class: one that divides by algebraic zero or, in a grammar of observational identity, is
    undefined on all identity inputs.
    """
    if identity_of(grammar) == "algebraic":
        return algebraic_residues_of(expression, grammar)
    return observational_residues_of(expression, grammar)


def fingerprint_of(expression: Expression, grammar: Grammar) -> str | None:
    """32 hex digits that name the program's class, or None when it is of no class (see `residues_of`)."""
    residues = residues_of(expression, grammar)
    return None if residues is None else format_fingerprint(*residues)


def format_fingerprint(first: int, second: int) -> str:
    """Two residues as 32 hex digits."""
    return f"{first:016x}{second:016x}"


def collision_bound_of(grammar: Grammar, n_classes: int, max_size: int) -> float:
    """Upper bound of the probability that any two classes of a grammar's corpus share a fingerprint."""
    if identity_of(grammar) == "algebraic":
        return collision_bound(n_classes, max_size)
    return observational_collision_bound(grammar, n_classes, max_size)
