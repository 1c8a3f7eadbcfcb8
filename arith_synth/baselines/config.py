"""What a baseline is told. Light: nothing is read or computed here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from arith_synth.errors import UsageError
from arith_synth.names import TRAIN_PREFIX

BaselineName = Literal["retrieval", "constant", "random", "lookup", "target"]


@dataclass(frozen=True, kw_only=True)
class BaselineConfig:
    """Answer tasks without a model: floors and ceilings, written as eval writes the answers of a model.

    retrieval: the target of the training task with the nearest shown outputs. constant: one program for all tasks, the
    best of the training targets. random: programs as large as training targets. lookup: the program of the corpus that
    agrees with the shown examples. target: the task's own program.

    Example: arith-synth baseline retrieval --splits test,test_syntactic --output runs/retrieval
    """

    name: Annotated[BaselineName, tyro.conf.Positional]
    """Which baseline."""
    data: Path = Path("arith-synth")
    """The dataset folder."""
    config: str = "support_shift"
    """Config of the dataset."""
    splits: str = "test"
    """Splits to answer, with commas between them; `all` for every test of the config."""
    trained_on: str | None = None
    """The training split that retrieval, constant and random see, as config/split; train of the config when None."""
    samples: int = 1
    """Completions for each task."""
    seed: int = 0
    """Names the stream of random programs."""
    lite: bool = False
    """Answer the first 200 tasks of each split only."""
    output: Path = Path("runs/baseline")
    """Folder for predictions.jsonl, outcomes.jsonl and run.json."""
    json: bool = False
    """Print the scores as one JSON object."""

    def __post_init__(self) -> None:
        # Python code may name folders by texts; the command line never does.
        for name in ("data", "output"):
            object.__setattr__(self, name, Path(getattr(self, name)))
        # UsageError at birth, so that nonsense never reaches the work.
        names = self.split_names
        if not names or "" in names or len(set(names)) < len(names):
            raise UsageError(f"--splits {self.splits!r} must name each split once, as in test,test_syntactic")
        if self.samples < 1:
            raise UsageError(f"--samples must be at least 1, not {self.samples}")
        if self.trained_on is not None and not all(self.trained_on.partition("/")):
            raise UsageError(f"--trained-on {self.trained_on!r} must be config/split, as in support_shift/train")

    @property
    def split_names(self) -> tuple[str, ...]:
        """The splits in the order given."""
        return tuple(name.strip() for name in self.splits.split(","))

    @property
    def training_split(self) -> tuple[str, str]:
        """Config and name of the split that counts as training."""
        config, _, split = (self.trained_on or f"{self.config}/{TRAIN_PREFIX}").partition("/")
        return config, split
