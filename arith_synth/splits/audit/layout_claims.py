"""The claim that build.json, checksums.json, the card and the files speak of the same splits, and of no others."""

import stat
from typing import Any

import yaml

from arith_synth.names import is_test
from arith_synth.splits.audit.axis_regions import axis_regions
from arith_synth.splits.audit.contamination_claims import CONTAMINATION
from arith_synth.splits.audit.evidence import CONTROL, SUPPORT
from arith_synth.splits.audit.folder import REBUILD, Folder
from arith_synth.splits.audit.membership_density import DENSITY_CONFIGS
from arith_synth.splits.audit.numbers_asked import INPUT_SHIFT, known_splits, numbers_asked
from arith_synth.splits.audit.report import Claim, Findings, short

_DEFAULT = "support_shift"
_ENTRIES = {
    "data_version", "grammar", "max_size", "split_sizes", "user_regions", "package_version", "classes_by_size",
    "n_classes", "n_regular", "n_well_posed", "forced", "fingerprint_points", "collision_bound", "panel",
    "coordinate_unit", "bases_sha256", "regions", "examples_needed", "configs", "canary",
}  # fmt: skip
_CARD, _BENCHMARK = "README.md", "eval.yaml"
#: What checksums.json has under `cards`.
CARDS = (_CARD, _BENCHMARK, CONTAMINATION, "croissant.json", "shift_report.json")
_JSON = ("build.json", "checksums.json")
_OPTIONAL = ("build_log.json", "bases.npz", ".gitattributes")
#: Where the Hub's client keeps its notes about a download.
_NOTES = ".cache/"


def check_layout(folder: Folder, name: str) -> Claim:
    """Known configs have all their splits, a file each, and the card and eval.yaml lead to just these files."""
    findings = Findings()
    configs, known = folder.build["configs"], known_splits(folder.build)
    entries = _ENTRIES | _facts(folder)
    for entry in sorted(entries ^ set(folder.build)):
        findings.add(f"build.json: entry {short(entry)} is {'not known' if entry in folder.build else 'missing'}")
    for problem in axis_regions(folder.build)[1]:
        findings.add(problem)
    for config, splits in configs.items():
        if config not in known:
            findings.add(f"build.json: config {short(config)} is not known")
        elif tuple(splits) != known[config]:
            findings.add(f"build.json: config {config} has splits {short([*splits])}, not {known[config]}")
    in_order = [config for config in known if config in configs]
    if in_order != [config for config in configs if config in known]:
        findings.add(f"build.json: configs are {short([*configs])}, should come in the order {short(in_order)}")
    asked = folder.build.get("split_sizes")
    problem = numbers_asked(folder.build)
    if isinstance(problem, str):
        findings.add(problem)
    elif isinstance(asked, dict) and list(asked) != list(configs):
        findings.add(f"build.json: split_sizes names the configs {short([*asked])}, but configs {short([*configs])}")
    files = _files_by_split(folder)
    _check_found(folder, files, findings)
    _check_card(folder, files, findings)
    _check_benchmark(folder, findings)
    n_splits = sum(len(splits) for splits in configs.values())
    absent = [config for config in known if config not in configs]
    return findings.claim(
        name,
        f"{len(configs)} configs have their {n_splits} splits in build.json, files and card"
        + (f"; {len(absent)} that a dataset can have are not in this one: {_some(absent)}" if absent else ""),
    )


def _some(configs: list[str], n_named: int = 4) -> str:
    more = f" and {len(configs) - n_named} more" if len(configs) > n_named else ""
    return ", ".join(configs[:n_named]) + more


def _facts(folder: Folder) -> set[str]:
    """The entries of build.json that depend on which configs there are."""
    configs = set(folder.build["configs"])
    present = {
        "matching": configs & {SUPPORT, CONTROL},
        "axes": axis_regions(folder.build)[0],
        "density": configs & set(DENSITY_CONFIGS),
        "input_shift": configs & {INPUT_SHIFT},
    }
    return {entry for entry, found in present.items() if found}


def _files_by_split(folder: Folder) -> dict[str, list[str]]:
    """The Parquet files of each declared split, by `config/split`."""
    return {
        f"{config}/{split}": [file for file in folder.files if file.rsplit("-", 3)[0] == f"{config}/{split}"]
        for config, splits in folder.build["configs"].items()
        for split in splits
    }


def _check_found(folder: Folder, files: dict[str, list[str]], findings: Findings) -> None:
    for path, of_split in files.items():
        numbered = [f"{path}-{part:05d}-of-{len(of_split):05d}.parquet" for part in range(len(of_split))]
        if of_split != numbered or not of_split:
            findings.add(
                f"{short(path)} has the files {short(of_split)}, should be numbered {short(numbered)}: {REBUILD}"
            )
    wanted = {*CARDS, *_JSON, *(file for of_split in files.values() for file in of_split)}
    # A link is never followed: what it leads to would not be in the folder.
    modes = {file.relative_to(folder.path).as_posix(): file.lstat().st_mode for file in folder.path.rglob("*")}
    found = {file for file, mode in modes.items() if not stat.S_ISDIR(mode)}
    special = {file for file in found if not stat.S_ISREG(modes[file])}
    for file in sorted(special):
        kind = "a link" if stat.S_ISLNK(modes[file]) else "no plain file"
        findings.add(f"{short(file)} is {kind}: put a plain file or folder there, or remove it")
    for file in sorted(wanted - found):
        findings.add(f"{file} is missing: {REBUILD}")
    for file in sorted(found - special - wanted - set(_OPTIONAL)):
        if not file.startswith(_NOTES):
            findings.add(f"{short(file)} is no file of this dataset: remove it")


def _check_card(folder: Folder, files: dict[str, list[str]], findings: Findings) -> None:
    if not (folder.path / _CARD).is_file():
        return
    header = _read_yaml(folder, _CARD)
    expected = []
    for config, splits in folder.build["configs"].items():
        data_files = [{"split": split, "path": files[f"{config}/{split}"]} for split in splits]
        entry: dict[str, Any] = {"config_name": config, "data_files": data_files}
        expected.append(entry | ({"default": True} if config == _DEFAULT else {}))
    if not isinstance(header, dict) or header.get("configs") != expected:
        findings.add(f"the configs of README.md do not lead to just the files of build.json's splits: {REBUILD}")


def _check_benchmark(folder: Folder, findings: Findings) -> None:
    if not (folder.path / _BENCHMARK).is_file():
        return
    document = _read_yaml(folder, _BENCHMARK)
    expected = [
        {"id": f"{config}_{split}", "config": config, "split": split}
        for config, splits in folder.build["configs"].items()
        for split in splits
        if is_test(split)
    ]
    if not isinstance(document, dict) or document.get("tasks") != expected:
        findings.add(f"the tasks of eval.yaml are not just the {len(expected)} test splits: {REBUILD}")


def _read_yaml(folder: Folder, name: str) -> Any:
    """What a card says in YAML (README.md: between its first two lines of dashes); None when it cannot be read."""
    try:
        text = (folder.path / name).read_bytes().decode("utf-8")
        if name == _CARD:
            before, _, text = text.partition("---\n")
            if before:
                return None
            text = text.partition("\n---\n")[0]
        return yaml.safe_load(text)
    except (UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError):
        return None
