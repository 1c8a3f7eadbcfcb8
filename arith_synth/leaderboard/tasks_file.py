"""tasks.parquet: the tasks of the tests, for the explorer and for grading an uploaded file without the dataset.

The columns that scoring takes (`scoring.tasks.TASK_COLUMNS`) and the first two coordinates of both spaces, in the order
of task ids. What the file was made from stands in its metadata, and so does the canary: it holds answers.
"""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arith_synth.data.config_names import check_config
from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.errors import DatasetError
from arith_synth.files import write_atomically
from arith_synth.names import is_test
from arith_synth.scoring.tasks import TASK_COLUMNS

TASKS_FILE = "tasks.parquet"
#: The coordinates of the map, by space: so many of each, the first ones.
SPACES = ("syntactic", "semantic")
N_COORDINATES = 2
#: Of build.json, kept in the metadata: what scoring and the explorer ask of it.
SOURCE_MEMBERS = ("data_version", "grammar", "max_size", "regions")
SOURCE_KEY = b"arith_synth.tasks"

_CANARY_KEY = b"arith_synth.canary"


def write_tasks_file(data: Path | str, results: Path | str, configs: Sequence[str]) -> Path:
    """Write `results`/tasks.parquet from the test splits of some configs of a dataset folder, and return its path.

    Raises DatasetError for a folder that is no dataset or a config without tests, UnknownNameError for a config that
    it lacks.
    """
    from arith_synth.data.parquet import CANARY  # it imports datasets, which reading the file does not need

    folder = open_dataset(data)
    for config in configs:
        check_config(config, folder.configs)
    table = pa.concat_tables(_tests(folder, config, split) for config in configs for split in _splits(folder, config))
    source = {key: folder.build[key] for key in SOURCE_MEMBERS if key in folder.build}
    metadata = {SOURCE_KEY: json.dumps(source).encode(), _CANARY_KEY: CANARY.encode()}
    content = BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), content, compression="zstd", compression_level=9)
    path = Path(results) / TASKS_FILE
    write_atomically(path, content.getvalue())
    return path


def _splits(folder: DatasetFolder, config: str) -> list[str]:
    splits = [split for split in folder.configs[config] if is_test(split)]
    if not splits:
        raise DatasetError(f"config {config!r} has no test split; name a config that has, as support_shift")
    return splits


def _tests(folder: DatasetFolder, config: str, split: str) -> pa.Table:
    table = folder.read(config, split, [*TASK_COLUMNS, *SPACES])
    for space in SPACES:
        place = table.schema.get_field_index(space)
        table = table.set_column(place, space, pc.list_slice(table[space], 0, N_COORDINATES))
    return table.sort_by("task_id")
