"""Which configs of a folder are of one family, and what each split of theirs holds, in words."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from arith_synth.data.card.markdown import verbatim
from arith_synth.data.schema import CORPUS_CONFIG
from arith_synth.names import is_train
from arith_synth.splits import density, iid, support
from arith_synth.splits.axes import CONTROL_SUFFIX
from arith_synth.splits.block_law import FAMILY as DENSITY
from arith_synth.splits.block_law import MILD
from arith_synth.splits.registry import FAMILIES

HEADLINE, HEADLINE_CONTROL = support.CONFIG, support.CONTROL
_VALIDATION = "validation"

_HEADLINE_SPLITS = {
    (HEADLINE, "train"): "neither region: the shifted arm",
    (HEADLINE, "validation"): "neither region",
    (HEADLINE, "test"): "neither region",
    (HEADLINE, "test_semantic"): "the semantic region only",
    (HEADLINE, "test_syntactic"): "forced into the syntactic region only",
    (HEADLINE, "test_both"): "forced into the syntactic region, and in the semantic region",
    (HEADLINE_CONTROL, "train"): "nothing excluded",
    (HEADLINE_CONTROL, "train_syntactic_excluded"): "only the syntactic region excluded",
    (HEADLINE_CONTROL, "train_semantic_excluded"): "only the semantic region excluded",
    (HEADLINE_CONTROL, "validation"): "nothing excluded, but for the gap",
}


class Family(NamedTuple):
    """Configs of a folder that share one assignment of classes to pools."""

    name: str
    configs: list[str]


def families_in(build: Mapping[str, Any]) -> list[Family]:
    """The families of the folder's task configs, in publishing order; each config is in one."""
    known = [list(family.splits) for family in FAMILIES]
    known += [[config, config + CONTROL_SUFFIX] for config in build.get("user_regions", {})]
    found = []
    for configs in known:
        here = [config for config in configs if config in build["configs"]]
        if here:
            found.append(Family(name=DENSITY if here[0] in density.SPLITS else configs[0], configs=here))
    return found


def family_about(name: str, build: Mapping[str, Any]) -> str:
    """What differs between training and tests of a family: a sentence or two."""
    if name == iid.CONFIG:
        return "The baseline: training and test differ in nothing but chance."
    if name == HEADLINE:
        return (
            "The headline. Training has no program of the syntactic region and no class of the semantic one (large "
            "outputs); the tests have each of them alone, both, and neither."
        )
    if name == DENSITY:
        return (
            "The same support, other weights over the cells of the two spaces. The name says along which axis training "
            "is even: `joint` both, `none` neither; `_mild` is less concentrated."
        )
    if name == iid.INPUT_CONFIG:
        return (
            "Does a model read its inputs? `test_new_inputs` has the classes of `test`, shown and held out on a second "
            "panel, of which no training task shows a point."
        )
    region = axis_region(name, build)
    return (
        "" if region is None else f"A region of the {region['space']} space without training mass: {title_of(region)}."
    )


def split_about(config: str, split: str, build: Mapping[str, Any]) -> str:
    """Where the classes of a split lie."""
    if config == CORPUS_CONFIG:
        return "every class with its target program, by size and fingerprint"
    if (config, split) in _HEADLINE_SPLITS:
        return _HEADLINE_SPLITS[config, split]
    if config in density.SPLITS:
        return _density_split(config, split)
    if config in (iid.CONFIG, iid.INPUT_CONFIG):
        if split == iid.NEW_INPUTS:
            return "the classes of `test`, on the second panel"
        where = "anywhere" if config == iid.CONFIG else "anywhere among the classes that are well posed on both panels"
        return where if is_train(split) else f"{where}: differs from its `train` in nothing but chance"
    return _axis_split(config, split, build)


def axis_region(config: str, build: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The definition of the region of a config `support_shift_<axis>`, or of its control; None for other configs."""
    entry = build.get("axes", {}).get(config.removesuffix(CONTROL_SUFFIX))
    return entry and entry["region"]


def title_of(region: Mapping[str, Any]) -> str:
    """The region's title, which for a user's own may hold any character."""
    return verbatim(region["title"])


def _density_split(config: str, split: str) -> str:
    if split == "test_uniform":
        return f"even over joint cells: the same tasks in all `{DENSITY}` configs"
    if not is_train(split):
        return "the law of `train`"
    regime = next(one for one in density.DENSITY_CONFIGS if one.name == config)
    axes = {"syntactic": regime.regime.even_syntactic, "semantic": regime.regime.even_semantic}
    if all(axes.values()):
        return "even over joint cells"
    milder = " (mildly)" if regime.strength is MILD else ""
    if not any(axes.values()):
        return f"concentrated on few cells of both spaces{milder}"
    laws = [f"{'even over' if even else 'concentrated on few'} {axis} cells" for axis, even in axes.items()]
    return ", ".join(laws) + milder


def _axis_split(config: str, split: str, build: Mapping[str, Any]) -> str:
    region = axis_region(config, build)
    if region is None:
        return ""
    is_pattern = region["kind"] == "pattern"
    has_gap = bool(region.get("gap_permille"))
    if config.endswith(CONTROL_SUFFIX):
        return "nothing excluded, but for the gap" if has_gap and split == _VALIDATION else "nothing excluded"
    if split == f"test_{region['space']}":
        return "forced into the region" if is_pattern else "the region"
    outside = "outside of the region and its gap" if has_gap else "outside of the region"
    return f"{outside}: the shifted arm" if is_train(split) else outside
