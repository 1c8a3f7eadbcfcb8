"""The one home of random test objects."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from arith_synth.grammar import Expression, Grammar, compose, grammar_named, leaf_expression
from arith_synth.grammar.operators import OPERATORS

XY3 = grammar_named("xy3")
XYCOND = grammar_named("xycond")

# A first call may compile a kernel, and the machine may be busy: a slow example is no wrong one.
settings.register_profile("arith_synth", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("arith_synth")


def expressions(grammar: Grammar = XY3, max_leaves: int = 8) -> st.SearchStrategy[Expression]:
    """Expressions of a grammar with at most `max_leaves` leaves."""
    leaves = st.sampled_from(grammar.leaves).map(leaf_expression)
    by_arity: dict[int, list[str]] = {}
    for symbol in grammar.operators:
        by_arity.setdefault(OPERATORS[symbol].arity, []).append(symbol)

    def nodes(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return st.one_of(
            st.builds(compose, st.sampled_from(symbols), *[children] * arity) for arity, symbols in by_arity.items()
        )

    return st.recursive(leaves, nodes, max_leaves=max_leaves)


def points(grammar: Grammar = XY3, bound: int = 9) -> st.SearchStrategy[tuple[int, ...]]:
    """Integer input points, zero and coinciding coordinates included."""
    return st.tuples(*[st.integers(-bound, bound) for _ in grammar.variables])
