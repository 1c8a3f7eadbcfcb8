"""What the card says of `support_shift` and its control alone: regions, arms, matching and what is known of them."""

from collections.abc import Mapping
from typing import Any

from arith_synth.data.card.families import HEADLINE


def headline_regions(build: Mapping[str, Any]) -> str:
    """Markdown: the two regions of the headline; empty where it is not in the folder."""
    if HEADLINE not in build["configs"]:
        return ""
    syntactic, semantic, unit = build["regions"]["syntactic"], build["regions"]["semantic"], build["coordinate_unit"]
    forced_up_to = build["max_size"] + syntactic["slack"]
    threshold, gap = semantic["threshold"], semantic["gap_threshold"]
    return "\n".join(
        [
            "### Regions of `support_shift`",
            "",
            f"- *Syntactic region*: Strahler number {syntactic['threshold']} or more. A leaf has 1; a node has the "
            "largest number among its children, plus one when two or more children reach it. Tests in the region hold "
            f"only classes that are *forced* into it: every realization of at most {forced_up_to} leaves lies in the "
            f"region. {build['forced'][syntactic['pattern']]:,} classes are forced.",
            f"- *Semantic region*: the integer coordinate on axis {semantic['axis']} (counted from zero) of the "
            f"semantic space is at least {threshold}; the published coordinate is then at least {threshold * unit}. "
            f"From the integer {gap} (published: {gap * unit}) up to there lies the *gap*. Its classes are in no "
            "validation or test split of the two configs, and in no arm with the semantic exclusion. Arms that lift "
            "it draw from the gap too.",
        ]
    )


def headline_matching(build: Mapping[str, Any]) -> str:
    """Markdown: how the tests of support shifts are matched; empty where the folder has none."""
    parts = []
    if HEADLINE in build["configs"]:
        parts.append(
            "The four tests have equal size histograms. The rarest test sets them, so `test` has other sizes than "
            "`train`; `validation` has the proportions of `train`. Within each size, `test_syntactic` has as many "
            "tasks as `test` in each quintile of semantic distance to `support_shift/train`, and `test_semantic` as "
            "many in each quintile of syntactic distance. `test_both` is matched in size only."
        )
    if build.get("axes"):
        parts.append(
            "In `support_shift_<axis>` the shifted test is matched to `test` in the same way: in size, and within each "
            "size in quintile of distance to the shifted `train` in the other space. `support_shift_size` is not "
            "matched."
        )
    if not parts:
        return ""
    parts.append(
        "The quintiles are those of the candidates for `test`; `build.json` holds their edges under `matching` and "
        "`axes`, as squared distances in integer coordinates. The price: `test` passes over candidates of a quintile "
        "that a partner cannot fill (common support), so within a size it does not quite have the law of `train`; "
        "`validation` has, but for rounding."
    )
    return "\n\n".join(["### How the tests are matched", *parts])


def headline_limits(build: Mapping[str, Any]) -> list[str]:
    """What has to be known before a number of the headline is quoted."""
    if HEADLINE not in build["configs"]:
        return []
    is_published = build["grammar"]["name"] == "xy3"
    thin = (
        "`support_shift/test` is thin in its nearest semantic fifth: forced classes are seldom as near to training as "
        "the nearest candidates, so tasks with a very near semantic neighbour are rare there. Quote `validation` where "
        "an accuracy in distribution is wanted."
    )
    measured = (
        "Measured once, for `xy3` at max_size 5, where the promise goes to 6 leaves: 17.6 % of `test_syntactic` and "
        "26.5 % of `test_both` have a realization of 7 leaves outside. "
    )
    forced_up_to = build["max_size"] + build["regions"]["syntactic"]["slack"]
    return [
        *([thin] if is_published else []),
        f"Novelty is forced up to {forced_up_to} leaves and no further: a longer realization may lie outside of the "
        f"syntactic region. {measured if is_published else ''}So a score also counts the correct answers that lie in "
        "the region (`in_region`).",
    ]
