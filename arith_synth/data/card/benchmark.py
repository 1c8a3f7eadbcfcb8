"""`eval.yaml`, which tells the Hub that the dataset is a benchmark."""

from collections.abc import Mapping
from typing import Any

import yaml

from arith_synth.names import is_test


def benchmark_task(config: str, split: str) -> str:
    """The id of a test's task on the Hub, which results of models name."""
    return f"{config}_{split}"


def benchmark(build: Mapping[str, Any]) -> str:
    """`eval.yaml`: one task a test split.

    Source: the Hub's documentation of evaluation results, "Eval.yaml specification". The Hub accepts only frameworks
    that are in its own list, so ours has to be entered there before the first upload.
    """
    tasks = [
        {"id": benchmark_task(config, split), "config": config, "split": split}
        for config, splits in build["configs"].items()
        for split in splits
        if is_test(split)
    ]
    description = "Programs of a small arithmetic language from examples, under controlled train/test shifts."
    document = {
        "name": "arith-synth",
        "description": description,
        "evaluation_framework": "arith-synth",
        "tasks": tasks,
    }
    return yaml.safe_dump(document, sort_keys=False)
