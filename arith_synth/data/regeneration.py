"""The strongest claim of an audit: the whole folder built once more, from what `build.json` says, is the same."""

import tempfile
from pathlib import Path

from arith_synth.data.build import build_dataset
from arith_synth.data.comparison import compare_folders
from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.names import is_train
from arith_synth.progress import Progress
from arith_synth.splits import density
from arith_synth.splits.audit.folder import grammar_of
from arith_synth.splits.audit.report import Claim
from arith_synth.splits.region_records import axis_of_request
from arith_synth.splits.sizes import SplitSizes, default_sizes


def check_regeneration(path: Path, progress: Progress | None = None) -> Claim:
    """Build the dataset once more beside the folder and compare every row; takes as long and as much room as a build.

    Raises DatasetError when the folder's `build.json` cannot be read, SplitError or CapacityError when what it asks for
    cannot be built.
    """
    folder = open_dataset(path)
    grammar = grammar_of(path, folder.build["grammar"])
    axes = [axis_of_request(config, request) for config, request in folder.build.get("user_regions", {}).items()]
    with tempfile.TemporaryDirectory(dir=path.resolve().parent, prefix=f".{path.name}.again-") as aside:
        again = build_dataset(
            grammar,
            folder.build["max_size"],
            Path(aside) / "arith-synth",
            list(folder.configs),
            asked_sizes(folder),
            progress,
            axes,
        )
        comparison = compare_folders(path, again.path, progress)
    changed = [split.split for split in comparison.splits if split.state != "same"]
    if comparison.equal:
        return Claim("regenerated", True, f"built again, all {len(comparison.splits)} splits and facts are the same")
    found = [f"split {name} differs" for name in changed] + [f"build.json: {fact} differs" for fact in comparison.facts]
    found += [f"checksums.json does not fit {file}" for file in comparison.records[0]]
    found += [f"{file} differs" for file, state in comparison.other_files.items() if state != "same"]
    return Claim("regenerated", False, f"{len(found)} differences from a fresh build: {'; '.join(found[:3])}")


def asked_sizes(folder: DatasetFolder) -> SplitSizes:
    """The numbers of tasks that the folder was asked for."""
    asked: dict[str, int] = {}
    for config, splits in folder.build["split_sizes"].items():
        for split, n in splits.items():
            kind = "train" if is_train(split) else "validation" if split == "validation" else "test"
            asked["density_train" if kind == "train" and config in density.SPLITS else kind] = n
    published = default_sizes(grammar_of(folder.path, folder.build["grammar"]), folder.build["max_size"])
    return SplitSizes(
        train=asked.get("train", published.train),
        validation=asked.get("validation", published.validation),
        test=asked.get("test", published.test),
        density_train=asked.get("density_train", published.density_train),
    )
