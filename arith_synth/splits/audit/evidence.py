"""What several claims rest on, derived from the files once: programs, keys, classes, outputs, coordinates."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.splits.audit.closure import sorted_unique
from arith_synth.splits.audit.coordinates import N_COORDINATES
from arith_synth.splits.audit.distances import Boxed, boxed, nearest, squared_to_nearest
from arith_synth.splits.audit.execution import machine_of, outputs_of_programs, run
from arith_synth.splits.audit.folder import Folder, Split
from arith_synth.splits.audit.identity import sample_rows
from arith_synth.splits.audit.numbers_asked import NEW_INPUTS
from arith_synth.splits.audit.own_hashes import residues_of_texts
from arith_synth.splits.audit.panel import derived_panel
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.programs import Programs, read_programs
from arith_synth.splits.audit.rivals import rivals_of, shown_of
from arith_synth.splits.audit.worlds import World, world_of

#: The configs of the headline: one assignment of classes to sides serves both.
SUPPORT = "support_shift"
CONTROL = "support_shift_control"
#: A published coordinate is an integer times this.
#: Training splits that are kept ready to be searched: those of a config and its control, in both spaces.
_KEPT_BOXED = 4
#: The tree edit distance is to the nearest of so many syntactically nearest programs.
N_TREE_CANDIDATES = 64
COORDINATE_UNIT = 2.0**-15
_COORDINATE_BOUND = 1 << 20
_SLACK = 1
#: Texts and outputs of longer training splits are checked in a sample of so many rows.
LONG_TRAIN = 50_000
N_SAMPLED = 2_000
_CHUNK = 1 << 14


class Evidence:
    """The folder's facts, by the audit's own derivation. Everything is computed when it is first asked for.

    `patterns`: those whose forced classes are asked for, which takes one enumeration for all together.
    """

    def __init__(self, folder: Folder, patterns: Sequence[Pattern] = (STRAHLER,)) -> None:
        self.folder = folder
        self._patterns = tuple(patterns)
        self._forced: dict[Pattern, np.ndarray] = {}
        self._squared: dict[tuple[str, str], np.ndarray] = {}
        self._boxed: dict[tuple[str, str], Boxed] = {}
        self._nearest: dict[str, np.ndarray] = {}

    @cached_property
    def _distinct(self) -> tuple[pa.Array, dict[str, np.ndarray]]:
        """The distinct program texts, corpus first, and the index into them int64[n] of each split's rows."""
        splits = [self.folder.corpus, *self.folder.tasks]
        encoded = pa.concat_arrays([split.column("program") for split in splits]).dictionary_encode()
        indices = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        ends = np.cumsum([split.n_rows for split in splits])[:-1]
        return encoded.dictionary, {
            split.path: part for split, part in zip(splits, np.split(indices, ends), strict=True)
        }

    @cached_property
    def programs(self) -> Programs:
        """The distinct programs of the folder, those of the corpus first."""
        return read_programs(self._distinct[0], self.folder.grammar, self.folder.max_size)

    def rows(self, split: Split) -> np.ndarray:
        """The program int64[n] of each row, an index into `programs`."""
        return self._distinct[1][split.path]

    def sample(self, split: Split) -> np.ndarray:
        """The rows int64[m] whose texts and outputs are checked, ascending: all but in long training splits."""
        if not split.is_train or split.n_rows < LONG_TRAIN:
            return np.arange(split.n_rows)
        key = self.folder.rows_key(split)
        return np.array(sample_rows(split.n_rows, N_SAMPLED, "rows", split.path, key), dtype=np.int64)

    @cached_property
    def world(self) -> World:
        """How classes of the folder's grammar are told apart and enumerated."""
        return world_of(self.folder.grammar, self.folder.max_size)

    @property
    def classes_by_size(self) -> list[np.ndarray]:
        """The sorted keys of the classes that are new at each size, by the audit's own enumeration."""
        return self.world.classes_by_size

    @cached_property
    def keys(self) -> np.ndarray:
        """The key of each distinct program, uint64[n]."""
        return self.world.keys(self.programs)

    def keys_in(self, split: Split) -> np.ndarray:
        """The class of each row as its key, uint64[n]."""
        return self.keys[self.rows(split)]

    @cached_property
    def _corpus_order(self) -> tuple[np.ndarray, np.ndarray]:
        """The corpus's keys in ascending order uint64[n], and the row int64[n] of each."""
        keys = self.keys_in(self.folder.corpus)
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def corpus_rows(self, split: Split) -> np.ndarray:
        """The row of the corpus int64[n] that has the class of each row; -1 where none has."""
        ordered, row_of = self._corpus_order
        keys = self.keys_in(split)
        places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
        return np.where(ordered[places] == keys, row_of[places], -1)

    @cached_property
    def all_keys(self) -> np.ndarray:
        """The sorted keys uint64[n] of all classes."""
        return sorted_unique(np.concatenate(self.classes_by_size))

    def forced(self, pattern: Pattern) -> tuple[np.ndarray, np.ndarray]:
        """Sorted keys uint64[n] of all classes, and whether every realization of <= max_size + 1 leaves lies in the
        pattern's region, bool[n]. The first call computes this for all patterns of this evidence at once."""
        if pattern not in self._forced:
            patterns = list(dict.fromkeys([*self._patterns, pattern]))
            masks = self.world.forced(patterns, self.folder.max_size + _SLACK, self.all_keys)
            self._forced = dict(zip(patterns, masks, strict=True))
        return self.all_keys, self._forced[pattern]

    def panel_of(self, split: Split) -> dict[str, list[list[int]]]:
        """The points that a split shows and holds out: those of build.json, but for the test on new inputs."""
        if split.name != NEW_INPUTS:
            return self.folder.build["panel"]
        second = derived_panel(self.folder.grammar, 1)
        if second is None:
            return self.folder.build["panel"]  # the claim about the panel says that there is none
        return {
            part: [list(point) for point in points] for part, points in zip(("shown", "heldout"), second, strict=True)
        }

    def outputs_of(self, rows: np.ndarray, points: Sequence[Sequence[int]] | None = None) -> np.ndarray:
        """Reduced fractions int64[2, n, n_points] of programs int64[n], an index into `programs`: on the panel of
        build.json with the shown points first, or on other points."""
        return outputs_of_programs(self.programs, self._panel if points is None else points, rows)

    def defined_on(self, points: Sequence[Sequence[int]]) -> np.ndarray:
        """Whether each distinct program is defined on all points: bool[n]."""
        machine = machine_of(self.programs, points)
        defined = np.empty(len(self.programs.texts), dtype=bool)

        def part(start: int, stop: int) -> None:
            for at in range(start, stop, _CHUNK):
                rows = np.arange(at, min(at + _CHUNK, stop))
                outputs = np.empty((2, len(rows), len(points)), dtype=np.int64)
                run(machine.codes, rows, machine.leaf_values, machine.operators, outputs)
                defined[rows] = (outputs[1] != 0).all(axis=1)

        in_parts(len(defined), part)
        return defined

    @cached_property
    def regular(self) -> np.ndarray:
        """Whether each distinct program is defined on the whole panel: bool[n]."""
        return self.defined_on(self._panel)

    @cached_property
    def rivals(self) -> dict[int, int]:
        """For each regular program of the corpus or of a task that another class of the corpus agrees with on all shown
        inputs where that one is defined: such a program."""
        corpus = np.unique(self.rows(self.folder.corpus))
        tasks = [self.rows(split) for split in self.folder.tasks]
        used = np.unique(np.concatenate([corpus[self.regular[corpus]], *tasks]))

        def agree(row: int, other: int, points: np.ndarray) -> bool:
            one, two = self.outputs_of(np.array([row, other]), self._panel[: self.n_shown]).transpose(1, 0, 2)
            return bool((one[:, points] == two[:, points]).all())

        shown = shown_of(machine_of(self.programs, self._panel), self.n_shown)
        return rivals_of(shown, used, corpus, self.keys, agree)

    @cached_property
    def residues(self) -> tuple[np.ndarray, np.ndarray]:
        """The published fingerprint of each distinct program as two residues uint64[n, 2], and whether it has one."""
        return self.world.published(self.programs)

    def published_residues(self, split: Split) -> np.ndarray:
        """The fingerprint column as two residues uint64[n, 2]; NO_RESIDUE where it is no 32 hex digits."""
        return residues_of_texts(split.column("fingerprint"))

    @property
    def n_shown(self) -> int:
        """Number of shown points."""
        return len(self.folder.build["panel"]["shown"])

    @property
    def _panel(self) -> list[list[int]]:
        panel = self.folder.build["panel"]
        return [*panel["shown"], *panel["heldout"]]

    def coordinates(self, split: Split, space: str) -> np.ndarray:
        """Published coordinates in integer units, float64[n, 16]; zero where no coordinate can be what is published."""
        units = self.published_units(split, space)
        return np.where((np.abs(units) < _COORDINATE_BOUND) & (units == np.floor(units)), units, 0.0)

    def published_units(self, split: Split, space: str) -> np.ndarray:
        """Published coordinates as they are, in units: float64[n, 16]."""
        flat = split.column(space).flatten().to_numpy(zero_copy_only=False).astype(np.float64)
        return (flat / COORDINATE_UNIT).reshape(-1, N_COORDINATES)

    def reference(self, split: Split) -> Split | None:
        """The training split that a split's distances are measured to: its config's own."""
        return self.folder.splits.get(f"{split.config}/train")

    def squared_distances(self, split: Split, space: str) -> np.ndarray:
        """Squared distance of each row to the nearest row of its reference, in squared integer units: float64[n]."""
        if (split.path, space) not in self._squared:
            reference = self.reference(split)
            assert reference is not None
            queries, training = self.coordinates(split, space), self.boxed(reference, space)
            if space == "syntactic":
                # The nearest ones are wanted for the tree edit distances: one search serves both.
                squared, rows = nearest(queries, training, N_TREE_CANDIDATES)
                self._squared[split.path, space] = squared[:, 0] if squared.size else np.full(len(queries), np.inf)
                self._nearest[split.path] = rows.astype(np.int32)
            else:
                self._squared[split.path, space] = squared_to_nearest(queries, training)
        return self._squared[split.path, space]

    def nearest_rows(self, split: Split) -> np.ndarray:
        """Of each row the syntactically nearest rows of its reference, by distance and row: int32[n, <= 64]."""
        self.squared_distances(split, "syntactic")
        return self._nearest[split.path]

    def boxed(self, reference: Split, space: str) -> Boxed:
        """The rows of a training split, ready to be searched; the last few are kept."""
        key = (reference.path, space)
        if key not in self._boxed:
            while len(self._boxed) >= _KEPT_BOXED:
                del self._boxed[next(iter(self._boxed))]
            self._boxed[key] = boxed(self.coordinates(reference, space))
        return self._boxed[key]
