"""The splits that a dataset can have, and how many tasks were asked for in each, as build.json has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arith_synth.names import is_test, is_train
from arith_synth.splits.audit.axis_regions import BUILT_IN, axis_regions
from arith_synth.splits.audit.membership_density import DENSITY_CONFIGS
from arith_synth.splits.audit.pools import Asked
from arith_synth.splits.audit.report import short

RANDOM, INPUT_SHIFT, NEW_INPUTS = "random", "input_shift", "test_new_inputs"


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Tasks asked for in the density configs, and in all others."""

    density: Asked
    others: Asked


def known_splits(build: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The splits of every config that a dataset can have, a user's own included, in the order of publication."""
    splits: dict[str, tuple[str, ...]] = {
        "corpus": ("full",),
        RANDOM: ("train", "validation", "test"),
        "support_shift": ("train", "validation", "test", "test_semantic", "test_syntactic", "test_both"),
        "support_shift_control": ("train", "train_syntactic_excluded", "train_semantic_excluded", "validation"),
    }
    for region in BUILT_IN:
        splits |= region.splits
    splits |= dict.fromkeys(DENSITY_CONFIGS, ("train", "validation", "test", "test_uniform"))
    splits[INPUT_SHIFT] = ("train", "validation", "test", NEW_INPUTS)
    for region in axis_regions(build)[0]:
        splits |= region.splits
    return splits


def numbers_asked(build: Mapping[str, Any]) -> Numbers | str:
    """The numbers of tasks asked for, one for each kind of split, or what is wrong with them.

    A dataset of controls alone has no test: there as many tasks are taken to be asked for as in validation, which is
    what the command line does.
    """
    split_sizes, known = build.get("split_sizes"), known_splits(build)
    if not isinstance(split_sizes, dict):
        return "build.json: split_sizes is no object"
    found: dict[bool, dict[str, set[int]]] = {
        is_density: {"train": set(), "validation": set(), "test": set()} for is_density in (False, True)
    }
    for config, sizes in split_sizes.items():
        names = () if config == "corpus" else known.get(config, ())
        if not isinstance(sizes, dict) or tuple(sizes) != names:
            return f"build.json: split_sizes of {short(config)} is {short(sizes)}, should name {names}"
        for split, n in sizes.items():
            if not isinstance(n, int) or isinstance(n, bool) or n < 1:
                return f"build.json: split_sizes of {config}/{split} is {short(n)}"
            kind = "train" if is_train(split) else "test" if is_test(split) else "validation"
            found[config in DENSITY_CONFIGS][kind].add(n)
    if any(len(numbers) > 1 for kinds in found.values() for numbers in kinds.values()):
        return f"build.json: split_sizes differ within a kind of split: {short(found)}"
    return Numbers(others=_asked(found[False]), density=_asked(found[True]))


def _asked(kinds: Mapping[str, set[int]]) -> Asked:
    numbers = {kind: next(iter(found), 0) for kind, found in kinds.items()}
    return Asked(
        train=numbers["train"], validation=numbers["validation"], test=numbers["test"] or numbers["validation"]
    )
