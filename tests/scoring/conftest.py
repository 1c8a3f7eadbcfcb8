"""Tasks on the real panel, made from target programs by the reference execution."""

from collections.abc import Callable

import pytest

from arith_synth.grammar import grammar_named, parse_infix, size
from arith_synth.scoring import Task
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.semantics.panels import panel_of

XY3 = grammar_named("xy3")

MakeTask = Callable[..., Task]


@pytest.fixture(scope="session")
def make_task() -> MakeTask:
    def make(program: str, index: int = 0, split: str = "test", **fields: object) -> Task:
        target = parse_infix(program, XY3)
        panel = panel_of(XY3)
        return Task(
            task_id=f"support_shift/{split}/{index:06d}",
            inputs=panel.shown,
            outputs=tuple(outputs_of(target, XY3, panel.shown)),
            heldout_inputs=panel.heldout,
            heldout_outputs=tuple(outputs_of(target, XY3, panel.heldout)),
            program=program,
            size=size(target),
            fingerprint=fingerprint_of(target, XY3) or "",
            **fields,  # type: ignore[arg-type]
        )

    return make
