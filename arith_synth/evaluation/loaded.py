"""A model that was loaded from a folder, of whatever family."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from arith_synth.evaluation.answers import Answer, Asked, Lacking
from arith_synth.grammar import Grammar


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model, ready to answer. `sha256` names the files that decide its answers; the rest is as in `Answerer`."""

    sha256: str
    grammar: Grammar | None
    about: dict[str, Any]
    answer: Callable[[Asked, Lacking], Iterator[list[Answer]]]
