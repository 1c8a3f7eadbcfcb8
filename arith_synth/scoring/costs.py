"""What an exclusion costs: differences between arms that were trained alike but for one exclusion.

An arm is named by the exclusions that hold in its training set. Lifting an exclusion also spreads the training tasks
wider, so the cost on the shifted test is shown beside that on `test`, and the net cost is their difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.scoring.intervals import difference_interval, net_interval
from arith_synth.scoring.outcomes import TaskOutcome

#: The shifted arm first.
ARMS = ("both", "syntactic", "semantic", "none")
TESTS = ("test", "test_semantic", "test_syntactic", "test_both")
SHIFTED_ARM = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """An exclusion, the arm that lifts just it from the shifted arm, and the test that it concerns."""

    name: str
    lifted_arm: str
    shifted_test: str


EXCLUSIONS = (
    Exclusion(name="syntactic", lifted_arm="semantic", shifted_test="test_syntactic"),
    Exclusion(name="semantic", lifted_arm="syntactic", shifted_test="test_semantic"),
    Exclusion(name="both", lifted_arm="none", shifted_test="test_both"),
)

#: The outcomes of each arm on each test.
Outcomes = Mapping[str, Mapping[str, Sequence[TaskOutcome]]]


def exclusion_costs(outcomes: Outcomes, tests: Sequence[str] = TESTS) -> list[dict[str, Any]]:
    """Cost of each exclusion on each test and its net cost, in percent points, with 95 % intervals and n.

    cost = accuracy of the arm that lifts just this exclusion - accuracy of the shifted arm, on one test;
    net cost = cost on the shifted test - cost on `test`. Both arms answer the same tasks, so a cost's interval draws
    tasks in pairs; the two tests of a net cost share no task and are drawn independently.
    Raises MetricError when an arm or a test is missing, or two arms answered different tasks.
    """
    return [_costs_of(exclusion, outcomes, tests) for exclusion in EXCLUSIONS]


def _costs_of(exclusion: Exclusion, outcomes: Outcomes, tests: Sequence[str]) -> dict[str, Any]:
    lifted, shifted = (_arm(outcomes, name) for name in (exclusion.lifted_arm, SHIFTED_ARM))
    paired = {test: _paired_counts(lifted, shifted, test) for test in tests}
    out_of = {"out_of": paired["test"][2], "subtrahend_out_of": paired["test"][3]}
    costs: dict[str, dict[str, Any]] = {}
    for test, (minuend, subtrahend, minuend_out_of, subtrahend_out_of) in paired.items():
        if (minuend_out_of, subtrahend_out_of) != (out_of["out_of"], out_of["subtrahend_out_of"]):
            raise MetricError(f"{test!r} and 'test' have unequal numbers of completions; sample equally many for both")
        interval = difference_interval(minuend, subtrahend, **out_of)
        costs[test] = {
            "cost": 100 * _difference(minuend, subtrahend, **out_of),
            "interval_95": [100 * bound for bound in interval],
            "n": len(minuend),
        }
    on_shifted, on_test = paired[exclusion.shifted_test][:2], paired["test"][:2]
    return {
        "exclusion": exclusion.name,
        "lifted_arm": exclusion.lifted_arm,
        "shifted_arm": SHIFTED_ARM,
        "shifted_test": exclusion.shifted_test,
        "unit": "percent points",
        "cost": costs[exclusion.shifted_test],
        "cost_on_test": costs["test"],
        "net_cost": {
            "cost": costs[exclusion.shifted_test]["cost"] - costs["test"]["cost"],
            "interval_95": [100 * bound for bound in net_interval(on_shifted, on_test, **out_of)],
            "n": [len(on_shifted[0]), len(on_test[0])],
        },
        "by_test": costs,
    }


def _arm(outcomes: Outcomes, name: str) -> Mapping[str, Sequence[TaskOutcome]]:
    if name not in outcomes:
        raise MetricError(f"there are no outcomes of the arm {name!r}; train and evaluate it first")
    return outcomes[name]


def _paired_counts(
    lifted: Mapping[str, Sequence[TaskOutcome]], shifted: Mapping[str, Sequence[TaskOutcome]], test: str
) -> tuple[list[int], list[int], int, int]:
    """Correct completions of both arms, task by task, and how many completions each has a task."""
    counts: list[dict[str, int]] = []
    out_of: list[int] = []
    for arm in (lifted, shifted):
        tasks = arm.get(test) or ()
        samples = {outcome.n_completions for outcome in tasks}
        if len(samples) != 1:
            raise MetricError(f"an arm has no outcomes on {test!r}, or not equally many a task; evaluate it there")
        counts.append({outcome.task_id: outcome.n_correct for outcome in tasks})
        out_of.append(samples.pop())
    if counts[0].keys() != counts[1].keys():
        raise MetricError(f"two arms answered different tasks of {test!r}; evaluate both on the whole split")
    return list(counts[0].values()), [counts[1][task_id] for task_id in counts[0]], out_of[0], out_of[1]


def _difference(minuend: Sequence[int], subtrahend: Sequence[int], *, out_of: int, subtrahend_out_of: int) -> float:
    return (sum(minuend) * subtrahend_out_of - sum(subtrahend) * out_of) / (len(minuend) * out_of * subtrahend_out_of)
