"""Making a dataset folder so that a build that stops anywhere leaves nothing half-written under a final name.

A build writes into `<out>.partial-<hash of the request>`, config by config, each aside and then renamed; the whole
folder takes its final name at the end. The next build of the same request reuses the configs that are finished.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from arith_synth import DATA_VERSION, __version__
from arith_synth.data.checksums import file_sha256
from arith_synth.data.config_files import BuildTables, write_config_files
from arith_synth.data.folder import (
    BUILD_FILE,
    BUILD_LOG_FILE,
    CHECKSUMS_FILE,
    DatasetFolder,
    open_dataset,
)
from arith_synth.data.parquet import CANARY
from arith_synth.errors import DatasetError
from arith_synth.files import write_json
from arith_synth.grammar import Grammar
from arith_synth.locks import only_builder_of
from arith_synth.progress import Progress

#: (folder, build.json, checksums) -> names of the documents that it has written there.
WriteDocuments = Callable[[Path, Mapping[str, Any], Mapping[str, Any]], Sequence[str]]

#: In the partial folder: one file a finished config, with its checksums and counts.
_FINISHED = ".finished"


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """What the bytes of a dataset depend on, beside the data version.

    `split_sizes`: the number of tasks asked for, by config and split; every config of the dataset is a key.
    `user_regions`: the definitions of regions that are not built in, by config.
    """

    grammar: Grammar
    max_size: int
    split_sizes: Mapping[str, Mapping[str, int]]
    user_regions: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The entries of `build.json` that tell one request from another."""
        grammar = asdict(self.grammar)
        return {
            "data_version": DATA_VERSION,
            "grammar": {name: list(value) if isinstance(value, tuple) else value for name, value in grammar.items()},
            "max_size": self.max_size,
            "split_sizes": {config: dict(sizes) for config, sizes in self.split_sizes.items()},
            "user_regions": dict(self.user_regions),
        }


class DatasetBuild:
    """A build under way in `partial`; got from `building`, which holds the lock on the final name."""

    def __init__(self, request: BuildRequest, out: Path) -> None:
        self.request = request
        self.out = out
        key = hashlib.sha256(json.dumps(request.facts(), sort_keys=True).encode()).hexdigest()[:12]
        self.partial = out.with_name(f"{out.name}.partial-{key}")

    def is_finished(self, config: str) -> bool:
        """Whether an earlier, interrupted build has finished this config and its files are still what they were."""
        finished = self._finished(config)
        return finished is not None and all(
            (self.partial / name).is_file() and file_sha256(self.partial / name) == entry["sha256"]
            for name, entry in finished["files"].items()
        )

    def write_config(self, config: str, build_tables: BuildTables, progress: Progress | None = None) -> bool:
        """Prepare the config with its `datasets` builder and write its Parquet files; False when they were finished.

        `build_tables(config)` gives the splits' tables in the order of publication; called only when needed.
        """
        if self.is_finished(config):
            return False
        with tempfile.TemporaryDirectory(dir=self.partial, prefix=f".{config}-") as aside:
            written = Path(aside) / config
            written.mkdir()
            record = write_config_files(config, build_tables, written, Path(aside) / "prepared", progress)
            final = self.partial / config
            shutil.rmtree(final, ignore_errors=True)
            written.rename(final)
        write_json(self.partial / _FINISHED / f"{config}.json", record)
        return True

    def finish(
        self, facts: Mapping[str, Any], write_documents: WriteDocuments, log: Callable[[], Mapping[str, Any]]
    ) -> DatasetFolder:
        """Write the JSON files and documents, and give the folder its final name.

        `facts`: what else `build.json` says, the same for every build of the request. `write_documents`: called when
        all else is there; returns the names of the files whose bytes follow from that. `log`: times and the like, for
        `build_log.json`. Every config of the request must have been written.
        """
        records = {config: self._finished(config) for config in self.request.split_sizes}
        unfinished = [config for config, record in records.items() if record is None]
        if unfinished:
            raise DatasetError(f"cannot finish {self.out}: {', '.join(unfinished)} not written; run the build again")
        finished = {config: record for config, record in records.items() if record is not None}
        build = {
            **self.request.facts(),
            "package_version": __version__,
            **facts,
            "configs": {config: record["counts"] for config, record in finished.items()},
            "canary": CANARY,
        }
        checksums = {
            "files": {name: entry for record in finished.values() for name, entry in record["files"].items()},
            "splits": {name: entry for record in finished.values() for name, entry in record["splits"].items()},
        }
        write_json(self.partial / BUILD_FILE, build)
        documents = write_documents(self.partial, build, checksums)
        cards = {name: file_sha256(self.partial / name) for name in documents}
        write_json(self.partial / CHECKSUMS_FILE, checksums | {"cards": cards})
        write_json(self.partial / BUILD_LOG_FILE, log())
        for hidden in self.partial.glob(".*"):  # the records, and what a killed build had left aside
            if hidden.is_dir():
                shutil.rmtree(hidden)
            else:
                hidden.unlink()
        self.partial.rename(self.out)
        for stale in self.out.parent.iterdir():  # can never become `out` now
            if _is_partial(stale, self.out.name):
                shutil.rmtree(stale)
        return open_dataset(self.out)

    def _finished(self, config: str) -> dict[str, Any] | None:
        path = self.partial / _FINISHED / f"{config}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def existing_build(out: Path, request: BuildRequest) -> DatasetFolder | None:
    """The finished dataset of this request at `out`, None when nothing is there.

    Raises DatasetError when `out` is something else: no dataset, a damaged one, or one of another request.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    if not (out / BUILD_FILE).is_file():
        raise DatasetError(f"{out} exists and is not an arith-synth dataset; choose another --out, or remove it")
    folder = open_dataset(out)
    for name, value in request.facts().items():
        if folder.build.get(name) != value:
            raise DatasetError(
                f"{out} is another dataset ({name} is {_short(folder.build.get(name))}, asked for {_short(value)}); "
                "choose another --out, or remove it"
            )
    return folder


@contextmanager
def building(out: Path, request: BuildRequest) -> Iterator[DatasetBuild]:
    """Hold the lock on `out` and give the build in its partial folder, which stays when the build is
    interrupted once a config is finished.

    Raises DatasetError when another process builds into `out`; OSError when the disk is full or read-only.
    """
    out = Path(out)
    with only_builder_of(out):
        if existing_build(out, request) is not None:
            raise DatasetError(f"another build has just finished {out}; run the command again to use it")
        build = DatasetBuild(request, out)
        (build.partial / _FINISHED).mkdir(parents=True, exist_ok=True)
        try:
            yield build
        finally:
            # Of a build that failed before it had finished anything, nothing is worth keeping.
            finished = build.partial / _FINISHED
            if finished.is_dir() and not any(finished.iterdir()):
                shutil.rmtree(build.partial)


def _is_partial(path: Path, name: str) -> bool:
    """Whether a folder is what a stopped build into `name` has left, and nobody else's."""
    return (
        re.fullmatch(re.escape(name) + r"\.partial-[0-9a-f]{12}", path.name) is not None and (path / _FINISHED).is_dir()
    )


def _short(value: Any) -> str:
    if isinstance(value, Mapping) and "name" in value:
        return str(value["name"])
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."
