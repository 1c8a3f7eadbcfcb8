"""Random programs are drawn by the law that the documentation states."""

from collections import Counter
from functools import cache

import pytest
from scipy.stats import chi2
from strategies import XY3, XYCOND

from arith_synth.baselines.program_numbers import n_programs, program_at
from arith_synth.baselines.random_programs import random_program, size_histogram
from arith_synth.data.folder import open_dataset
from arith_synth.errors import UsageError
from arith_synth.grammar import compose, leaf_expression, parse_infix, size, to_infix
from arith_synth.grammar.operators import OPERATORS


@cache
def all_programs(grammar, n_leaves):
    """Every program of a size, by growing all smaller ones; in any order."""
    if n_leaves == 1:
        return [leaf_expression(leaf) for leaf in grammar.leaves]
    grown = []
    for symbol in grammar.operators:
        partial = [((), 0)]
        for _ in range(OPERATORS[symbol].arity):
            partial = [
                ((*operands, program), n + part)
                for operands, n in partial
                for part in range(1, n_leaves - n + 1)
                if part < n_leaves
                for program in all_programs(grammar, part)
            ]
        grown += [compose(symbol, *operands) for operands, n in partial if n == n_leaves]
    return grown


@pytest.mark.parametrize(("grammar", "n_leaves"), [(XY3, 1), (XY3, 2), (XY3, 3), (XYCOND, 2), (XYCOND, 4)])
def test_numbers_name_each_program_of_a_size_once(grammar, n_leaves):
    numbers = range(n_programs(grammar, n_leaves))
    if len(numbers) > 20_000:
        numbers = range(0, len(numbers), 97)
    programs = [program_at(grammar, n_leaves, number) for number in numbers]
    assert len(set(programs)) == len(programs)
    assert {size(program) for program in programs} == {n_leaves}
    if len(numbers) == n_programs(grammar, n_leaves):
        assert set(programs) == set(all_programs(grammar, n_leaves))


def test_a_number_that_no_program_has_is_refused():
    for number in (-1, n_programs(XY3, 2)):
        with pytest.raises(UsageError, match="there are 100"):
            program_at(XY3, 2, number)


def test_sizes_follow_the_histogram_and_programs_of_a_size_are_alike():
    sizes, n_draws = {1: 1, 2: 3}, 30_000
    drawn = Counter(random_program(XY3, sizes, 0, "a task", number) for number in range(n_draws))
    expected = {
        to_infix(program): n_draws * count / sum(sizes.values()) / n_programs(XY3, n_leaves)
        for n_leaves, count in sizes.items()
        for program in all_programs(XY3, n_leaves)
    }
    assert set(drawn) <= set(expected)
    statistic = sum((drawn[program] - mean) ** 2 / mean for program, mean in expected.items())
    assert chi2.ppf(0.001, len(expected) - 1) < statistic < chi2.ppf(0.999, len(expected) - 1)


def test_neighbouring_seeds_tasks_and_samples_share_no_stream():
    draws = [
        [random_program(XY3, {5: 1}, seed, task_id, number) for number in range(50)]
        for seed in (0, 1)
        for task_id in ("random/test/000000", "random/test/000001")
    ]
    for i, stream in enumerate(draws):
        for other in draws[:i]:
            assert not set(stream) & set(other)
        assert stream[1:] != stream[:-1]


def test_a_draw_depends_on_its_names_alone():
    again = [random_program(XY3, {3: 2, 4: 5}, 7, "a", 0) for _ in range(3)]
    assert len(set(again)) == 1
    assert size(parse_infix(again[0], XY3)) in (3, 4)


def test_the_histogram_is_that_of_the_training_split(small_dataset):
    folder = open_dataset(small_dataset)
    sizes = size_histogram(folder, "support_shift", "train")
    assert sum(sizes.values()) == 1_000
    programs = folder.read("support_shift", "train", ["program"]).column("program").to_pylist()
    assert sizes == Counter(size(parse_infix(program, XY3)) for program in programs)
