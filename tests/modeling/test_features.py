from fractions import Fraction

import pytest
import torch

from arith_synth.modeling import N_FEATURES, example_features
from arith_synth.modeling.features import LOG_PERIODS, PRIMES, VALUE_PERIODS

ONE_HOTS_FROM = 8 + 2 * len(VALUE_PERIODS) + 2 * len(LOG_PERIODS)


def features_of(*values):
    fractions = [Fraction(value) for value in values]
    numerators = torch.tensor([fraction.numerator for fraction in fractions])
    denominators = torch.tensor([fraction.denominator for fraction in fractions])
    return example_features(numerators, denominators)


def one_hots(features, of):
    """The hot place of each prime's one-hot: `of` 0 numerator, 1 denominator, 2 value in the field."""
    widths = [p + (of == 2) for p in PRIMES]
    start = ONE_HOTS_FROM + min(of, 2) * sum(PRIMES)
    return [block.argmax().item() for block in features[start : start + sum(widths)].split(widths)]


def test_every_output_has_the_stated_number_of_features():
    assert features_of(1, "7/3", 0).shape == (3, N_FEATURES)


@pytest.mark.parametrize("value", [0, 1, -1, "-7/3", "59049", "1/13", "22/35"])
def test_residues_are_those_of_numerator_and_denominator(value):
    fraction = Fraction(value)
    features = features_of(value)[0]
    assert one_hots(features, 0) == [fraction.numerator % p for p in PRIMES]
    assert one_hots(features, 1) == [fraction.denominator % p for p in PRIMES]


@pytest.mark.parametrize("value", [0, 1, -1, "-7/3", "59049", "1/13", "22/35"])
def test_the_field_value_times_the_denominator_is_the_numerator(value):
    fraction = Fraction(value)
    for p, residue in zip(PRIMES, one_hots(features_of(value)[0], 2), strict=True):
        if residue == p:
            assert fraction.denominator % p == 0
        else:
            assert (residue * fraction.denominator - fraction.numerator) % p == 0


def test_features_are_bounded_for_the_largest_outputs():
    features = features_of(2**62, -(2**62), Fraction(1, 2**62), Fraction(-1, 2**62))
    assert features.isfinite().all()
    assert features.abs().max() < 12


def test_an_undefined_output_says_so_and_nothing_else():
    features = example_features(torch.tensor([5]), torch.tensor([0]))[0]
    assert features[0] == 1
    assert (features[1:] == 0).all()


def test_different_values_have_different_features():
    values = [Fraction(n, d) for n in range(-40, 41) for d in (1, 2, 3, 5, 7)]
    distinct = sorted(set(values))
    assert len(features_of(*distinct).unique(dim=0)) == len(distinct)


def test_features_of_a_batch_are_those_of_its_rows():
    numerators, denominators = torch.arange(-8, 8).reshape(4, 4), torch.full((4, 4), 7)
    batch = example_features(numerators, denominators)
    rows = [example_features(n, d) for n, d in zip(numerators, denominators, strict=True)]
    assert torch.equal(batch, torch.stack(rows))
