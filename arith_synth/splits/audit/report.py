"""Claims and the findings that refute them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

#: Only the first offending rows are named; the count says how many there are.
N_NAMED = 3
_NOT_CHECKED = "not checked: "


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the audit: what is claimed, whether it holds, and what was counted or found."""

    claim: str
    holds: bool
    detail: str

    @property
    def is_checked(self) -> bool:
        """Whether it was looked at; one that could not be neither holds nor fails, and nobody may vouch for it."""
        return self.holds or not self.detail.startswith(_NOT_CHECKED)

    @property
    def verdict(self) -> str:
        """Five letters; a claim that rests on a broken one is not held against the folder a second time."""
        if self.holds:
            return "holds"
        return "FAILS" if self.is_checked else "skips"


class Findings:
    """Problems met while a claim is checked: a count of all, and the texts of the first few."""

    def __init__(self) -> None:
        self.n = 0
        self.first: list[str] = []

    def add(self, text: str) -> None:
        """One problem."""
        self.n += 1
        if len(self.first) < N_NAMED:
            self.first.append(text)

    def add_where(self, bad: np.ndarray, describe: Callable[[int], str]) -> None:
        """One problem for each true entry of bool[n]; `describe(i)` is called for the first few only."""
        wrong = np.flatnonzero(bad)
        for index in wrong[: max(0, N_NAMED - len(self.first))]:
            self.first.append(describe(int(index)))
        self.n += len(wrong)

    def claim(self, name: str, checked: str) -> Claim:
        """The claim with what was checked, or with the problems when there are any."""
        if self.n == 0:
            return Claim(name, True, checked)
        return Claim(name, False, f"{self.n} problem{'s' * (self.n > 1)}: {_one_line('; '.join(self.first))}")


def not_checked(names: Sequence[str], reason: str) -> list[Claim]:
    """Claims that could not be looked at, because an earlier one does not hold or what they are about is not there."""
    return [Claim(name, False, f"{_NOT_CHECKED}{_one_line(reason)}") for name in names]


def sampled(n_rows: int, n_checked: int) -> str:
    """What a detail adds when only some of the rows were checked; nothing when all were."""
    return "" if n_checked == n_rows else f" (a keyed sample of {n_checked:,} of {n_rows:,} rows)"


def short(text: object) -> str:
    """A hostile value, short and on one line."""
    return _one_line(repr(text), limit=60)


def _one_line(text: str, limit: int = 600) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
