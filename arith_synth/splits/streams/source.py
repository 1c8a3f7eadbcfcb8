"""Where training streams come from: a corpus, the plans of all configs over it, and all minimal realizations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.corpus import corpus_of
from arith_synth.enumeration.drawing import Realizations
from arith_synth.enumeration.realizations import all_realizations
from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.names import check_name, is_train
from arith_synth.progress import Progress
from arith_synth.semantics.panels import panel_of
from arith_synth.spaces.bases import bases_of
from arith_synth.splits.atlas import Atlas, build_atlas
from arith_synth.splits.axes import Axis
from arith_synth.splits.plans import Planned, SplitPlan
from arith_synth.splits.registry import (
    CORPUS,
    check_configs,
    families_of,
    patterns_of,
    plan_configs,
    splits_of,
)
from arith_synth.splits.sizes import SplitSizes, default_sizes
from arith_synth.splits.streams.emission import Emission
from arith_synth.splits.streams.laws import law_of
from arith_synth.splits.streams.stream import TrainingStream
from arith_synth.splits.streams.supports import support_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingSource:
    """What all streams over one corpus share.

    `train`: the training splits by config and split. `held_out` bool[n_classes]: the classes of the validation and test
    splits of all planned configs. `axes`: the user's own among them.
    """

    atlas: Atlas
    realizations: Realizations
    train: dict[tuple[str, str], SplitPlan]
    held_out: np.ndarray
    axes: tuple[Axis, ...] = ()

    def stream(self, config: str, *, split: str = "train", seed: int = 0) -> TrainingStream:
        """The stream of a config's training split.

        Raises UnknownNameError for a config or training split that is not there, SplitError when nothing is left to
        draw.
        """
        atlas = self.atlas
        check_configs([config], atlas.corpus.grammar, self.axes)
        if config == CORPUS:
            raise UsageError("the corpus is not for training: it holds the answers of all tests; choose another config")
        check_name("planned config", config, {of_config for of_config, _ in self.train})
        check_name("training split", split, [name for of_config, name in self.train if of_config == config])
        train = self.train[config, split]
        support = support_of(atlas, config, split, self.axes)
        return TrainingStream(
            config=config,
            split=split,
            seed=seed,
            atlas=atlas,
            train=train,
            support=support,
            law=law_of(train, support, self.held_out),
            emission=Emission(
                realizations=self.realizations,
                width=atlas.corpus.codes.shape[1],
                points=np.array(panel_of(atlas.corpus.grammar).points, dtype=np.int64),
                excluded=support.novel_forms if support.excludes else None,
            ),
        )


def training_stream(
    config: str,
    *,
    split: str = "train",
    grammar: str | Grammar = "xy3",
    max_size: int = 6,
    sizes: SplitSizes | None = None,
    configs: Sequence[str] | None = None,
    axes: Sequence[Axis] = (),
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainingStream:
    """Endless training tasks from the support of a config's training split, in the proportions of its law.

    No task is of a class that a validation or test split of any config has, and no program lies in a region that the
    split excludes. `sizes`, `configs`, `axes`: of the dataset whose tests are to stay unseen, by default the published
    numbers of tasks of all configs that the grammar has, and no regions of a user's own. Several streams over one
    corpus come cheaper from one `training_source`. Raises UnknownNameError for a config or split that is not there,
    SplitError when a split cannot be filled or nothing is left to draw.
    """
    grammar = grammar_named(grammar) if isinstance(grammar, str) else grammar
    check_configs([config], grammar, axes)  # before minutes of work
    source = training_source(
        grammar=grammar, max_size=max_size, sizes=sizes, configs=configs, axes=axes, progress=progress
    )
    return source.stream(config, split=split, seed=seed)


def training_source(
    *,
    grammar: str | Grammar = "xy3",
    max_size: int = 6,
    sizes: SplitSizes | None = None,
    configs: Sequence[str] | None = None,
    axes: Sequence[Axis] = (),
    progress: Progress | None = None,
) -> TrainingSource:
    """Enumerate a corpus and plan all its splits, for a grammar whose bases are packaged; else `training_source_of`.

    The arguments are those of `training_stream`.
    """
    grammar = grammar_named(grammar) if isinstance(grammar, str) else grammar
    bases = bases_of(grammar)
    configs = _configs(grammar, configs, axes)
    bank = enumerate_bank(grammar, max_size, progress)
    atlas = build_atlas(corpus_of(bank, patterns_of(configs, grammar, axes), progress), bases, progress)
    return training_source_of(atlas, sizes=sizes, configs=configs, axes=axes, bank=bank, progress=progress)


def training_source_of(
    atlas: Atlas,
    *,
    planned: Planned | None = None,
    sizes: SplitSizes | None = None,
    configs: Sequence[str] | None = None,
    axes: Sequence[Axis] = (),
    bank: Bank | None = None,
    progress: Progress | None = None,
) -> TrainingSource:
    """The source over an atlas, and over what else is at hand already: the plans of its configs, the bank.

    Raises UsageError when `planned` lacks a split of a config: the classes of its tests would not be held out.
    """
    grammar, max_size = atlas.corpus.grammar, atlas.corpus.max_size
    configs = _configs(grammar, configs, axes)
    if planned is None:
        planned = plan_configs(atlas, configs, sizes or default_sizes(grammar, max_size), axes, progress)
    splits = splits_of(families_of(grammar, axes))
    _check_complete(planned.plans, {config: splits[config] for config in configs})
    held_out = np.zeros(atlas.corpus.n_classes, dtype=bool)
    for plan in planned.plans:
        if not is_train(plan.split):
            held_out[plan.classes] = True
    return TrainingSource(
        atlas=atlas,
        realizations=all_realizations(bank or enumerate_bank(grammar, max_size, progress), progress=progress),
        train={(plan.config, plan.split): plan for plan in planned.plans if is_train(plan.split)},
        held_out=held_out,
        axes=tuple(axes),
    )


def _configs(grammar: Grammar, configs: Sequence[str] | None, axes: Sequence[Axis]) -> list[str]:
    """The task configs asked for, or all; UnknownNameError, or UsageError for one that the grammar does not have."""
    if configs is None:
        configs = list(splits_of(families_of(grammar, axes)))
    check_configs(configs, grammar, axes)
    return [config for config in configs if config != CORPUS]


def _check_complete(plans: Iterable[SplitPlan], splits: dict[str, tuple[str, ...]]) -> None:
    there = {(plan.config, plan.split) for plan in plans}
    for config, names in splits.items():
        for name in names:
            if (config, name) not in there:
                raise UsageError(f"the plans lack {config}/{name}; plan it, or name the `configs` that there are")
