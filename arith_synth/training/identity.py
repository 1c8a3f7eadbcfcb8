"""What makes a run the same run, and where it begins: afresh, at a checkpoint, or not at all because it is done."""

from pathlib import Path
from typing import Any

from arith_synth.errors import CheckpointError, UsageError
from arith_synth.training import checkpoints, records
from arith_synth.training.config import TrainingConfig
from arith_synth.training.folders import RUN_FILE, is_number, object_of
from arith_synth.training.logs import read_log

#: Options that a resumed run may change; with any other it would not be the same run.
_FREE_OPTIONS = {
    *("data", "output", "resume", "json", "device", "n_processes", "track", "curve"),
    *("n_validation", "validate_every_seconds", "validate_every_steps"),
    *("n_monitor", "monitor_every_seconds", "monitor_every_steps"),
    *("log_every_steps", "checkpoint_every_seconds", "checkpoint_every_steps", "keep_checkpoints"),
}


def options_of(config: TrainingConfig) -> dict[str, Any]:
    """The options of a run as JSON values, with the notation that was meant."""
    return records.plain(config) | {"notation": config.written_notation}


def resume_key(config: TrainingConfig, data: dict[str, Any], n_processes: int) -> dict[str, Any]:
    """What a session must share with the checkpoint that it goes on from."""
    options = {name: value for name, value in options_of(config).items() if name not in _FREE_OPTIONS}
    return options | {
        "data_version": data["version"],
        "content_sha256": data["checksums"][config.split],
        "n_processes": n_processes,
    }


def is_finished(output: Path) -> bool:
    """Whether the folder holds a run that has come to its end."""
    return (output / RUN_FILE).exists()


def check_same_run(config: TrainingConfig, key: dict[str, Any]) -> None:
    """Raises UsageError when the finished run in the output folder is not the one that is asked for.

    CheckpointError when run.json does not say which run that is.
    """
    done = _read_run(config.output)
    options, data = (_section(config.output, done, name) for name in ("config", "data"))
    checksums = _section(config.output, data, "checksums")
    has = {name: options.get(name) for name in key} | {
        "data_version": data.get("version"),
        "content_sha256": checksums.get(str(options.get("split"))),
        "n_processes": done.get("n_processes"),
    }
    other = ", ".join(name for name in key if has[name] != key[name])
    if other:
        raise UsageError(f"{config.output} holds a finished run with another {other}; name another --output")


def last_line(output: Path) -> dict[str, Any]:
    """The last line of a finished run's log or, where the log has lost it, the same numbers from run.json.

    Raises CheckpointError when those are missing too, or a line of the log is damaged.
    """
    last = next(reversed(read_log(output)), None)
    if last is not None and last["event"] == "done":
        return last
    done = _read_run(output)
    for name in ("step", "examples", "seconds"):
        if not is_number(done.get(name), whole=name != "seconds"):
            raise _damaged(output, f"its {name} is no number from 0")
    told = {name: value for name, value in done.items() if value is None or isinstance(value, int | float)}
    n_parameters = _section(output, done, "model").get("n_parameters")
    return {"event": "done", **told, "n_parameters": n_parameters, "output": str(output)}


def where_to_start(config: TrainingConfig) -> Path | None:
    """The checkpoint to go on from, if any. Raises UsageError where starting afresh would destroy something."""
    checkpoint = checkpoints.newest_checkpoint(config.output)
    is_done = is_finished(config.output)
    if not config.resume and (is_done or checkpoint is not None):
        state = "a finished run" if is_done else "an unfinished run"
        raise UsageError(f"{config.output} holds {state}; say --resume to go on, or name another --output")
    return None if is_done else checkpoint


def _read_run(output: Path) -> dict[str, Any]:
    try:
        return object_of((output / RUN_FILE).read_bytes())
    except ValueError as error:
        raise _damaged(output, str(error)) from None


def _section(output: Path, values: dict[str, Any], name: str) -> dict[str, Any]:
    section = values.get(name)
    if not isinstance(section, dict):
        raise _damaged(output, f"it has no {name}")
    return section


def _damaged(output: Path, reason: str) -> CheckpointError:
    """Of a run that is done nothing else says what it was; its checkpoints are gone."""
    return CheckpointError(
        f"{output / RUN_FILE} is damaged ({reason}); remove {output} to train again, or name another --output"
    )
