"""One step of realizability over pairs of classes in a field: the states that their candidates give to classes.

Candidates that may be in the bank are collected by region of its index, with the states that they give; a region whose
place is full is looked up at once, with its part of the table and of the result in the cache.
"""

from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.enumeration.candidates import (
    BLOCK,
    FORM_COMMUTES,
    FORM_OPERATOR,
    FORM_SWAPPED,
    N_FORMS,
    NO_CANDIDATE,
    fill_block,
    residue_of,
)
from arith_synth.enumeration.lookup import NO_CLASS, ClassIndex, bits_of, may_hold, number_of, region_of
from arith_synth.enumeration.state_sets import SetImages, pair_image

#: Words of a collected candidate: first residue, second residue, states.
_WORDS = 3
#: Bytes in which one thread collects candidates.
_COLLECTED_BYTES = 48 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """What all threads read: the bank's index, the patterns, and what classes reach with fewer than `leaves` leaves.

    Shapes: sizes uint8[classes] (minimal sizes), reach uint64[leaves + 1, classes] (words of state sets).
    """

    index: ClassIndex
    images: SetImages
    sizes: np.ndarray
    reach: np.ndarray
    leaves: int


class Gathered:
    """What one thread writes: candidates by region uint64[regions, candidates, 3], and states uint64[classes]."""

    def __init__(self, index: ClassIndex) -> None:
        capacity = max(64, _COLLECTED_BYTES // (8 * _WORDS * index.n_regions))
        self.collected = np.empty((index.n_regions, capacity, _WORDS), dtype=np.uint64)
        self.n_collected = np.zeros(index.n_regions, dtype=np.int64)
        self.states = np.zeros(len(index.values), dtype=np.uint64)

    def finished(self, index: ClassIndex) -> np.ndarray:
        """The states of each class, uint64[classes], once all that was collected is looked up."""
        look_up_all(self.collected, self.n_collected, index.slots, index.values, self.states)
        return self.states


@numba.njit(cache=True, nogil=True)
def look_up_region(region, collected, n_collected, slots, values, states):
    """Add the collected states of a region to their classes in states uint64[classes], and forget them."""
    slot_bits = bits_of(slots.shape[1])
    for entry in range(n_collected[region]):
        first, second = collected[region, entry, 0], collected[region, entry, 1]
        index = number_of(slots[region], slot_bits, values, first, second)
        if index != NO_CLASS:
            states[index] |= collected[region, entry, 2]
    n_collected[region] = 0


@numba.njit(cache=True, nogil=True)
def look_up_all(collected, n_collected, slots, values, states):
    """Look up what is left in all regions."""
    for region in range(len(n_collected)):
        look_up_region(region, collected, n_collected, slots, values, states)


@numba.njit(inline="always")
def _states_of(starts, n_states, images, operator, reach, left, left_size, right, right_size, leaves):
    """States of operator(left, right) with at most `leaves` leaves."""
    word = np.uint64(0)
    for of_left in range(left_size, leaves - right_size + 1):
        word |= pair_image(starts, n_states, images, operator, reach[of_left, left], reach[leaves - of_left, right])
    return word


@numba.njit(cache=True, nogil=True)
def spread_pairs(
    left_start, left_stop, right_start, right_stop, first, second, first_inverse, second_inverse, zero, forms,
    filter_words, slots, values, starts, n_states, images, sizes, reach, leaves, collected, n_collected, states,
):  # fmt: skip
    """Add to states uint64[classes] what candidates of these pairs reach with at most `leaves` leaves.

    reach uint64[leaves + 1, classes] holds what classes reach with fewer; sizes uint8[classes] are minimal sizes. What
    is still collected at the end waits for `look_up_all`.
    """
    residues = np.empty((N_FORMS, BLOCK), dtype=np.uint64)
    kept = np.empty(BLOCK + 1, dtype=np.int64)
    filter_bits, region_bits = bits_of(len(filter_words)) + np.uint64(6), bits_of(slots.shape[0])
    capacity = collected.shape[1]
    for left in range(left_start, left_stop):
        left_size = np.int64(sizes[left])
        for start in range(max(left, right_start), right_stop, BLOCK):
            stop = min(start + BLOCK, right_stop)
            fill_block(left, start, stop, first, first_inverse, zero, residues)
            for form in forms:
                n_kept = 0
                for k in range(stop - start):
                    kept[n_kept] = k
                    n_kept += np.int64(may_hold(filter_words, filter_bits, residues[form, k]))
                operator = FORM_OPERATOR[form]
                for t in range(n_kept):
                    right = start + kept[t]
                    residue = residues[form, kept[t]]
                    if residue == NO_CANDIDATE:
                        continue
                    right_size = np.int64(sizes[right])
                    word = np.uint64(0)
                    if not FORM_SWAPPED[form]:
                        word |= _states_of(
                            starts, n_states, images, operator, reach, left, left_size, right, right_size, leaves
                        )
                    if FORM_SWAPPED[form] or FORM_COMMUTES[form]:
                        word |= _states_of(
                            starts, n_states, images, operator, reach, right, right_size, left, left_size, leaves
                        )
                    region = region_of(residue, region_bits)
                    entry = n_collected[region]
                    collected[region, entry, 0] = residue
                    collected[region, entry, 1] = residue_of(form, left, right, second, second_inverse)
                    collected[region, entry, 2] = word
                    n_collected[region] = entry + 1
                    if entry + 1 == capacity:
                        look_up_region(region, collected, n_collected, slots, values, states)
