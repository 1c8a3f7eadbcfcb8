"""What an evaluation is told. Light: no torch."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from arith_synth.errors import UsageError
from arith_synth.grammar import MAX_LEAVES

#: A program, and as much again for white space and parentheses; a chat model also explains, or thinks aloud.
_N_PROGRAM_TOKENS = 2 * MAX_LEAVES
_N_CHAT_TOKENS = 2_048
_HOST = re.compile(r"[0-9a-z._-]+|[0-9a-f:.]+")
#: At a time, on a device and of a server: servers refuse who asks for too much at once.
_BATCH_SIZE = 500
_REQUESTS = 16
_MOST_REQUESTS = 1_024


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """Options of an evaluation.

    Example: arith-synth eval --model runs/a --splits test,test_syntactic --output runs/a-scores
    """

    model: str
    """Folder of a model of train.py, of any causal language model, or of a PEFT adapter; or its name on the Hub. With
    --server, the name that the server has for it."""
    server: str | None = None
    """Base URL of an OpenAI-compatible server that runs the model, as in http://127.0.0.1:8000/v1. A key is read from
    the environment variable OPENAI_API_KEY."""
    endpoint: Literal["chat", "completions"] = "chat"
    """What the server is asked for: answers to messages, or texts that go on after the prompt."""
    data: Path = Path("arith-synth")
    """The dataset folder."""
    config: str = "support_shift"
    """Config of the dataset."""
    splits: str = "test"
    """Splits to answer, with commas between them; `all` for every test of the config."""
    lite: bool = False
    """Answer the first 200 tasks of each split only."""
    few_shot: int = 0
    """Show this many solved tasks of the config's training split before each task."""
    samples: int = 1
    """Completions for each task."""
    temperature: float = 0.0
    """0 is greedy."""
    top_p: float = 1.0
    """Sample among the likeliest tokens of this mass."""
    seed: int = 0
    """Names the streams of sampling, and the choice of the examples of --few-shot."""
    max_new_tokens: int | None = None
    """Tokens of a completion at most; by default 64, and 2048 of a chat answer."""
    mask: bool = True
    """Let our models write programs of the grammar only; other models are never masked."""
    k: str | None = None
    """For which k to estimate pass@k, with commas between; by default those of 1, 10, 100 that --samples allows."""
    strict: bool = False
    """Score completions as they stand, without the rules that find a program in a longer text."""
    output: Path = Path("runs/evaluation")
    """Folder for predictions.jsonl, outcomes.jsonl and run.json."""
    batch_size: int | None = None
    """Tasks decoded at a time, or completions, where a model of others answers prompts (by default 500); requests that
    a server has at a time (by default 16)."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """auto takes CUDA where it is."""
    threads: int = 1
    """CPU threads."""
    json: bool = False
    """Print the scores as one JSON object."""

    def __post_init__(self) -> None:
        # Python code may name a model by its path and folders by texts; the command line never does.
        object.__setattr__(self, "model", str(self.model))
        for name in ("data", "output"):
            object.__setattr__(self, name, Path(getattr(self, name)))
        # UsageError at birth, so that nonsense never reaches the work.
        names = self.split_names
        if not names or "" in names or len(set(names)) < len(names):
            raise UsageError(f"--splits {self.splits!r} must name each split once, as in test,test_syntactic")
        for flag, value, least in (
            ("--batch-size", self.batch_size, 1),
            ("--threads", self.threads, 1),
            ("--samples", self.samples, 1),
            ("--max-new-tokens", self.max_new_tokens, 1),
            ("--few-shot", self.few_shot, 0),
        ):
            if value is not None and value < least:
                raise UsageError(f"{flag} must be at least {least}, not {value}")
        _check_sampling(self.samples, self.temperature, self.top_p)
        if max(self.ks) > self.samples:
            raise UsageError(f"--k {max(self.ks)} needs as many --samples, and there are {self.samples}")
        if self.server is not None:
            _check_url(self.server)
            if self.n_together > _MOST_REQUESTS:
                raise UsageError(f"--batch-size must be at most {_MOST_REQUESTS} requests, not {self.n_together}")
            if not self.model.isprintable():
                raise UsageError("--model must be the name that the server has for it, in printable characters")
        elif self.endpoint != "chat":
            raise UsageError(f"--endpoint {self.endpoint} is asked of a server; name one with --server")
        if not self.model:
            raise UsageError("--model must name a model")

    @property
    def split_names(self) -> tuple[str, ...]:
        """The splits in the order given."""
        return tuple(name.strip() for name in self.splits.split(","))

    @property
    def ks(self) -> tuple[int, ...]:
        """The k of pass@k, in the order given. UsageError when `k` is no list of numbers."""
        if self.k is None:
            from arith_synth.scoring.pass_at_k import usual_ks  # here, so that importing options stays quick

            return usual_ks(self.samples)
        return ks_of(self.k)

    @property
    def n_new_tokens(self) -> int:
        """Tokens of a completion at most."""
        if self.max_new_tokens is not None:
            return self.max_new_tokens
        return _N_CHAT_TOKENS if self.server is not None and self.endpoint == "chat" else _N_PROGRAM_TOKENS

    @property
    def n_together(self) -> int:
        """What is under way at a time: tasks, completions or requests."""
        if self.batch_size is not None:
            return self.batch_size
        return _BATCH_SIZE if self.server is None else _REQUESTS


def ks_of(text: str) -> tuple[int, ...]:
    """The k that `1,10` names. Raises UsageError when they are not numbers from 1."""
    parts: Sequence[str] = [part.strip() for part in text.split(",")]
    # Nine digits are more than there can be samples.
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 and int(part) >= 1 for part in parts):
        raise UsageError(f"--k {text[:40]!r} must be numbers from 1 with commas between, as in 1,10")
    return tuple(dict.fromkeys(map(int, parts)))


def _check_sampling(samples: int, temperature: float, top_p: float) -> None:
    from arith_synth.scoring.predictions import MAX_COMPLETIONS  # here, so that importing options stays quick

    if samples > MAX_COMPLETIONS:
        raise UsageError(f"--samples must be at most {MAX_COMPLETIONS}, not {samples}")
    if not 0 <= temperature < math.inf:
        raise UsageError(f"--temperature must be 0 (greedy) or a positive number, not {temperature}")
    if not 0 < top_p <= 1:
        raise UsageError(f"--top-p must be greater than 0 and at most 1, not {top_p}")
    if temperature == 0 and samples > 1:
        raise UsageError("greedy samples are all the same; give --temperature, for example 0.8, with --samples")


def _check_url(server: str) -> None:
    """The URL is written to run.json and shown in messages, so there must be nothing secret in it."""
    example = "name its base URL, as in http://127.0.0.1:8000/v1"
    try:
        url = urlsplit(server)
        port_is_there = url.port is None or url.port > 0
    except ValueError as error:
        raise UsageError(f"--server is no URL; {example}") from error
    if "@" in server or url.query or url.fragment or "?" in server:
        raise UsageError(f"--server must hold no user, password or query; put a key into OPENAI_API_KEY, and {example}")
    is_plain = server.isascii() and server.isprintable() and " " not in server
    is_host = url.hostname is not None and _HOST.fullmatch(url.hostname)
    if url.scheme not in ("http", "https") or not is_host or not port_is_there or not is_plain:
        raise UsageError(f"--server is no URL of http or https; {example}")
