"""Integer measures of many programs at once; `grammar.measures` defines them for one."""

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.semantics.programs import PADDING
from arith_synth.spaces.trees import arity_table, checked_codes


def program_measures(codes: np.ndarray, grammar: Grammar) -> dict[str, np.ndarray]:
    """`size`, `depth`, `strahler` and `n_divisions` of each program.

    Shapes: codes uint8[n, width] -> int32[n] each. Raises UsageError for rows that are not programs.
    """
    codes = checked_codes(codes, grammar)
    arities = arity_table(grammar)
    depths, strahlers = np.empty(len(codes), dtype=np.int32), np.empty(len(codes), dtype=np.int32)
    _walk(codes, arities, depths, strahlers)
    is_leaf = (codes != PADDING) & (arities[codes] == 0)
    is_division = np.zeros(codes.shape, dtype=bool)
    if "/" in grammar.operators:
        is_division = codes == grammar.symbols.index("/") + 1
    return {
        "size": is_leaf.sum(axis=1, dtype=np.int32),
        "depth": depths,
        "strahler": strahlers,
        "n_divisions": is_division.sum(axis=1, dtype=np.int32),
    }


def shapes(codes: np.ndarray, grammar: Grammar) -> list[str]:
    """The shape of each program, such as `((..).)`; codes uint8[n, width]."""
    codes = checked_codes(codes, grammar)
    # Programs have few shapes: key each row by its arities. A leaf is 1, so that only padding is 0, and numpy drops
    # the zeros at the end of a byte string.
    arities = np.where(codes == PADDING, 0, arity_table(grammar)[codes] + 1).astype(np.uint8)
    keys = arities.view(f"S{codes.shape[1]}").ravel().tolist()
    text_of = {key: _shape_text(key) for key in set(keys)}
    return [text_of[key] for key in keys]


def _shape_text(key: bytes) -> str:
    stack: list[str] = []
    for entry in reversed(key):
        operands = [stack.pop() for _ in range(entry - 1)]
        stack.append("(" + "".join(operands) + ")" if operands else ".")
    return stack[0]


@numba.njit(cache=True, nogil=True)
def _walk(codes, arities, depths, strahlers):
    width = codes.shape[1]
    depth_stack = np.empty(width, dtype=np.int32)
    strahler_stack = np.empty(width, dtype=np.int32)
    for program in range(codes.shape[0]):
        height = 0
        for position in range(width - 1, -1, -1):
            code = codes[program, position]
            if code == PADDING:
                continue
            deepest, largest, n_reaching = 0, 0, 0
            for _ in range(arities[code]):
                height -= 1
                deepest = max(deepest, depth_stack[height])
                if strahler_stack[height] > largest:
                    largest, n_reaching = strahler_stack[height], 1
                elif strahler_stack[height] == largest:
                    n_reaching += 1
            depth_stack[height] = deepest + 1
            strahler_stack[height] = largest + 1 if largest == 0 or n_reaching >= 2 else largest
            height += 1
        depths[program] = depth_stack[0]
        strahlers[program] = strahler_stack[0]
