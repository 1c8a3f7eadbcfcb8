"""How far two samples of one space are apart: classifiers that tell them, mean discrepancy, histograms, cells."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from arith_synth.errors import MissingExtraError
from arith_synth.seeding import keyed_hash, splitmix64

N_FOLDS = 4
#: Rows of each side for the maximum mean discrepancy, whose cost grows with their square.
MMD_SAMPLE = 800
N_PERMUTATIONS = 99
BOOSTING: dict[str, Any] = {
    "max_iter": 50,
    "max_leaf_nodes": 8,
    "learning_rate": 0.15,
    "early_stopping": False,
    "random_state": 0,
}
#: With fewer rows a side an AUC would be off by several hundredths, and is not measured.
FEWEST = 100


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep scikit-learn and the linear algebra to one thread: problems so small only wait for each other.

    MissingExtraError when there is no scikit-learn.
    """
    with _controller().limit(limits=1):
        yield


@cache
def _controller() -> Any:
    try:
        importlib.import_module("sklearn.ensemble")
        importlib.import_module("sklearn.linear_model")
        import threadpoolctl  # scikit-learn brings it
    except ImportError:
        raise MissingExtraError(
            "the shift report needs scikit-learn; install it with: pip install 'arith-synth[eval]'"
        ) from None
    return threadpoolctl.ThreadpoolController()  # knows the libraries that are there by now


def classifier_auc(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Area under the ROC curve of classifiers that tell two samples apart, the mean over held-out folds.

    0.5: the classifier cannot tell them; 1: it always can. Shapes: float[n, d], float[n, d], rows in an
    order that has nothing to do with the coordinates (rows go to folds in turn) -> logistic, boosting. Needs
    scikit-learn: MissingExtraError without it.
    """
    values = np.concatenate((first, second)).astype(np.float64)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    is_first = np.repeat([True, False], [len(first), len(second)])
    fold = np.concatenate((np.arange(len(first)), np.arange(len(second)))) % N_FOLDS
    found = {}
    with one_thread():
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.linear_model import LogisticRegression

        classifiers: dict[str, Callable[[], Any]] = {
            "logistic": lambda: LogisticRegression(max_iter=1000),
            "boosting": lambda: HistGradientBoostingClassifier(**BOOSTING),
        }
        for name, make in classifiers.items():
            areas = []
            for held_out in range(N_FOLDS):
                seen, unseen = fold != held_out, fold == held_out
                scores = make().fit(values[seen], is_first[seen]).decision_function(values[unseen])
                areas.append(_auc(scores[is_first[unseen]], scores[~is_first[unseen]]))
            found[name] = float(np.mean(areas))
    return found


def maximum_mean_discrepancy(
    first: np.ndarray, second: np.ndarray, *stream: str | int, bandwidth: float | None = None
) -> dict[str, float]:
    """Squared maximum mean discrepancy, unbiased (so it may be below zero), and how rare so large a value is by chance.

    Kernel exp(-|a - b|^2 / (2 bandwidth^2)); the bandwidth is the median distance of the pooled sample unless given.
    p value: over N_PERMUTATIONS keyed relabelings. Shapes: float[n, d], float[m, d], n, m >= 2 -> mmd2, p.

    Source: Gretton et al. 2012, "A kernel two-sample test", JMLR 13, lemma 6.
    """
    first, second = first[:MMD_SAMPLE].astype(np.float64), second[:MMD_SAMPLE].astype(np.float64)
    values = np.concatenate((first, second))
    norms = (values**2).sum(axis=1)
    squared = np.maximum(norms[:, None] + norms[None, :] - 2 * values @ values.T, 0.0)
    if bandwidth is None:
        bandwidth = float(np.sqrt(np.median(squared[np.triu_indices(len(values), 1)])))
    if bandwidth == 0:  # more than half of all pairs coincide
        bandwidth = 1.0
    kernel = np.exp(squared / (-2 * bandwidth**2))
    np.fill_diagonal(kernel, 0.0)
    labels = np.zeros((len(values), N_PERMUTATIONS + 1))
    labels[: len(first), 0] = 1
    for number in range(N_PERMUTATIONS):
        key = np.uint64(keyed_hash(*stream, "permutation", number))
        order = np.argsort(splitmix64(np.arange(len(values), dtype=np.uint64) ^ key), kind="stable")
        labels[order[: len(first)], number + 1] = 1
    n, m = len(first), len(second)
    within = (labels * (kernel @ labels)).sum(axis=0)
    touching = kernel.sum(axis=1) @ labels
    across = touching - within
    other = kernel.sum() - 2 * touching + within
    estimates = within / (n * (n - 1)) + other / (m * (m - 1)) - 2 * across / (n * m)
    as_large = int((estimates[1:] >= estimates[0]).sum())
    return {"mmd2": float(estimates[0]), "p": (as_large + 1) / (N_PERMUTATIONS + 1)}


def total_variation(first: np.ndarray, second: np.ndarray) -> float:
    """Half the summed difference of two empirical laws over integers: 0 for equal, 1 for disjoint ones.

    Shapes: int64[n], int64[m], n, m > 0.
    """
    values, where = np.unique(np.concatenate((first, second)), return_inverse=True)
    sides = where[: len(first)], where[len(first) :]
    shares = [np.bincount(side, minlength=len(values)) / len(side) for side in sides]
    return float(0.5 * np.abs(shares[0] - shares[1]).sum())


def effective_number(cells: np.ndarray) -> float:
    """The exponential of the entropy of an empirical law over cells: n for n equally full ones. int64[n], n > 0."""
    shares = np.unique(cells, return_counts=True)[1] / len(cells)
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The share of pairs that are in order, ties counting a half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left") + np.searchsorted(ordered, positive, side="right")
    return float(below.sum() / (2 * len(positive) * len(negative)))
