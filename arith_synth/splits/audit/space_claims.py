"""Claims about the spaces: coordinates, distances to the training programs, and tests matched in them."""

import numpy as np

from arith_synth.splits.audit.coordinates import frozen_bases, semantic_coordinates, syntactic_coordinates
from arith_synth.splits.audit.evidence import COORDINATE_UNIT, SUPPORT, Evidence
from arith_synth.splits.audit.report import Claim, Findings, short
from arith_synth.splits.audit.tree_distances import Trees

_SPACES = ("syntactic", "semantic")
#: The tree edit distance is to the nearest of so many syntactically nearest training programs.
_N_TREE_CANDIDATES = 64
#: Tasks whose tree edit distance is computed anew.
_N_TREES = 12_000
_N_BINS = 5
#: test -> the space in whose distances it is matched to `test`.
_MATCHED = {"test_syntactic": "semantic", "test_semantic": "syntactic"}


def check_coordinates(evidence: Evidence, name: str) -> Claim:
    """Published coordinates are those that the frozen bases give, exactly."""
    findings = Findings()
    grammar, programs, build = evidence.folder.grammar, evidence.programs, evidence.folder.build
    if build["coordinate_unit"] != COORDINATE_UNIT:
        findings.add(f"build.json: coordinate_unit is {short(build['coordinate_unit'])}, should be {COORDINATE_UNIT}")
    bases = frozen_bases(grammar, evidence.folder.path)
    if isinstance(bases, str):
        findings.add(f"{bases}, so coordinates cannot be recomputed")
        return findings.claim(name, "")
    if build["bases_sha256"] != bases.sha256:
        findings.add(f"build.json: bases_sha256 is {short(build['bases_sha256'])}, but the bases have {bases.sha256}")
    derived = {
        "syntactic": syntactic_coordinates(programs, bases),
        "semantic": semantic_coordinates(programs, bases),
    }
    n_rows = 0
    for split in [evidence.folder.corpus, *evidence.folder.tasks]:
        rows = evidence.rows(split)
        n_rows += len(rows)
        for space in _SPACES:
            published, expected = evidence.published_units(split, space), derived[space][rows]
            findings.add_where(
                (published != expected).any(axis=1),
                lambda i, split=split, space=space, published=published, expected=expected: (
                    f"{split.row(i)}: {space} is {_head(published[i])} in units, should be {_head(expected[i])}"
                ),
            )
    return findings.claim(name, f"both coordinates of {n_rows:,} rows are what the frozen bases give, to the last bit")


def check_distances(evidence: Evidence, name: str) -> Claim:
    """Distances of every task that is not for training are those to its config's training programs."""
    findings = Findings()
    n_tasks = 0
    for split in evidence.folder.tasks:
        if split.is_train:
            continue
        if evidence.reference(split) is None:
            findings.add(f"{split.path} has no training split to measure distances to")
            continue
        n_tasks += split.n_rows
        for space in _SPACES:
            published = split.numbers(f"{space}_distance")
            expected = (np.sqrt(evidence.squared_distances(split, space)) * COORDINATE_UNIT).astype(np.float32)
            findings.add_where(
                published != expected,
                lambda i, split=split, space=space, published=published, expected=expected: (
                    f"{split.row(i)}: {space}_distance is {published[i]}, should be {expected[i]}"
                ),
            )
    return findings.claim(name, f"distances of {n_tasks:,} tasks to their nearest training programs, in both spaces")


def check_tree_edit_distances(evidence: Evidence, name: str) -> Claim:
    """Every tree edit distance is that to the nearest of the syntactically nearest training programs."""
    findings = Findings()
    n_checked = 0
    trees = Trees(evidence.programs)
    for split in evidence.folder.tasks:
        reference = evidence.reference(split)
        if split.is_train or reference is None:
            continue
        # Of training programs at the same distance the first in file order are taken.
        nearest = evidence.nearest_rows(split)
        ones = np.repeat(evidence.rows(split), nearest.shape[1])
        others = evidence.rows(reference)[nearest.ravel()]
        expected = trees.distances(ones, others).reshape(nearest.shape).min(axis=1)
        published = split.numbers("tree_edit_distance")
        n_checked += len(published)
        findings.add_where(
            published != expected,
            lambda i, split=split, published=published, expected=expected: (
                f"{split.row(i)}: tree_edit_distance is {published[i]}, should be {expected[i]}"
            ),
        )
    return findings.claim(name, f"{n_checked:,} tasks have their tree edit distances")


def check_matching(evidence: Evidence, name: str) -> Claim:
    """test_syntactic and test_semantic have the histogram of `test` over size x bin of distance to train, with the bin
    edges of build.json; so no more than these edges is taken on trust, and the fullest bin is reported."""
    findings = Findings()
    splits = evidence.folder.of_config(SUPPORT)
    if not {"train", "test", *_MATCHED} <= set(splits):
        return findings.claim(name, f"no complete {SUPPORT} in this folder")
    plain = splits["test"]
    sizes = plain.numbers("size")
    n_cells, fullest = 0, 0.0
    for test, space in _MATCHED.items():
        other = splits[test]
        wanted, found = evidence.squared_distances(plain, space), evidence.squared_distances(other, space)
        for size in np.unique(sizes).tolist():
            edges = _published_edges(evidence, size, space)
            if edges is None:
                findings.add(f"build.json has no {_N_BINS - 1} ascending edges of {space} distance for size {size}")
                continue
            wanted_counts = _bin_counts(wanted[sizes == size], edges)
            found_counts = _bin_counts(found[other.numbers("size") == size], edges)
            n_cells += len(wanted_counts)
            fullest = max(fullest, max(wanted_counts) / len(sizes))
            if wanted_counts != found_counts:
                findings.add(
                    f"{other.path} size {size} has {found_counts} tasks by bin of {space} distance, "
                    f"but {plain.path} has {wanted_counts}"
                )
    matched = " and ".join(_MATCHED)
    return findings.claim(
        name, f"{matched} match test in {n_cells} cells of size and distance; the fullest holds {fullest:.0%}"
    )


def _published_edges(evidence: Evidence, size: int, space: str) -> list[float] | None:
    """The edges that split the squared distances of a size into bins, or None where build.json has none that do."""
    entry = evidence.folder.build.get("matching")
    for key in ("edges", str(size), space):
        entry = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(entry, list) or len(entry) != _N_BINS - 1 or not all(isinstance(edge, int) for edge in entry):
        return None
    return entry if entry == sorted(entry) else None


def _head(coordinates: np.ndarray) -> str:
    return f"[{', '.join(f'{value:.10g}' for value in coordinates[:4])}, …]"


def _bin_counts(distances: np.ndarray, edges: list[float]) -> list[int]:
    """Number of distances that reach so many of the edges."""
    reached = sum((distances >= edge).astype(np.int64) for edge in edges)
    return np.bincount(reached, minlength=_N_BINS).tolist()
