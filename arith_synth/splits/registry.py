"""The named configs: which family plans each, and in what order they are published."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from arith_synth.names import check_name
from arith_synth.splits import iid, support
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.plans import Planned, SplitPlan
from arith_synth.splits.sizes import SplitSizes

CORPUS = "corpus"
CORPUS_SPLIT = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Configs that share one assignment of classes to pools, with the names of their splits."""

    splits: dict[str, tuple[str, ...]]
    plan: Callable[[Atlas, SplitSizes], Planned]


FAMILIES: tuple[Family, ...] = (
    Family(splits=iid.SPLITS, plan=iid.plan_random),
    Family(splits=support.SPLITS, plan=support.plan_support_shift),
)

#: All task configs in publishing order, after the corpus.
TASK_CONFIGS: tuple[str, ...] = tuple(config for family in FAMILIES for config in family.splits)
CONFIGS: tuple[str, ...] = (CORPUS, *TASK_CONFIGS)
#: Split names of every config, in publishing order.
SPLITS: dict[str, tuple[str, ...]] = {CORPUS: (CORPUS_SPLIT,)}
for _family in FAMILIES:
    SPLITS |= _family.splits


def check_configs(names: Sequence[str]) -> None:
    """UnknownNameError with the nearest name for a config that is not in the registry."""
    for name in names:
        check_name("config", name, CONFIGS, choose="choose some of")


def plan_configs(atlas: Atlas, configs: Iterable[str], sizes: SplitSizes) -> Planned:
    """The splits of the named configs, in publishing order. SplitError when one cannot be filled."""
    wanted = set(configs)
    check_configs(sorted(wanted))
    plans: list[SplitPlan] = []
    facts: dict[str, Any] = {}
    for family in FAMILIES:
        if wanted.intersection(family.splits):
            planned = family.plan(atlas, sizes)
            plans += [plan for plan in planned.plans if plan.config in wanted]
            facts |= planned.facts
    plans.sort(key=lambda plan: (TASK_CONFIGS.index(plan.config), SPLITS[plan.config].index(plan.split)))
    return Planned(plans=plans, facts=facts)
