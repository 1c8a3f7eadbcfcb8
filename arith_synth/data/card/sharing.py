"""What the card says of classes that splits share, from `contamination.json`."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from arith_synth.data.card.families import Family, families_in
from arith_synth.data.card.markdown import percent, table
from arith_synth.names import is_test, is_train
from arith_synth.splits.axes import PREFIX


def sharing(build: Mapping[str, Any], contamination: Mapping[str, Any]) -> str:
    """Markdown: the sides of a family, which share nothing, and how much families share by design.

    An empty text for a folder without tasks.
    """
    families = families_in(build)
    n_pairs, n_shared = promised(families, contamination)
    if n_pairs == 0:
        return ""
    parts = [
        "In a family of configs no class stands on two sides, which are training, validation and test, whichever "
        f"config it is in: of {n_pairs:,} pairs of splits on two sides of one family, {n_shared:,} share a class."
    ]
    if len(families) > 1:
        parts += [
            "Families give their classes to pools on their own, and so **they overlap by design**. Of the classes of "
            "a test of the family in the row, one training split of the family in the column holds at most:",
            _matrix(families, contamination),
            "So train on the configs of one family only, and test there. `contamination.json` counts the classes that "
            "each pair of splits shares.",
        ]
    return "\n\n".join(parts)


def promised(families: list[Family], contamination: Mapping[str, Any]) -> tuple[int, int]:
    """Pairs of splits on two sides of one family: how many there are, and how many share a class."""
    splits = contamination["splits"]
    family_of = {config: family.name for family in families for config in family.configs}
    sides = [(family_of.get(path.partition("/")[0]), _side(path)) for path in splits]

    def is_promised(i: int, j: int) -> bool:
        return sides[i][0] == sides[j][0] is not None and sides[i][1] != sides[j][1]

    n_pairs = sum(is_promised(i, j) for i, j in combinations(range(len(splits)), 2))
    return n_pairs, sum(n > 0 and is_promised(i, j) for i, j, n in contamination["shared"])


def _matrix(families: list[Family], contamination: Mapping[str, Any]) -> str:
    family_of = {config: number for number, family in enumerate(families) for config in family.configs}
    splits, n_classes = contamination["splits"], contamination["n"]
    most: dict[tuple[int, int], tuple[int, int]] = {}
    for i, j, n_shared in contamination["shared"]:
        for test, train in ((i, j), (j, i)):
            if not (is_test(_split(splits[test])) and is_train(_split(splits[train]))):
                continue
            place = (family_of[_config(splits[test])], family_of[_config(splits[train])])
            part, whole = most.get(place, (0, 1))
            if n_shared * whole > part * n_classes[test]:
                most[place] = (n_shared, n_classes[test])
    rows = [
        [
            f"{row + 1} `{family.name.removeprefix(PREFIX)}`",
            *(percent(*most.get((row, column), (0, 1))) for column in range(len(families))),
        ]
        for row, family in enumerate(families)
    ]
    return table(["tests of ↓ in training of →", *(str(column + 1) for column in range(len(families)))], rows)


def _side(path: str) -> str:
    split = _split(path)
    return "train" if is_train(split) else "test" if is_test(split) else "validation"


def _config(path: str) -> str:
    return path.partition("/")[0]


def _split(path: str) -> str:
    return path.partition("/")[2]
