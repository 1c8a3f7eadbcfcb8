"""The columns of a split as arrays, read and parsed once and then kept in the cache."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import DatasetError
from arith_synth.grammar import Grammar
from arith_synth.training.data.cache import Entry, cached
from arith_synth.training.data.tokens import program_codes

_COLUMNS = ("inputs", "outputs", "program_prefix", "fingerprint")


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitColumns:
    """The tasks of a split in the order of the file.

    Shapes: numerators, denominators int64[task, n_shown] (0 below: undefined); inputs int64[task, n_shown,
    n_variables]; codes uint8[task, width], the published programs; fingerprints uint64[task, 2].
    """

    numerators: np.ndarray
    denominators: np.ndarray
    inputs: np.ndarray
    codes: np.ndarray
    fingerprints: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)


def split_columns(folder: DatasetFolder, config: str, split: str, grammar: Grammar) -> SplitColumns:
    """The columns of a split, memory-mapped.

    Raises UnknownNameError for an unknown config or split, DatasetError for a damaged file or no task at all.
    """
    max_size = folder.build["max_size"]
    key = {"content": content_of(folder, config, split), "symbols": list(grammar.symbols), "max_size": max_size}

    def make() -> Entry:
        table = folder.read(config, split, _COLUMNS)
        if table.num_rows == 0:
            raise DatasetError(f"{folder.path} has no task in {config}/{split}; build the dataset again")
        numerators, denominators = parse_outputs(table.column("outputs"))
        inputs, constant = _shared(parse_inputs(table.column("inputs"), len(grammar.variables)))
        arrays = {
            "numerators": numerators,
            "denominators": denominators,
            "inputs": inputs,
            "codes": program_codes(table.column("program_prefix"), grammar, max_size),
            "fingerprints": parse_fingerprints(table.column("fingerprint")),
        }
        return Entry(arrays=arrays, facts={"same_inputs": constant})

    entry = cached("split", key, make)
    arrays = dict(entry.arrays)
    shape = (*arrays["numerators"].shape, len(grammar.variables))
    arrays["inputs"] = np.broadcast_to(arrays["inputs"], shape)
    return SplitColumns(**arrays)


def content_of(folder: DatasetFolder, config: str, split: str) -> list[str]:
    """The checksums of a split's rows. Raises UnknownNameError for an unknown config or split."""
    names = [f"{config}/{path.name}" for path in folder.files(config, split)]
    return [folder.checksums["files"][name]["content_sha256"] for name in names]


def parse_outputs(outputs: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Exact texts `-7/3`, `4`, `undef` as int64[task, n_shown] numerators and denominators (0 for `undef`).

    Raises DatasetError when a text is none of these, leaves int64, or tasks show different numbers of examples.
    """
    shape = (len(outputs), _n_shown(outputs))
    texts = outputs.combine_chunks().flatten()
    defined = pc.not_equal(texts, "undef")
    try:
        numerators = pc.if_else(defined, pc.replace_substring_regex(texts, "/.*$", ""), "0").cast(pa.int64())
        bottoms = pc.if_else(pc.match_substring(texts, "/"), pc.replace_substring_regex(texts, "^.*/", ""), "1")
        denominators = pc.if_else(defined, bottoms, "0").cast(pa.int64())
    except pa.ArrowInvalid as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(f"an output is no exact number ({reason}); build the dataset again") from error
    return numerators.to_numpy().reshape(shape).copy(), denominators.to_numpy().reshape(shape).copy()


def parse_inputs(inputs: pa.ChunkedArray, n_variables: int) -> np.ndarray:
    """Shown inputs as int64[task, n_shown, n_variables]. Raises DatasetError when they are of other numbers."""
    n_shown = _n_shown(inputs)
    points = inputs.combine_chunks().flatten()
    coordinates = points.flatten().to_numpy(zero_copy_only=False)
    shape = (len(inputs), n_shown, n_variables)
    if len(coordinates) != np.prod(shape) or (pc.list_value_length(points).to_numpy() != n_variables).any():
        raise DatasetError(f"a shown input has not {n_variables} coordinates; build the dataset again")
    return coordinates.astype(np.int64).reshape(shape)


def parse_fingerprints(fingerprints: pa.ChunkedArray) -> np.ndarray:
    """32 hex digits as two residues: uint64[task, 2]. Raises DatasetError for other texts."""
    try:
        digits = b"".join(bytes.fromhex(text) for text in fingerprints.to_pylist())
        return np.frombuffer(digits, dtype=">u8").reshape(len(fingerprints), 2).astype(np.uint64)
    except ValueError as error:
        raise DatasetError(f"a fingerprint is not 32 hex digits ({error}); build the dataset again") from error


def _n_shown(lists: pa.ChunkedArray) -> int:
    lengths = np.unique(pc.list_value_length(lists).to_numpy())
    if len(lengths) != 1:
        raise DatasetError("the tasks of a split show different numbers of examples; build the dataset again")
    return int(lengths[0])


def _shared(inputs: np.ndarray) -> tuple[np.ndarray, bool]:
    """One row where all tasks show the same inputs, as those of a panel do."""
    is_same = bool((inputs == inputs[:1]).all())
    return (inputs[:1].copy() if is_same else inputs), is_same
