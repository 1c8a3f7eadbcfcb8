"""From a harness's log of its own to our predictions: so that anyone can score again what a harness has scored."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.files import read_jsonl
from arith_synth.harness.extra import require_harness
from arith_synth.scoring import Prediction

_INSPECT_SUFFIXES = (".eval", ".json")


def predictions_of_log(path: Path) -> list[Prediction]:
    """The completions of each task in a log, in its order.

    A file that ends in .jsonl is what `lm_eval --log_samples` writes (`samples_<task>_<time>.jsonl`), one that ends in
    .eval or .json a log of inspect-ai. Raises MetricError for a file that is neither, is damaged or unfinished, or
    lacks a completion; MissingExtraError for a log of inspect-ai without inspect-ai, whose format it is.
    """
    if path.suffix == ".jsonl":
        samples: Iterable[tuple[str, str, list[Any]]] = _lm_eval_samples(path)
    elif path.suffix in _INSPECT_SUFFIXES:
        samples = _inspect_samples(path)
    else:
        raise MetricError(
            f"{path} is no log: name samples_….jsonl of lm_eval --log_samples, or a log of inspect that ends in .eval"
        )
    completions: dict[str, list[str]] = {}
    for place, task_id, texts in samples:
        if not isinstance(task_id, str) or not texts or not all(isinstance(text, str) for text in texts):
            raise MetricError(f"{place}: no completions of a task; run the harness again with its samples logged")
        completions.setdefault(task_id, []).extend(texts)
    if not completions:
        raise MetricError(f"{path} holds no samples; run the harness again with its samples logged")
    return [Prediction(task_id=task_id, completions=tuple(texts)) for task_id, texts in completions.items()]


def _lm_eval_samples(path: Path) -> Iterator[tuple[str, Any, list[Any]]]:
    """Place, task id and all completions of each line."""
    for place, row in read_jsonl(path):
        doc, responses = row.get("doc"), row.get("resps")
        # The harness keeps one list for each request of a document, and ours have one.
        if not isinstance(doc, dict) or not isinstance(responses, list) or len(responses) != 1:
            raise MetricError(f"{place}: no sample of a task of ours; name samples_….jsonl of lm_eval --log_samples")
        texts = responses[0]
        yield place, doc.get("task_id"), texts if isinstance(texts, list) else []


def _inspect_samples(path: Path) -> Iterator[tuple[str, Any, list[Any]]]:
    """Place, task id and completion of each epoch of each sample, the first epoch first."""
    if not path.is_file():
        raise MetricError(f"there is no file {path}; name a log of inspect that ends in .eval")
    require_harness("inspect_ai", "inspect-ai")
    from inspect_ai.log import read_eval_log

    try:
        log = read_eval_log(str(path))
    except (ValueError, KeyError) as error:  # no zip, no JSON, or not of its schema
        reason = str(error).partition("\n")[0]
        raise MetricError(f"{path} cannot be read ({reason}); name a log that inspect has written") from None
    if log.status != "success":
        raise MetricError(
            f"{path} is of a run that ended with {log.status!r}; finish it with: inspect eval-retry {path}"
        )
    for sample in sorted(log.samples or [], key=lambda sample: sample.epoch):
        yield f"{path}, sample {sample.id}", sample.id, [sample.output.completion]
