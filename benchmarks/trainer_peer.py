"""`transformers.Trainer` on our model, as its documentation has it: a map-style dataset of features that were computed
beforehand, a collator, no logging, no saving, no bars.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer
from torch.utils.data import Dataset
from transformers import (
    Trainer,
    TrainerCallback,
    TrainingArguments,
    default_data_collator,
    get_linear_schedule_with_warmup,
)

from arith_synth.modeling import IGNORED_LABEL
from arith_synth.training import TrainingConfig
from arith_synth.training.data import DataOptions, TrainingData, open_for, open_training_data
from arith_synth.training.families import build_model, model_config_for
from arith_synth.training.optimizers import build_optimizers
from benchmarks.turns import Turns

#: Tasks of the peer's dataset; more would only cost it memory.
_N_TASKS = 8_192
_ENDLESS = 10**6

Columns = dict[str, Tensor]


class Rows(Dataset):
    """One dictionary of tensors a task."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns["labels"])

    def __getitem__(self, row: int) -> Columns:
        return {name: column[row] for name, column in self._columns.items()}


class BatchedRows(Rows):
    """The same, fetched a batch at a time: the fastest that a DataLoader can do, if its user knows how."""

    def __getitems__(self, rows: list[int]) -> Columns:
        places = torch.tensor(rows)
        return {name: column[places] for name, column in self._columns.items()}


def arrow_rows(columns: Columns) -> Any:
    """The same as a `datasets.Dataset` that gives tensors."""
    import datasets

    lists = {name: list(column.numpy()) for name, column in columns.items()}
    return datasets.Dataset.from_dict(lists).with_format("torch")


def _as_it_is(batch: Any) -> Any:
    return batch


#: Ways to give Trainer its data: the dataset and the collator.
DATASETS: dict[str, tuple[Callable[[Columns], Any], Callable[[Any], Any]]] = {
    "rows": (Rows, default_data_collator),
    "batched_rows": (BatchedRows, _as_it_is),
    "arrow": (arrow_rows, default_data_collator),
}


class Both(Optimizer):
    """Several optimizers as the one that Trainer takes."""

    def __init__(self, *optimizers: Optimizer) -> None:
        self._optimizers = optimizers
        super().__init__([group for optimizer in optimizers for group in optimizer.param_groups], {})
        # One list of the groups themselves: a schedule that sets their rates sets those of the optimizers.
        self.param_groups = [group for optimizer in optimizers for group in optimizer.param_groups]

    def step(self, closure: Any = None) -> None:
        """A step of each."""
        for optimizer in self._optimizers:
            optimizer.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all."""
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none)


class _TakingTurns(TrainerCallback):
    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self._turns.begin()


def train_with_trainer(
    config: TrainingConfig,
    turns: Turns,
    *,
    dataset: str = "batched_rows",
    optim: str = "adamw_torch_fused",
    n_workers: int = 0,
    n_tasks: int = _N_TASKS,
    iterations: int | None = None,
) -> None:
    """Train the model of a run on its tasks, with its clipping and with its optimizers as torch has them.

    `iterations`: Newton–Schulz iterations of torch's Muon; None: as many as ours takes.

    Nothing is said to the process that Trainer's users would not say: no allocator settings, as our loop has them.
    """
    on_cpu = config.device == "cpu"
    rows_of, collate = DATASETS[dataset]
    arguments = TrainingArguments(
        output_dir=str(config.output),
        per_device_train_batch_size=config.batch_size,
        max_steps=_ENDLESS,
        learning_rate=2e-4,
        weight_decay=config.weight_decay,
        max_grad_norm=config.clip or 0.0,
        optim=optim,
        bf16=config.precision == "bf16",
        use_cpu=on_cpu,
        dataloader_num_workers=n_workers,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        logging_strategy="no",
        logging_nan_inf_filter=False,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    model, data = open_peer(config)
    optimizers = _muon_and_adamw(model, config, iterations) if config.optimizer == "muon" else (None, None)
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=rows_of(columns_of(model, data, n_tasks // config.batch_size)),
        data_collator=collate,
        callbacks=[_TakingTurns(turns)],
        optimizers=optimizers,
    )
    trainer.train()


def open_peer(config: TrainingConfig) -> tuple[Any, TrainingData]:
    """The model of a run and its data, in the processor's memory."""
    folder, grammar = open_for(config.data)
    model_config = model_config_for(config, grammar)
    torch.manual_seed(config.seed)
    options = DataOptions(
        config=config.config,
        split=config.split,
        source=config.data_source,
        targets=config.targets,
        panels=config.panels,
        n_shown=config.n_shown,
        seed=config.seed,
        batch_size=config.batch_size,
    )
    return build_model(config, model_config), open_training_data(folder, options, model_config)


def columns_of(model: Any, data: TrainingData, n_batches: int) -> Columns:
    """The first tasks that a run would see, as the model takes them with `labels`: the token *at* each place.

    input_ids, labels int64[task, n_prefix + length]; features float32[task, n_shown, n_features].
    """
    batches = [data.batch(step) for step in range(n_batches)]
    wanted = torch.cat([batch.labels for batch in batches])
    inputs = {name: torch.cat([batch.inputs[name] for batch in batches]) for name in batches[0].inputs}
    placeholders = inputs["input_ids"][:, : model.config.n_prefix]
    written = wanted.masked_fill(wanted == IGNORED_LABEL, model.config.pad_token_id)
    inputs["input_ids"] = torch.cat([placeholders, written], dim=1)
    labels = torch.cat([torch.full_like(placeholders, IGNORED_LABEL), wanted], dim=1)
    return {**inputs, "labels": labels}


def _muon_and_adamw(model: Any, config: TrainingConfig, iterations: int | None) -> tuple[Optimizer, Any]:
    """Torch's Muon for the matrices that ours takes, AdamW for the rest, with a schedule."""
    ours, rest = build_optimizers(model, config)
    matrices = [parameter for group in ours.param_groups for parameter in group["params"]]
    groups = [{"params": group["params"], "weight_decay": group["weight_decay"]} for group in rest.param_groups]
    n = iterations or ours.param_groups[0]["iterations"]
    muon = torch.optim.Muon(matrices, lr=2e-4, weight_decay=config.weight_decay, ns_steps=n)
    both = Both(muon, AdamW(groups, lr=2e-4, betas=(0.9, 0.95), fused=True))
    return both, get_linear_schedule_with_warmup(both, 10, _ENDLESS)
