"""An enumeration on disk: what is in its folder, and what is finished.

    enumeration.json                              grammar and max_size, written first
    size_<n>/classes-<shard>-of-<shards>.parquet  a range of fingerprints each, see `shard_files`
    size_<n>.json                                 the size's seal: all its shards are there and were read back

Every file is written aside and renamed, so that what has its final name is whole. The number of shards follows from
grammar and max_size alone, so that the files are the same however they were made.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from arith_synth.enumeration.bank import check_max_size, enumerate_bank, leaf_values
from arith_synth.enumeration.derivations import check_tree_numbers
from arith_synth.enumeration.growth import Growth, growth_of
from arith_synth.enumeration.shard_files import (
    Classes,
    n_candidates_of,
    read_classes_file,
    shard_path,
    size_folder,
    write_classes_file,
)
from arith_synth.enumeration.unranking import leaf_codes
from arith_synth.errors import DatasetError, UsageError
from arith_synth.files import write_json
from arith_synth.grammar import Grammar
from arith_synth.semantics.heights import check_heights
from arith_synth.semantics.programs import row_width

FORMAT = 1
#: Candidates of a shard, about: it fits where little memory is, and is made in a second.
_CANDIDATES_OF_SHARD = 1 << 21
_DESCRIPTION = "enumeration.json"
#: A build on a cluster keeps its records here.
LOGS = "logs"
_SEAL_KEYS = {"size", "n_classes", "n_candidates", "n_shards", "content_sha256", "shard_bytes"}
_AGAIN = "delete it and run the same command again"
_ANEW = "remove the folder and make it anew"


@lru_cache(maxsize=16)
def growth_on_disk(grammar: Grammar, max_size: int) -> Growth:
    """Classes and candidates by size, exact for small sizes: the same on every machine."""
    check_max_size(max_size)

    def up_to(grammar: Grammar, size: int) -> tuple[list[int], list[int]]:
        bank = enumerate_bank(grammar, size, threads=1)
        return [0, *bank.classes_by_size], bank.candidates_by_size.tolist()

    return growth_of(grammar, max_size, up_to)


def n_shards(grammar: Grammar, max_size: int, size: int) -> int:
    """Shards of a size, a power of two. Raises UsageError for a size out of range."""
    if not 1 <= size <= max_size:
        raise UsageError(f"size {size} is not within 1..{max_size}; name a size of the enumeration")
    if size == 1:
        return 1
    return 1 << max(0, growth_on_disk(grammar, max_size).candidates[size] // _CANDIDATES_OF_SHARD).bit_length()


def start_build(folder: Path, grammar: Grammar, max_size: int) -> None:
    """Describe the enumeration in its folder and write its leaves, unless that is done.

    Raises DatasetError when the folder holds another enumeration or something else.
    """
    check_max_size(max_size)
    check_heights(grammar, max_size)
    check_tree_numbers(grammar, max_size)
    description = {"format": FORMAT, "grammar": asdict(grammar), "max_size": max_size}
    for aside in _asides(folder, _DESCRIPTION):
        aside.unlink(missing_ok=True)
    if (folder / _DESCRIPTION).exists():
        if _description_of(folder) != json.loads(json.dumps(description)):
            raise DatasetError(
                f"{folder} holds another enumeration ({_named(_description_of(folder))}, asked for "
                f"{_named(description)}); choose another --out, or remove it"
            )
    elif folder.exists() and (not folder.is_dir() or any(entry.name != LOGS for entry in folder.iterdir())):
        raise DatasetError(f"{folder} holds something else than an enumeration; choose another --out")
    else:
        write_json(folder / _DESCRIPTION, description)
    if not is_sealed(folder, 1):
        values = leaf_values(grammar)
        codes = np.zeros((len(values), row_width(max_size)), dtype=np.uint8)
        codes[:, 0] = leaf_codes(grammar, values)
        n_minimal = np.ones(len(values), dtype=np.int64)
        write_classes_file(
            shard_path(folder, 1, 0, 1), Classes(values=values, n_minimal=n_minimal, codes=codes, n_candidates=0)
        )
        seal_size(folder, 1)


def _named(description: dict) -> str:
    grammar = description.get("grammar")
    name = grammar.get("name") if isinstance(grammar, dict) else None
    return f"{name}, max_size {description.get('max_size')}"


def description_of(folder: Path) -> tuple[Grammar, int]:
    """Grammar and max_size of the enumeration in a folder. Raises DatasetError when there is none."""
    description = _description_of(folder)
    try:
        if description["format"] != FORMAT:
            raise DatasetError(
                f"{folder} has format {description['format']}; this version reads {FORMAT}, so make it anew"
            )
        fields = description["grammar"]
        grammar = Grammar(
            name=fields["name"],
            variables=tuple(fields["variables"]),
            constants=tuple(fields["constants"]),
            operators=tuple(fields["operators"]),
        )
        return grammar, int(description["max_size"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DatasetError(f"{folder / _DESCRIPTION} describes no enumeration ({error}); {_ANEW}") from error


def shard_paths(folder: Path, size: int) -> list[Path]:
    """The files of a size, in order, whether or not they are there."""
    grammar, max_size = description_of(folder)
    n = n_shards(grammar, max_size, size)
    return [shard_path(folder, size, shard, n) for shard in range(n)]


def missing_shards(folder: Path, size: int) -> list[int]:
    """Shards of a size that are not there yet."""
    return [shard for shard, path in enumerate(shard_paths(folder, size)) if not path.exists()]


def is_sealed(folder: Path, size: int) -> bool:
    """Whether a size is finished: its seal is there, and its shards still are."""
    return _seal_path(folder, size).exists() and not missing_shards(folder, size)


def seal_size(folder: Path, size: int) -> None:
    """Read all shards of a size back and write its seal; removes files that a kill left aside.

    Raises DatasetError, and writes nothing, when a shard is missing, damaged or out of order.
    """
    if is_sealed(folder, size):
        return
    seal = _facts_of(folder, size)
    for aside in (*_asides(size_folder(folder, size)), *_asides(folder, _seal_path(folder, size).name)):
        aside.unlink(missing_ok=True)
    write_json(_seal_path(folder, size), seal)


def verify_size(folder: Path, size: int) -> None:
    """Read all of a finished size again. Raises DatasetError when it is not what was sealed."""
    if seal_of(folder, size) != _facts_of(folder, size):
        raise DatasetError(f"{size_folder(folder, size)} is not what {_seal_path(folder, size)} says; {_AGAIN}")


def _facts_of(folder: Path, size: int) -> dict:
    """What a seal says of a size, from its shards."""
    _, max_size = description_of(folder)
    paths = shard_paths(folder, size)
    digests = [hashlib.sha256() for _ in range(3)]
    n_classes = n_candidates = 0
    for shard, path in enumerate(paths):
        classes = read_classes_file(path)
        _check_order(path, shard, len(paths), classes.values)
        if classes.codes.shape[1] != row_width(max_size) or (classes.n_minimal < 1).any():
            raise DatasetError(f"{path} holds classes of another enumeration; {_AGAIN}")
        n_classes += len(classes.values)
        n_candidates += classes.n_candidates
        for digest, column in zip(digests, _columns(classes), strict=True):
            digest.update(column.data)
    return {
        "size": size,
        "n_classes": n_classes,
        "n_candidates": n_candidates,
        "n_shards": len(paths),
        "shard_bytes": [path.stat().st_size for path in paths],
        "content_sha256": _joined(digests),
    }


def seal_of(folder: Path, size: int) -> dict:
    """The facts in a size's seal. Raises DatasetError when the size is not finished."""
    if not is_sealed(folder, size):
        raise DatasetError(f"{folder}: size {size} is not finished; run the same command again")
    path = _seal_path(folder, size)
    seal = _read(path, _AGAIN)
    paths = shard_paths(folder, size)
    numbers = [seal.get(name) for name in ("n_classes", "n_candidates")]
    if set(seal) != _SEAL_KEYS or not all(isinstance(number, int) for number in numbers):
        raise DatasetError(f"{path} is no seal; {_AGAIN}")
    if not isinstance(seal["shard_bytes"], list) or len(seal["shard_bytes"]) != len(paths):
        raise DatasetError(f"{path} is no seal; {_AGAIN}")
    for shard, n_bytes in zip(paths, seal["shard_bytes"], strict=True):
        if shard.stat().st_size != n_bytes:
            raise DatasetError(f"{shard} is damaged ({shard.stat().st_size} bytes, not {n_bytes}); {_AGAIN}")
    return seal


def candidates_on_disk(folder: Path) -> int:
    """Candidates of the shards that are in a folder, finished or not; 0 where there is none."""
    return sum(n_candidates_of(path) for path in folder.glob("size_*/classes-*.parquet"))


def read_values(folder: Path, size: int) -> np.ndarray:
    """The classes of a finished size in order of fingerprint: uint64[n, 2].

    Raises DatasetError when the size is not finished, or a shard is damaged or not in its place.
    """
    n_classes = seal_of(folder, size)["n_classes"]
    paths = shard_paths(folder, size)
    parts = []
    for shard, path in enumerate(paths):
        parts.append(read_classes_file(path, values_only=True).values)
        _check_order(path, shard, len(paths), parts[-1])
    if sum(map(len, parts)) != n_classes:
        raise DatasetError(f"{size_folder(folder, size)} holds other classes than its seal says; {_AGAIN}")
    return np.concatenate(parts)


def content_sha256(values: np.ndarray, n_minimal: np.ndarray, codes: np.ndarray) -> str:
    """The sum that a seal holds, of a size's classes in core: uint64[n, 2], int64[n], uint8[n, 2 max_size - 1]."""
    classes = Classes(values=values, n_minimal=n_minimal, codes=codes, n_candidates=0)
    return _joined([hashlib.sha256(column.data) for column in _columns(classes)])


def _columns(classes: Classes) -> list[np.ndarray]:
    return [
        np.ascontiguousarray(classes.values, dtype="<u8"),
        np.ascontiguousarray(classes.n_minimal, dtype="<i8"),
        np.ascontiguousarray(classes.codes),
    ]


def _joined(digests: list) -> str:
    return hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest()


def _check_order(path: Path, shard: int, n: int, values: np.ndarray) -> None:
    first, second = values[:, 0], values[:, 1]
    ascends = (first[1:] > first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] > second[:-1]))
    shard_bits = n.bit_length() - 1
    if not ascends.all() or ((first >> np.uint64(61 - shard_bits)) != shard).any():
        raise DatasetError(f"{path} holds classes of another shard or order; {_AGAIN}")


def _seal_path(folder: Path, size: int) -> Path:
    return folder / f"size_{size}.json"


def _description_of(folder: Path) -> dict:
    if not (folder / _DESCRIPTION).is_file():
        raise DatasetError(f"{folder} holds no enumeration; make one with arith-synth enumerate --out {folder}")
    return _read(folder / _DESCRIPTION, _ANEW)


def _asides(folder: Path, name: str = "") -> Iterator[Path]:
    """What a kill has left of files that were being written."""
    return folder.glob(f".{name}*.tmp")


def _read(path: Path, advice: str) -> dict:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{path} is damaged ({error}); {advice}") from error
    if not isinstance(found, dict):
        raise DatasetError(f"{path} is damaged (no JSON object); {advice}")
    return found
