"""What ends a run, and how far it has come by that measure."""

from dataclasses import dataclass

from arith_synth.training.config import TrainingConfig
from arith_synth.training.config_checks import UNITS
from arith_synth.training.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Budget:
    """`amount` of one of `UNITS`: steps, tokens, seconds, cpu_seconds or flops."""

    unit: str
    amount: float

    def share_spent(self, progress: Progress) -> float:
        """0 at the start; the run ends at 1, which its last step may pass."""
        return getattr(progress, self.unit) / self.amount


def budget_of(config: TrainingConfig) -> Budget:
    """The one budget that a config holds."""
    unit = next(unit for unit in UNITS if getattr(config, f"max_{unit}") is not None)
    return Budget(unit=unit, amount=getattr(config, f"max_{unit}"))
