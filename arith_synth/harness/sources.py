"""Where a harness finds the dataset: a folder that is named, the one in the current directory, else the Hub."""

import os
from collections.abc import Sequence
from pathlib import Path

from arith_synth import DATA_VERSION
from arith_synth.data.config_names import check_config
from arith_synth.data.folder import BUILD_FILE, CHECKSUMS_FILE, DEFAULT_FOLDER, DatasetFolder, open_dataset
from arith_synth.data.loading import HUB_ID
from arith_synth.errors import DatasetError
from arith_synth.evaluation.prompts import SolvedTask, few_shot_examples
from arith_synth.files import read_json
from arith_synth.names import TRAIN_PREFIX, check_name

#: Names the dataset folder, for harnesses that are started far from it.
DATA_VARIABLE = "ARITH_SYNTH_DATA"


def dataset_with(config: str, splits: Sequence[str], data: str | os.PathLike[str] | None = None) -> DatasetFolder:
    """The dataset that has these splits of a config.

    `data`, else the folder that the environment variable ARITH_SYNTH_DATA names, else `./arith-synth` when it is
    there, else this data version on the Hub, of which only these splits are downloaded, each file checked. Nothing is
    built: a harness that silently scored another size than the published one would be no harness.

    Raises DatasetError when there is none or it is damaged, UnknownNameError for a config or split that it lacks,
    HubError when the Hub has it and fails.
    """
    named = data if data is not None else os.environ.get(DATA_VARIABLE) or None
    if named is not None or DEFAULT_FOLDER.exists():
        folder = open_dataset(Path(named) if named is not None else DEFAULT_FOLDER)
        check_config(config, folder.configs)
        for split in splits:
            check_name("split", split, folder.configs[config])
        return folder
    published = _published(config, splits)
    if published is None:
        raise DatasetError(
            f"there is no dataset at ./{DEFAULT_FOLDER}, nor {HUB_ID} v{DATA_VERSION} on the Hub; name a folder with "
            f"{DATA_VARIABLE}=…, or make one with: arith-synth build"
        )
    return published


def solved_tasks(config: str, n: int, data: str | os.PathLike[str] | None = None) -> tuple[SolvedTask, ...]:
    """The training tasks that `arith-synth eval --few-shot n` shows with its default seed. Raises as `dataset_with` and
    `few_shot_examples`."""
    if n == 0:
        return ()
    return few_shot_examples(dataset_with(config, [TRAIN_PREFIX], data), config, n, seed=0)


def _published(config: str, splits: Sequence[str]) -> DatasetFolder | None:
    """The client's copy of the published dataset; None when the Hub lacks it, or can't be reached nor is it cached."""
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
        check_config(config, build["configs"], where="the published dataset")
        for split in splits:
            check_name("split", split, build["configs"][config])
        # Some file must tell where the copy is; the last split of a config is small, and no training split.
        files = version.files(config, splits or list(build["configs"][config])[-1:])
    # <cache>/<config>/<file>: beside the config stand build.json and checksums.json, which were asked for too.
    path = next(iter(files.values()))[0].parent.parent
    return DatasetFolder(path=path, build=read_json(path / BUILD_FILE), checksums=read_json(path / CHECKSUMS_FILE))
