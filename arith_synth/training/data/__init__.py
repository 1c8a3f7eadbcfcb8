"""The data path of training: options -> batches, without Python for each example.

A published split is read and parsed once into memory-mapped arrays (`cache`); a stream is drawn, executed and tokenized
in other threads ahead of the steps. On a CPU the features of a batch are computed by a compiled loop when it is made;
on CUDA exact outputs are gathered where they lie, and the model computes features itself.
"""

from arith_synth.training.data.batch import Batch, Examples, batch_of
from arith_synth.training.data.opening import TrainingData, open_training_data
from arith_synth.training.data.options import DataOptions
from arith_synth.training.data.tasks import ModelTasks, collate, evaluation_tasks, open_for

__all__ = [
    "Batch",
    "DataOptions",
    "Examples",
    "ModelTasks",
    "TrainingData",
    "batch_of",
    "collate",
    "evaluation_tasks",
    "open_for",
    "open_training_data",
]
