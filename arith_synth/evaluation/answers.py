"""What a model of any family gives: answers, as they come, and what they took. Light: no torch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from arith_synth.data.folder import DatasetFolder

#: The numbers of a task's samples that are not answered yet, by its id; at first all of them.
Lacking = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Completions of one task: samples number `number` and on, as many as there are completions.

    `n_tokens`: generated for them, end tokens too, padding not; `n_prompt_tokens`: read before them; None where nobody
    counts. Of a server also: `n_requests`, tries that failed too; `n_cut`, completions that ended at the limit of
    tokens; `served`, what it calls the model that answered.
    """

    task_id: str
    completions: tuple[str, ...]
    number: int = 0
    n_tokens: int | None = None
    n_prompt_tokens: int | None = None
    n_requests: int = 0
    n_cut: int = 0
    served: str | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The first `n_tasks` tasks of a split, to be answered."""

    folder: DatasetFolder
    config: str
    split: str
    n_tasks: int


@dataclass(frozen=True, kw_only=True)
class Answerer:
    """A model that is ready to answer splits.

    `key` names what decides its answers, as a hash of its files; `decoding`: how completions are drawn. `about`: what
    run.json says of it, its family and number of parameters at least. `training`: the run that trained it, None where
    that is unknown. `hardware` and `versions` are those of run.json. `answer` gives what is lacking of a split, in
    groups that are to be kept as they come.
    """

    key: dict[str, Any]
    decoding: dict[str, Any]
    about: dict[str, Any]
    training: dict[str, Any] | None = None
    hardware: dict[str, Any]
    versions: dict[str, str]
    answer: Callable[[Asked, Lacking], Iterator[list[Answer]]]
