"""The table of scores in a model's card: a row for each split and way of answering, each with n and an interval."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arith_synth.data.card.markdown import table
from arith_synth.report.model_runs import Score
from arith_synth.report.tables import percent, percent_interval

_UNKNOWN = "?"
_NONE = "–"
_NOTES = """\
Intervals: bootstrap over tasks, for this one training seed; they say nothing about the spread over seeds. An answer is
correct when its outputs are exactly right on all shown and all held-out inputs. Parsed: answers that are programs;
consistent: right on the shown inputs. Seen: tasks whose class was in the training split (? where it cannot be told)."""
#: What further columns mean, by their titles; they stand where a score has them.
_MORE_NOTES = {
    "pass@k (%)": "pass@k: at least one of k answers is correct, estimated without bias.",
    "first consistent (%)": "First consistent: the first answer that is right on the shown inputs is correct.",
    "copies (%)": "Copies: of wrong answers, those that are the target of a training task (– where none is wrong).",
}


def scores_section(scores: Sequence[Score]) -> str:
    """The table and its notes as Markdown; a sentence where there is no score."""
    if not scores:
        return "Not evaluated yet."
    head = ["config", "split", "answers", "n (tasks)", "execution accuracy (%)", "95 % interval"]
    head += ["parsed (%)", "consistent (%)", "seen"]
    rows = [
        [
            f"`{score.config}`",
            f"`{score.split}`",
            way_of(score.decoding),
            f"{score.scores['n']:,}",
            percent(score.scores["execution_accuracy"]),
            percent_interval(score.scores["interval_95"]),
            *(percent(score.scores[name]) for name in ("parsed", "consistent")),
            _UNKNOWN if score.n_seen is None else f"{score.n_seen:,}",
        ]
        for score in scores
    ]
    notes = [_NOTES]
    for title, cell in _MORE.items():
        cells = [cell(score.scores) for score in scores]
        if any(text != _UNKNOWN for text in cells):
            head.append(title)
            rows = [[*row, text] for row, text in zip(rows, cells, strict=True)]
            notes.append(_MORE_NOTES[title])
    return "\n\n".join([table(head, rows, n_left=3), "\n".join(notes)])


def way_of(decoding: Mapping[str, Any]) -> str:
    """How a model was asked, in words."""
    if decoding.get("temperature") == 0:
        return "one, greedy" if decoding["n_samples"] == 1 else f"{decoding['n_samples']}, greedy"
    return f"{decoding['n_samples']}, temperature {decoding['temperature']}, top-p {decoding['top_p']}"


def _pass_at_most(scores: Mapping[str, Any]) -> str:
    """pass@k of the largest k beyond 1, and the k."""
    ks = [int(name.removeprefix("pass@")) for name in scores if name.startswith("pass@") and name != "pass@1"]
    return f"{percent(scores[f'pass@{max(ks)}'])} (k = {max(ks)})" if ks else _UNKNOWN


def _first_consistent(scores: Mapping[str, Any]) -> str:
    value = scores.get("first_consistent")
    return _UNKNOWN if value is None or scores.get("n_completions") == 1 else percent(value)


def _copies(scores: Mapping[str, Any]) -> str:
    copied = scores.get("copied")
    if copied is None:
        return _UNKNOWN
    return percent(copied["share"]) if copied["n_wrong"] else _NONE


_MORE: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "pass@k (%)": _pass_at_most,
    "first consistent (%)": _first_consistent,
    "copies (%)": _copies,
}
