"""The Parquet files of one config: prepared by its `datasets` builder, written with pinned options and read back."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from arith_synth.data.checksums import file_sha256, parquet_content_sha256, task_ids_sha256
from arith_synth.data.parquet import ROWS_PER_GROUP, rewrite_split
from arith_synth.data.schema import TableLike
from arith_synth.enumeration.threads import available_threads, run_all
from arith_synth.errors import DatasetError
from arith_synth.progress import Progress

#: The tables of a config by split name, in the order of publication.
BuildTables = Callable[[str], Mapping[str, TableLike]]


def write_config_files(
    config: str, build_tables: BuildTables, folder: Path, scratch: Path, progress: Progress | None = None
) -> dict[str, Any]:
    """Write the config's files into `folder`; their checksums and counts, as a build keeps them of a finished config.

    `scratch`: a folder for what the builder prepares, which takes about 1.2 kB a task. Splits are written side by side.
    """
    prepared = _prepare(config, build_tables, scratch)
    n_rows = sum(n for _, n in prepared.values())
    n_written = 0
    lock = threading.Lock()
    records: dict[str, dict[str, Any]] = {}

    def count(n: int) -> None:
        nonlocal n_written
        with lock:
            n_written += n
            if progress is not None:
                progress(f"writing {config}", n_written, n_rows)

    def write(split: str) -> None:
        source, _ = prepared[split]
        records[split] = _record(config, split, rewrite_split(source, folder, config, split, count))
        source.unlink()

    if progress is not None:
        progress(f"writing {config}", 0, n_rows)
    run_all(write, prepared, min(available_threads(), len(prepared)))
    merged: dict[str, Any] = {"files": {}, "splits": {}, "counts": {}}
    for split in prepared:
        for kind, entries in records[split].items():
            merged[kind] |= entries
    return merged


def _prepare(config: str, build_tables: BuildTables, folder: Path) -> dict[str, tuple[Path, int]]:
    """Run the config's `datasets` builder in `folder`; its one Arrow file by split, and the number of rows in it."""
    import datasets
    from datasets.exceptions import DatasetGenerationError

    from dataset_builders import builder_for

    bars_were_on = datasets.is_progress_bar_enabled()
    datasets.disable_progress_bars()  # the command shows one bar for the whole build
    try:
        builder = builder_for(config)(
            config_name=config,
            build_tables=build_tables,
            cache_dir=str(folder / "cache"),
            writer_batch_size=ROWS_PER_GROUP,
        )
        # Arrow, which is fast: these files live until they are written as Parquet.
        builder.download_and_prepare(str(folder), file_format="arrow", max_shard_size="1TB")
    except DatasetGenerationError as error:
        if isinstance(error.__cause__, DatasetError | OSError):
            raise error.__cause__ from error
        raise
    finally:
        if bars_were_on:
            datasets.enable_progress_bars()
    return {
        split: (folder / f"{builder.name}-{split}.arrow", info.num_examples)
        for split, info in (builder.info.splits or {}).items()
    }


def _record(config: str, split: str, paths: list[Path]) -> dict[str, dict[str, Any]]:
    """A split's checksums and counts, read back from the files that were written."""
    files: dict[str, Any] = {}
    task_ids: list[str] = []
    sizes: dict[int, int] = {}
    for path in paths:
        with pq.ParquetFile(path) as file:
            columns = [name for name in ("task_id", "size") if name in file.schema_arrow.names]
            table = file.read(columns=columns)
        for entry in pc.value_counts(table.column("size")).to_pylist():
            sizes[entry["values"]] = sizes.get(entry["values"], 0) + entry["counts"]
        if "task_id" in columns:
            task_ids.extend(table.column("task_id").to_pylist())
        files[f"{config}/{path.name}"] = {
            "sha256": file_sha256(path),
            "content_sha256": parquet_content_sha256(path),
            "rows": table.num_rows,
        }
    name = f"{config}/{split}"
    return {
        "files": files,
        "splits": {name: {"n": len(task_ids), "task_ids_sha256": task_ids_sha256(task_ids)}} if task_ids else {},
        "counts": {
            split: {"n": sum(sizes.values()), "sizes": {str(size): sizes[size] for size in sorted(sizes)}},
        },
    }
