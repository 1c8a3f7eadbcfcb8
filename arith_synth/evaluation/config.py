"""What an evaluation is told. Light: no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arith_synth.errors import UsageError
from arith_synth.grammar import MAX_LEAVES


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """Options of an evaluation.

    Example: arith-synth eval --model runs/a --splits test,test_syntactic --output runs/a-scores
    """

    model: Path
    """Folder of a model of train.py, of any causal language model, or of a PEFT adapter; or its name on the Hub."""
    data: Path = Path("arith-synth")
    """The dataset folder."""
    config: str = "support_shift"
    """Config of the dataset."""
    splits: str = "test"
    """Splits to answer, with commas between them."""
    samples: int = 1
    """Completions for each task."""
    temperature: float = 0.0
    """0 is greedy."""
    top_p: float = 1.0
    """Sample among the likeliest tokens of this mass."""
    seed: int = 0
    """Names the streams of sampling."""
    max_new_tokens: int = 2 * MAX_LEAVES
    """Tokens of a completion at most."""
    mask: bool = True
    """Let our models write programs of the grammar only; other models are never masked."""
    output: Path = Path("runs/evaluation")
    """Folder for predictions.jsonl, outcomes.jsonl and run.json."""
    batch_size: int = 500
    """Tasks decoded at a time; completions, where a model of others answers prompts."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """auto takes CUDA where it is."""
    threads: int = 1
    """CPU threads."""
    json: bool = False
    """Print the scores as one JSON object."""

    def __post_init__(self) -> None:
        # Python code may name folders by texts; the command line never does.
        for name in ("model", "data", "output"):
            object.__setattr__(self, name, Path(getattr(self, name)))
        # UsageError at birth, so that nonsense never reaches the work.
        names = self.split_names
        if not names or "" in names or len(set(names)) < len(names):
            raise UsageError(f"--splits {self.splits!r} must name each split once, as in test,test_syntactic")
        for flag, value in {
            "--batch-size": self.batch_size,
            "--threads": self.threads,
            "--samples": self.samples,
            "--max-new-tokens": self.max_new_tokens,
        }.items():
            if value < 1:
                raise UsageError(f"{flag} must be at least 1, not {value}")

    @property
    def split_names(self) -> tuple[str, ...]:
        """The splits in the order given."""
        return tuple(name.strip() for name in self.splits.split(","))
