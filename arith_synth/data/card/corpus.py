"""What the card says of the corpus: how classes are told apart, and how many examples tell a task."""

from collections.abc import Mapping
from typing import Any

from arith_synth.data.card.command import grammar_in
from arith_synth.data.card.markdown import percent, table
from arith_synth.data.schema import CORPUS_CONFIG
from arith_synth.names import is_test, is_train
from arith_synth.semantics.meanings import identity_of
from arith_synth.semantics.observational import N_IDENTITY_POINTS


def identity_text(build: Mapping[str, Any]) -> str:
    """Markdown items: what a class is, and what its fingerprint."""
    bound = f"The probability that two classes of the corpus share one is at most {build['collision_bound']:.1e}."
    if identity_of(grammar_in(build)) == "algebraic":
        return (
            "- *Size*: number of leaves. *Algebraically equal*: equal as rational functions. A *class* is a set of "
            "algebraically equal programs, its *realizations*; its minimal size is the smallest size of a member.\n"
            f"- *Fingerprint*: the values of a class at two fixed points modulo 2^61 - 1. {bound}"
        )
    return (
        f"- *Size*: number of leaves. A *class* is a set of programs with the same outputs on {N_IDENTITY_POINTS} "
        "fixed inputs, with `undef` as a value: its *realizations*; its minimal size is the smallest size of a "
        f"member.\n- *Fingerprint*: two keyed linear hashes modulo 2^61 - 1 of the outputs of a class on these inputs. "
        f"{bound}"
    )


def examples_text(build: Mapping[str, Any]) -> str:
    """Markdown: how many shown examples would have been enough; empty for a build that does not say."""
    histograms = build.get("examples_needed")
    if not histograms:
        return ""
    groups = {
        "all classes that can be tasks": [histograms[CORPUS_CONFIG]],
        "tasks of training splits": [counts for path, counts in histograms.items() if is_train(_split(path))],
        "tasks of tests": [counts for path, counts in histograms.items() if is_test(_split(path))],
    }
    groups = {name: counts for name, counts in groups.items() if counts}
    numbers = sorted({int(k) for counts in histograms.values() for k in counts})
    rows = []
    for name, counts in groups.items():
        by_number = {k: sum(one.get(str(k), 0) for one in counts) for k in numbers}
        total = sum(by_number.values())
        rows.append([name, *(f"{n:,} ({percent(n, total)})" if n else "0" for n in by_number.values())])
    shown = len(build["panel"]["shown"])
    return "\n\n".join(
        [
            f"A task shows {shown} examples. *Examples needed* is the least number of them, from the first one on, "
            f"with which no other class of the corpus agrees. No class needs more than {numbers[-1]}:",
            table(["examples needed", *map(str, numbers)], rows),
            "`build.json` has the numbers of each split. They are about telling classes of this corpus apart, given "
            "unlimited search; a model may well need more.",
        ]
    )


def _split(path: str) -> str:
    return path.partition("/")[2]
