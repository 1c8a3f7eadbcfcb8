"""A finished dataset folder: opening it, checking it and reading its splits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from arith_synth import DATA_VERSION
from arith_synth.data.checksums import file_sha256, parquet_content_sha256, task_ids_sha256
from arith_synth.data.config_names import check_config
from arith_synth.errors import DatasetError
from arith_synth.files import parse_json
from arith_synth.names import check_name

#: Where a dataset stands when nobody says otherwise.
DEFAULT_FOLDER = Path("arith-synth")

BUILD_FILE = "build.json"
CHECKSUMS_FILE = "checksums.json"
BUILD_LOG_FILE = "build_log.json"
CARD_FILE = "README.md"
BENCHMARK_FILE = "eval.yaml"
CONTAMINATION_FILE = "contamination.json"
SHIFT_REPORT_FILE = "shift_report.json"
CROISSANT_FILE = "croissant.json"


@dataclass(frozen=True, kw_only=True)
class DatasetFolder:
    """A folder whose `build.json` and `checksums.json` could be read and whose data version is ours.

    Made by `open_dataset`. `build` and `checksums` are the parsed files; docs/schema.md describes them.
    """

    path: Path
    build: dict[str, Any]
    checksums: dict[str, Any]

    @property
    def configs(self) -> dict[str, list[str]]:
        """Split names by config, in the order of publication."""
        return {config: list(splits) for config, splits in self.build["configs"].items()}

    def files(self, config: str, split: str) -> list[Path]:
        """The split's Parquet files in order; UnknownNameError when the folder has no such config or split."""
        check_config(config, self.configs)
        check_name("split", split, self.configs[config])
        prefix = f"{config}/{split}-"
        return [self.path / name for name in sorted(self.checksums["files"]) if name.startswith(prefix)]

    def read(self, config: str, split: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The split's rows in order, all columns or some.

        Raises UnknownNameError for an unknown config or split and DatasetError for a missing or damaged file.
        """
        return pa.concat_tables([_read_parquet(path, columns) for path in self.files(config, split)])


def open_dataset(path: Path | str = DEFAULT_FOLDER) -> DatasetFolder:
    """The dataset folder at `path`, checked as far as is quick: its JSON files, data version and Parquet footers.

    Raises DatasetError, one line, when there is no folder, it is not a dataset, it is of another data version, or a
    file is missing or truncated. `verify` checks every byte.
    """
    path = Path(path)
    if not path.exists():
        raise DatasetError(f"there is no dataset at {path}; make one with: arith-synth build --out {path}")
    if not (path / BUILD_FILE).is_file():
        raise DatasetError(
            f"{path} is not an arith-synth dataset (it has no {BUILD_FILE}); "
            "name a folder that `arith-synth build` has made"
        )
    build = _read_json(path / BUILD_FILE, ("data_version", "configs"))
    if build["data_version"] != DATA_VERSION:
        raise DatasetError(
            f"{path} has data version {build['data_version']}, and this arith-synth reads {DATA_VERSION}; rebuild it "
            f"with: arith-synth build, or install arith-synth {build.get('package_version', 'of its version')}"
        )
    folder = DatasetFolder(path=path, build=build, checksums=_read_json(path / CHECKSUMS_FILE, ("files", "splits")))
    for config, splits in folder.configs.items():
        for split in splits:
            _check_footers(folder, config, split)
    return folder


def verify(folder: DatasetFolder) -> None:
    """Check every file's bytes and content, every split's task ids and the cards against `checksums.json`.

    Raises DatasetError that names the first file that differs.
    """
    for name, expected in folder.checksums["files"].items():
        path = folder.path / name
        if not path.is_file():
            raise _damaged(path, "the file is missing")
        if file_sha256(path) != expected["sha256"] or parquet_content_sha256(path) != expected["content_sha256"]:
            raise _damaged(path, f"its content is not what {CHECKSUMS_FILE} says")
    for name, expected in folder.checksums["splits"].items():
        config, _, split = name.partition("/")
        task_ids = folder.read(config, split, ["task_id"]).column("task_id").to_pylist()
        if len(task_ids) != expected["n"] or task_ids_sha256(task_ids) != expected["task_ids_sha256"]:
            raise _damaged(folder.path / name, f"its task ids are not what {CHECKSUMS_FILE} says")
    for name, expected in folder.checksums.get("cards", {}).items():
        path = folder.path / name
        if not path.is_file():
            raise _damaged(path, "the file is missing")
        if file_sha256(path) != expected:
            raise _damaged(path, f"its content is not what {CHECKSUMS_FILE} says")


def _check_footers(folder: DatasetFolder, config: str, split: str) -> None:
    paths = folder.files(config, split)
    if not paths:
        raise _damaged(folder.path / config, f"{CHECKSUMS_FILE} lists no file of split {split!r}")
    for path in paths:
        expected = folder.checksums["files"][f"{config}/{path.name}"]["rows"]
        if path.exists() and not path.is_file():
            raise _damaged(path, "it is no file")
        try:
            n_rows = pq.read_metadata(path).num_rows
        except FileNotFoundError as error:
            raise _damaged(path, "the file is missing") from error
        except (pa.ArrowInvalid, OSError) as error:
            raise _damaged(path, "the file is truncated or is no Parquet file") from error
        if n_rows != expected:
            raise _damaged(path, f"it has {n_rows} rows, and {CHECKSUMS_FILE} says {expected}")


def _read_parquet(path: Path, columns: Sequence[str] | None) -> pa.Table:
    try:
        with pq.ParquetFile(path) as file:
            return file.read(columns=None if columns is None else list(columns)).replace_schema_metadata(None)
    except FileNotFoundError as error:
        raise _damaged(path, "the file is missing") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(path, "the file is truncated or corrupt") from error


def _read_json(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    try:
        if path.exists() and not path.is_file():
            raise _damaged(path, "it is no file")
        value = parse_json(path.read_bytes())
    except FileNotFoundError as error:
        raise _damaged(path, "the file is missing") from error
    except ValueError as error:
        raise _damaged(path, f"it is not JSON ({error})") from error
    if not isinstance(value, dict) or any(key not in value for key in keys):
        raise _damaged(path, f"it lacks {' or '.join(keys)}")
    return value


def _damaged(path: Path, reason: str) -> DatasetError:
    return DatasetError(
        f"{path} is damaged: {reason}; restore it, or remove the dataset folder and run arith-synth build again"
    )
