"""`arith_synth.load_dataset`: the folder when there is one, else the Hub, else a fresh build."""

import os
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

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

_HUB_TIMEOUT_S = 10


def load_dataset(
    name: str, split: str | None = None, data_dir: str | os.PathLike[str] | None = None
) -> "DatasetDict | Dataset":
    """A config, or one split of it, as `datasets` loads it.

    With `data_dir`, that folder and nothing else. Without: `./arith-synth` when it is there, else the Hub, else the
    dataset is built into `./arith-synth`, which takes a minute.

    Raises UnknownNameError, with the nearest name, for an unknown config or split; DatasetError for a folder that is
    damaged or no dataset.
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
    check_name("config", name, folder.configs)
    if split is not None:
        check_name("split", split, folder.configs[name])
    loaded = datasets.load_dataset(str(path.resolve()), name, split=split)
    assert isinstance(loaded, datasets.Dataset | datasets.DatasetDict)  # not streamed
    return loaded


def _from_hub(name: str, split: str | None) -> "DatasetDict | Dataset | None":
    """The published dataset; None when the Hub cannot be reached or does not have it."""
    import datasets

    if not _hub_has_it():
        return None
    check_name("config", name, datasets.get_dataset_config_names(HUB_ID))
    if split is not None:
        check_name("split", split, datasets.get_dataset_split_names(HUB_ID, name))
    loaded = datasets.load_dataset(HUB_ID, name, split=split)
    assert isinstance(loaded, datasets.Dataset | datasets.DatasetDict)  # not streamed
    return loaded


def _hub_has_it() -> bool:
    """Asked once and briefly: `datasets` itself would try again for half a minute where there is no network."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        with urllib.request.urlopen(f"{constants.ENDPOINT}/api/datasets/{HUB_ID}", timeout=_HUB_TIMEOUT_S):
            return True
    except OSError:  # no network, no answer in time, or no such dataset
        return False


def _build(folder: Path) -> None:
    from arith_synth.data.build import build_dataset

    sys.stderr.write(
        f"no dataset at {folder}, nor {HUB_ID} on the Hub: building {_BUILD_GRAMMAR}, max_size {_BUILD_MAX_SIZE}\n"
    )
    build_dataset(grammar_named(_BUILD_GRAMMAR), _BUILD_MAX_SIZE, folder)
