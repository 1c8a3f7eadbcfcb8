"""The programs that a model was trained on, as far as scoring asks: is a wrong answer one of them?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from arith_synth.scoring.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingTargets:
    """`programs`: the targets of a training split, canonical infix. `nearest`: for each task id the target of the
    training task whose shown outputs are nearest, which is what retrieval would answer; empty when unknown."""

    programs: frozenset[str]
    nearest: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def knows_nearest(self) -> bool:
        """Whether it can be told which wrong answers are those of retrieval."""
        return bool(self.nearest)

    def holds(self, program: str) -> bool:
        """Whether a program, canonical infix, is a target: the same tree."""
        return program in self.programs

    def is_nearest(self, task: Task, program: str) -> bool:
        """Whether a program, canonical infix, is the target of the nearest training task."""
        return self.nearest.get(task.task_id) == program
