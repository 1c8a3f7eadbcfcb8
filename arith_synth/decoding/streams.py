"""Random numbers of sampling: a stream of its own for each (seed, task, sample), whatever batch the task is in."""

from collections.abc import Sequence

import numpy as np

from arith_synth.seeding import keyed_hash, splitmix64


def stream_keys(task_ids: Sequence[str], n_samples: int, seed: int) -> np.ndarray:
    """One 64-bit key for each sample of each task: uint64[task, n_samples]."""
    tasks = np.array([keyed_hash("sampling", seed, task_id) for task_id in task_ids], dtype=np.uint64)
    samples = splitmix64(np.arange(n_samples, dtype=np.uint64))
    return splitmix64(tasks[:, None] ^ samples)


def uniforms(keys: np.ndarray, step: int) -> np.ndarray:
    """The numbers in [0, 1) that the streams give at a step: uint64[...] -> float64[...]."""
    words = splitmix64(keys ^ splitmix64(np.array([step], dtype=np.uint64))[0])
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
