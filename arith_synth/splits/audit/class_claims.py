"""Claims about classes: fingerprints, the corpus, and that no class stands on two sides."""

from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa

from arith_synth.names import is_test
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.folder import CORPUS, Split
from arith_synth.splits.audit.identity import NO_KEY, field_points, published_fingerprint, sample_rows
from arith_synth.splits.audit.report import Claim, Findings, short

#: Programs whose published fingerprint is recomputed in plain Python integers as well.
_N_FINGERPRINTS = 200


def check_fingerprints(evidence: Evidence, name: str) -> Claim:
    """Rows have equal fingerprints exactly when their programs are algebraically equal."""
    findings = Findings()
    splits = [evidence.folder.corpus, *evidence.folder.tasks]
    keys = np.concatenate([evidence.keys_in(split) for split in splits])
    encoded = pa.concat_arrays([split.column("fingerprint") for split in splits]).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    split_of = np.repeat(np.arange(len(splits)), [split.table.num_rows for split in splits])
    starts = np.cumsum([0, *[split.table.num_rows for split in splits]])
    # The corpus comes first, so that its rows are what others are compared with.
    classes, first, class_of = np.unique(keys, return_index=True, return_inverse=True)
    _, first_of_code, code_of = np.unique(codes, return_index=True, return_inverse=True)

    def where(i: int) -> str:
        return splits[split_of[i]].row(i - int(starts[split_of[i]]))

    findings.add_where(keys == NO_KEY, lambda i: f"{where(i)}: the program divides by zero wherever it runs")
    findings.add_where(
        (codes != codes[first][class_of]) & (keys != NO_KEY),
        lambda i: f"{where(i)}: fingerprint {encoded.dictionary[int(codes[i])]} but its class has another elsewhere",
    )
    findings.add_where(
        keys != keys[first_of_code][code_of],
        lambda i: f"{where(i)}: fingerprint {encoded.dictionary[int(codes[i])]} belongs to another class",
    )
    n_recomputed = _check_published(evidence, findings)
    return findings.claim(
        name,
        f"{len(keys):,} rows have {len(encoded.dictionary):,} fingerprints for {len(classes):,} classes, one to one; "
        f"all recomputed from build.json's points, {n_recomputed:,} of them in plain integers too",
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
    fingerprints = corpus.column("fingerprint").to_pylist()
    order_keys = list(zip(sizes.tolist(), fingerprints, strict=True))
    findings.add_where(
        np.array([later < earlier for earlier, later in pairwise(order_keys)], dtype=bool),
        lambda i: f"{corpus.row(i + 1)} is out of the order of size and fingerprint",
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


def check_sides(evidence: Evidence, name: str) -> Claim:
    """In a family of configs no class is in training and elsewhere, none in two tests, and none twice in a split."""
    findings = Findings()
    families: dict[str, list[Split]] = {}
    for split in evidence.folder.tasks:
        families.setdefault(split.config.removesuffix("_control"), []).append(split)
        keys = evidence.keys_in(split)
        _, first = np.unique(keys, return_index=True)
        repeated = np.ones(len(keys), dtype=bool)
        repeated[first] = False
        findings.add_where(repeated, lambda i, split=split: f"{split.row(i)} repeats a class of its split")
    n_pairs = 0
    for family in families.values():
        for one, other in combinations(family, 2):
            if _side(one) == _side(other) != "test":
                continue  # arms overlap by design, and so do validation splits
            n_pairs += 1
            keys = evidence.keys_in(one)

            def describe(i: int, one: Split = one, other: Split = other, keys: np.ndarray = keys) -> str:
                place = int(np.flatnonzero(keys == evidence.keys_in(other)[i])[0])
                return f"{one.row(place)} and {other.row(i)} are of one class"

            findings.add_where(np.isin(evidence.keys_in(other), keys), describe)
    return findings.claim(name, f"{n_pairs} pairs of splits share no class, and no split has a class twice")


def check_used_by(evidence: Evidence, name: str) -> Claim:
    """The corpus's used_by names exactly the test splits that a class serves."""
    findings = Findings()
    corpus = evidence.folder.corpus
    keys = evidence.keys_in(corpus)
    tests = [split for split in evidence.folder.tasks if is_test(split.name)]
    expected = np.zeros((len(keys), len(tests)), dtype=bool)
    for column, split in enumerate(tests):
        expected[:, column] = np.isin(keys, evidence.keys_in(split))
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


def _check_published(evidence: Evidence, findings: Findings) -> int:
    """Recompute published fingerprints of a keyed sample of the corpus and of task rows; returns how many."""
    grammar, points = evidence.folder.grammar, evidence.folder.build["fingerprint_points"]
    bound = _collision_bound(evidence)
    if evidence.folder.build.get("collision_bound") != bound:
        findings.add(
            f"build.json: collision_bound is {short(evidence.folder.build.get('collision_bound'))}, should be {bound}"
        )
    if points != field_points(grammar):
        findings.add(f"build.json: fingerprint_points are {short(points)}, should be {field_points(grammar)}")
        return 0
    residues, is_defined = evidence.residues
    n_checked = 0
    for split in [evidence.folder.corpus, *evidence.folder.tasks]:
        rows = evidence.rows(split)
        derived = np.array([f"{a:016x}{b:016x}" for a, b in residues[rows].tolist()])
        published = np.array(split.column("fingerprint").to_pylist())
        findings.add_where(
            (derived != published) | ~is_defined[rows],
            lambda i, split=split, derived=derived, published=published: (
                f"{split.row(i)}: fingerprint is {short(str(published[i]))}, should be {derived[i]}"
            ),
        )
        n_wanted = _N_FINGERPRINTS if split.path == CORPUS else _N_FINGERPRINTS // 20
        for row in sample_rows(split.table.num_rows, n_wanted, "fingerprints", split.path):
            expression = evidence.programs.expression(int(evidence.rows(split)[row]), grammar)
            derived = published_fingerprint(expression.symbols, grammar.operators, points)
            published = split.column("fingerprint")[row].as_py()
            n_checked += 1
            if derived != published:
                findings.add(f"{split.row(row)}: fingerprint is {short(published)}, should be {derived}")
    return n_checked


def _collision_bound(evidence: Evidence) -> float:
    """Pairs of classes times (2 max_size / p) squared: above the chance that any two share a fingerprint."""
    n = sum(map(len, evidence.classes_by_size))
    return n * (n - 1) // 2 * (2 * evidence.folder.max_size / (2**61 - 1)) ** 2


def _side(split: Split) -> str:
    if split.is_train:
        return "train"
    return "validation" if split.name.startswith("validation") else "test"
