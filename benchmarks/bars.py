"""What each work has to reach: a first bar that a release must meet, and an aim."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_GB = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A measurement `benchmark.name` and what it is held to: at least, or at most when `smaller` is better."""

    work: str
    benchmark: str
    name: str
    bar: float
    aim: float | None
    smaller: bool = False

    def holds(self, value: float, bound: float) -> bool:
        """Whether a value reaches a bound."""
        return value <= bound if self.smaller else value >= bound


def _bar(work: str, place: str, bar: float, aim: float | None = None, *, smaller: bool = False) -> Bar:
    benchmark, name = place.split(".")
    return Bar(work=work, benchmark=benchmark, name=name, bar=bar, aim=aim, smaller=smaller)


def _most(work: str, place: str, bar: float, aim: float | None = None) -> Bar:
    return _bar(work, place, bar, aim, smaller=True)


BARS = (
    _bar("candidates/s, one thread, xy3 max_size 7", "enumeration.max_size_7_candidates_per_s", 30e6, 60e6),
    _bar("speed-up on 2 cores, max_size 7", "enumeration.max_size_7_speed_up", 1.6, 1.9),
    _most("xy3 max_size 6, warm, seconds", "enumeration.max_size_6_seconds", 0.5, 0.25),
    _most("xy3 max_size 7, warm, seconds", "enumeration.max_size_7_seconds", 5, 2.5),
    _most("xy3 max_size 7, peak bytes", "enumeration.max_size_7_peak_bytes", 1.5 * _GB),
    _bar("against SymPy cancel", "enumeration.bank_over_sympy", 10_000, 20_000),
    _bar("against Fraction points", "enumeration.bank_over_fraction", 250, 500),
    _bar("against vectorized NumPy", "enumeration.bank_over_numpy", 8, 16),
    _bar("tree edit distances/s", "spaces.tree_edit_distances_per_s", 200e3),
    _bar("tree edit distances against apted", "spaces.tree_edit_distances_over_apted", 250, 400),
    _most("pq-gram coordinates, 1 M programs, seconds", "spaces.syntactic_coordinates_seconds", 5, 2),
    _most("semantic coordinates, 1 M programs, seconds", "spaces.semantic_coordinates_seconds", 8, 2),
    _most("realizability to 6 leaves, seconds", "realizability.to_6_leaves_seconds", 2, 0.5),
    _most("realizability to 7 leaves, seconds", "realizability.to_7_leaves_seconds", 20, 5),
    _most("out of core, 37 M classes, peak bytes", "out_of_core.peak_bytes", _GB),
    _most("out of core, seconds", "out_of_core.seconds", 120),
    _most("out of core over the one-thread bank", "out_of_core.over_in_core_ratio", 15, 5),
    _most("demo's configs, seconds", "dataset.demo_configs_seconds", 30),
    _most("xy3 max_size 6, all configs, seconds", "dataset.max_size_6_seconds", 720),
    _most("xy3 max_size 6, all configs, peak bytes", "dataset.max_size_6_peak_bytes", 8 * _GB),
    _most("xy3 max_size 6, all configs, bytes on disk", "dataset.max_size_6_disk_bytes", 4 * _GB),
    _most("audit of it, seconds", "dataset.max_size_6_audit_seconds", 360),
    _most("load_dataset of one split, warm, seconds", "dataset.load_one_split_seconds", 2),
    _bar("training over Trainer, Muon and AdamW, CPU", "training.muon_over_trainer_ratio", 1.2, 2),
    _bar("training over Trainer, AdamW, CPU", "training.adamw_over_trainer_ratio", 1.2, 2),
    _bar("share of the matrix-multiply rate, CPU", "training.muon_matrix_multiply_share", 0.5, 0.7),
    _bar("nano, 240 CPU-seconds, max_size 5, accuracy", "sample_efficiency.240_cpu_seconds_accuracy", 0.42, 0.6),
    _bar("nano, one core-hour, same data", "sample_efficiency.core_hour_accuracy", 0.5, 0.75),
    _bar("nano, one core-hour, stream", "sample_efficiency.core_hour_stream_accuracy", 0.6, 0.85),
    _bar("training over Trainer, nano, GPU", "gpu.nano_over_trainer_ratio", 3, 10),
    _bar("training over Trainer, small, GPU", "gpu.small_over_trainer_ratio", 3, 10),
    _bar("model FLOPs utilization, base, GPU", "gpu.base_model_flops_utilization", 0.3, 0.5),
    _bar("small, ten minutes, max_size 6 stream, GPU", "gpu.small_stream_600_seconds_accuracy", 0.7, 0.9),
    _bar("completions/s scored, repeated programs", "scoring.batch_repeated_per_s", 500e3),
    _bar("distinct programs/s scored", "scoring.batch_distinct_per_s", 50e3, 200e3),
    _most("2,000 tasks of 100 samples read and scored, seconds", "scoring.submission_seconds", 15),
    _most("import of the scorer, seconds", "scoring.import_seconds", 0.3),
    _most("2,000 tasks of 100 samples verified, seconds", "submissions.verify_seconds", 15),
    _most("leaderboard of 200 submissions, first paint, seconds", "leaderboard.first_paint_seconds", 2, 1),
    _most("leaderboard of 200 submissions, whole table, seconds", "leaderboard.table_seconds", 3, 1.5),
    _bar("sampled programs/s against generate, n = 64", "decoding.sampled_programs_per_s_ratio", 10, 30),
)


def reached(results: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Bar, float, str]]:
    """Each bar whose measurement is there, the measurement, and `aim`, `bar` or `missed`: the most that it reaches."""
    for bar in BARS:
        value = results.get(bar.benchmark, {}).get(bar.name)
        if value is None:
            continue
        best = "missed"
        if bar.holds(value, bar.bar):
            best = "aim" if bar.aim is not None and bar.holds(value, bar.aim) else "bar"
        yield bar, value, best
