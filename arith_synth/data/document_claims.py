"""The claim that the documents of a folder say what its data says: each is made again and compared."""

import json
import tempfile
from pathlib import Path
from typing import Any

from arith_synth.data.card import write_cards
from arith_synth.data.croissant import croissant
from arith_synth.data.folder import (
    BENCHMARK_FILE,
    CARD_FILE,
    CHECKSUMS_FILE,
    CONTAMINATION_FILE,
    CROISSANT_FILE,
    SHIFT_REPORT_FILE,
    open_dataset,
)
from arith_synth.data.schema import CORPUS_CONFIG
from arith_synth.errors import ArithSynthError
from arith_synth.files import parse_json, write_atomically
from arith_synth.progress import Progress
from arith_synth.seeding import keyed_hash
from arith_synth.splits.audit import Claim, audit_folder, how_to_add_corpus, not_checked
from arith_synth.splits.shift.comparisons import pairs_of
from arith_synth.splits.shift.report import shift_report

#: Configs whose shifts are measured again; which ones depends on the data, so that nobody knows before.
_N_MEASURED = 2
#: Floating point differs from machine to machine by no more than this.
_TOLERANCE = 0.01


def audit_dataset(path: Path, progress: Progress | None = None) -> list[Claim]:
    """All claims of the audit, then that the documents say what the data says. Errors as of `audit_folder`."""
    claims = audit_folder(path, progress)
    failing = [claim for claim in claims if not claim.holds and claim.is_checked]
    unchecked = [claim for claim in claims if not claim.is_checked]
    if failing:
        return claims + not_checked(["documents"], f"the claim '{failing[0].claim}' does not hold")
    if unchecked:  # none fails, so what they lack is the corpus
        reason = f"{len(unchecked)} claims could not be checked without the corpus"
        return claims + not_checked(["documents"], f"{reason}; {how_to_add_corpus(open_dataset(path).build)}")
    return [*claims, check_documents(path, progress)]


def check_documents(path: Path, progress: Progress | None = None) -> Claim:
    """Cards and metadata are, to the byte, what the data gives; of the shift report two configs are measured again."""
    found: list[str] = []
    try:
        folder = open_dataset(path)
        contamination = parse_json((path / CONTAMINATION_FILE).read_bytes())
        shift = parse_json((path / SHIFT_REPORT_FILE).read_bytes())
        with tempfile.TemporaryDirectory() as aside:
            write_cards(Path(aside), folder.build, folder.checksums, contamination, shift)
            write_atomically(Path(aside) / CROISSANT_FILE, croissant(folder.build, folder.checksums))
            for name in (CARD_FILE, BENCHMARK_FILE, CROISSANT_FILE):
                if (Path(aside) / name).read_bytes() != (path / name).read_bytes():
                    found.append(f"{name} is not what the data gives")
        tasks = {config: splits for config, splits in folder.configs.items() if config != CORPUS_CONFIG}
        measured = {config for config in tasks if pairs_of(tasks, config)}
        if set(shift["configs"]) != measured:
            found.append(f"{SHIFT_REPORT_FILE} does not measure just the configs of the folder")
        key = json.dumps(folder.checksums["files"], sort_keys=True)
        configs = sorted(measured, key=lambda config: keyed_hash(key, config))[:_N_MEASURED]
        again = shift_report(path, progress=progress, only=configs)
        for config in configs:
            published = {"comparisons": shift["configs"][config]["comparisons"]}
            places = _differences(published, {"comparisons": again["configs"][config]["comparisons"]})
            found += [f"{SHIFT_REPORT_FILE}: {config}{place} is another number" for place in places]
    except (ArithSynthError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found.append(f"a document cannot be made again ({' '.join(str(error).split())[:200]})")
    if found:
        return Claim("documents", False, f"{len(found)} problems: {'; '.join(found[:3])}: rebuild the folder")
    return Claim(
        "documents",
        True,
        f"{CARD_FILE}, {BENCHMARK_FILE} and {CROISSANT_FILE} are what data and {CHECKSUMS_FILE} give; the shifts of "
        f"{' and '.join(configs)} are as measured again",
    )


def _differences(published: Any, again: Any, place: str = "") -> list[str]:
    """Where two values of the report differ by more than floating point does."""
    if isinstance(again, dict) and isinstance(published, dict) and set(again) == set(published):
        return [found for key in again for found in _differences(published[key], again[key], f"{place}.{key}")]
    if isinstance(again, list) and isinstance(published, list) and len(again) == len(published):
        pairs = enumerate(zip(published, again, strict=True))
        return [found for i, (one, other) in pairs for found in _differences(one, other, f"{place}[{i}]")]
    if isinstance(again, float) and isinstance(published, float | int):
        return [] if abs(published - again) <= _TOLERANCE * max(1.0, abs(again)) else [place]
    return [] if published == again else [place]
