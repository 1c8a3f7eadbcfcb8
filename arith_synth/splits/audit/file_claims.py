"""Claims about the files themselves: checksums, task ids, the canary."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from arith_synth.data.checksums import file_sha256, task_ids_sha256
from arith_synth.splits.audit.folder import REBUILD, Folder, Split
from arith_synth.splits.audit.layout_claims import CARDS
from arith_synth.splits.audit.report import Claim, Findings, short


def check_checksums(folder: Folder, name: str) -> Claim:
    """Bytes, content, rows, task ids and cards are as in checksums.json, and no Parquet file is missing or extra."""
    findings = Findings()
    for file, scan in folder.scans.items():
        reason = folder.unreadable.get(file, scan.error)
        if reason is not None:
            findings.add(f"{file} cannot be read ({short(reason)}): {REBUILD}")
    files, splits = _entries(folder, "files"), _entries(folder, "splits")
    if files is None or splits is None:
        findings.add(f"checksums.json is missing or has no files and splits: {REBUILD}")
        return findings.claim(name, "")
    for file in sorted(set(files) - set(folder.files)):
        findings.add(f"{short(file)} is missing: {REBUILD}")
    for file in sorted(set(folder.files) - set(files)):
        findings.add(f"{file} is not in checksums.json: remove it, or {REBUILD}")
    for file in sorted(set(files) & set(folder.files)):
        _check_file(folder, file, files[file], findings)
    tasks = {split.path: split for split in folder.tasks}
    for path in sorted(set(splits) ^ set(tasks)):
        findings.add(f"split {short(path)} is not both in the folder and in checksums.json: {REBUILD}")
    for path in sorted(set(splits) & set(tasks)):
        _check_split(folder, tasks[path], splits[path], findings)
    cards = (folder.checksums or {}).get("cards")
    found = {card: file_sha256(folder.path / card) for card in CARDS if (folder.path / card).is_file()}
    if cards != found or len(found) != len(CARDS):
        findings.add(f"{' or '.join(CARDS)} is missing or is not what checksums.json says: {REBUILD}")
    n_rows = sum(split.n_rows for split in folder.splits.values())
    return findings.claim(
        name,
        f"{len(files)} files and {len(splits)} splits with {n_rows:,} rows, and the cards, have their checksums",
    )


def check_task_ids(folder: Folder, name: str) -> Claim:
    """Task ids number the rows of each split in file order."""
    findings = Findings()
    n_tasks = 0
    for split in folder.tasks:
        task_ids = split.column("task_id")
        n_tasks += len(task_ids)
        wrong = pc.not_equal(task_ids, _expected_ids(split)).to_numpy(zero_copy_only=False)
        findings.add_where(wrong, lambda i, split=split: f"{split.row(i)} should be {split.path}/{i:06d}")
    return findings.claim(name, f"{n_tasks:,} task ids number the rows of {len(folder.tasks)} splits without a gap")


def check_canary(folder: Folder, name: str) -> Claim:
    """The canary of build.json stands in the card and in every Parquet file's metadata."""
    findings = Findings()
    canary = folder.build["canary"]
    if len(canary) < 16:
        findings.add(f"the canary {short(canary)} is too short to be found again")
    card = folder.path / "README.md"
    if not card.is_file():
        findings.add(f"README.md is missing: {REBUILD}")
    elif canary.encode("utf-8") not in card.read_bytes():
        findings.add(f"README.md does not carry the canary: {REBUILD}")
    for file, metadata in sorted(folder.metadata.items()):
        if not any(canary.encode("utf-8") in value for value in metadata.values()):
            findings.add(f"the metadata of {file} does not carry the canary: {REBUILD}")
    return findings.claim(name, f"README.md and {len(folder.metadata)} Parquet files carry the canary")


def _entries(folder: Folder, key: str) -> dict[str, dict[str, Any]] | None:
    entries = (folder.checksums or {}).get(key)
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        return None
    return entries


def _check_file(folder: Folder, file: str, entry: dict[str, Any], findings: Findings) -> None:
    scan = folder.scans[file]
    if scan.sha256 != entry.get("sha256"):
        findings.add(f"the bytes of {file} have changed: {REBUILD}")
    if file in folder.unreadable or scan.error is not None:
        return
    if scan.content_sha256 is None:
        findings.add(f"the content of {file} has no checksum ({short(scan.no_content)}): {REBUILD}")
        return
    if scan.content_sha256 != entry.get("content_sha256"):
        findings.add(f"the content of {file} has changed: {REBUILD}")
    if scan.n_rows != entry.get("rows"):
        findings.add(f"{file} has {scan.n_rows} rows, not {short(entry.get('rows'))}: {REBUILD}")


def _check_split(folder: Folder, split: Split, entry: dict[str, Any], findings: Findings) -> None:
    if split.n_rows != entry.get("n"):
        findings.add(f"{split.path} has {split.n_rows} rows, not {short(entry.get('n'))}: {REBUILD}")
    if split.schema.names.count("task_id") != 1:
        findings.add(f"{split.path} has no one column of task ids: {REBUILD}")
        return
    if any(folder.scans[file.relative_to(folder.path).as_posix()].error for file in split.files):
        return  # which was noted
    task_ids = [str(task_id) for task_id in split.column("task_id").to_pylist()]
    if task_ids_sha256(task_ids) != entry.get("task_ids_sha256"):
        findings.add(f"the task ids of {split.path} have changed: {REBUILD}")


def _expected_ids(split: Split) -> pa.Array:
    numbers = pc.utf8_lpad(pa.array(range(split.n_rows)).cast(pa.string()), 6, "0")
    return pc.binary_join_element_wise(f"{split.path}/", numbers, "")
