"""Outcomes of many tasks at once: exactly those of the plain path, task by task."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.scoring.batch.judging import PROGRAM, Answers, Verdicts, verdicts_on
from arith_synth.scoring.batch.questions import questions_of
from arith_synth.scoring.batch.texts import Reader, ReadTexts, read_texts, reader_of
from arith_synth.scoring.outcomes import TaskOutcome
from arith_synth.scoring.reasons import reason_kind
from arith_synth.scoring.scorer import Region
from arith_synth.scoring.tasks import DISTANCES, Task
from arith_synth.scoring.training_targets import TrainingTargets
from arith_synth.semantics.programs import decode_program

#: Tasks are taken together until they have so many distinct answers, or are so many; this bounds the memory.
_CHUNK_ANSWERS = 1 << 16
_CHUNK_TASKS = 1 << 13


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What all chunks share; `read` remembers texts from one to the next."""

    grammar: Grammar
    in_region: Region | None
    training: TrainingTargets | None
    read: Reader


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Chunk:
    """Some tasks, the number of completions of each, all distinct texts, and the answers."""

    tasks: list[Task]
    n_completions: list[int]
    texts: list[str]
    answers: Answers


def batch_outcomes(
    tasks: Sequence[Task],
    completions: Mapping[str, Sequence[str]],
    grammar: Grammar,
    plain: Callable[[Task], TaskOutcome],
    *,
    in_region: Region | None = None,
    training: TrainingTargets | None = None,
    strict: bool = False,
) -> Iterator[TaskOutcome]:
    """The outcome of each task, in order. `completions`: those of each task, by its id.

    `plain` gives the outcome of a task by the plain path: the one that is asked wherever the kernels are not certain.
    """
    setting = _Setting(grammar=grammar, in_region=in_region, training=training, read=reader_of(grammar, strict=strict))
    for chunk in _chunks(tasks, completions):
        yield from _outcomes(chunk, setting, plain)


def _chunks(tasks: Iterable[Task], completions: Mapping[str, Sequence[str]]) -> Iterator[_Chunk]:
    taken: list[Task] = []
    numbers = _Numbers()
    texts, times, ends, n_completions = list[int](), list[int](), [0], list[int]()

    def chunk() -> _Chunk:
        answers = Answers(
            texts=np.array(texts, dtype=np.int64),
            times=np.array(times, dtype=np.int64),
            starts=np.array(ends, dtype=np.int64),
        )
        return _Chunk(tasks=taken, n_completions=n_completions, texts=list(numbers), answers=answers)

    for task in tasks:
        # A dictionary keeps the order in which texts first came, which is that of the samples.
        counted = Counter(completions[task.task_id])
        taken.append(task)
        n_completions.append(len(completions[task.task_id]))
        texts.extend(map(numbers.__getitem__, counted))
        times.extend(counted.values())
        ends.append(len(texts))
        if len(texts) >= _CHUNK_ANSWERS or len(taken) >= _CHUNK_TASKS:
            yield chunk()
            taken, numbers = [], _Numbers()
            texts, times, ends, n_completions = [], [], [0], []
    if taken:
        yield chunk()


class _Numbers(defaultdict[str, int]):
    """Gives each new text the next number."""

    def __init__(self) -> None:
        super().__init__()
        self.default_factory = self.__len__


def _outcomes(chunk: _Chunk, setting: _Setting, plain: Callable[[Task], TaskOutcome]) -> Iterator[TaskOutcome]:
    read = read_texts(chunk.texts, setting.grammar, setting.read)
    questions = questions_of(chunk.tasks, setting.grammar, setting.training)
    verdicts = verdicts_on(read.programs, questions, chunk.answers)
    parsed = read.programs.states[chunk.answers.texts] == PROGRAM
    counts = {
        "n_parsed": _counted(parsed, chunk.answers),
        "n_consistent": _counted(verdicts.consistent, chunk.answers),
        "n_correct": _counted(verdicts.correct, chunk.answers),
        "n_equivalent": _counted(verdicts.equivalent, chunk.answers),
        "n_exact_match": _counted(verdicts.exact_match, chunk.answers),
        "n_in_region": _n_in_region(chunk, read, verdicts, setting),
        **_copies(chunk, read, verdicts, parsed, setting),
    }
    reasons, rules = _reasons_and_rules(chunk, read)
    first_consistent, largest_cluster = verdicts.first_consistent.tolist(), verdicts.largest_cluster.tolist()
    names, rows = list(counts), zip(*counts.values(), strict=True)
    settled, ratios = verdicts.is_settled.tolist(), verdicts.size_ratios.tolist()
    for index, (task, row) in enumerate(zip(chunk.tasks, rows, strict=True)):
        if not settled[index]:
            yield plain(task)
            continue
        counted = dict(zip(names, row, strict=True))
        yield TaskOutcome(
            task_id=task.task_id,
            size=task.size,
            n_completions=chunk.n_completions[index],
            first_consistent=first_consistent[index],
            largest_cluster=largest_cluster[index],
            size_ratio=ratios[index] / counted["n_correct"] if counted["n_correct"] else None,
            reasons=reasons.get(index, {}),
            rules=rules.get(index, {}),
            **counted,
            **{name: getattr(task, name) for name in DISTANCES},
        )


def _counted(holds: np.ndarray, answers: Answers) -> list[int]:
    """The number of completions of each task for whose answers bool[m] something holds."""
    totals = np.concatenate([[0], np.cumsum(answers.times * holds)])
    return np.diff(totals[answers.starts]).tolist()


def _n_in_region(chunk: _Chunk, read: ReadTexts, verdicts: Verdicts, setting: _Setting) -> Sequence[int | None]:
    if setting.in_region is None:
        return [None] * len(chunk.tasks)
    texts = chunk.answers.texts
    holds = np.zeros(len(texts), dtype=np.bool_)
    is_settled = np.repeat(verdicts.is_settled, np.diff(chunk.answers.starts))
    known: dict[int, bool] = {}
    for answer in np.flatnonzero(verdicts.correct & is_settled).tolist():
        text = int(texts[answer])
        if text not in known:
            known[text] = bool(setting.in_region(decode_program(read.programs.codes[text], setting.grammar)))
        holds[answer] = known[text]
    return _counted(holds, chunk.answers)


def _copies(
    chunk: _Chunk, read: ReadTexts, verdicts: Verdicts, parsed: np.ndarray, setting: _Setting
) -> dict[str, Sequence[int | None]]:
    if setting.training is None:
        return dict.fromkeys(("n_copied", "n_copied_nearest"), [None] * len(chunk.tasks))
    # A text that is no program has an empty canonical text.
    held = np.array([setting.training.holds(text) for text in read.canonical.to_list()], dtype=np.bool_)
    wrong = parsed & ~verdicts.correct
    nearest: Sequence[int | None] = [None] * len(chunk.tasks)
    if setting.training.knows_nearest:
        nearest = _counted(wrong & verdicts.is_nearest, chunk.answers)
    return {"n_copied": _counted(wrong & held[chunk.answers.texts], chunk.answers), "n_copied_nearest": nearest}


def _reasons_and_rules(chunk: _Chunk, read: ReadTexts) -> tuple[dict[int, dict[str, int]], dict[int, dict[str, int]]]:
    """By the number of the task: how often each kind of reason and each rule came."""
    reasons: dict[int, dict[str, int]] = {}
    rules: dict[int, dict[str, int]] = {}
    texts = chunk.answers.texts
    is_read = np.zeros(len(chunk.texts), dtype=np.bool_)
    is_read[list(read.readings)] = True
    kinds = {
        number: None if reading.reason is None else reason_kind(reading.reason)
        for number, reading in read.readings.items()
    }
    answers = np.flatnonzero(is_read[texts])
    tasks = np.searchsorted(chunk.answers.starts, answers, side="right") - 1
    times = chunk.answers.times[answers]
    for task, text, n_times in zip(tasks.tolist(), texts[answers].tolist(), times.tolist(), strict=True):
        for counted, name in ((reasons, kinds[text]), (rules, read.readings[text].rule)):
            if name is not None:
                of_task = counted.setdefault(task, {})
                of_task[name] = of_task.get(name, 0) + n_times
    return reasons, rules
