"""What a verification.json must hold to be ranked by and shown: one that is damaged must not take the page down.

A record is the receiving side's word; that its numbers follow from its own counts is all that can be seen here.
"""

import math
from collections.abc import Mapping
from typing import Any

from arith_synth.submissions.numbers import headline_of, worst_of

VERIFIED, SELF_REPORTED, REJECTED = "verified", "self-reported", "rejected"

_MEMBERS: dict[str, type | tuple[type, ...]] = {
    "checks": list,
    "scores": dict,
    "n_correct": dict,
    "headline": dict,
    "headline_out_of": int,
    "worst_split": dict,
    "mean": dict,
    "predictions_sha256": str,
    "submission_sha256": str,
}
#: Far beyond any distance, and short of what drawing would overflow at.
_LONGEST_DISTANCE = 1e12
_ROUNDING = 1e-9


def record_problem(record: Mapping[str, Any], submission: Mapping[str, Any]) -> str | None:
    """Why a record cannot be ranked by; a rejected one has no scores, and needs none."""
    if record.get("schema_version") != 1:
        return "it is of another version"
    rejected = record["status"] == REJECTED
    for name, kind in _MEMBERS.items():
        value = record.get(name)
        if not isinstance(value, kind) and not (rejected and value is None):
            return f"{name} is a {type(value).__name__}"
    if rejected:
        return None
    splits, n_correct = submission["splits"], record["n_correct"]
    headline_counts = record.get("headline_counts") or n_correct
    for values in (record["scores"], record["headline"], n_correct, headline_counts):
        if not isinstance(values, dict) or set(values) != set(splits):
            return "its splits are not those of the submission"
    for counts_by_split, out_of in ((headline_counts, record["headline_out_of"]), (n_correct, submission["n_samples"])):
        for counts in counts_by_split.values():
            if not isinstance(counts, list) or set(map(type, counts)) != {int}:
                return "its counts are no numbers"
            if min(counts) < 0 or max(counts) > out_of:
                return "its counts are out of more than it says"
    if record["worst_split"].get("split") not in splits:
        return "the worst split is none of its splits"
    if not all(map(_is_scored, [*record["headline"].values(), record["worst_split"], record["mean"]])):
        return "a score has no value or no interval"
    for split in splits:
        if len(n_correct[split]) != len(headline_counts[split]) or not _is_shown(
            record["scores"][split], len(n_correct[split])
        ):
            return f"its scores of {split} lack what is shown of them"
    return _contradiction(record, headline_counts, splits)


def _contradiction(record: Mapping[str, Any], counts: Mapping[str, list[int]], splits: list[str]) -> str | None:
    """Which number does not follow from the counts, by which rows are compared."""
    values = {split: headline_of(counts[split], record["headline_out_of"]) for split in splits}
    worst = worst_of(values, splits)
    told = [(record["headline"][split], values[split], len(counts[split])) for split in splits]
    told.append((record["worst_split"], values[worst], len(counts[worst])))
    told.append((record["mean"], sum(values.values()) / len(values), sum(map(len, counts.values()))))
    for score, value, n in told:
        low, high = score["interval_95"]
        if abs(score["value"] - value) > _ROUNDING or score.get("n") != n:
            return "its scores do not follow from its counts"
        if not low - _ROUNDING <= value <= high + _ROUNDING:
            return "a score lies outside of its interval"
    return None if record["worst_split"]["split"] == worst else "its worst split is not the worst"


def _is_scored(score: Any) -> bool:
    return isinstance(score, dict) and _is_interval(score.get("interval_95")) and _is_number(score.get("value"))


def _is_shown(scores: Any, n: int) -> bool:
    """Whether the scores of a split have what the pages show beside the headline."""
    if not isinstance(scores, dict) or scores.get("n") != n or not _is_rate(scores.get("consistent")):
        return False
    copied = scores.get("copied")
    if copied is not None and not _is_copied(copied):
        return False
    by_distance = scores.get("by_distance", {})
    if not isinstance(by_distance, dict):
        return False
    return all(bins is None or (isinstance(bins, list) and all(map(_is_bin, bins))) for bins in by_distance.values())


def _is_copied(copied: Any) -> bool:
    if not isinstance(copied, dict) or not _is_count(copied.get("n_wrong")):
        return False
    return copied["n_wrong"] == 0 or _is_rate(copied.get("share"))


def _is_bin(fifth: Any) -> bool:
    if not isinstance(fifth, dict) or not _is_count(fifth.get("n")) or not _is_interval(fifth.get("interval_95")):
        return False
    reach = (fifth.get("from"), fifth.get("to"))
    return _is_rate(fifth.get("execution_accuracy")) and all(map(_is_distance, reach))


def _is_interval(interval: Any) -> bool:
    return isinstance(interval, list) and len(interval) == 2 and all(map(_is_number, interval))


def _is_rate(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_distance(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= _LONGEST_DISTANCE


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0
