"""The named configs: which family plans each, in what order they are published, and which grammars have them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.grammar.patterns import STRAHLER, Pattern
from arith_synth.names import check_name
from arith_synth.progress import Progress
from arith_synth.semantics.meanings import identity_of
from arith_synth.splits import density, iid, support
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.axes import AXES, Axis, PatternRegion
from arith_synth.splits.axis_support import plan_axis
from arith_synth.splits.plans import Planned, SplitPlan
from arith_synth.splits.sizes import SplitSizes

CORPUS = "corpus"
CORPUS_SPLIT = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Configs that share one assignment of classes to pools, with the names of their splits.

    `patterns`: what the corpus has to decide the forced classes of. `is_arithmetic`: whether the family asks for
    programs with one meaning as rational functions.
    """

    splits: dict[str, tuple[str, ...]]
    plan: Callable[[Atlas, SplitSizes], Planned]
    patterns: tuple[Pattern, ...] = ()
    is_arithmetic: bool = True


def axis_family(axis: Axis) -> Family:
    """The two configs of an axis, a user's own included."""

    def plan(atlas: Atlas, sizes: SplitSizes) -> Planned:
        return plan_axis(atlas, axis, sizes)

    patterns = (axis.region.pattern,) if isinstance(axis.region, PatternRegion) else ()
    return Family(splits=axis.splits, plan=plan, patterns=patterns)


FAMILIES: tuple[Family, ...] = (
    Family(splits=iid.SPLITS, plan=iid.plan_random, is_arithmetic=False),
    Family(splits=support.SPLITS, plan=support.plan_support_shift, patterns=(STRAHLER,), is_arithmetic=False),
    *(axis_family(axis) for axis in AXES),
    Family(splits=density.SPLITS, plan=density.plan_density),
    Family(splits=iid.INPUT_SPLITS, plan=iid.plan_input_shift),
)

#: All task configs in publishing order, after the corpus.
TASK_CONFIGS: tuple[str, ...] = tuple(config for family in FAMILIES for config in family.splits)
CONFIGS: tuple[str, ...] = (CORPUS, *TASK_CONFIGS)
#: Split names of every config, in publishing order.
SPLITS: dict[str, tuple[str, ...]] = {CORPUS: (CORPUS_SPLIT,)}
for _family in FAMILIES:
    SPLITS |= _family.splits


def families_of(grammar: Grammar, axes: Sequence[Axis] = ()) -> tuple[Family, ...]:
    """The families that a grammar has, and those of a user's own axes."""
    named = [family for family in FAMILIES if _suits(family, grammar)]
    return (*named, *(axis_family(axis) for axis in axes))


def _suits(family: Family, grammar: Grammar) -> bool:
    if family.is_arithmetic and identity_of(grammar) != "algebraic":
        return False
    return all(pattern.can_accept(grammar.operators) for pattern in family.patterns)


def splits_of(families: Iterable[Family]) -> dict[str, tuple[str, ...]]:
    """Split names of the corpus and of every config of the families, in publishing order."""
    splits: dict[str, tuple[str, ...]] = {CORPUS: (CORPUS_SPLIT,)}
    for family in families:
        splits |= family.splits
    return splits


def check_configs(names: Sequence[str], grammar: Grammar | None = None, axes: Sequence[Axis] = ()) -> None:
    """UnknownNameError with the nearest name for a config that is not in the registry; UsageError for one that the
    grammar does not have."""
    known = [*CONFIGS, *(config for axis in axes for config in axis.splits)]
    for name in names:
        check_name("config", name, known, choose="choose some of")
    if grammar is not None:
        of_grammar = splits_of(families_of(grammar, axes))
        missing = [name for name in names if name not in of_grammar]
        if missing:
            raise UsageError(
                f"grammar {grammar.name} has no config {missing[0]}: it cannot make the region's programs, or "
                f"its classes are told apart by outputs; choose some of {', '.join(of_grammar)}"
            )


def patterns_of(configs: Iterable[str], grammar: Grammar, axes: Sequence[Axis] = ()) -> tuple[Pattern, ...]:
    """The patterns that the corpus of a dataset decides forced classes of: those of its configs, each once.

    The headline's is always among them, so that `forced` means something in a corpus alone.
    """
    wanted = set(configs)
    found = {STRAHLER.name: STRAHLER}
    for family in families_of(grammar, axes):
        if wanted.intersection(family.splits):
            found |= {pattern.name: pattern for pattern in family.patterns}
    return tuple(found.values())


def plan_configs(
    atlas: Atlas,
    configs: Iterable[str],
    sizes: SplitSizes,
    axes: Sequence[Axis] = (),
    progress: Progress | None = None,
) -> Planned:
    """The splits of the named configs, in publishing order. SplitError when one cannot be filled."""
    wanted = set(configs)
    grammar = atlas.corpus.grammar
    check_configs(sorted(wanted), grammar, axes)
    families = [family for family in families_of(grammar, axes) if wanted.intersection(family.splits)]
    splits = splits_of(families)
    plans: list[SplitPlan] = []
    facts: dict[str, Any] = {}
    for number, family in enumerate(families):
        if progress is not None:
            progress(f"planning {next(iter(family.splits))}", number, len(families))
        planned = family.plan(atlas, sizes)
        plans += [plan for plan in planned.plans if plan.config in wanted]
        for name, value in planned.facts.items():  # each axis adds an entry under one name
            facts[name] = facts.get(name, {}) | value
    if progress is not None:
        progress("planning", len(families), len(families))
    order = list(splits)
    plans.sort(key=lambda plan: (order.index(plan.config), splits[plan.config].index(plan.split)))
    return Planned(plans=plans, facts=facts)
