"""The benchmarks of training measure what they say: the same work on both sides, products alone, runs that go on."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.optim.lr_scheduler import LambdaLR

from arith_synth.data.folder import open_dataset
from arith_synth.training import TrainingConfig
from arith_synth.training.losses import batch_loss
from arith_synth.training.setup import open_run
from benchmarks import bars, bench_gpu, bench_training, run
from benchmarks.bench_training import timing_config
from benchmarks.matrix_products import doing, products_of
from benchmarks.quality_runs import planned, quality_of, sources_digest
from benchmarks.trainer_peer import Both, columns_of, open_peer
from benchmarks.training_side import step_of
from benchmarks.turns import Side

_CPU = torch.device("cpu")
_QUICK = {"quick": ({"max_steps": 2, "batch_size": 32, "n_validation": 0, "n_monitor": 0, "curve": False}, (0,))}
_SIDE = "from benchmarks.turns import take_turns\ntake_turns(lambda: {})\n"


@pytest.fixture
def opened(small_dataset, tmp_path):
    fields = timing_config(batch_size=32, optimizer="muon")
    with ExitStack() as stack:
        yield open_run(TrainingConfig(**{**fields, "data": small_dataset, "output": tmp_path / "run"}), stack)


def test_a_linear_map_is_one_product_forward_and_two_backward():
    layer, rows = torch.nn.Linear(4, 5), torch.randn(7, 4, requires_grad=True)
    products = products_of(lambda: layer(rows).sum().backward())
    assert [product.flops for product in products] == [2 * 7 * 4 * 5] * 3


def test_fused_attention_counts_as_two_products_forward_and_four_backward():
    queries, keys, values = (torch.randn(3, 2, 6, 8, requires_grad=True) for _ in range(3))
    products = products_of(lambda: scaled_dot_product_attention(queries, keys, values, is_causal=True).sum().backward())
    assert [product.flops for product in products] == [2 * (3 * 2) * 6 * 6 * 8] * 6


def test_products_can_be_done_again_whatever_their_strides():
    factors = torch.randn(5, 4).T, torch.randn(3, 5).T, torch.randn(1, 6, 4).expand(2, 6, 4)
    products = products_of(lambda: (factors[0] @ factors[1], factors[2] @ torch.randn(2, 4, 6)))
    assert len(products) == 2
    doing(products, _CPU)()


def test_the_products_of_a_step_are_those_of_forward_backward_and_muon(opened):
    step = step_of(opened)
    step()
    n_step, n_backward = (len(products_of(work)) for work in (step, lambda: opened.step.backward(opened.batch(0))))
    assert 0 < n_backward < n_step


def test_trainer_is_given_the_tasks_and_the_loss_that_we_train_on(opened):
    model, data = open_peer(opened.config)
    model.eval()
    columns = columns_of(model, data, 1)
    ours, theirs = batch_loss(model, opened.batch(0)), model(**columns, use_cache=False).loss
    torch.testing.assert_close(theirs, ours)


def test_one_schedule_sets_the_rates_of_both_optimizers():
    parameters = [torch.nn.Parameter(torch.ones(2, 2)) for _ in range(2)]
    first, second = (torch.optim.SGD([parameter], lr=1.0) for parameter in parameters)
    both = Both(first, second)
    schedule = LambdaLR(both, lambda step: 0.5)
    both.step()
    schedule.step()
    assert first.param_groups[0]["lr"] == second.param_groups[0]["lr"] == 0.5


def test_a_side_answers_each_turn_and_ends_with_its_input(tmp_path):
    (tmp_path / "quick_side.py").write_text(_SIDE)
    side = Side("quick_side", environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"})
    turns = [side.turn(n_steps) for n_steps in (1, 1000)]
    side.close()
    assert all(turn.wall_s >= 0 for turn in turns)


def test_a_side_that_fails_says_why(tmp_path):
    (tmp_path / "bad_side.py").write_text("raise ValueError('no steps here')")
    side = Side("bad_side", environment={"PYTHONPATH": str(tmp_path)})
    with pytest.raises(RuntimeError, match="no steps here"):
        side.turn(1)
    side.close()


def test_runs_are_told_apart_by_options_and_seed(small_dataset, tmp_path):
    others = [{"other": ({"max_steps": 3}, (0,))}, {"quick": (_QUICK["quick"][0], (1,))}]
    places = [planned(wanted, open_dataset(small_dataset), tmp_path)[0].place for wanted in [_QUICK, *others]]
    assert len(set(places)) == 3
    assert planned(_QUICK, open_dataset(small_dataset), tmp_path)[0].place == places[0]


def test_another_source_is_another_digest(tmp_path):
    (tmp_path / "module.py").write_text("one = 1\n")
    before = sources_digest(tmp_path)
    (tmp_path / "module.py").write_text("one = 2\n")
    assert sources_digest(tmp_path) != before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a device")
def test_without_a_device_its_numbers_are_unmeasured_and_reach_no_bar():
    measured = bench_gpu.run()
    assert measured == {"unmeasured": "no CUDA device"}
    assert not list(bars.reached({"gpu": measured}))


def test_every_bar_is_of_a_benchmark_that_there_is():
    assert {bar.benchmark for bar in bars.BARS} <= set(run.benchmark_names())


def test_what_takes_over_an_hour_comes_last():
    assert run.benchmark_names()[-1] == "sample_efficiency"


@pytest.mark.slow
@pytest.mark.timeout(900)  # five processes that each load transformers
def test_both_sides_take_turns_in_training(small_dataset):
    measured = bench_training.run(
        small_dataset,
        n_rounds=1,
        n_steps=2,
        n_tasks=128,
        batch_size=64,
        peers={"rows": bench_training.PEERS["rows"]},
        optimizers=("muon",),
    )
    assert measured["peer"] == "rows"
    assert 0 < measured["muon_matrix_multiply_share"] < 1
    assert measured["muon_over_trainer_ratio"] > 0


@pytest.mark.slow
def test_a_finished_quality_run_is_only_read(small_dataset, tmp_path):
    first = quality_of(_QUICK, small_dataset, tmp_path, 1)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("run.json")}
    assert len(written) == 2
    assert quality_of(_QUICK, small_dataset, tmp_path, 1) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("run.json")} == written
    assert first[0]["n"] == 40
    assert first[0]["from"] <= first[0]["accuracy"] <= first[0]["to"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_benchmark_goes_on_when_it_is_run_again(small_dataset, tmp_path):
    steps = 200
    options = {**_QUICK["quick"][0], "max_steps": steps, "log_every_steps": 5}
    wanted = {"killed": (options, (0,))}
    code = (
        "import json, sys; from pathlib import Path; from benchmarks.quality_runs import quality_of; "
        "quality_of(json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), 1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, json.dumps(wanted), small_dataset, tmp_path])
    while process.poll() is None and not list(tmp_path.rglob("log.jsonl")):
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    rows = quality_of(wanted, small_dataset, tmp_path, 1)
    assert rows[0]["steps"] == steps
