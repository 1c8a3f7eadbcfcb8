import numpy as np

from arith_synth.decoding.streams import stream_keys, uniforms


def test_numbers_are_uniform_on_the_unit_interval():
    numbers = uniforms(stream_keys(["a", "b"], 20_000, seed=0), step=3)
    counts, _ = np.histogram(numbers, bins=20, range=(0, 1))
    assert counts.sum() == numbers.size
    assert np.abs(counts - numbers.size / 20).max() < 5 * np.sqrt(numbers.size / 20)


def test_no_two_tasks_samples_or_seeds_share_a_stream():
    keys = np.concatenate([stream_keys([f"t{n}" for n in range(50)], 40, seed).ravel() for seed in range(5)])
    assert len(np.unique(keys)) == keys.size


def test_steps_are_independent_of_each_other():
    keys = stream_keys(["a"], 20_000, seed=0)[0]
    assert abs(np.corrcoef(uniforms(keys, 0), uniforms(keys, 1))[0, 1]) < 0.03
