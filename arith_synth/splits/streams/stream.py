"""Training streams: draw number i is a function of the config, the split, the seed and i, and of nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from arith_synth.errors import UsageError
from arith_synth.seeding import keyed_hash, splitmix64
from arith_synth.spaces.measures import program_measures
from arith_synth.spaces.syntactic import syntactic_coordinates
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.streams.emission import Emission
from arith_synth.splits.streams.laws import Law
from arith_synth.splits.streams.supports import Support
from arith_synth.splits.tasks import task_rows

#: Rows that are made at once.
_ROWS = 1024


class Draws(NamedTuple):
    """Programs codes uint8[n, width], and the classes int64[n] (rows of the corpus) that they realize."""

    codes: np.ndarray
    classes: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingStream:
    """Endless training tasks; iterating gives `rows()`. Made by `training_stream` or `TrainingSource.stream`.

    Whoever takes the draws start, start + step, ... gets the same tasks however they are cut into batches: `start`
    resumes a stream, and `start=worker, step=n_workers` shares it out.
    """

    config: str
    split: str
    seed: int
    atlas: Atlas = field(repr=False)
    train: SplitPlan = field(repr=False)
    support: Support = field(repr=False)
    law: Law = field(repr=False)
    emission: Emission = field(repr=False)

    def batches(self, n: int, *, start: int = 0, step: int = 1) -> Iterator[Draws]:
        """n draws at a time, as arrays, without end. UsageError for numbers that make no sense."""
        for numbers in _numbers(n, start, step):
            yield self.draw(numbers)

    def tables(self, n: int, *, start: int = 0, step: int = 1) -> Iterator[pa.Table]:
        """n draws at a time, as Arrow tables with the columns of the published training split, without end.

        Task ids are `<config>/<split>/stream-<seed>-<number of the draw>`; coordinates, shape and the other measures
        are those of the emitted program; the semantic ones are the class's.
        """
        for numbers in _numbers(n, start, step):
            yield self._table(numbers)

    def rows(self, *, start: int = 0, step: int = 1) -> Iterator[dict[str, Any]]:
        """Tasks one by one, as dicts, as `datasets` gives them, without end."""
        for table in self.tables(_ROWS, start=start, step=step):
            yield from table.to_pylist()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self.rows()

    @property
    def classes(self) -> np.ndarray:
        """All classes that the stream draws from, in the order of the corpus: int64[m]."""
        return np.sort(self.law.candidates)

    def draw(self, numbers: np.ndarray) -> Draws:
        """The draws that have these numbers, int64[n]."""
        classes = self.law.classes_of(self._hashes(numbers, "task"), self._hashes(numbers, "class"))
        return Draws(self._emit(classes, numbers), classes)

    def realize(self, classes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """For each class int64[n] a minimal realization that training may have: codes uint8[n, width].

        It is drawn by its number int64[n], so that one set of classes gets other programs each epoch: pass
        `epoch * len(classes) + arange(len(classes))`. Raises UsageError for a class that is none of `classes`: some
        config's test or validation split holds it out, or training may not have it.
        """
        foreign = ~np.isin(classes, self.law.candidates)
        if foreign.any():
            raise UsageError(
                f"{self.config}/{self.split}: class {int(np.asarray(classes)[foreign][0])} is not in the stream: it is "
                "held out, or outside of what this split may have; keep to those in TrainingStream.classes"
            )
        return self._emit(np.asarray(classes, dtype=np.int64), np.asarray(numbers, dtype=np.int64))

    def _emit(self, classes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        return self.emission.emit(
            classes, lambda places, attempt: self._hashes(numbers[places], "realization", attempt)
        )

    def _hashes(self, numbers: np.ndarray, *purpose: str | int) -> np.ndarray:
        key = keyed_hash("training_stream", self.config, self.split, self.seed, *purpose)
        # Twice, because the numbers differ in few bits.
        return splitmix64(splitmix64(numbers.astype(np.uint64) ^ np.uint64(key)))

    def _table(self, numbers: np.ndarray) -> pa.Table:
        codes, classes = self.draw(numbers)
        # The rows of the published splits, over an atlas of just these programs: one schema, one meaning.
        plan = SplitPlan(
            config=self.config,
            split=self.split,
            classes=np.arange(len(classes)),
            reference=None,
            panel=self.train.panel,
            syntactic_out=self._syntactic_out(codes, classes),
            semantic_out=None if self.train.semantic_out is None else self.train.semantic_out[classes],
        )
        rows = task_rows(self._atlas_of(codes, classes), plan)
        table = pa.Table.from_batches([rows.make(0, rows.num_rows)])
        ids = [f"{self.config}/{self.split}/stream-{self.seed}-{number:09d}" for number in numbers.tolist()]
        return table.set_column(table.schema.get_field_index("task_id"), "task_id", pa.array(ids))

    def _syntactic_out(self, codes: np.ndarray, classes: np.ndarray) -> np.ndarray | None:
        """A control may emit a novel form of a class that the shifted split has too: it is out, as the class is not."""
        if self.train.syntactic_out is None:
            return None
        out = self.train.syntactic_out[classes]
        return out if self.support.novel_forms is None else out | self.support.novel_forms(codes)

    def _atlas_of(self, codes: np.ndarray, classes: np.ndarray) -> Atlas:
        atlas, corpus = self.atlas, self.atlas.corpus
        of_draws = replace(
            corpus,
            sizes=corpus.sizes[classes],
            fingerprints=corpus.fingerprints[classes],
            codes=codes,
            n_minimal=corpus.n_minimal[classes],
            forced={name: forced[classes] for name, forced in corpus.forced.items()},
        )
        return replace(
            atlas,
            corpus=of_draws,
            syntactic=syntactic_coordinates(codes, corpus.grammar, atlas.bases.syntactic),
            semantic=atlas.semantic[classes],
            regular=atlas.regular[classes],
            eligible=atlas.eligible[classes],
            examples_needed=atlas.examples_needed[classes],
            measures=program_measures(codes, corpus.grammar),
        )


def _numbers(n: int, start: int, step: int) -> Iterator[np.ndarray]:
    if n < 1 or step < 1 or start < 0:
        raise UsageError(
            f"{n} draws at a time from number {start} on in steps of {step} make no sense; "
            "ask for 1 or more, from 0 or more, in steps of 1 or more"
        )
    for batch in count():
        yield start + step * np.arange(batch * n, (batch + 1) * n, dtype=np.int64)
