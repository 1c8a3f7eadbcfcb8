"""What a training run is told. Light: no torch, so that `--help` and a wrong flag answer at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arith_synth.training.config_checks import check_config


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """Options of a training run. Exactly one budget ends it: steps, tokens, seconds, CPU-seconds or FLOPs.

    Example: arith-synth train --data arith-synth --config support_shift --max-seconds 120 --output runs/shifted
    """

    data: Path = Path("arith-synth")
    """The dataset folder."""
    config: str = "support_shift"
    """Config of the dataset."""
    split: str = "train"
    """Training split: the arm."""
    family: Literal["multimodal", "text"] = "multimodal"
    """multimodal: exact outputs through an encoder; text: a plain causal language model on prompt and completion."""
    preset: str = "nano"
    """Size of the model: a row of arith_synth.modeling.PRESETS."""
    notation: Literal["prefix", "infix"] | None = None
    """Notation in which the model writes programs: prefix, where nothing is said; the text family writes infix."""
    encoder: Literal["positions", "tokens"] = "positions"
    """Encoder of the examples: a map for each position, or one token for each example."""
    n_shown: int | None = None
    """Examples that the model is shown, the first of each task; None: all of the dataset's."""
    panels: Literal["fixed", "resampled"] = "fixed"
    """fixed: the dataset's panel; resampled: other inputs for each task, each time."""
    targets: Literal["published", "resampled", "canonical"] = "canonical"
    """canonical: one form for each class; published: the dataset's; resampled: another minimal one each epoch."""
    data_source: Literal["split", "stream"] = "split"
    """split: the published tasks; stream: fresh tasks of the same law, without the classes of any test."""
    seed: int = 0
    """Names the streams of the initial weights, of dropout and of the data."""
    max_steps: int | None = None
    """Budget: optimizer steps."""
    max_tokens: float | None = None
    """Budget: target tokens that the loss was taken over."""
    max_seconds: float | None = None
    """Budget: seconds of training, measurements included."""
    max_cpu_seconds: float | None = None
    """Budget: CPU time over all threads and processes, which on a shared machine is fairer than seconds."""
    max_flops: float | None = None
    """Budget: floating-point operations, by the formula in training/flops.py."""
    output: Path = Path("runs/model")
    """Folder of the run: model, tokenizer, run.json, log.jsonl; checkpoints until it is done."""
    resume: bool = False
    """Go on from the newest checkpoint in the output folder, or start where there is none."""
    batch_size: int = 128
    """Tasks in one optimizer step, over all processes and micro-batches."""
    gradient_accumulation: int = 1
    """Micro-batches that a process cuts its share of a step into: less memory, the same gradient."""
    optimizer: Literal["muon", "adamw"] = "muon"
    """muon: Muon for the hidden matrices and AdamW for the rest."""
    lr: float = 2e-2
    """Peak learning rate of AdamW."""
    muon_lr: float = 2e-2
    """Peak learning rate of Muon."""
    schedule: Literal["linear", "cosine", "constant_then_decay"] = "linear"
    """How the learning rates fall to zero, as a function of the share of the budget that is spent."""
    warmup: float = 0.05
    """Share of the budget over which the learning rates rise."""
    decay: float = 0.2
    """Last share of the budget over which constant_then_decay falls."""
    weight_decay: float = 0.1
    """Decoupled weight decay of all matrices."""
    clip: float | None = 1.0
    """Largest norm of the gradient; None leaves it as it is."""
    ema: float | None = None
    """Decay of an average of the weights, for example 0.999; it is what is measured and saved. None: no average."""
    dropout: float = 0.0
    """Dropout on the hidden layer of the example encoder; in the text family, on attention."""
    example_dropout: float = 0.0
    """Share of the shown examples that are hidden in each training step; not in the text family."""
    label_smoothing: float = 0.0
    """Share of the target mass that is spread over the vocabulary."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """auto takes CUDA where it is."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """bf16: matrices are multiplied in bfloat16; auto: so on a CUDA device that can, else fp32."""
    tf32: bool = True
    """On CUDA, multiply float32 matrices in TF32."""
    compile: Literal["auto", "on", "graphs", "off"] = "auto"
    """Compile the step before the clock starts; graphs: and replay it as CUDA graphs; auto: on, on CUDA."""
    fused: Literal["auto", "off"] = "auto"
    """auto: on a CPU in float32, the multimodal model's step by hand, which is faster; off: as the model does."""
    threads: int = 1
    """CPU threads of a process: one, so that two runs on two cores do not hinder each other."""
    n_processes: int | None = None
    """How many processes there must be; the run refuses to start with another number."""
    n_validation: int = 500
    """Tasks of the config's validation split that are measured now and then, its first ones; 0 for none."""
    validate_every_seconds: float = 30.0
    """Seconds between two measurements on the validation split."""
    validate_every_steps: int | None = None
    """Steps between them, instead of the seconds."""
    n_monitor: int = 200
    """Tasks on which memorization is monitored, so many seen and so many unseen ones; 0 for none."""
    monitor_every_seconds: float = 10.0
    """Seconds between two looks of the monitor; more where that would take over 3 % of the time."""
    monitor_every_steps: int | None = None
    """Steps between them, instead of the seconds."""
    log_every_steps: int = 20
    """Steps between two lines of log.jsonl."""
    checkpoint_every_seconds: float = 60.0
    """Seconds between two checkpoints."""
    checkpoint_every_steps: int | None = None
    """Steps between two checkpoints, beside the seconds."""
    keep_checkpoints: int = 2
    """How many of the newest checkpoints stay while the run goes on."""
    track: Literal["none", "wandb", "trackio"] = "none"
    """Send what log.jsonl holds to a tracker too; wandb stays offline without a key."""
    curve: bool = True
    """Draw the training curve into the output folder at the end, where matplotlib is installed."""
    json: bool = False
    """Print the last line of the log as one JSON object."""

    def __post_init__(self) -> None:
        # Python code may name folders by texts; the command line never does.
        for name in ("data", "output"):
            object.__setattr__(self, name, Path(getattr(self, name)))
        # UsageError at birth, so that nonsense never reaches the work.
        check_config(self)

    @property
    def written_notation(self) -> str:
        """The notation in which the model writes."""
        return self.notation or ("infix" if self.family == "text" else "prefix")
