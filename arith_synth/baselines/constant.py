"""The constant answer: the training targets whose shown outputs most training tasks share.

Classes of a training split are disjoint and each is well posed, so every training target answers exactly one training
task: a count of tasks solved would be a tie of all. A program is therefore worth the shown examples that it gets right,
over all training tasks: the sum, over the positions of its own shown outputs, of the tasks that show this output there.
"""

import numpy as np
import pyarrow as pa

from arith_synth.baselines.output_logarithms import row_length
from arith_synth.data.folder import DatasetFolder


def constant_answers(folder: DatasetFolder, config: str, split: str, n: int) -> list[str]:
    """The n training targets that get most shown examples of the training tasks right, best first.

    Ties go to the earlier row of the split. As many as there are where it has fewer rows. Raises UnknownNameError when
    there is no such split, DatasetError when it is damaged or its tasks show unequally many outputs.
    """
    rows = folder.read(config, split, ["program", "outputs"])
    n_right = examples_right(rows.column("outputs"))
    best = np.argsort(-n_right, kind="stable")[:n]
    return rows.column("program").take(pa.array(best)).to_pylist()


def examples_right(outputs: pa.ChunkedArray) -> np.ndarray:
    """For each row of an `outputs` column: the examples of all rows that its program gets right, int64[n].

    Rows show the outputs of one panel: equal outputs at one position are outputs at one input.
    """
    n_outputs = row_length(outputs)
    texts = outputs.combine_chunks().flatten().dictionary_encode()
    numbers = np.asarray(texts.indices).reshape(-1, n_outputs)
    n_right = np.zeros(len(numbers), dtype=np.int64)
    for position in range(n_outputs):
        n_right += np.bincount(numbers[:, position])[numbers[:, position]]
    return n_right
