"""Checksums of whole builds, as `tests/splits/golden.json` pins them for each data version.

`python tests/golden_builds.py` builds afresh and writes the entries of this data version. It says what changes, leaves
other versions' entries alone, and refuses when a split that an older version has comes out with other content: such a
change needs a new data version in which it is said.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from arith_synth import DATA_VERSION
from arith_synth.data.build import build_dataset
from arith_synth.data.folder import open_dataset
from arith_synth.grammar import grammar_named

GOLDEN_FILE = Path(__file__).with_name("splits") / "golden.json"
WIDE, DEMO = "xy3, max_size 4, wide", "xy3, max_size 5"
#: Configs of data version 1.0.0 whose splits no later version has changed, and builds of then and now to compare.
UNCHANGED = ("random", "support_shift", "support_shift_control")
THEN_AND_NOW = {"xy3, max_size 4, small": WIDE, DEMO: DEMO}

Digest = dict[str, str]


def read_golden() -> dict[str, dict[str, Digest]]:
    """Digests by data version and build."""
    return json.loads(GOLDEN_FILE.read_text(encoding="utf-8"))


def digest_of(folder: Path) -> Digest:
    """Content of every Parquet file, the facts of `build.json` that it follows from, and who shares classes."""
    opened = open_dataset(folder)
    contents = {name: entry["content_sha256"] for name, entry in opened.checksums["files"].items()}
    facts = {name: value for name, value in opened.build.items() if name not in ("package_version", "configs")}
    shared = json.loads((folder / "contamination.json").read_text(encoding="utf-8"))
    return contents | {"build.json": _sha256(facts), "contamination.json": _sha256(shared)}


def unchanged_splits(digest: Mapping[str, str]) -> Digest:
    """The entries of a digest that no version since 1.0.0 has changed."""
    return {name: value for name, value in digest.items() if name.partition("/")[0] in UNCHANGED}


def main() -> int:
    """Build, compare and write; returns the exit status."""
    from conftest import SMALL_SIZES, WIDE_CONFIGS

    xy3, golden = grammar_named("xy3"), read_golden()
    with tempfile.TemporaryDirectory() as place:
        wide = build_dataset(xy3, 4, Path(place) / "wide", WIDE_CONFIGS, SMALL_SIZES)
        demo = build_dataset(xy3, 5, Path(place) / "demo")
        built = {WIDE: digest_of(wide.path), DEMO: digest_of(demo.path)}
    for then, now in THEN_AND_NOW.items():
        if unchanged_splits(golden["1.0.0"][then]) != unchanged_splits(built[now]):
            sys.stdout.write(f"refused: splits of 1.0.0 have other content in {now!r}\n")
            return 1
    before = golden.get(DATA_VERSION, {})
    for name, digest in built.items():
        old = before.get(name, {})
        for entry in sorted({*old, *digest}):
            if old.get(entry) != digest.get(entry):
                state = "added" if entry not in old else "removed" if entry not in digest else "changed"
                sys.stdout.write(f"{DATA_VERSION}, {name}: {state} {entry}\n")
    text = json.dumps(golden | {DATA_VERSION: built}, indent=2)
    GOLDEN_FILE.write_text(f"{text}\n", encoding="utf-8")
    return 0


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
