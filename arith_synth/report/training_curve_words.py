"""What the figure of a training run says in words: its title, its caption, and how many tasks stand behind a score."""

from collections.abc import Iterator, Mapping
from typing import Any

from arith_synth.report.training_log import Series, TrainingLog

#: Scores of the memorization monitor that are drawn.
MONITORED: tuple[str, ...] = ("seen_accuracy", "unseen_accuracy", "copied")
#: Points of the thick training line; so many logged batches are averaged that about these are independent.
_SMOOTH_POINTS = 60


def title_of(run: Mapping[str, Any]) -> str:
    """One line: what was trained on what, where the run is done."""
    config = _section(run, "config")
    if not config:
        return "Training curve of an unfinished run"
    return f"Training curve: {config.get('preset')} on {config.get('config')}/{config.get('split')}"


def caption_of(log: TrainingLog, run: Mapping[str, Any]) -> str:
    """One paragraph: numbers of tasks, the seed, and what the lines and bars are."""
    config = _section(run, "config")
    sentences = []
    if run.get("n_tasks"):
        sentences.append(f"n = {run['n_tasks']:,} training tasks.")
    elif config.get("data_source") == "stream":
        sentences.append("Training tasks: a stream without end.")
    if "seed" in config and "batch_size" in config:
        sentences.append(f"Training seed {config['seed']}; {config['batch_size']:,} examples a step.")
    training = training_loss(log)
    if window_of(training) > 1:
        sentences.append(f"Grey: logged batches; black: means of {window_of(training)} neighbouring ones.")
    elif training and not log.series("loss", "train"):
        sentences.append("Training loss: mean over the last steps.")
    if log.series("validation_loss", "validation", "done"):
        n = n_validation(log, run)
        sentences.append(f"Validation: n = {n:,} tasks." if n else "Validation: n not recorded.")
    sentences += _monitor_sentences(log, run)
    if log.series("validation_accuracy", "validation", "done") or log.series("unseen_accuracy", "monitor"):
        sentences.append("One greedy answer a task; bars: 95 % bootstrap intervals over tasks.")
    return " ".join(sentences)


def _monitor_sentences(log: TrainingLog, run: Mapping[str, Any]) -> Iterator[str]:
    """A run on a stream has seen no published task, so that nothing is said of seen ones and of copies."""
    if not any(log.series(name, "monitor") for name in MONITORED):
        return
    n = n_monitored(log, run)
    count = f"n = {n:,}" if n else "n not recorded"
    if log.series("seen_accuracy", "monitor"):
        yield f"Seen: tasks of the training split ({count}); unseen: tasks of no training split (as many)."
        yield "Exact copies: answers on unseen tasks that are the target of a training task."
    else:
        yield f"Unseen: tasks of no training split ({count})."


def n_validation(log: TrainingLog, run: Mapping[str, Any]) -> int | None:
    """How many tasks a validation score is the mean of."""
    return _count(log, "n_validation", run, "validation", "done")


def n_monitored(log: TrainingLog, run: Mapping[str, Any]) -> int | None:
    """How many tasks a score of the monitor is the mean of."""
    return _count(log, "n_monitor", run, "monitor")


def _count(log: TrainingLog, name: str, run: Mapping[str, Any], *events: str) -> int | None:
    counts = [line[name] for line in log.lines if line["event"] in events and name in line]
    counts += [section[name] for section in (run, _section(run, "config")) if name in section]
    return int(counts[0]) if counts and counts[0] else None


def window_of(training: Series) -> int:
    """How many logged batches are averaged: an odd number."""
    return len(training.values) // _SMOOTH_POINTS * 2 + 1


def training_loss(log: TrainingLog) -> Series:
    """The loss of each logged batch; of a run too short to log one, its mean loss at the end."""
    return log.series("loss", "train") or log.series("loss", "done")


def _section(run: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = run.get(name)
    return section if isinstance(section, dict) else {}
