"""The numbers of a submission: recomputed from its predictions, and held against what it claims."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arith_synth.scoring import TaskOutcome, mean_interval, split_of
from arith_synth.submissions.significance import mean_over
from arith_synth.submissions.tracks import Track

#: Scores that can be claimed; by_size, by_distance, reasons and the like are recomputed and not claimed.
CLAIMED = (
    "n",
    "n_completions",
    "execution_accuracy",
    "interval_95",
    "parsed",
    "consistent",
    "equivalent",
    "exact_match",
    "in_region",
    "first_consistent",
    "largest_cluster",
    "n_solved",
    "size_ratio",
)


def claims_of(scores: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of recomputed scores by split, what a submission claims."""
    claims: dict[str, dict[str, Any]] = {}
    for split, values in scores.items():
        claimed = {name: values[name] for name in values if name in CLAIMED or name.startswith("pass@")}
        intervals = {name: bounds for name, bounds in values["intervals_95"].items() if name in claimed}
        claims[split] = {**claimed, "intervals_95": intervals}
    return claims


def broken_claims(claimed: Mapping[str, Mapping[str, Any]], scores: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The claimed numbers that are not exactly those recomputed; intervals too."""
    for split, claims in claimed.items():
        flat = {name: value for name, value in claims.items() if name != "intervals_95"}
        flat |= {f"intervals_95 of {name}": bounds for name, bounds in claims.get("intervals_95", {}).items()}
        known = {f"intervals_95 of {name}": bounds for name, bounds in scores[split]["intervals_95"].items()}
        known |= scores[split]
        for name, value in flat.items():
            if name not in known:
                yield f"{split}: {name} is no score of such predictions"
            elif _plain(known[name]) != _plain(value):
                yield f"{split}: {name} is claimed as {value}, and the predictions give {known[name]}"


def headline_counts(outcomes: Sequence[TaskOutcome], track: Track) -> tuple[dict[str, list[int]], int]:
    """By split, each task's part in the track's headline score in the order of task ids; and out of how many."""
    counts: dict[str, list[int]] = {}
    n_completions = outcomes[0].n_completions
    for outcome in sorted(outcomes, key=lambda outcome: outcome.task_id):
        count = outcome.n_correct if track.headline == "execution_accuracy" else getattr(outcome, track.headline)
        counts.setdefault(split_of(outcome.task_id), []).append(count)
    return counts, n_completions if track.headline == "execution_accuracy" else 1


def headlines(counts: Mapping[str, Sequence[int]], out_of: int, splits: Sequence[str]) -> dict[str, Any]:
    """Of the headline score: `headline` by split, the `worst_split` (first of equals), and the `mean` of the splits."""
    headline = {
        split: {
            "value": headline_of(counts[split], out_of),
            "interval_95": list(mean_interval(counts[split], out_of=out_of)),
            "n": len(counts[split]),
        }
        for split in splits
    }
    worst = worst_of({split: score["value"] for split, score in headline.items()}, splits)
    value, interval = mean_over([(score["value"], tuple(score["interval_95"])) for score in headline.values()])
    return {
        "headline": headline,
        "worst_split": {"split": worst, **headline[worst]},
        "mean": {"value": value, "interval_95": list(interval), "n": sum(map(len, counts.values()))},
    }


def headline_of(counts: Sequence[int], out_of: int) -> float:
    """The headline score of a split, 0 to 1."""
    return sum(counts) / (out_of * len(counts))


def worst_of(values: Mapping[str, float], splits: Sequence[str]) -> str:
    """The split of the lowest value, the first of equals."""
    return min(splits, key=lambda split: values[split])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
