"""The batch path of the scorer: by kernels, the same outcomes as one verdict after another, for millions of answers.

Importing it loads numba; `scoring.counting` does so only when there is enough to score.
"""

from arith_synth.scoring.batch.outcomes import batch_outcomes

__all__ = ["batch_outcomes"]
