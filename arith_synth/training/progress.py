"""How far a run has come: the numbers that a checkpoint holds beside tensors."""

from dataclasses import dataclass, replace

#: Steps over which the reported training loss is averaged, exponentially.
_LOSS_WINDOW = 50


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What has been done over all sessions of a run.

    `tokens`: targets that the loss was taken over; `seconds`: of training, measurements included; `cpu_seconds`: over
    all threads and processes; `flops`: by our formula; `recent_loss`: over the last steps, nats a token; `n_read`:
    steps whose losses have been read, all of them wherever a run is saved.
    """

    steps: int = 0
    examples: int = 0
    tokens: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    flops: float = 0.0
    sessions: int = 1
    n_read: int = 0
    recent_loss: float | None = None

    @property
    def examples_per_s(self) -> float:
        """Training examples a second, measurements included."""
        return self.examples / self.seconds if self.seconds > 0 else 0.0

    def after_losses(self, losses: list[tuple[float, int]]) -> "Progress":
        """With the losses of the last steps, oldest first, each with the number of its tokens, taken into account."""
        recent, n_read, tokens = self.recent_loss, self.n_read, self.tokens
        for loss, n_tokens in losses:
            n_read, tokens = n_read + 1, tokens + n_tokens
            recent = loss if recent is None else recent + (loss - recent) / min(n_read, _LOSS_WINDOW)
        return replace(self, recent_loss=recent, n_read=n_read, tokens=tokens)
