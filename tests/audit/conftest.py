"""A copy of the small dataset that can be changed by hand and sealed again."""

import json
import shutil
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arith_synth.data.checksums import file_sha256, parquet_content_sha256, task_ids_sha256
from arith_synth.grammar import (
    depth,
    grammar_named,
    n_divisions,
    parse_infix,
    shape,
    size,
    strahler_number,
    to_infix,
    to_prefix,
)
from arith_synth.grammar.prompts import completion, prompt
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.splits.audit import audit_folder

XY3 = grammar_named("xy3")
Row = dict[str, Any]


class Copy:
    """A copy of a dataset folder that can be changed row by row and sealed again with right checksums and counts."""

    def __init__(self, source: Path, path: Path) -> None:
        self.path = path
        self._written: set[str] = set()
        shutil.copytree(source, path)

    def file(self, split: str) -> Path:
        return self.path / f"{split}-00000-of-00001.parquet"

    def read(self, split: str) -> pa.Table:
        return pq.ParquetFile(self.file(split)).read()

    def rows(self, split: str) -> list[Row]:
        return self.read(split).to_pylist()

    def write(self, split: str, rows: list[Row] | pa.Table) -> None:
        if isinstance(rows, list):
            rows = pa.Table.from_pylist(rows, schema=self.read(split).schema)
        pq.write_table(rows, self.file(split))
        self._written.add(split)

    def task_splits(self) -> list[str]:
        """`config/split` of all tasks."""
        return [f"{config}/{split}" for config, splits in self.build()["configs"].items() for split in splits][1:]

    def change(self, split: str, row: int, **columns: Any) -> None:
        rows = self.rows(split)
        rows[row] |= columns
        self.write(split, rows)

    def change_build(self, **entries: Any) -> None:
        file = self.path / "build.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | entries))

    def build(self) -> Any:
        return json.loads((self.path / "build.json").read_text())

    def seal(self) -> None:
        """Give the splits that were written their right checksums, and build.json their counts."""
        checksums = json.loads((self.path / "checksums.json").read_text())
        configs = self.build()["configs"]
        for split in self._written:
            file, table = self.file(split), self.read(split)
            checksums["files"][f"{split}-00000-of-00001.parquet"] = {
                "sha256": file_sha256(file),
                "content_sha256": parquet_content_sha256(file),
                "rows": len(table),
            }
            if split in checksums["splits"] and "task_id" in table.column_names:
                ids = table.column("task_id").to_pylist()
                checksums["splits"][split] = {"n": len(ids), "task_ids_sha256": task_ids_sha256(ids)}
            config, name = split.split("/")
            sizes = Counter(map(str, table.column("size").to_pylist()))
            configs[config][name] = {"n": len(table), "sizes": dict(sorted(sizes.items()))}
        self._count_shared()
        checksums["cards"] = {card: file_sha256(self.path / card) for card in checksums["cards"]}
        (self.path / "checksums.json").write_text(json.dumps(checksums))
        self.change_build(configs=configs)

    def _count_shared(self) -> None:
        """Give contamination.json the counts of what now stands in the files."""
        file = self.path / "contamination.json"
        if not file.is_file():
            return
        paths = [path for path in self.task_splits() if self.file(path).is_file()]
        classes = [set(self.read(path).column("fingerprint").to_pylist()) for path in paths]
        shared = [
            [i, j, len(classes[i] & classes[j])]
            for i, j in combinations(range(len(paths)), 2)
            if classes[i] & classes[j]
        ]
        file.write_text(json.dumps({"splits": paths, "n": [len(found) for found in classes], "shared": shared}))

    def failing(self) -> dict[str, str]:
        """The claims that do not hold, with their details."""
        return {claim.claim: claim.detail for claim in audit_folder(self.path) if not claim.holds}

    def with_program(self, row: Row, text: str) -> Row:
        """The row with another target: every column that follows from the program alone is right."""
        program, panel = parse_infix(text, XY3), self.build()["panel"]
        outputs = outputs_of(program, XY3, panel["shown"])
        changed = row | {
            "program": to_infix(program),
            "program_prefix": to_prefix(program),
            "completion": completion(to_infix(program)),
            "prompt": prompt(XY3, panel["shown"], outputs),
            "outputs": outputs,
            "size": size(program),
            "depth": depth(program),
            "strahler": strahler_number(program),
            "n_divisions": n_divisions(program),
            "shape": shape(program),
            "fingerprint": fingerprint_of(program, XY3),
        }
        if row["heldout_outputs"] is not None:
            changed["heldout_outputs"] = outputs_of(program, XY3, panel["heldout"])
        return changed


@pytest.fixture
def copy(small_dataset: Path, tmp_path: Path) -> Copy:
    return Copy(small_dataset, tmp_path / "arith-synth")


@pytest.fixture(scope="module")
def module_copy(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """One copy for all tests of a module: many changes, one audit."""
    return Copy(small_dataset, tmp_path_factory.mktemp("copy") / "arith-synth")
