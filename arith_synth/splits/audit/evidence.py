"""What several claims rest on, derived from the files once: programs, keys, classes, outputs, coordinates."""

from functools import cached_property

import numpy as np
import pyarrow as pa

from arith_synth.splits.audit.closure import accumulator_closure, enumerate_classes, sorted_unique
from arith_synth.splits.audit.distances import squared_to_nearest
from arith_synth.splits.audit.execution import outputs_of_programs
from arith_synth.splits.audit.folder import Folder, Split
from arith_synth.splits.audit.identity import field_points, keys_of
from arith_synth.splits.audit.own_hashes import published_residues
from arith_synth.splits.audit.programs import Programs, read_programs
from arith_synth.splits.audit.rivals import rivals_of

#: The configs of the headline: one assignment of classes to sides serves both.
SUPPORT = "support_shift"
CONTROL = "support_shift_control"
#: A published coordinate is an integer times this.
COORDINATE_UNIT = 2.0**-15
_COORDINATE_BOUND = 1 << 20
_SLACK = 1


class Evidence:
    """The folder's facts, by the audit's own derivation. Everything is computed when it is first asked for."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._squared: dict[tuple[str, str], np.ndarray] = {}

    @cached_property
    def _distinct(self) -> tuple[pa.Array, dict[str, np.ndarray]]:
        """The distinct program texts, corpus first, and the index into them int64[n] of each split's rows."""
        splits = [self.folder.corpus, *self.folder.tasks]
        encoded = pa.concat_arrays([split.column("program") for split in splits]).dictionary_encode()
        indices = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        ends = np.cumsum([split.table.num_rows for split in splits])[:-1]
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

    @cached_property
    def _enumerated(self) -> tuple[np.ndarray, list[np.ndarray]]:
        return enumerate_classes(self.folder.grammar, self.folder.max_size)

    @property
    def leaf_values(self) -> np.ndarray:
        """Residues of the leaves at the audit's points: uint64[2, n_leaves]."""
        return self._enumerated[0]

    @property
    def classes_by_size(self) -> list[np.ndarray]:
        """The sorted keys of the classes that are new at each size, by the audit's own enumeration."""
        return self._enumerated[1]

    @cached_property
    def keys(self) -> np.ndarray:
        """The key of each distinct program, uint64[n]."""
        return keys_of(self.programs, self.leaf_values)

    def keys_in(self, split: Split) -> np.ndarray:
        """The class of each row as its key, uint64[n]."""
        return self.keys[self.rows(split)]

    @cached_property
    def unforced(self) -> tuple[np.ndarray, np.ndarray]:
        """Sorted keys uint64[n] of all classes, and whether each has a realization of <= max_size + 1 leaves that has
        Strahler number <= 2, bool[n]."""
        keys = sorted_unique(np.concatenate(self.classes_by_size))
        return keys, accumulator_closure(self.folder.grammar, self.folder.max_size + _SLACK, self.leaf_values, keys)

    @cached_property
    def outputs(self) -> np.ndarray:
        """Reduced fractions [2, n, 48] of each distinct program on the panel of build.json, shown points first."""
        panel = self.folder.build["panel"]
        return outputs_of_programs(self.programs, self.folder.grammar, [*panel["shown"], *panel["heldout"]])

    @cached_property
    def regular(self) -> np.ndarray:
        """Whether each distinct program is defined on the whole panel: bool[n]."""
        return (self.outputs[1] != 0).all(axis=1)

    @cached_property
    def rivals(self) -> dict[int, int]:
        """For each regular program of the corpus or of a task that another class of the corpus agrees with on all shown
        inputs where that one is defined: such a program."""
        corpus = np.unique(self.rows(self.folder.corpus))
        tasks = [self.rows(split) for split in self.folder.tasks]
        used = np.unique(np.concatenate([corpus[self.regular[corpus]], *tasks]))
        return rivals_of(self.outputs[:, :, : self.n_shown], used, corpus, self.keys)

    @cached_property
    def residues(self) -> tuple[np.ndarray, np.ndarray]:
        """The published fingerprint of each distinct program as two residues uint64[n, 2], and whether it has one."""
        return published_residues(self.programs, self.folder.grammar, field_points(self.folder.grammar))

    @property
    def n_shown(self) -> int:
        """Number of shown points."""
        return len(self.folder.build["panel"]["shown"])

    def coordinates(self, split: Split, space: str) -> np.ndarray:
        """Published coordinates in integer units, float64[n, 16]; zero where no coordinate can be what is published."""
        units = self.published_units(split, space)
        return np.where((np.abs(units) < _COORDINATE_BOUND) & (units == np.floor(units)), units, 0.0)

    def published_units(self, split: Split, space: str) -> np.ndarray:
        """Published coordinates as they are, in units: float64[n, 16]."""
        flat = split.column(space).flatten().to_numpy(zero_copy_only=False).astype(np.float64)
        return (flat / COORDINATE_UNIT).reshape(split.table.num_rows, -1)

    def reference(self, split: Split) -> Split | None:
        """The training split that a split's distances are measured to: its config's own."""
        return self.folder.splits.get(f"{split.config}/train")

    def squared_distances(self, split: Split, space: str) -> np.ndarray:
        """Squared distance of each row to the nearest row of its reference, in squared integer units: float64[n]."""
        if (split.path, space) not in self._squared:
            reference = self.reference(split)
            assert reference is not None
            self._squared[split.path, space] = squared_to_nearest(
                self.coordinates(split, space), self.coordinates(reference, space)
            )
        return self._squared[split.path, space]
