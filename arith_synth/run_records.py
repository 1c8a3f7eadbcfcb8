"""What any run says of itself in its run.json: options, commit, data, processor. Light: no torch."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from arith_synth.data.content import content_of
from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import MetricError, UsageError
from arith_synth.files import read_json
from arith_synth.scoring.pass_at_k import usual_ks
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.training.folders import RUN_FILE


def plain(config: Any) -> dict[str, Any]:
    """A config dataclass as JSON values."""
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    return {
        name: str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
    }


def commit() -> str | None:
    """The commit that this package runs from, with `-dirty` behind it when files differ; None outside git."""
    package = Path(__file__).resolve().parent
    command = ["git", "-C", str(package), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None


def data_record(folder: DatasetFolder, config: str, splits: list[str]) -> dict[str, Any]:
    """Version, grammar, size and, for each split, what names its content."""
    return {
        "version": folder.build["data_version"],
        "grammar": folder.build["grammar"]["name"],
        "max_size": folder.build["max_size"],
        "checksums": {split: content_of(folder, config, split) for split in splits},
    }


def now() -> str:
    """The time, ISO 8601 in UTC to the second: `2026-01-31T12:00:00+00:00`."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def machine() -> dict[str, Any]:
    """The machine: processor and number of cores."""
    return {"processor": _processor(), "n_cores": os.cpu_count()}


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def finished_scores(output: Path, key: Mapping[str, Any], scoring: Mapping[str, Any]) -> dict[str, Any] | None:
    """The scores of an evaluation or a baseline that is done, by its run.json in `output`; None where there is none.

    Raises UsageError when they are those of another evaluation, or of the same answers scored in another way.
    """
    file = output / RUN_FILE
    if not file.exists():
        return None
    try:
        record = read_json(file)
    except MetricError as error:
        raise UsageError(f"{file} is damaged; remove it, or name another --output") from error
    if record.get("key") != key or not isinstance(record.get("scores"), dict):
        raise UsageError(f"{output} holds another run (see its {RUN_FILE}); name another --output")
    # Runs of earlier versions do not say how they were scored: in the one way that there was.
    n_samples = key["decoding"]["n_samples"]
    usual = {"k": list(usual_ks(n_samples)), "extraction": "rules"}
    if record.get("scoring", usual) != scoring:
        raise UsageError(
            f"{output} holds these answers scored in another way (--k or --strict; see its {RUN_FILE}); score its "
            f"{PREDICTIONS_FILE} with arith-synth score, or name another --output"
        )
    return record["scores"]
