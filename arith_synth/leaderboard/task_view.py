"""One task: its target, its examples, and a model's answers with what each is worth."""

from collections import Counter
from collections.abc import Sequence

from arith_synth.errors import MetricError
from arith_synth.files import printable
from arith_synth.leaderboard.answers import answers_to
from arith_synth.leaderboard.task_table import TaskTable
from arith_synth.leaderboard.wording import count
from arith_synth.markup import Content, Markup, element
from arith_synth.scoring.scorer import Scorer, Verdict
from arith_synth.scoring.tasks import Point, Task, config_of
from arith_synth.submissions.entries import Entry

#: Distinct answers shown of a task; a model may have given thousands.
MOST_ANSWERS = 20
_LONGEST_ANSWER = 300


def task_view(tasks: TaskTable, task_id: str, entry: Entry | None) -> Markup:
    """The task and the answers of an entry (None: no model is chosen), or a line that says what is missing."""
    task = tasks.task(task_id)
    if task is None:
        return element(
            "p", f"There is no task {task_id[:80]}; choose a split and a number below the number of its tasks."
        )
    facts = (
        ("Target program", element("code", task.program)),
        ("Size", f"{task.size} leaves"),
        ("Syntactic region", _region(task.syntactic_region)),
        ("Semantic region", _region(task.semantic_region)),
        ("Syntactic distance to train", _distance(task.syntactic_distance)),
        ("Semantic distance to train", _distance(task.semantic_distance)),
        ("Tree edit distance to train", _distance(task.tree_edit_distance)),
    )
    held_out = element(
        "details",
        element("summary", f"The {len(task.heldout_outputs)} held-out examples, by which answers are graded"),
        _examples(tasks, task.heldout_inputs, task.heldout_outputs, "Held-out examples"),
    )
    return element(
        "div",
        element("h3", task.task_id),
        element("dl", *(part for name, value in facts for part in (element("dt", name), element("dd", value)))),
        element("h4", "Answers" if entry is None else f"Answers of {entry.model_name}"),
        element("p", "Choose a model to see its answers.") if entry is None else answers_table(tasks, task, entry),
        element("h4", f"The {len(task.outputs)} shown examples"),
        _examples(tasks, task.inputs, task.outputs, "Shown examples"),
        held_out,
    )


def answers_table(tasks: TaskTable, task: Task, entry: Entry) -> Markup:
    """The distinct answers of an entry to a task, the most frequent first, each with its verdict."""
    try:
        completions = answers_to(entry.folder, task.task_id)
    except MetricError as error:
        return element("p", f"The answers cannot be shown: {error}.")
    if completions is None:
        return element("p", "This submission has no answer to this task.")
    scorer = Scorer(tasks.grammar, tasks.in_region(config_of(task.task_id)))
    ranked = Counter(completions).most_common()
    rows = [
        (
            element("code", _cut(printable(text))),
            f"{count(times)} of {count(len(completions))}",
            worth(scorer.verdict(task, text)),
        )
        for text, times in ranked[:MOST_ANSWERS]
    ]
    more = None
    if len(ranked) > MOST_ANSWERS:
        more = element("p", f"{count(len(ranked) - MOST_ANSWERS)} more distinct answers are not shown.", class_="dim")
    return element("div", simple_table("Answers", ("Answer", "Times", "Verdict"), rows), more)


def worth(verdict: Verdict) -> Markup:
    """What an answer is worth, in a few words."""
    if verdict.correct:
        notes = (
            ["the target itself"]
            if verdict.exact_match
            else ["another form of the target's class"] * verdict.equivalent
        )
        if verdict.in_region:
            notes.append("of the held-out form")
        return element("span", "✓ correct", f" ({', '.join(notes)})" if notes else None, class_="right")
    if not verdict.parsed:
        return element("span", f"✗ no program: {verdict.reason}", class_="wrong")
    if verdict.consistent:
        return element("span", "✗ agrees with the shown examples only", class_="wrong")
    return element("span", "✗ disagrees with a shown example", class_="wrong")


def simple_table(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[Content]], *, narrow: bool = False
) -> Markup:
    """A table that scrolls sideways in its box, with a caption for those who cannot see it; `narrow`: no wider than it
    must be."""
    head = element("thead", element("tr", *(element("th", cell, scope="col") for cell in header)))
    body = element("tbody", *(element("tr", *(element("td", cell) for cell in row)) for row in rows))
    named = element("caption", caption, class_="unseen")
    inner = element("table", named, head, body, class_="narrow" if narrow else None)
    return element("div", inner, class_="wide", tabindex=0, role="region", aria_label=caption)


def _examples(tasks: TaskTable, inputs: Sequence[Point], outputs: Sequence[str], caption: str) -> Markup:
    names = ", ".join(tasks.grammar.variables)
    rows = [
        (f"({', '.join(str(value) for value in point)})", output) for point, output in zip(inputs, outputs, strict=True)
    ]
    return simple_table(caption, (f"({names})", f"f({names})"), rows, narrow=True)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_ANSWER else f"{text[:_LONGEST_ANSWER]}… ({count(len(text))} characters)"


def _region(region: str | None) -> str:
    return {"in": "in training support", "out": "out of training support"}.get(region or "", "none")


def _distance(distance: float | None) -> str:
    return "unknown" if distance is None else f"{distance:.3g}"
