"""How completions are drawn."""

from dataclasses import dataclass

from arith_synth.errors import UsageError
from arith_synth.grammar import MAX_LEAVES


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How completions are drawn. `temperature` 0 is greedy; `top_p` keeps the likeliest tokens of that mass.

    With `mask`, only tokens that can still become a program are drawn, so that every completion parses and ends within
    `max_new_tokens`, `<eos>` included. Raises UsageError at birth when an option makes no sense.
    """

    n_samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    max_new_tokens: int = 2 * MAX_LEAVES
    mask: bool = True

    def __post_init__(self) -> None:
        if self.n_samples < 1 or self.max_new_tokens < 1:
            raise UsageError("--samples and the number of new tokens must be at least 1")
        if not 0 <= self.temperature < float("inf"):
            raise UsageError(f"--temperature must be 0 (greedy) or a positive number, not {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"--top-p must be greater than 0 and at most 1, not {self.top_p}")
        if self.temperature == 0 and self.n_samples > 1:
            raise UsageError("greedy samples are all the same; give --temperature, for example 0.8, with --samples")
