"""The dataset folder as the audit sees it: build.json, checksums.json and whatever the Parquet files give."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from arith_synth.errors import DatasetError, GrammarError
from arith_synth.files import parse_json
from arith_synth.grammar import Grammar
from arith_synth.splits.audit.parts import for_all
from arith_synth.splits.audit.scan import NOT_PLAIN, Scan, is_plain_file, scan_file
from arith_synth.splits.audit.split_files import Split

CORPUS = "corpus/full"
_NO_CORPUS = pa.schema(
    {
        **dict.fromkeys(("program", "fingerprint", "shape"), pa.string()),
        **dict.fromkeys(("size", "depth", "strahler", "n_divisions"), pa.int32()),
        **dict.fromkeys(("forced", "used_by"), pa.list_(pa.string())),
        **dict.fromkeys(("syntactic", "semantic"), pa.list_(pa.float32(), 16)),
    }
)
#: What to do about any damage.
REBUILD = "rebuild the folder: arith-synth build"
_FILE = re.compile(r"(?P<split>[a-z0-9_]+)-(?P<part>[0-9]{5})-of-(?P<parts>[0-9]{5})\.parquet")
_BUILD_KEYS = (
    "data_version",
    "grammar",
    "max_size",
    "split_sizes",
    "classes_by_size",
    "n_classes",
    "n_regular",
    "n_well_posed",
    "panel",
    "fingerprint_points",
    "coordinate_unit",
    "bases_sha256",
    "configs",
    "regions",
    "canary",
)
#: Beyond this the audit's bottom-up enumeration would not fit a desk machine.
_MAX_MAX_SIZE = 7
_LARGEST_INPUT = 1 << 31
#: A name is part of the name of a file.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Folder:
    """A dataset folder. `unreadable`: what kept a Parquet file from being opened, by its path within the folder."""

    path: Path
    build: dict[str, Any]
    checksums: dict[str, Any] | None
    grammar: Grammar
    max_size: int
    splits: dict[str, Split]
    metadata: dict[str, dict[bytes, bytes]]
    files: list[str]
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def corpus(self) -> Split:
        """The corpus; one without rows where the dataset was built without it."""
        if CORPUS in self.splits:
            return self.splits[CORPUS]
        config, _, name = CORPUS.partition("/")
        return Split(config=config, name=name, files=(), schema=_NO_CORPUS, n_rows=0)

    @property
    def tasks(self) -> list[Split]:
        """All splits of tasks, in the order of their paths."""
        return [self.splits[path] for path in sorted(self.splits) if path != CORPUS]

    @cached_property
    def scans(self) -> dict[str, Scan]:
        """Every Parquet file read once, by its path within the folder."""
        return dict(zip(self.files, for_all(self.files, lambda file: scan_file(self.path, file)), strict=True))

    def rows_key(self, *splits: Split) -> str:
        """A key that changes with any value in the rows of these splits: whoever changes rows changes what is drawn by
        it, and cannot know beforehand which rows are looked at."""
        scans = [self.scans[file.relative_to(self.path).as_posix()] for split in splits for file in split.files]
        return hashlib.sha256(" ".join(scan.content_sha256 or scan.sha256 for scan in scans).encode()).hexdigest()

    def of_config(self, config: str) -> dict[str, Split]:
        """The splits of one config by name; empty when the folder does not have it."""
        return {split.name: split for split in self.tasks if split.config == config}


def read_folder(path: Path) -> Folder:
    """Read the JSON files and open the Parquet files. Raises DatasetError when the folder is no dataset; Parquet files
    that cannot be opened are noted only."""
    if not path.is_dir():
        raise DatasetError(
            f"{path} is not a folder; give the path of a dataset folder, or build one: arith-synth build"
        )
    build = _read_json(path / "build.json")
    if build is None:
        raise DatasetError(f"{path} is not a dataset folder: it has no build.json; build one: arith-synth build")
    _check_build(path, build)
    files = sorted(file.relative_to(path).as_posix() for file in path.glob("*/*.parquet"))
    parts: dict[str, list[tuple[Path, pq.FileMetaData, pa.Schema]]] = {}
    unreadable: dict[str, str] = {}
    metadata: dict[str, dict[bytes, bytes]] = {}
    for file in files:
        match = _FILE.fullmatch(file.partition("/")[2])
        if match is None:
            unreadable[file] = "its name is not <split>-00000-of-0000N.parquet"
            continue
        if not is_plain_file(path, file):
            unreadable[file] = NOT_PLAIN
            continue
        try:
            with pq.ParquetFile(path / file) as opened:
                schema = opened.schema_arrow
                dict(zip(schema.names, schema.types, strict=True))  # names that are no UTF-8 show here
                parts.setdefault(f"{file.partition('/')[0]}/{match['split']}", []).append(
                    (path / file, opened.metadata, schema)
                )
        except (pa.ArrowException, OSError, ValueError) as error:
            unreadable[file] = str(error)
            continue
        metadata[file] = dict(schema.metadata or {})
    splits: dict[str, Split] = {}
    for name, found in parts.items():
        config, _, split = name.partition("/")
        paths, footers, schemas = zip(*found, strict=True)
        if any(schema != schemas[0] for schema in schemas):
            unreadable[name] = "its files have different columns"
            continue
        n_rows = sum(footer.num_rows for footer in footers)
        splits[name] = Split(config=config, name=split, files=paths, schema=schemas[0], n_rows=n_rows)
    return Folder(
        path=path,
        build=build,
        checksums=_read_json(path / "checksums.json"),
        grammar=grammar_of(path, build["grammar"]),
        max_size=build["max_size"],
        splits=splits,
        metadata=metadata,
        files=files,
        unreadable=unreadable,
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        content = parse_json(path.read_bytes())
    except ValueError as error:
        raise DatasetError(f"{path} is not JSON ({error}); rebuild the folder: arith-synth build") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path} does not hold a JSON object; rebuild the folder: arith-synth build")
    return content


def _check_build(path: Path, build: dict[str, Any]) -> None:
    """Raise DatasetError unless build.json has the entries that the audit reads, of the right kinds."""
    missing = [key for key in _BUILD_KEYS if key not in build]
    if missing:
        raise DatasetError(f"{path}/build.json lacks {', '.join(missing)}; rebuild the folder: arith-synth build")
    max_size = build["max_size"]
    if not _is_int(max_size) or not 1 <= max_size <= _MAX_MAX_SIZE:
        raise DatasetError(
            f"{path}/build.json: max_size must be within 1..{_MAX_MAX_SIZE}, so that it can be enumerated"
        )
    n_variables = len(grammar_of(path, build["grammar"]).variables)
    panel = build["panel"]
    points_fine = isinstance(panel, dict) and all(
        panel.get(part)
        and _is_list(panel[part], lambda point: _is_list(point, _is_small) and len(point) == n_variables)
        for part in ("shown", "heldout")
    )
    kinds_fine = (
        points_fine
        and _is_list(build["classes_by_size"], _is_int)
        and _is_list(
            build["fingerprint_points"], lambda point: isinstance(point, dict) and _is_list([*point.values()], _is_int)
        )
        and isinstance(build["canary"], str)
        and isinstance(build["regions"], dict)
        and isinstance(build["configs"], dict)
        and all(isinstance(splits, dict) for splits in build["configs"].values())
        and all(isinstance(entry, dict) for splits in build["configs"].values() for entry in splits.values())
    )
    if not kinds_fine:
        raise DatasetError(f"{path}/build.json has an entry of the wrong kind; rebuild the folder: arith-synth build")


def grammar_of(path: Path, entry: Any) -> Grammar:
    """The grammar that build.json describes; DatasetError when it describes none."""
    try:
        return Grammar(
            name=_name(entry["name"]),
            variables=_texts(entry["variables"]),
            constants=tuple(_list(entry["constants"])),
            operators=_texts(entry["operators"]),
        )
    except (KeyError, TypeError, ValueError, GrammarError) as error:
        raise DatasetError(f"{path}/build.json describes no grammar ({error}); rebuild: arith-synth build") from error


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError("its name is not up to 64 letters, digits, hyphens and underscores")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not all(isinstance(item, str) for item in _list(value)):
        raise ValueError("variables and operators are texts")
    return tuple(_list(value))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("variables, constants and operators are lists")
    return value


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_small(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_INPUT


def _is_list(value: object, item_fine: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(item_fine(item) for item in value)
