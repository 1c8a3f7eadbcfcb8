"""Keyed hashes and streams: every choice is a function of names, never of a library's random generator.

Streams are derived by hashing names (`"support_shift", "train", fingerprint`), never by adding to a
seed: neighbouring seeds would then share items.
"""

import hashlib

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def keyed_hash(*names: str | int, bits: int = 64) -> int:
    """BLAKE2b of the names, each with its length in front, as an integer of `bits` bits (a multiple of 8)."""
    digest = hashlib.blake2b(digest_size=bits // 8)
    for name in names:
        encoded = str(name).encode("utf-8")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return int.from_bytes(digest.digest(), "little")


def splitmix64(values: np.ndarray) -> np.ndarray:
    """The SplitMix64 finalizer, elementwise on uint64[...]: a bijection of 64-bit words that mixes every bit.

    Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", section 5.
    """
    with np.errstate(over="ignore"):
        mixed = values + _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        return mixed ^ (mixed >> np.uint64(31))


def hash_fingerprints(fingerprints: np.ndarray, *names: str | int) -> np.ndarray:
    """One 64-bit hash a class for the stream called `names`.

    Shapes: fingerprints uint64[n, 2] (two residues) -> uint64[n].
    """
    key = np.uint64(keyed_hash(*names))
    return splitmix64(splitmix64(splitmix64(fingerprints[:, 0] ^ key)) ^ fingerprints[:, 1])


def keyed_order(fingerprints: np.ndarray, *names: str | int) -> np.ndarray:
    """The permutation that sorts classes by their keyed hash, ties by fingerprint: int64[n]."""
    hashes = hash_fingerprints(fingerprints, *names)
    return np.lexsort((fingerprints[:, 1], fingerprints[:, 0], hashes))
