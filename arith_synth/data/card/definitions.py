"""The formal definitions of regions and density regimes, with the numbers of `build.json`."""

from collections.abc import Iterator, Mapping
from typing import Any

from arith_synth.data.card.families import axis_region, title_of
from arith_synth.data.card.markdown import table
from arith_synth.splits.axes import PERMILLE

#: Below this max_size cells hold too few classes for any claim.
_DENSITY_CLAIMS_FROM = 6


def axes_section(build: Mapping[str, Any]) -> str:
    """Markdown: the regions of `support_shift_<axis>`; an empty text where the folder has none."""
    axes = {config: entry for config, entry in build.get("axes", {}).items() if config in build["configs"]}
    if not axes:
        return ""
    forced_up_to = build["max_size"] + build["regions"]["syntactic"]["slack"]
    parts = [
        "### Regions of `support_shift_<axis>`",
        "A class is *novel* when it lies in the region of the shifted test, *inside* when training has the like, or "
        "*between*: in neither. Of a **pattern**, novel classes are forced into it (every realization of at most "
        f"{forced_up_to} leaves has the form); those are between whose target has the form while some realization has "
        "not. Of an **interval** of a coordinate, the gap on its inner sides is between. The shifted `train`, "
        "`validation` and `test` draw from inside, the shifted test from novel; the control's `train` draws from all "
        "three, its `validation` from all but the gap of an interval.",
        table(
            ["config", "space", "region", "inside", "between", "novel"],
            [
                [
                    f"`{config}`",
                    entry["region"]["space"],
                    _region(entry["region"], build["coordinate_unit"]),
                    *(f"{entry['classes'][place]:,}" for place in ("inside", "between", "novel")),
                ]
                for config, entry in axes.items()
            ],
            n_left=3,
        ),
        "Of an interval, its integer ends are given, and in brackets those of the published coordinate; coordinates "
        "are counted from zero. The numbers are classes of the corpus. `build.json` holds each definition under "
        "`axes`, automata included.",
        *_leaks(axes),
    ]
    return "\n\n".join(parts)


def axes_limits(build: Mapping[str, Any]) -> list[str]:
    """What has to be known before a number of these configs is quoted, as far as they are there."""
    kinds = {config: region["kind"] for config in build["configs"] if (region := axis_region(config, build))}
    limits = []
    if "size" in kinds.values():
        limits.append(
            "`support_shift_size` shifts size itself, so neither its tests nor its arms are matched in size: its "
            "control has the sizes of the whole corpus. Its cost mixes novelty with having seen fewer small tasks."
        )
    if "support_shift_denominator" in kinds:
        limits.append(
            "A program without a compound divisor is a Laurent polynomial. So a class that is none cannot be written "
            "without one at any size: `support_shift_denominator` asks for other functions too, and its semantic "
            "space moves with the form."
        )
    return limits


def density_section(build: Mapping[str, Any]) -> str:
    """Markdown: the law of each `density_shift_*` config and what it could fill; empty where the folder has none."""
    density = build.get("density")
    if not density:
        return ""
    n_cells = density["n_cells"]
    strengths = "; ".join(
        f"*{name}*: {entry['heavy_permille']} thousandths of the mass on {len(entry['syntactic'])} of {n_cells} cells "
        f"(syntactic cells {_numbers(entry['syntactic'])}, semantic cells {_numbers(entry['semantic'])})"
        for name, entry in density["strengths"].items()
    )
    parts = [
        "### Regimes of `density_shift_*`",
        f"Each space is divided into {n_cells} cells by frozen integer centroids: a class is in the cell of the "
        "nearest one. Along an axis that is *concentrated*, a few heavy cells have most of the mass and the others the "
        "rest; along one that is *even*, all cells are alike. Within the blocks that this makes of the plane, tasks "
        "are shared over cells as evenly as there are classes, and classes of a cell are drawn by keyed hash, without "
        "replacement. So every cell that has classes has mass in every law, though a light one may get no task: the "
        "support is the same, and no class is repeated. "
        f"Strengths: {strengths}. All splits have one size histogram. `train`, `validation` and `test` of a config are "
        "shares of one law; `test_uniform` is even over joint cells and the same tasks in all configs.",
        table(
            [
                "config", "syntactic cells of train", "semantic cells of train", "joint cells of train",
                "of those of test_uniform", "short of even", "given way",
            ],
            [_density_row(config, entry) for config, entry in density["configs"].items() if config in build["configs"]],
        ),
        "Joint cells of train: out of those that have classes. Of those of test_uniform: how many of its joint cells "
        "have a training task. Short of even: tasks that the cells of the law lack of an even share, because they have "
        "too few classes. Given way: tasks of `validation` and `train` that went to other cells, because tests came "
        "first.",
    ]  # fmt: skip
    if build["max_size"] < _DENSITY_CLAIMS_FROM:
        parts.append(
            f"**No claim rests on these configs at max_size {build['max_size']}.** They are here for trying out: the "
            "corpus has too few classes for its cells."
        )
    return "\n\n".join(parts)


def _region(region: Mapping[str, Any], unit: float) -> str:
    title = title_of(region)
    if region["kind"] == "pattern":
        return f"{title} (pattern `{region['pattern']}`)"
    if region["kind"] == "size":
        return f"{title}: minimal size {region['size']}"
    start, stop = region["permille"]
    ends, gaps = [], []
    if start > 0:
        ends.append(f"from {_end(region['from'], unit)} on")
        gaps.append(f"from {_end(region['gap_from'], unit)} on")
    if stop < PERMILLE:
        ends.append(f"below {_end(region['below'], unit)}")
        gaps.append(f"below {_end(region['gap_below'], unit)}")
    gap = f"; with its gap {', '.join(gaps)}" if region["gap_permille"] else ""
    return f"{title}: coordinate {region['coordinate']} {', '.join(ends)}{gap}"


def _end(value: int, unit: float) -> str:
    return f"{value} [{value * unit:.4f}]"


def _leaks(axes: Mapping[str, Any]) -> Iterator[str]:
    for config, entry in axes.items():
        leaks = entry.get("leaks")
        if leaks:
            yield (
                f"**`{config}` leaks.** Programs lie in its region, not classes: {leaks['leaking']:,} of the "
                f"{leaks['classes']:,} tasks of its `test_{entry['region']['space']}` "
                f"({100 * leaks['leaking'] / leaks['classes']:.1f} %) also have a program outside of it, that is, a "
                "form which training may have. That is a lower bound: only minimal realizations were looked at."
            )


def _density_row(config: str, entry: Mapping[str, Any]) -> list[str]:
    possible, train = entry["cells_with_classes"], entry["cells_of_train"]
    return [
        f"`{config}`",
        *(f"{train[axis]:,} of {possible[axis]:,}" for axis in ("syntactic", "semantic", "joint")),
        f"{entry['cells_of_both']['joint']:,} of {entry['cells_of_test_uniform']['joint']:,}",
        f"{entry['short_of_even']:,}",
        f"{sum(entry['given_way'].values()):,}",
    ]


def _numbers(cells: list[int]) -> str:
    return ", ".join(map(str, cells))
