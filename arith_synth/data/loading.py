"""`arith_synth.load_dataset`: the folder when there is one, else the Hub, else a fresh build."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from arith_synth import DATA_VERSION
from arith_synth.data.config_names import check_config
from arith_synth.data.folder import DEFAULT_FOLDER, open_dataset
from arith_synth.grammar import grammar_named
from arith_synth.names import check_name

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

#: The organization that publishes the default dataset on the Hub.
HUB_ORGANIZATION = "arith-synth"
HUB_ID = f"{HUB_ORGANIZATION}/arith-synth"

#: What is built when there is neither a folder nor the Hub: small enough to wait for.
_BUILD_GRAMMAR = "xy3"
_BUILD_MAX_SIZE = 5


def load_dataset(
    name: str, split: str | None = None, data_dir: str | os.PathLike[str] | None = None
) -> "DatasetDict | Dataset":
    """A config, or one split of it, as `datasets` loads it.

    With `data_dir`, that folder and nothing else. Without: `./arith-synth` when it is there, else this data version
    from the Hub, or from the Hub's cache where there is no network, each file checked; else the dataset is built into
    `./arith-synth`, which takes a minute.

    Raises UnknownNameError for a config or split that is not there, with the nearest name or how to build it;
    DatasetError for a folder that is damaged or no dataset; HubError when the Hub has the dataset and fails, or sends a
    damaged file twice.
    """
    folder = Path(data_dir) if data_dir is not None else DEFAULT_FOLDER
    if data_dir is None and not folder.exists():
        published = _from_hub(name, split)
        if published is not None:
            return published
        _build(folder)
    return _from_folder(folder, name, split)


def _from_folder(path: Path, name: str, split: str | None) -> "DatasetDict | Dataset":
    import datasets

    folder = open_dataset(path)
    check_config(name, folder.configs)
    if split is not None:
        check_name("split", split, folder.configs[name])
    loaded = datasets.load_dataset(str(path.resolve()), name, split=split)
    assert isinstance(loaded, datasets.Dataset | datasets.DatasetDict)  # not streamed
    return loaded


def _from_hub(name: str, split: str | None) -> "DatasetDict | Dataset | None":
    """The published dataset of our data version; None when the Hub lacks it, or can't be reached nor is it cached."""
    from arith_synth.data.hub.calls import hub_of
    from arith_synth.data.hub.downloads import Version, is_published

    revision = f"v{DATA_VERSION}"
    published = is_published(HUB_ID, revision)
    if published is False:
        return None
    with hub_of(HUB_ID, to_write=False) as hub:
        version = Version(hub=hub, revision=revision, from_cache=published is None)
        build = version.build()
        if build is None:
            return None
        check_config(name, build["configs"], where="the published dataset")
        if split is not None:
            check_name("split", split, build["configs"][name])
        files = version.files(name, [split] if split is not None else list(build["configs"][name]))
    return _from_files(files, split)


def _from_files(files: Mapping[str, Sequence[Path]], split: str | None) -> "DatasetDict | Dataset":
    import datasets

    data_files = {of_split: [str(path) for path in paths] for of_split, paths in files.items()}
    loaded = datasets.load_dataset("parquet", data_files=data_files, split=split)
    assert isinstance(loaded, datasets.Dataset | datasets.DatasetDict)  # not streamed
    return loaded


def _build(folder: Path) -> None:
    from arith_synth.data.build import build_dataset

    sys.stderr.write(
        f"no dataset at {folder}, nor {HUB_ID} on the Hub: building {_BUILD_GRAMMAR}, max_size {_BUILD_MAX_SIZE}\n"
    )
    build_dataset(grammar_named(_BUILD_GRAMMAR), _BUILD_MAX_SIZE, folder)
