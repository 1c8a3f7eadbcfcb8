"""What an exclusion costs: differences between arms that were trained alike but for one exclusion.

An arm is named by the exclusions that hold in its training set. Lifting an exclusion also spreads the training tasks
wider, so the cost on the shifted test is shown beside that on `test`, and the net cost is their difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.scoring.groups import accuracy_of
from arith_synth.scoring.intervals import net_interval
from arith_synth.scoring.outcomes import TaskOutcome
from arith_synth.scoring.paired import Pairing, pair_runs, sign_test

#: The shifted arm first.
ARMS = ("both", "syntactic", "semantic", "none")
TESTS = ("test", "test_semantic", "test_syntactic", "test_both")
SHIFTED_ARM = "both"
#: The test on which nothing is shifted: what a control costs there is subtracted.
UNSHIFTED_TEST = "test"


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

#: The outcomes of a run on each test.
Run = Mapping[str, Sequence[TaskOutcome]]
#: The outcomes of each arm on each test.
Outcomes = Mapping[str, Run]


def exclusion_costs(outcomes: Outcomes, tests: Sequence[str] = TESTS) -> list[dict[str, Any]]:
    """Cost of each exclusion on each test and its net cost, in percent points, with 95 % intervals and n.

    cost = accuracy of the arm that lifts just this exclusion - accuracy of the shifted arm, on one test;
    net cost = cost on the shifted test - cost on `test`. Both arms answer the same tasks, so a cost's interval draws
    tasks in pairs; the two tests of a net cost share no task and are drawn independently.
    Raises MetricError when an arm or a test is missing, or two arms answered different tasks.
    """
    return [_costs_of(exclusion, outcomes, tests) for exclusion in EXCLUSIONS]


def control_costs(run: Run, control: Run) -> dict[str, dict[str, Any]]:
    """For each test of a run: the accuracy of a control run on the same tasks, and the cost and net cost against it.

    Rates, not percent points, and plain JSON values: n, execution_accuracy and interval_95 of the control; `cost` = the
    control's accuracy - the run's, with interval_95, n and the p_value of `sign_test`; `net_cost` = cost - cost on
    `test`, with interval_95 and n of both tests (None on `test`, and where the run has no outcomes on it).
    Raises MetricError when the control lacks a test, or answered other tasks.
    """
    paired = {test: pair_runs(control.get(test) or (), run[test], repr(test)) for test in run}
    unshifted = paired.get(UNSHIFTED_TEST)
    return {
        test: {
            **accuracy_of(control[test]),
            "cost": _cost_of(pairing) | {"p_value": sign_test(*pairing.leads)},
            "net_cost": None if unshifted is None or test == UNSHIFTED_TEST else _net_cost_of(pairing, unshifted, test),
        }
        for test, pairing in paired.items()
    }


def _costs_of(exclusion: Exclusion, outcomes: Outcomes, tests: Sequence[str]) -> dict[str, Any]:
    lifted, shifted = (_arm(outcomes, name) for name in (exclusion.lifted_arm, SHIFTED_ARM))
    paired = {test: pair_runs(lifted.get(test) or (), shifted.get(test) or (), repr(test)) for test in tests}
    net_cost = _net_cost_of(paired[exclusion.shifted_test], paired[UNSHIFTED_TEST], exclusion.shifted_test)
    costs = {test: _percent_points(_cost_of(pairing)) for test, pairing in paired.items()}
    return {
        "exclusion": exclusion.name,
        "lifted_arm": exclusion.lifted_arm,
        "shifted_arm": SHIFTED_ARM,
        "shifted_test": exclusion.shifted_test,
        "unit": "percent points",
        "cost": costs[exclusion.shifted_test],
        "cost_on_test": costs[UNSHIFTED_TEST],
        "net_cost": _percent_points(net_cost),
        "by_test": costs,
    }


def _arm(outcomes: Outcomes, name: str) -> Run:
    if name not in outcomes:
        raise MetricError(f"there are no outcomes of the arm {name!r}; train and evaluate it first")
    return outcomes[name]


def _cost_of(pairing: Pairing) -> dict[str, Any]:
    return {"cost": pairing.difference, "interval_95": list(pairing.interval_95), "n": len(pairing.first)}


def _net_cost_of(shifted: Pairing, unshifted: Pairing, test: str) -> dict[str, Any]:
    out_of = {"out_of": unshifted.first_out_of, "subtrahend_out_of": unshifted.second_out_of}
    if (shifted.first_out_of, shifted.second_out_of) != tuple(out_of.values()):
        raise MetricError(f"{test!r} and 'test' have unequal numbers of completions; sample equally many for both")
    interval = net_interval((shifted.first, shifted.second), (unshifted.first, unshifted.second), **out_of)
    return {
        "cost": shifted.difference - unshifted.difference,
        "interval_95": list(interval),
        "n": [len(shifted.first), len(unshifted.first)],
    }


def _percent_points(cost: dict[str, Any]) -> dict[str, Any]:
    return cost | {"cost": 100 * cost["cost"], "interval_95": [100 * bound for bound in cost["interval_95"]]}
