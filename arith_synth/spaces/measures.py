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
    division = grammar.symbols.index("/") + 1 if "/" in grammar.operators else PADDING
    measures = {name: np.empty(len(codes), dtype=np.int32) for name in ("size", "depth", "strahler", "n_divisions")}
    _walk(codes, arity_table(grammar), division, *measures.values())
    return measures


@numba.njit(cache=True, nogil=True)
def _walk(codes, arities, division, sizes, depths, strahlers, n_divisions):
    width = codes.shape[1]
    depth_stack = np.empty(width, dtype=np.int32)
    strahler_stack = np.empty(width, dtype=np.int32)
    for program in range(codes.shape[0]):
        height = 0
        sizes[program], n_divisions[program] = 0, 0
        for position in range(width - 1, -1, -1):
            code = codes[program, position]
            if code == PADDING:
                continue
            sizes[program] += arities[code] == 0
            n_divisions[program] += code == division
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
