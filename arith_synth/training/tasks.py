"""Reading a split for a model: exact outputs as integers, features computed once, programs as token ids."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.errors import DatasetError, UsageError
from arith_synth.grammar import Grammar
from arith_synth.modeling import IGNORED_LABEL, N_FEATURES, ArithSynthConfig, example_features
from arith_synth.scoring import read_grammar
from arith_synth.tokenization import SPECIAL_TOKENS, build_tokenizer

#: Features are computed for so many tasks at a time: the float64 intermediates of a whole split would not fit.
_CHUNK = 2048


@dataclass(frozen=True, kw_only=True)
class ModelTasks:
    """A split as tensors.

    Shapes: features float16[task, n_shown, N_FEATURES]; labels int64[task, length], the program's ids and
    `<eos>`, `IGNORED_LABEL` after it (empty when the targets were not asked for).
    """

    task_ids: tuple[str, ...]
    features: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.task_ids)


def open_for(data: Path, grammar: Grammar | None = None) -> tuple[DatasetFolder, Grammar]:
    """The dataset folder and its grammar.

    Raises DatasetError when the folder is no dataset, UsageError when it is of another grammar than the one expected.
    """
    folder = open_dataset(data)
    found = read_grammar(data)
    if grammar is not None and found != grammar:
        raise UsageError(
            f"{data} is of grammar {found.name} ({' '.join(found.symbols)}), and the model is for {grammar.name} "
            f"({' '.join(grammar.symbols)}); name a dataset of that grammar, or a model trained on this one"
        )
    return folder, found


def read_model_tasks(
    folder: DatasetFolder,
    config: str,
    split: str,
    model_config: ArithSynthConfig,
    *,
    limit: int | None = None,
    with_targets: bool = True,
) -> ModelTasks:
    """The first `limit` tasks of a split (all when None), in the order of the file.

    Raises UnknownNameError for an unknown config or split, DatasetError for a damaged file, UsageError for tasks
    that show another number of examples than the model reads.
    """
    target = "program_prefix" if model_config.notation == "prefix" else "program"
    table = folder.read(config, split, ["task_id", "outputs", target])
    table = table.slice(0, limit)
    if table.num_rows == 0:
        raise DatasetError(f"{folder.path} has no task in {config}/{split}; build the dataset again")
    numerators, denominators = parse_outputs(table.column("outputs"))
    if numerators.shape[1] != model_config.n_shown:
        raise UsageError(
            f"{config}/{split} shows {numerators.shape[1]} outputs a task, and the model reads {model_config.n_shown}; "
            "name a dataset and a model that belong together"
        )
    programs = table.column(target).to_pylist() if with_targets else []
    return ModelTasks(
        task_ids=tuple(table.column("task_id").to_pylist()),
        features=features_in_chunks(torch.from_numpy(numerators), torch.from_numpy(denominators)),
        labels=labels_of(programs, model_config.grammar_definition()),
    )


def parse_outputs(outputs: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Exact texts `-7/3`, `4`, `undef` as int64[task, n_shown] numerators and denominators (0 for `undef`).

    Raises DatasetError when a text is none of these, leaves int64, or tasks show different numbers of examples.
    """
    lengths = pc.list_value_length(outputs).to_numpy()
    if len(set(lengths.tolist())) != 1:
        raise DatasetError("the tasks of a split show different numbers of examples; build the dataset again")
    texts = outputs.combine_chunks().flatten()
    defined = pc.not_equal(texts, "undef")
    try:
        numerators = pc.if_else(defined, pc.replace_substring_regex(texts, "/.*$", ""), "0").cast(pa.int64())
        bottoms = pc.if_else(pc.match_substring(texts, "/"), pc.replace_substring_regex(texts, "^.*/", ""), "1")
        denominators = pc.if_else(defined, bottoms, "0").cast(pa.int64())
    except pa.ArrowInvalid as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(f"an output is no exact number ({reason}); build the dataset again") from error
    shape = (len(outputs), int(lengths[0]))
    return numerators.to_numpy().reshape(shape).copy(), denominators.to_numpy().reshape(shape).copy()


def features_in_chunks(numerators: Tensor, denominators: Tensor) -> Tensor:
    """`example_features` in half precision, a chunk of tasks at a time: float16[task, n_shown, N_FEATURES]."""
    features = torch.empty(*numerators.shape, N_FEATURES, dtype=torch.float16)
    for start in range(0, len(numerators), _CHUNK):
        rows = slice(start, start + _CHUNK)
        features[rows] = example_features(numerators[rows], denominators[rows]).half()
    return features


def labels_of(programs: list[str], grammar: Grammar) -> Tensor:
    """Ids of each program and `<eos>`, padded on the right with `IGNORED_LABEL`: int64[program, longest + 1].

    Raises DatasetError when a program has a symbol that the tokenizer does not know.
    """
    if not programs:
        return torch.empty(0, 0, dtype=torch.long)
    tokenizer = build_tokenizer(grammar)
    eos = SPECIAL_TOKENS.index("<eos>")
    rows = tokenizer(programs, add_special_tokens=False)["input_ids"]
    labels = np.full((len(rows), max(map(len, rows)) + 1), IGNORED_LABEL, dtype=np.int64)
    for label, row in zip(labels, rows, strict=True):
        label[: len(row)] = row
        label[len(row)] = eos
    if (labels == tokenizer.unk_token_id).any():
        raise DatasetError(
            f"a program has symbols that are not in grammar {grammar.name}; name a dataset of that grammar"
        )
    return torch.from_numpy(labels)
