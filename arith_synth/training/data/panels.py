"""Panels drawn anew: the outputs of a task at other inputs every time that it is seen."""

from dataclasses import dataclass

import numpy as np

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.seeding import keyed_hash, splitmix64
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.panels import generic_points, second_panel_of
from arith_synth.training.data.batch import Examples

_UNDEFINED = np.uint64(1 << 63)


@dataclass(frozen=True, kw_only=True, eq=False)
class PanelSampler:
    """Draws `n_shown` of the `points` int64[p, n_variables] for each task. No point is of the second panel.

    That panel is for tests of reading new inputs, so no model is trained on it.
    """

    grammar: Grammar
    points: np.ndarray
    n_shown: int
    seed: int

    def outputs(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numerators and denominators of programs uint8[n, width] at all points: int64[n, p] each."""
        return rational_outputs(codes, self.grammar, self.points)

    def draw(self, tokens: np.ndarray, outputs: tuple[np.ndarray, np.ndarray], *occasion: np.ndarray) -> Examples:
        """The tasks of some outputs int64[n, p], each at points of its own.

        `occasion`: int64[n] each, what the draw is named by: the number of the task, and how often it was seen. Inputs
        where the program is undefined are drawn only when there are no others.
        """
        hashes = np.full(len(tokens), keyed_hash("resampled panels", self.seed), dtype=np.uint64)
        for numbers in occasion:
            hashes = splitmix64(splitmix64(hashes ^ numbers.astype(np.uint64)))
        ranks = splitmix64(splitmix64(hashes[:, None] ^ np.arange(len(self.points), dtype=np.uint64)))
        ranks = np.where(outputs[1] == 0, ranks | _UNDEFINED, ranks & ~_UNDEFINED)
        chosen = np.argsort(ranks, axis=1)[:, : self.n_shown]
        return Examples(
            tokens=tokens,
            numerators=np.take_along_axis(outputs[0], chosen, axis=1),
            denominators=np.take_along_axis(outputs[1], chosen, axis=1),
            inputs=self.points[chosen],
        )


def panel_sampler(grammar: Grammar, n_shown: int, seed: int) -> PanelSampler:
    """The sampler of a grammar. Raises UsageError when there are not so many points."""
    second = set(second_panel_of(grammar).points)
    points = np.array([point for point in generic_points(grammar) if point not in second], dtype=np.int64)
    if n_shown > len(points):
        raise UsageError(f"grammar {grammar.name} has {len(points)} inputs to draw from; show fewer than {n_shown}")
    return PanelSampler(grammar=grammar, points=points, n_shown=n_shown, seed=seed)
