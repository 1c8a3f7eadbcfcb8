"""Claims about classes: fingerprints, the corpus, and that no class stands on two sides."""

import numpy as np

from arith_synth.names import is_test
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.folder import CORPUS, Split
from arith_synth.splits.audit.identity import NO_KEY, sample_rows
from arith_synth.splits.audit.report import Claim, Findings, short

#: Programs whose published fingerprint is recomputed in plain Python integers as well.
_N_FINGERPRINTS = 200


def check_fingerprints(evidence: Evidence, name: str) -> Claim:
    """The fingerprint of every row is its program's, and programs share one exactly when they are of one class."""
    findings = Findings()
    splits = [evidence.folder.corpus, *evidence.folder.tasks]
    _check_constants(evidence, findings)
    residues, is_defined = evidence.residues
    n_rows = 0
    for split in splits:
        rows = evidence.rows(split)
        n_rows += len(rows)
        published = evidence.published_residues(split)
        findings.add_where(
            (published != residues[rows]).any(axis=1) | ~is_defined[rows],
            lambda i, split=split, rows=rows: (
                f"{split.row(i)}: fingerprint is {short(split.column('fingerprint')[i].as_py())}, should be "
                f"{_text(residues[rows[i]]) if is_defined[rows[i]] else 'none, as it divides by zero'}"
            ),
        )
    n_classes = _check_one_to_one(evidence, findings)
    n_recomputed = _check_naively(evidence, findings)
    return findings.claim(
        name,
        f"{n_rows:,} rows have the fingerprints of their programs, one to one with {n_classes:,} classes; "
        f"{n_recomputed:,} of them recomputed in plain integers too",
    )


def check_corpus(evidence: Evidence, name: str) -> Claim:
    """The corpus holds every class of minimal size <= max_size once, with a program of that size, in order."""
    findings = Findings()
    build, corpus = evidence.folder.build, evidence.folder.corpus
    own = np.concatenate(evidence.classes_by_size)
    own_sizes = np.repeat(np.arange(1, len(evidence.classes_by_size) + 1), list(map(len, evidence.classes_by_size)))
    order = np.argsort(own)
    own, own_sizes = own[order], own_sizes[order]
    keys, sizes = evidence.keys_in(corpus), corpus.numbers("size")
    places = np.minimum(np.searchsorted(own, keys), len(own) - 1)
    known = own[places] == keys
    findings.add_where(~known, lambda i: f"{corpus.row(i)} is no class of at most {evidence.folder.max_size} leaves")
    findings.add_where(
        known & (own_sizes[places] != sizes),
        lambda i: f"{corpus.row(i)}: the class has minimal size {own_sizes[places[i]]}, not {sizes[i]}",
    )
    _, first = np.unique(keys, return_index=True)
    repeated = np.ones(len(keys), dtype=bool)
    repeated[first] = False
    findings.add_where(repeated, lambda i: f"{corpus.row(i)} repeats a class")
    n_missing = len(own) - int(np.isin(own, keys).sum())
    if n_missing:
        findings.add(f"{n_missing} classes are missing")
    counts = [len(classes) for classes in evidence.classes_by_size]
    for entry, derived in (("classes_by_size", counts), ("n_classes", sum(counts))):
        if build[entry] != derived:
            findings.add(f"build.json: {entry} is {short(build[entry])}, should be {derived}")
    residues = evidence.published_residues(corpus)
    in_order = np.lexsort([residues[:, 1], residues[:, 0], sizes])
    # Stable: rows in order keep their places.
    findings.add_where(
        in_order != np.arange(len(in_order)), lambda i: f"{corpus.row(i)} is out of the order of size and fingerprint"
    )
    return findings.claim(name, f"own enumeration finds the same {len(own):,} classes, by size {counts}")


def check_targets(evidence: Evidence, name: str) -> Claim:
    """The target of a task is the corpus's program of its class."""
    findings = Findings()
    targets = np.zeros(len(evidence.programs.texts), dtype=bool)
    targets[evidence.rows(evidence.folder.corpus)] = True
    n_tasks = 0
    for split in evidence.folder.tasks:
        rows = evidence.rows(split)
        n_tasks += len(rows)
        findings.add_where(
            ~targets[rows],
            lambda i, split=split, rows=rows: (
                f"{split.row(i)}: {short(evidence.programs.texts[int(rows[i])].as_py())} is no program of the corpus"
            ),
        )
    return findings.claim(name, f"the targets of {n_tasks:,} tasks are their classes' programs in the corpus")


def check_used_by(evidence: Evidence, name: str) -> Claim:
    """The corpus's used_by names exactly the test splits that a class serves."""
    findings = Findings()
    corpus = evidence.folder.corpus
    tests = [split for split in evidence.folder.tasks if is_test(split.name)]
    expected = np.zeros((corpus.n_rows, len(tests)), dtype=bool)
    for column, split in enumerate(tests):
        rows = evidence.corpus_rows(split)
        expected[rows[rows >= 0], column] = True
    check_name_lists(corpus, "used_by", [split.path for split in tests], expected, findings)
    return findings.claim(
        name, f"used_by names the {len(tests)} tests that {int(expected.any(axis=1).sum()):,} classes serve"
    )


def check_name_lists(corpus: Split, column: str, names: list[str], expected: np.ndarray, findings: Findings) -> None:
    """Compare a column of lists of names with bool[n, n_names]: the listed names, each once, in order."""
    lists = corpus.column(column)
    lengths = np.diff(lists.offsets.to_numpy())
    encoded = lists.flatten().dictionary_encode()
    number_of = {text: index for index, text in enumerate(names)}
    numbers = np.array([number_of.get(text, -1) for text in encoded.dictionary.to_pylist()], dtype=np.int64)
    listed = numbers[encoded.indices.to_numpy(zero_copy_only=False)]
    rows, columns = np.nonzero(expected)
    row_of = np.repeat(np.arange(len(lists)), lengths)
    wrong = lengths != expected.sum(axis=1)
    # Where the lengths agree, the names do when they come in the same order.
    agreeing = ~wrong[row_of]
    wrong[row_of[agreeing][listed[agreeing] != columns[~wrong[rows]]]] = True

    def describe(i: int) -> str:
        should = [name for name, is_in in zip(names, expected[i], strict=True) if is_in]
        return f"{corpus.row(i)}: {column} is {short(lists[i].as_py())}, should be {should}"

    findings.add_where(wrong, describe)


def _check_constants(evidence: Evidence, findings: Findings) -> None:
    """The entries of build.json that fingerprints rest on."""
    build, points = evidence.folder.build, evidence.world.points()
    bound = evidence.world.collision_bound(sum(map(len, evidence.classes_by_size)))
    if build.get("collision_bound") != bound:
        findings.add(f"build.json: collision_bound is {short(build.get('collision_bound'))}, should be {bound}")
    if build["fingerprint_points"] != points:
        findings.add(f"build.json: fingerprint_points are {short(build['fingerprint_points'])}, should be {points}")


def _check_one_to_one(evidence: Evidence, findings: Findings) -> int:
    """Of the distinct programs that have a class: one key has one fingerprint, and the reverse. Returns how many."""
    residues, is_defined = evidence.residues
    rows = np.flatnonzero(is_defined & (evidence.keys != NO_KEY))
    keys, first, class_of = np.unique(evidence.keys[rows], return_index=True, return_inverse=True)
    of_first = residues[rows[first]]
    findings.add_where(
        (residues[rows] != of_first[class_of.ravel()]).any(axis=1),
        lambda i: f"{_program(evidence, int(rows[i]))} has another fingerprint than other programs of its class",
    )
    order = np.lexsort([of_first[:, 1], of_first[:, 0]])
    repeated = (of_first[order][1:] == of_first[order][:-1]).all(axis=1)
    findings.add_where(
        repeated,
        lambda i: (
            f"{_program(evidence, int(rows[first[order[i]]]))} has a fingerprint that belongs to another class too"
        ),
    )
    no_class = np.flatnonzero(is_defined != (evidence.keys != NO_KEY))
    findings.add_where(
        np.ones(len(no_class), dtype=bool),
        lambda i: f"{_program(evidence, int(no_class[i]))} has a fingerprint and no class, or the reverse",
    )
    return len(keys)


def _check_naively(evidence: Evidence, findings: Findings) -> int:
    """Recompute published fingerprints of a keyed sample of the corpus and of task rows; returns how many."""
    n_checked = 0
    for split in [evidence.folder.corpus, *evidence.folder.tasks]:
        published = split.column("fingerprint")
        n_wanted = _N_FINGERPRINTS if split.path == CORPUS else _N_FINGERPRINTS // 20
        key = evidence.folder.rows_key(split)
        for row in sample_rows(split.n_rows, n_wanted, "fingerprints", split.path, key):
            derived = evidence.world.fingerprint(evidence.programs.expression(int(evidence.rows(split)[row])))
            n_checked += 1
            if derived != published[row].as_py():
                findings.add(f"{split.row(row)}: fingerprint is {short(published[row].as_py())}, should be {derived}")
    return n_checked


def _program(evidence: Evidence, row: int) -> str:
    return short(evidence.programs.texts[row].as_py())


def _text(residues: np.ndarray) -> str:
    """32 hex digits of uint64[2]."""
    return "".join(f"{residue:016x}" for residue in residues.tolist())
