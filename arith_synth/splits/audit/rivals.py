"""Rivals: classes that agree with a task wherever they are defined on its shown inputs."""

import numpy as np


def rivals_of(shown: np.ndarray, used: np.ndarray, corpus: np.ndarray, keys: np.ndarray) -> dict[int, int]:
    """For each program of `used` that another class agrees with: such a program of the corpus.

    Shapes: shown [2, n, p]; used, corpus int64[...], rows of it. A class agrees when it has the same outputs wherever
    it is defined, and is defined somewhere. Candidates are found by hashes and then compared.
    """
    defined = shown[1][corpus] != 0
    patterns, pattern_of = np.unique(defined, axis=0, return_inverse=True)
    hashes = _value_hashes(shown)
    used_by_point = np.ascontiguousarray(hashes[used].T)
    used_total = np.bitwise_xor.reduce(used_by_point, axis=0)
    rivals: dict[int, int] = {}
    for index, pattern in enumerate(patterns):
        if not pattern.any():
            continue
        group = corpus[pattern_of.ravel() == index]
        group_hashes = np.bitwise_xor.reduce(hashes[group][:, pattern], axis=1)
        order = np.argsort(group_hashes, kind="stable")
        group, group_hashes = group[order], group_hashes[order]
        used_hashes = used_total ^ np.bitwise_xor.reduce(used_by_point[~pattern], axis=0)
        first, last = np.searchsorted(group_hashes, used_hashes), np.searchsorted(group_hashes, used_hashes, "right")
        only_itself = (last - first == 1) & (group[np.minimum(first, len(group) - 1)] == used)
        for place in np.flatnonzero((last > first) & ~only_itself).tolist():
            row = int(used[place])
            for other in group[first[place] : last[place]].tolist():
                if keys[other] != keys[row] and (shown[:, other][:, pattern] == shown[:, row][:, pattern]).all():
                    rivals.setdefault(row, other)
    return rivals


def _value_hashes(shown: np.ndarray) -> np.ndarray:
    """A 64-bit hash of (point, numerator, denominator): uint64[n, p], by an odd multiplier and shifts."""
    n_points = shown.shape[2]
    with np.errstate(over="ignore"):
        mixed = shown[0].astype(np.int64).view(np.uint64) * np.uint64(0x9FB21C651E98DF25)
        mixed ^= shown[1].astype(np.int64).view(np.uint64) * np.uint64(0xD6E8FEB86659FD93)
        mixed += np.arange(1, n_points + 1, dtype=np.uint64) * np.uint64(0xA0761D6478BD642F)
        for _ in range(2):
            mixed ^= mixed >> np.uint64(32)
            mixed *= np.uint64(0xD6E8FEB86659FD93)
        return mixed ^ (mixed >> np.uint64(32))
