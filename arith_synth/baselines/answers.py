"""What each baseline answers to the tasks of some splits."""

from arith_synth.baselines.config import BaselineConfig
from arith_synth.evaluation.grading import Questions
from arith_synth.progress import Progress
from arith_synth.scoring import Prediction

#: Stands where a baseline has no answer: it is no program, and is counted as such.
NO_ANSWER = ""


def answers_to(questions: Questions, config: BaselineConfig, progress: Progress | None = None) -> list[Prediction]:
    """The predictions of a baseline, one for each task, each with `config.samples` completions.

    Where a baseline has fewer different answers, its last one is repeated. Raises UnknownNameError when the dataset
    has no training split or corpus as the baseline needs it, DatasetError when a file is damaged.
    """
    lists = _answers(questions, config, progress)
    return [
        Prediction(task_id=task.task_id, completions=_exactly(config.samples, answers), seed=config.seed)
        for task, answers in zip(questions.tasks, lists, strict=True)
    ]


def _answers(questions: Questions, config: BaselineConfig, progress: Progress | None) -> list[list[str]]:
    folder, grammar, tasks, n = questions.folder, questions.grammar, questions.tasks, config.samples
    # Each baseline is imported when it is asked for: kernels of one take longer to load than others take to answer.
    if config.name == "target":
        return [[task.program] for task in tasks]
    if config.name == "lookup":
        from arith_synth.baselines.lookup import corpus_answers

        return corpus_answers(folder, grammar, tasks, n, progress)
    if config.name == "retrieval":
        from arith_synth.baselines.retrieval import nearest_targets

        return nearest_targets(folder, config.training_split[0], tasks, n=n, split=config.training_split[1])[1]
    if config.name == "constant":
        from arith_synth.baselines.constant import constant_answers

        return [constant_answers(folder, *config.training_split, n)] * len(tasks)
    from arith_synth.baselines.random_programs import random_program, size_histogram

    sizes = size_histogram(folder, *config.training_split)
    return [[random_program(grammar, sizes, config.seed, task.task_id, i) for i in range(n)] for task in tasks]


def _exactly(n: int, answers: list[str]) -> tuple[str, ...]:
    last = answers[-1] if answers else NO_ANSWER
    return (*answers[:n], *[last] * (n - len(answers)))
