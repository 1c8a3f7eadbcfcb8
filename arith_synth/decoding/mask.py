"""The grammar mask: which tokens may come next so that a completion ends as a program in time.

Everything is a look-up in tables over (mode, top of the stack, token), for all rows at once and on any device.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from arith_synth.decoding.costs import N_COUNTS, Costs
from arith_synth.decoding.moves import END, ENDED, N_MODES, OPERAND, PADDING, moves_of
from arith_synth.errors import UsageError
from arith_synth.grammar import MAX_LEAVES, Grammar
from arith_synth.modeling import ArithSynthConfig
from arith_synth.tokenization import vocabulary_of

# Columns of the numbers of a state; the room that is left comes after them.
_MODE, _HEIGHT, _ROOM = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskState:
    """Where each row is: numbers int64[row, 2 + N_COUNTS], mode, height of the stack and room; stack uint8[row, n]."""

    numbers: Tensor
    stack: Tensor

    def select(self, rows: Tensor) -> "MaskState":
        """The states of some rows, each as often as it is named: rows int64[n]."""
        return MaskState(numbers=self.numbers[rows], stack=self.stack[rows])


class GrammarMask:
    """The programs of a grammar in a notation, within a number of new tokens (`<eos>` counts) and of leaves.

    Raises UsageError when no program fits, or when the tokenizer lacks a token of the notation.
    """

    def __init__(
        self,
        grammar: Grammar,
        notation: str,
        *,
        max_new_tokens: int,
        max_leaves: int = MAX_LEAVES,
        vocab_size: int | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        moves = moves_of(grammar, notation)
        costs = Costs(grammar, moves)
        room = costs.room(max_new_tokens, max_leaves)
        if (room < 0).any():
            raise UsageError(
                f"no program of grammar {grammar.name} fits in {max_new_tokens} new tokens (one of them its end) and "
                f"{max_leaves} leaves; allow more"
            )
        ids = _token_ids(grammar, notation, {token for _, token in moves.moves})
        self._n_tops = len(moves.awaited) + 1
        shape = (N_MODES, self._n_tops, vocab_size or len(vocabulary_of(grammar)))
        # A token that is not allowed ends its row: what follows it no longer matters.
        modes = np.arange(N_MODES)[:, None, None]
        allowed = np.zeros(shape, dtype=bool)
        taken = np.zeros((*shape, N_COUNTS), dtype=np.int64)
        changes = np.zeros((*shape, _ROOM + N_COUNTS), dtype=np.int64)
        changes[..., _MODE] = ENDED - modes
        written = np.zeros(shape, dtype=np.uint8)
        for (situation, token), move in moves.moves.items():
            place = (*situation, ids[token])
            allowed[place] = True
            taken[place] = costs.of(situation, token, move)
            changes[place] = (move.mode - situation.mode, move.grows, *-taken[place])
            written[place] = move.top
        self._height = 0 if self._n_tops == 2 else _greatest_height(room, taken, changes[..., _HEIGHT])
        self._vocab_size = shape[-1]
        self._room = torch.from_numpy(room).to(device)
        self._allowed = torch.from_numpy(allowed).flatten(0, 1).to(device)
        self._taken = torch.from_numpy(taken).flatten(0, 1).to(device)
        self._most_taken = self._taken.amax(dim=(0, 1))
        self._changes = torch.from_numpy(changes).flatten(0, 2).to(device)
        self._written = torch.from_numpy(written).flatten().to(device)
        self._end = ids[END]

    def start(self, n_rows: int) -> MaskState:
        """Before the first token."""
        numbers = self._room.new_zeros(n_rows, _ROOM + N_COUNTS)
        numbers[:, _MODE] = OPERAND
        numbers[:, _ROOM:] = self._room
        return MaskState(numbers=numbers, stack=self._written.new_zeros(n_rows, self._height))

    def allowed(self, state: MaskState) -> Tensor:
        """The tokens that may come next, at least one in each row: bool[row, vocab]. After `<eos>` it is `<pad>`."""
        situations = self._situations(state)
        allowed = self._allowed[situations]
        room = state.numbers[:, _ROOM:]
        if bool((room < self._most_taken).any()):  # else everything fits everywhere
            allowed &= (self._taken[situations] <= room[:, None]).all(dim=-1)
        return allowed

    def only_end(self, allowed: Tensor) -> Tensor:
        """Rows whose only token is `<eos>`: bool[row, vocab] -> bool[row]."""
        return allowed[:, self._end] & (allowed.sum(dim=-1) == 1)

    def advance(self, state: MaskState, tokens: Tensor) -> MaskState:
        """The states after one more token: tokens int64[row]."""
        places = self._situations(state) * self._vocab_size + tokens
        numbers = state.numbers + self._changes[places]
        if self._height == 0:
            return MaskState(numbers=numbers, stack=state.stack)
        top = (numbers[:, _HEIGHT, None] - 1).clamp(min=0)
        written = self._written[places][:, None]
        stack = state.stack.scatter(1, top, torch.where(written > 0, written, state.stack.gather(1, top)))
        return MaskState(numbers=numbers, stack=stack)

    def _situations(self, state: MaskState) -> Tensor:
        """The number of each row's (mode, top): int64[row]."""
        heights = state.numbers[:, _HEIGHT]
        if self._height == 0:
            tops = heights.clamp(max=1)
        else:
            tops = state.stack.gather(1, (heights[:, None] - 1).clamp(min=0)).flatten() * (heights > 0)
        return state.numbers[:, _MODE] * self._n_tops + tops


def mask_for(config: ArithSynthConfig, max_new_tokens: int, device: torch.device | str = "cpu") -> GrammarMask:
    """The mask of a model's grammar and notation. Raises UsageError as `GrammarMask`, or when it has no grammar."""
    return _mask(config.grammar_definition(), config.notation, max_new_tokens, config.vocab_size, torch.device(device))


@lru_cache(maxsize=16)  # a batch is decoded in less time than the tables take
def _mask(grammar: Grammar, notation: str, max_new_tokens: int, vocab_size: int, device: torch.device) -> GrammarMask:
    return GrammarMask(grammar, notation, max_new_tokens=max_new_tokens, vocab_size=vocab_size, device=device)


def _token_ids(grammar: Grammar, notation: str, tokens: set[str]) -> dict[str, int]:
    vocabulary = vocabulary_of(grammar)
    if missing := sorted(tokens - vocabulary.keys() - {END, PADDING}):
        raise UsageError(
            f"the tokenizer of grammar {grammar.name} has no token for {' '.join(missing)}, which {notation} programs "
            "need; use the prefix notation"
        )
    return {token: vocabulary[token] for token in tokens}


def _greatest_height(room: np.ndarray, taken: np.ndarray, grows: np.ndarray) -> int:
    """The height that a stack can reach, since whatever makes it grow takes new tokens."""
    return int(room[0] // taken[..., 0][grows > 0].min()) + 1
