"""Which of the tasks that a model answers it has seen in training: configs may share classes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from arith_synth.data.content import content_of
from arith_synth.data.folder import DatasetFolder
from arith_synth.names import is_test
from arith_synth.scoring import Task, split_of


def seen_in_training(
    folder: DatasetFolder, training: Mapping[str, Any] | None, tasks: Sequence[Task]
) -> dict[str, int] | None:
    """Tasks of each split whose class was in the model's training split; None when that cannot be told.

    It can be told when the model's run says what it was trained on and that split is in this very dataset.
    """
    source = training_split_in(folder, training)
    if source is None:
        return None
    config, split = source
    trained = set(folder.read(config, split, ["fingerprint"]).column("fingerprint").to_pylist())
    counts = Counter(split_of(task.task_id) for task in tasks if task.fingerprint in trained)
    return {name: counts[name] for name in sorted({split_of(task.task_id) for task in tasks})}


def training_split_in(folder: DatasetFolder, training: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """Config and name of the split that a model was trained on, None unless it is known to be in this very dataset."""
    if training is None or not training.get("split"):
        return None
    config, split = training["config"], training["split"]
    published = content_of(folder, config, split)
    if published is None or (training.get("checksums") or {}).get(split) != published:
        return None
    return config, split


def exposure_warning(seen: Mapping[str, int] | None) -> str | None:
    """One line for whoever reads the scores, or None when nothing is wrong."""
    if seen is None:
        return "note: it cannot be told whether the model has seen these tasks in training (another or unknown dataset)"
    leaked = ", ".join(f"{n} of {split}" for split, n in seen.items() if n and is_test(split))
    if not leaked:
        return None
    return f"warning: the model was trained on classes of these tests ({leaked}); score it on tests of its own config"
