"""The form of programs that a config holds out of training, as scorers want it: a test of one program."""

from collections.abc import Callable

from arith_synth.data.folder import DatasetFolder
from arith_synth.grammar import Expression
from arith_synth.grammar.patterns import pattern_named

_SHIFTED = "support_shift"


def held_out_form(folder: DatasetFolder, config: str) -> Callable[[Expression], bool] | None:
    """Whether a program has the syntactic form that the config holds out; None where it holds none out."""
    if not config.startswith(_SHIFTED):
        return None
    region = folder.build.get("regions", {}).get("syntactic")
    return None if region is None else pattern_named(region["pattern"]).accepts
