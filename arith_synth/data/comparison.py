"""Which splits and facts differ between two dataset folders.

Recorded checksums are claims, and are not believed: every file is hashed here, and a record that does not fit its file
is a difference of its own. Rows are looked at only where the content of a split differs.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from arith_synth.data.checksums import file_sha256, parquet_content_sha256
from arith_synth.data.folder import (
    BENCHMARK_FILE,
    BUILD_FILE,
    BUILD_LOG_FILE,
    CARD_FILE,
    CHECKSUMS_FILE,
    CROISSANT_FILE,
    SHIFT_REPORT_FILE,
)
from arith_synth.data.row_differences import RowDifferences, row_differences
from arith_synth.errors import UsageError
from arith_synth.files import parse_json
from arith_synth.progress import Progress

#: Written for people, or measured with floating point, or different from build to build: they do not make two datasets
#: differ.
DOCUMENTS = (CARD_FILE, BENCHMARK_FILE, SHIFT_REPORT_FILE, CROISSANT_FILE, BUILD_LOG_FILE)
_SPLIT_FILE = re.compile(r"(?P<split>.+)-[0-9]{5}-of-[0-9]{5}\.parquet")

State = Literal["same", "rows differ", "only in the first", "only in the second", "unreadable"]
DocumentState = Literal["same", "differs", "only in the first", "only in the second"]


@dataclass(frozen=True, kw_only=True)
class SplitDifference:
    """One split in both folders.

    `rows`: what differs, where the state is "rows differ". `moved_to`, `moved_from`: how many of the removed and of the
    added classes are now in, or came from, another split of the same config. `same_bytes`: whether the files are equal
    to the byte; another version of the Parquet writer gives other bytes for the same rows. `reason`: why it is
    unreadable.
    """

    split: str
    state: State
    same_bytes: bool = False
    rows: RowDifferences | None = None
    moved_to: dict[str, int] = field(default_factory=dict)
    moved_from: dict[str, int] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two folders, side by side.

    `facts`: entries of build.json that differ, by their dotted path, with both values (None where there is none).
    `records`: files of each folder that its checksums.json does not fit. `other_files`: further files, as documents.
    """

    splits: list[SplitDifference]
    facts: dict[str, tuple[Any, Any]]
    records: tuple[list[str], list[str]]
    documents: dict[str, DocumentState]
    other_files: dict[str, DocumentState]

    @property
    def equal(self) -> bool:
        """Whether data, facts and records agree; documents may differ."""
        return (
            all(split.state == "same" for split in self.splits)
            and not self.facts
            and not any(self.records)
            and all(state == "same" for state in self.other_files.values())
        )


def compare_folders(first: Path | str, second: Path | str, progress: Progress | None = None) -> Comparison:
    """Compare two dataset folders from their files. Raises UsageError, one line, when one is no dataset folder."""
    folders = (Path(first), Path(second))
    builds = [_json(folder, BUILD_FILE) for folder in folders]
    recorded = [_recorded(_json(folder, CHECKSUMS_FILE)) for folder in folders]
    files = [_split_files(folder) for folder in folders]
    hashes: tuple[dict[str, str], dict[str, str]] = ({}, {})
    splits: list[SplitDifference] = []
    paths = list(dict.fromkeys([*files[0], *files[1]]))
    for number, path in enumerate(paths):
        if progress is not None:
            progress("comparing splits", number, len(paths))
        here, there = files[0].get(path, []), files[1].get(path, [])
        try:
            sums = []
            for folder, of_split, known in zip(folders, (here, there), hashes, strict=True):
                found = {file.relative_to(folder).as_posix(): _sha256(file) for file in of_split}
                known.update(found)
                sums.append([*found.values()])
        except OSError as error:
            splits.append(_unreadable(path, error))
            continue
        splits.append(_compare_split(path, here, there, same_bytes=sums[0] == sums[1]))
    if progress is not None:
        progress("comparing splits", len(paths), len(paths))
    loose = _compare_loose(*folders)
    return Comparison(
        splits=_with_moves(splits),
        facts=_differing_facts(builds[0], builds[1], ""),
        records=(_misfits(recorded[0], hashes[0]), _misfits(recorded[1], hashes[1])),
        documents={name: state for name, state in loose.items() if name in DOCUMENTS},
        other_files={name: state for name, state in loose.items() if name not in DOCUMENTS},
    )


def _compare_split(path: str, here: list[Path], there: list[Path], *, same_bytes: bool) -> SplitDifference:
    if not here or not there:
        return SplitDifference(split=path, state="only in the first" if here else "only in the second")
    if same_bytes:
        return SplitDifference(split=path, state="same", same_bytes=True)
    try:
        if [parquet_content_sha256(file) for file in here] == [parquet_content_sha256(file) for file in there]:
            return SplitDifference(split=path, state="same")
        rows = row_differences(here, there)
    except (pa.ArrowException, OSError, TypeError, ValueError, KeyError) as error:
        # TypeError: a column of a type that no schema here has; ValueError: texts that are no UTF-8; KeyError: a column
        # that stands there twice
        return _unreadable(path, error)
    return SplitDifference(split=path, state="rows differ", rows=rows)


def _unreadable(path: str, error: Exception) -> SplitDifference:
    reason = str(error.args[0]) if isinstance(error, KeyError) else str(error)
    return SplitDifference(split=path, state="unreadable", reason=" ".join(reason.split())[:200])


def _sha256(file: Path) -> str:
    """OSError for what is no file: a directory, a link that leads nowhere, a pipe, which would be waited at forever."""
    if not file.is_file():
        raise OSError(f"{file.name} is no file")
    return file_sha256(file)


def _with_moves(splits: list[SplitDifference]) -> list[SplitDifference]:
    """Look each class that left a split up among those that came to another split of its config."""
    came, left = ({}, {})
    for split in splits:
        config = split.split.partition("/")[0]
        if split.rows is not None:
            came |= {(config, fingerprint): split.split for fingerprint in split.rows.added}
            left |= {(config, fingerprint): split.split for fingerprint in split.rows.removed}
    found = []
    for split in splits:
        config = split.split.partition("/")[0]
        if split.rows is None:
            found.append(split)
            continue
        to, source = (
            Counter(
                where[config, fingerprint]
                for fingerprint in fingerprints
                if where.get((config, fingerprint), split.split) != split.split
            )
            for where, fingerprints in ((came, split.rows.removed), (left, split.rows.added))
        )
        found.append(
            SplitDifference(
                split=split.split, state=split.state, rows=split.rows, moved_to=dict(to), moved_from=dict(source)
            )
        )
    return found


def _compare_loose(first: Path, second: Path) -> dict[str, DocumentState]:
    """Every file in the root but build.json and checksums.json, whose content is compared otherwise."""
    names = sorted({file.name for folder in (first, second) for file in folder.iterdir() if file.is_file()})
    states: dict[str, DocumentState] = {}
    for name in names:
        here, there = first / name, second / name
        if name in (BUILD_FILE, CHECKSUMS_FILE) or name.startswith("."):
            continue
        if not here.is_file() or not there.is_file():
            states[name] = "only in the first" if here.is_file() else "only in the second"
        else:
            states[name] = "same" if file_sha256(here) == file_sha256(there) else "differs"
    return states


def _split_files(folder: Path) -> dict[str, list[Path]]:
    """Parquet files of every split, by `config/split`, from the names in the folder."""
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        match = _SPLIT_FILE.fullmatch(path.name)
        if not path.parent.name.startswith("."):
            name = match["split"] if match else path.name
            files.setdefault(f"{path.parent.name}/{name}", []).append(path)
    return files


def _differing_facts(first: Any, second: Any, path: str) -> dict[str, tuple[Any, Any]]:
    if isinstance(first, dict) and isinstance(second, dict):
        facts: dict[str, tuple[Any, Any]] = {}
        for key in dict.fromkeys([*first, *second]):
            inner = f"{path}.{key}" if path else key
            if key in first and key in second:
                facts |= _differing_facts(first[key], second[key], inner)
            else:
                facts[inner] = (first.get(key), second.get(key))
        return facts
    # 1 and 1.0 and true are different texts in the file, and equal in Python.
    return {} if json.dumps(first) == json.dumps(second) else {path: (first, second)}


def _recorded(checksums: Mapping[str, Any]) -> dict[str, Any]:
    """The recorded SHA-256 of every Parquet file."""
    files = checksums.get("files")
    if not isinstance(files, dict):
        return {}
    return {name: entry.get("sha256") if isinstance(entry, dict) else None for name, entry in files.items()}


def _misfits(recorded: Mapping[str, Any], found: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*recorded, *found} if recorded.get(name) != found.get(name))


def _json(folder: Path, name: str) -> dict[str, Any]:
    advice = "name two folders that `arith-synth build` has made"
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; {advice}")
    if not (folder / name).is_file():
        raise UsageError(f"{folder} is not an arith-synth dataset (it has no {name}); {advice}")
    try:
        value = parse_json((folder / name).read_bytes())
    except ValueError as error:
        raise UsageError(f"{folder / name} is not JSON ({error}); {advice}") from error
    if not isinstance(value, dict):
        raise UsageError(f"{folder / name} does not hold a JSON object; {advice}")
    return value
