"""The claim that columns, types, nulls and lengths are the data version's: the schema written down a second time."""

import pyarrow as pa

from arith_synth import DATA_VERSION
from arith_synth.splits.audit.folder import CORPUS, REBUILD, Folder, Split
from arith_synth.splits.audit.report import Claim, Findings, short
from arith_synth.splits.audit.scan import Column

_N_COORDINATES = 16

_POINTS, _TEXTS, _COORDINATES = "list<list<int64>>", "list<string>", f"list<float>[{_N_COORDINATES}]"
_MEASURES = {"size": "int32", "depth": "int32", "strahler": "int32", "n_divisions": "int32", "shape": "string"}
_TEST_ONLY = {
    "heldout_inputs": _POINTS,
    "heldout_outputs": _TEXTS,
    "syntactic_distance": "float",
    "semantic_distance": "float",
    "tree_edit_distance": "float",
}
_TASK_COLUMNS = {
    **dict.fromkeys(("task_id", "prompt", "completion", "program", "program_prefix"), "string"),
    "inputs": _POINTS,
    "outputs": _TEXTS,
    **_MEASURES,
    "fingerprint": "string",
    "syntactic": _COORDINATES,
    "semantic": _COORDINATES,
    "syntactic_region": "string",
    "semantic_region": "string",
    **_TEST_ONLY,
}
_CORPUS_COLUMNS = {
    "program": "string",
    "fingerprint": "string",
    **_MEASURES,
    "forced": _TEXTS,
    "used_by": _TEXTS,
    "syntactic": _COORDINATES,
    "semantic": _COORDINATES,
}


def check_schema(folder: Folder, name: str) -> Claim:
    """Columns and types are the data version's, nothing is null or of another length than it should be."""
    findings = Findings()
    if folder.build["data_version"] != DATA_VERSION:
        findings.add(
            f"data version {short(folder.build['data_version'])} is not {DATA_VERSION}: install its package version"
        )
    for file, reason in folder.unreadable.items():
        findings.add(f"{file} cannot be read ({short(reason)})")
    damaged = {file: scan.error for file, scan in folder.scans.items() if scan.error and file not in folder.unreadable}
    for file, reason in damaged.items():
        findings.add(f"{file} cannot be read ({short(reason)})")
    declared = {f"{config}/{split}" for config, splits in folder.build["configs"].items() for split in splits}
    for path in sorted(declared - set(folder.splits)):
        findings.add(f"split {short(path)} of build.json has no file: {REBUILD}")
    for path in sorted(set(folder.splits) - declared):
        findings.add(f"split {path} is not in build.json: remove its file, or {REBUILD}")
    for split in folder.splits.values():
        if split.n_rows == 0:
            findings.add(f"split {split.path} has no rows: {REBUILD}")
        _check_columns(folder, split, findings)
    n_columns = len(_TASK_COLUMNS)
    return findings.claim(
        name, f"{len(folder.splits)} splits of data version {DATA_VERSION} with {n_columns} columns a task"
    )


def _check_columns(folder: Folder, split: Split, findings: Findings) -> None:
    expected = _CORPUS_COLUMNS if split.path == CORPUS else _TASK_COLUMNS
    found = {field.name: _type_name(field.type) for field in split.schema}
    for column in sorted(found):
        if split.schema.names.count(column) > 1:
            findings.add(f"{split.path} has column {short(column)} {split.schema.names.count(column)} times: {REBUILD}")
    for column in sorted(set(expected) | set(found)):
        if expected.get(column) != found.get(column):
            findings.add(
                f"{split.path} column {short(column)} is {found.get(column)}, should be {expected.get(column)}"
            )
    if len(found) != len(split.schema) or any(expected.get(column) != kind for column, kind in found.items()):
        return
    lengths = _list_lengths(folder)
    scans = [folder.scans[file.relative_to(folder.path).as_posix()] for file in split.files]
    for column in sorted(set(expected) & set(found)):
        parts = [scan.columns[column] for scan in scans if scan.n_rows and scan.error is None]
        if split.path != CORPUS and split.is_train and column in _TEST_ONLY:
            if not all(part.is_null for part in parts):
                findings.add(f"{split.path} column {column} is not null, and this is a training split")
        elif any(part.has_null for part in parts):
            findings.add(f"{split.path} column {column} has a null")
        elif column in lengths and not all(_all_lengths(part, lengths[column]) for part in parts):
            findings.add(f"{split.path} column {column} has a list of another length than {lengths[column]}")


def _list_lengths(folder: Folder) -> dict[str, tuple[int, ...]]:
    panel, n_variables = folder.build["panel"], len(folder.grammar.variables)
    n_shown, n_heldout = len(panel["shown"]), len(panel["heldout"])
    return {
        "inputs": (n_shown, n_variables),
        "outputs": (n_shown,),
        "heldout_inputs": (n_heldout, n_variables),
        "heldout_outputs": (n_heldout,),
    }


def _all_lengths(column: Column, lengths: tuple[int, ...]) -> bool:
    return column.lengths == tuple((length, length) for length in lengths)


def _type_name(kind: pa.DataType) -> str:
    """The type without the names of list items: `list<list<int64>>`, `list<float>[16]`."""
    if pa.types.is_fixed_size_list(kind):
        return f"list<{_type_name(kind.value_type)}>[{kind.list_size}]"
    if pa.types.is_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    return str(kind)
