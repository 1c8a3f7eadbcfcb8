"""What a run of a harness is told beyond the harness's own options, checked before the model is loaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arith_synth.errors import MetricError, UsageError
from arith_synth.scoring.pass_at_k import check_k
from arith_synth.scoring.predictions import MAX_COMPLETIONS

_DIGITS = re.compile(r" *[0-9]{1,9} *")


@dataclass(frozen=True, kw_only=True)
class HarnessOptions:
    """Options by the names that both harnesses take.

    `data`: the dataset folder, None for the usual places. `n_samples`: completions for each task. `k`: for which k
    pass@k is given. `strict`: completions are read without the rules of extraction.
    """

    data: str | None = None
    n_samples: int = 1
    k: tuple[int, ...] = (1,)
    strict: bool = False

    def __post_init__(self) -> None:
        if self.data is not None and not isinstance(self.data, str):
            raise UsageError(f"data is {self.data!r}, and must be the path of a dataset folder")
        if not isinstance(self.strict, bool):
            raise UsageError(f"strict is {str(self.strict)[:40]!r}, and must be true or false")
        if not _is_whole(self.n_samples) or not 1 <= self.n_samples <= MAX_COMPLETIONS:
            raise UsageError(
                f"n_samples is {str(self.n_samples)[:40]!r}, and must be a number from 1 to {MAX_COMPLETIONS}"
            )
        for draws in self.k:
            try:
                check_k(draws, self.n_samples)
            except MetricError as error:
                raise UsageError(str(error)) from None


def harness_options(given: Mapping[str, Any]) -> HarnessOptions:
    """The options among what a harness was given, by name; what others have put there is theirs.

    `k` may be a number, a list, or a text such as `1,10`. Raises UsageError for a value that makes no sense.
    """
    ours = {name: given[name] for name in HarnessOptions.__dataclass_fields__ if given.get(name) is not None}
    if "k" in ours:
        ours["k"] = _numbers(ours["k"])
    return HarnessOptions(**ours)


def _numbers(value: Any) -> tuple[int, ...]:
    parts: list[Any] = value.split(",") if isinstance(value, str) else [value]
    if isinstance(value, list | tuple):
        parts = list(value)
    numbers: tuple[Any, ...] = tuple(
        int(part) if isinstance(part, str) and _DIGITS.fullmatch(part) else part for part in parts
    )
    if not numbers or not all(_is_whole(number) and number >= 1 for number in numbers):
        raise UsageError(f"k is {str(value)[:40]!r}, and must be numbers from 1 with commas between, as in 1,10")
    return numbers


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
