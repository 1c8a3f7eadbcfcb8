"""What each token takes of the room that a completion has: new tokens, leaves and characters.

A token takes what it adds to the shortest program that can still be reached. So a program can end in time exactly as
long as nothing is taken that is not there.
"""

import numpy as np

from arith_synth.decoding.moves import AFTER_OPERAND, CALLED, END, ENDED, N_MODES, OPERAND_MODES, Move, Moves, Situation
from arith_synth.grammar import MAX_CHARACTERS, Grammar

#: What is counted, in this order: new tokens, leaves, characters.
N_COUNTS = 3


class Costs:
    """What tokens take and what a completion starts with, by the tables of one grammar and notation."""

    def __init__(self, grammar: Grammar, moves: Moves) -> None:
        self._leaves = frozenset(grammar.leaves)
        self._operand = min((self._size(leaf) for leaf in grammar.leaves), key=tuple)
        end = np.array([1, 0, 0])
        self._modes = np.zeros((N_MODES, N_COUNTS), dtype=np.int64)
        self._modes[list(OPERAND_MODES)] = self._operand + end
        self._modes[CALLED] = self._size("(") + self._operand + end
        self._modes[AFTER_OPERAND] = end
        self._modes[ENDED] = 0
        self._awaited = self._closings(moves)

    def room(self, max_new_tokens: int, max_leaves: int) -> np.ndarray:
        """What is left of each count beside the shortest program: int64[N_COUNTS], negative when not even that fits."""
        # One character more, since no space stands before the first token.
        limits = np.array([max_new_tokens, max_leaves, MAX_CHARACTERS + 1])
        return limits - self._modes[OPERAND_MODES[0]]

    def of(self, situation: Situation, token: str, move: Move) -> np.ndarray:
        """What a token takes in a situation: int64[N_COUNTS], none negative."""
        cost = self._token(token, situation) + self._modes[move.mode] - self._modes[situation.mode]
        if move.grows > 0:
            return cost + move.grows * self._awaited[move.top]
        if move.grows < 0 or move.top:
            return cost + self._awaited[move.top] - self._awaited[situation.top]
        return cost

    def _token(self, token: str, situation: Situation) -> np.ndarray:
        if situation.mode == ENDED:
            return np.zeros(N_COUNTS, dtype=np.int64)  # padding takes nothing
        return self._size(token)

    def _size(self, token: str) -> np.ndarray:
        if token == END:
            return np.array([1, 0, 0])  # no part of the text
        return np.array([1, int(token in self._leaves), len(token) + 1])

    def _closings(self, moves: Moves) -> np.ndarray:
        """What each symbol of the stack asks for until it is gone: int64[symbol + 1, N_COUNTS]; 0 for EMPTY."""
        closings = np.zeros((len(moves.awaited) + 1, N_COUNTS), dtype=np.int64)
        for top, awaited in enumerate(moves.awaited, start=1):
            if awaited is None:
                closings[top] = self._operand
                continue
            symbol, place = awaited, top
            while True:
                closings[top] += self._size(symbol.token)
                if symbol.mode in OPERAND_MODES:
                    closings[top] += self._operand
                place = symbol.following
                following = moves.awaited[place - 1] if place else None
                if following is None:
                    break
                symbol = following
        return closings
