"""A stream as whoever trains on it sees it: rows, batches, resuming, seeds, and what is refused."""

import itertools
import pickle
import subprocess
import sys

import datasets
import numpy as np
import pytest

from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.grammar import grammar_named, parse_infix
from arith_synth.semantics.execution import outputs_of
from arith_synth.splits import training_source, training_source_of, training_stream
from arith_synth.splits.axes import Axis, IntervalRegion
from arith_synth.splits.plans import Planned
from arith_synth.splits.registry import plan_configs
from arith_synth.splits.sizes import SplitSizes
from arith_synth.splits.streams.stream import TrainingStream
from arith_synth.splits.tasks import task_rows

GRAMMAR = grammar_named("xy3")
SIZES = SplitSizes(train=500, validation=20, test=20)


@pytest.fixture(scope="module")
def stream(world) -> TrainingStream:
    return world.source.stream("support_shift")


def draws(stream: TrainingStream, n: int, **where: int) -> np.ndarray:
    """Programs and classes of the first n draws, one row each."""
    codes, classes = next(stream.batches(n, **where))
    return np.column_stack([codes.astype(np.int64), classes])


def test_a_draw_does_not_depend_on_the_batch_that_it_is_in(stream) -> None:
    whole = draws(stream, 300)
    parts = [np.column_stack([*batch]) for batch in itertools.islice(stream.batches(7), 43)]
    assert (np.concatenate(parts)[:300] == whole).all()


def test_a_stream_resumes_at_any_number(stream) -> None:
    assert (draws(stream, 300)[120:] == draws(stream, 180, start=120)).all()
    first = [row["task_id"] for row in itertools.islice(stream.rows(), 30)]
    assert first[20:] == [row["task_id"] for row in itertools.islice(stream.rows(start=20), 10)]


def test_workers_share_a_stream_out(stream) -> None:
    whole, parts = draws(stream, 300), [draws(stream, 100, start=worker, step=3) for worker in range(3)]
    assert (np.stack(parts, axis=1).reshape(300, -1) == whole).all()


def test_the_same_stream_comes_from_another_source_and_through_a_pickle(stream) -> None:
    source = training_source(max_size=3, sizes=SIZES, configs=["random"])
    again = training_stream("random", max_size=3, sizes=SIZES, configs=["random"])
    assert (draws(source.stream("random"), 200) == draws(again, 200)).all()
    assert (draws(pickle.loads(pickle.dumps(stream)), 200) == draws(stream, 200)).all()


def test_neighbouring_seeds_and_other_splits_share_no_stream(world) -> None:
    """At no offset do two streams run alike; two classes of some thousands agree by chance."""
    of_config = [world.source.stream("random", seed=seed) for seed in (0, 1)]
    of_config.append(world.source.stream("input_shift"))
    runs = [draws(one, 2_000)[:, -1] for one in of_config]
    for first, second in itertools.combinations(runs, 2):
        for offset in range(-20, 21):
            a, b = first[max(0, offset) :], second[max(0, -offset) :]
            n = min(len(a), len(b))
            assert (a[:n] == b[:n]).mean() < 0.01


def test_rows_have_the_columns_of_the_published_split(world, stream) -> None:
    published = task_rows(world.source.atlas, stream.train).schema
    assert next(stream.tables(5)).schema.equals(published)
    assert list(next(iter(stream))) == published.names


def test_a_row_says_what_its_program_does(stream) -> None:
    for row in itertools.islice(stream, 50):
        program = parse_infix(row["program"], GRAMMAR)
        assert row["outputs"] == outputs_of(program, GRAMMAR, row["inputs"])
        assert row["completion"] == f" {row['program']}"
        assert row["strahler"] <= 2
        assert (row["syntactic_region"], row["semantic_region"]) == ("in", "in")
        assert row["heldout_inputs"] is None
        assert row["syntactic_distance"] is None
    assert row["task_id"] == "support_shift/train/stream-0-000000049"


def test_a_control_says_which_of_its_programs_are_out_of_the_shifted_support(world) -> None:
    table = next(world.source.stream("support_shift_control").tables(1_000)).to_pydict()
    for region, strahler in zip(table["syntactic_region"], table["strahler"], strict=True):
        assert region == "out" or strahler <= 2
    assert set(table["syntactic_region"]) == {"in", "out"}


def test_datasets_streams_it(stream) -> None:
    dataset = datasets.IterableDataset.from_generator(stream.rows, gen_kwargs={"start": 3})
    assert [row["task_id"][-1] for row in dataset.take(3)] == ["3", "4", "5"]


def test_a_region_of_a_users_own_is_excluded_with_its_gap(world) -> None:
    atlas = world.source.atlas
    region = IntervalRegion(coordinate=1, start=0, stop=200, gap=50)
    axis = Axis(name="own", title="the lowest fifth", space="syntactic", region=region)
    configs = list(axis.splits)
    planned = plan_configs(atlas, configs, SIZES, [axis])
    own = training_source_of(atlas, planned=planned, configs=configs, axes=[axis]).stream(axis.config)
    gap_below = planned.facts["axes"][axis.config]["region"]["gap_below"]
    codes, _ = next(own.batches(3_000))
    assert (atlas.bases.coordinates(codes)[0][:, 1] >= gap_below).all()


def test_what_makes_no_sense_is_refused(world, stream) -> None:
    source = world.source
    with pytest.raises(UnknownNameError, match="did you mean 'support_shift'"):
        source.stream("suport_shift")
    with pytest.raises(UnknownNameError, match="unknown training split 'test'"):
        source.stream("support_shift", split="test")
    with pytest.raises(UnknownNameError, match="unknown planned config 'support_shift_nesting'"):
        source.stream("support_shift_nesting")
    with pytest.raises(UsageError, match="the corpus is not for training"):
        source.stream("corpus")
    for where in ({"n": 0}, {"n": 1, "start": -1}, {"n": 1, "step": 0}):
        with pytest.raises(UsageError, match="make no sense"):
            next(stream.batches(**where))


def test_plans_that_lack_a_test_are_refused(world) -> None:
    plans = [plan for plan in world.planned.plans if plan.name != "input_shift/test_new_inputs"]
    with pytest.raises(UsageError, match="the plans lack input_shift/test_new_inputs"):
        training_source_of(
            world.source.atlas, planned=Planned(plans=plans, facts={}), configs=["random", "input_shift"]
        )


def test_importing_the_splits_loads_no_heavy_library() -> None:
    code = "import arith_synth.splits, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    assert {"numpy", "numba", "pyarrow"}.isdisjoint(done.stdout.split())
