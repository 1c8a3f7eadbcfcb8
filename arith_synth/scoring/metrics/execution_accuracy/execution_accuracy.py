"""The `evaluate` module over `arith_synth.scoring`: load it with `evaluate.load(<path of this folder>)`, offline."""

import json
import re
from collections.abc import Mapping

import datasets
import evaluate

from arith_synth.errors import MetricError
from arith_synth.files import parse_object
from arith_synth.grammar import grammar_named
from arith_synth.scoring import Prediction, TrainingTargets, outcomes_of, scores_by_split, scores_of, task_of
from arith_synth.scoring.tasks import TASK_COLUMNS

_DESCRIPTION = """
Execution accuracy of synthesized arithmetic programs: the share of completions whose exact outputs, in rational
arithmetic, are those of the task on every shown and every held-out input. It is computed by the scorer of the
arith-synth package, so it is the number that every other tool of the package gives for the same completions.
"""

_KWARGS_DESCRIPTION = """
Args:
    predictions (`list` of `list` of `str`): for each task its completions, as the model wrote them; one text stands for
        a list of one.
    references (`list` of `dict` or of `str`): for each task its row of the dataset, as a mapping or as JSON text.
        Tasks of one config, each once; training rows hold nothing out and are refused.
    grammar (`str`): the name of the grammar. Default "xy3".
    k (`list` of `int`): the numbers of draws of pass@k. Default [1]. An error when k exceeds the completions a task.
    strict (`bool`): read completions as they stand, without the rules that find a program in prose, code fences,
        LaTeX or Python. Default False.
    training (`list` of `str`, optional): the `program` column of the split that the model was trained on; also counts
        which wrong completions are copied from it. Or an `arith_synth.scoring.TrainingTargets`.
    in_region (callable, optional): tells whether an `arith_synth.grammar.Expression` has the held-out form.
Returns:
    `dict`: n, n_completions, execution_accuracy and its interval_95, parsed, consistent, equivalent, exact_match,
    in_region, pass@k for each k, first_consistent, largest_cluster, n_solved, size_ratio, copied, copied_nearest,
    intervals_95, by_size, by_distance, worst_group, reasons (why completions did not parse), rules (by which rule of
    extraction others were read), and by_split with the same scores for each split.
Examples:
    >>> rows = datasets.load_dataset("arith-synth", "support_shift", split="test")
    >>> metric = evaluate.load("arith_synth/scoring/metrics/execution_accuracy")
    >>> metric.compute(predictions=[[row["program"]] for row in rows], references=rows)["execution_accuracy"]
    1.0
"""

_CITATION = """
@software{arith_synth,
  title = {arith-synth: does a neural program synthesizer generalize, or retrieve?},
  author = {{The arith-synth contributors}},
  license = {Apache-2.0}
}
@article{chen2021evaluating,
  title = {Evaluating Large Language Models Trained on Code},
  author = {Chen, Mark and others},
  journal = {arXiv preprint arXiv:2107.03374},
  year = {2021},
  note = {the estimator of pass@k}
}
@book{efron1993bootstrap,
  title = {An Introduction to the Bootstrap},
  author = {Efron, Bradley and Tibshirani, Robert J.},
  publisher = {Chapman and Hall},
  year = {1993},
  note = {the percentile interval}
}
"""

# Half a character, as models write that stop within one: Arrow holds none, and it means as little as what replaces it.
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
# A row travels as its JSON text: a batch in which no row has a distance is no struct of Arrow with distances.
_FEATURES = {"predictions": datasets.List(datasets.Value("string")), "references": datasets.Value("string")}


@evaluate.utils.file_utils.add_start_docstrings(_DESCRIPTION, _KWARGS_DESCRIPTION)
class ExecutionAccuracy(evaluate.Metric):
    """Execution accuracy by the package's own scorer."""

    def _info(self):
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_KWARGS_DESCRIPTION,
            features=datasets.Features(_FEATURES),
            license="Apache-2.0",
            reference_urls=["https://arxiv.org/abs/2604.27551", "https://arxiv.org/abs/2107.03374"],
        )

    def add_batch(self, *, predictions=None, references=None, **kwargs):
        """Add the completions and dataset rows of some tasks."""
        batch = [completions_of(prediction) for prediction in (() if predictions is None else predictions)]
        rows = [row_text(reference) for reference in (() if references is None else references)]
        if len(batch) != len(rows):
            raise MetricError(f"{len(batch)} predictions for {len(rows)} references; give one a task")
        super().add_batch(predictions=batch, references=rows, **kwargs)

    def add(self, *, prediction=None, reference=None, **kwargs):
        """Add the completions and dataset row of one task."""
        super().add(prediction=completions_of(prediction), reference=row_text(reference), **kwargs)

    def _compute(self, predictions, references, grammar="xy3", k=(1,), strict=False, training=None, in_region=None):
        points = {}
        tasks = [task_of(parse_object(text, f"reference {index}"), points) for index, text in enumerate(references)]
        answers = [
            Prediction(task_id=task.task_id, completions=tuple(completions))
            for task, completions in zip(tasks, predictions, strict=True)
        ]
        targets = targets_of(training)
        outcomes = outcomes_of(
            tasks, answers, grammar_named(grammar), in_region=in_region, training=targets, strict=strict
        )
        k = (k,) if isinstance(k, int) else k
        return {**scores_of(outcomes, k=k), "by_split": scores_by_split(outcomes, k=k)}


def completions_of(prediction):
    """The completions of one task as a list of texts that Arrow can hold; MetricError for anything else."""
    completions = [prediction] if isinstance(prediction, str) else prediction
    if not isinstance(completions, list | tuple) or not all(isinstance(text, str) for text in completions):
        raise MetricError("a prediction is not a list of texts; give each task's completions as a list")
    return [_LONE_SURROGATE.sub("\ufffd", text) for text in completions]


def row_text(reference):
    """The dataset row of one task as JSON text, with the columns that scoring reads."""
    if isinstance(reference, str):
        return reference
    if not isinstance(reference, Mapping):
        raise MetricError("a reference is neither a dataset row nor its JSON text; pass rows of the dataset")
    return json.dumps({name: reference[name] for name in TASK_COLUMNS if name in reference})


def targets_of(training):
    """What copies are told by: None, texts of programs, or what scoring takes."""
    if training is None or isinstance(training, TrainingTargets):
        return training
    programs = [training] if isinstance(training, str) else list(training)
    if not all(isinstance(program, str) for program in programs):
        raise MetricError("training is not a list of programs; pass the program column of the training split")
    return TrainingTargets(programs=frozenset(programs))
