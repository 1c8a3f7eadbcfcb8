import pytest
import torch

from arith_synth.decoding import Decoding, decode
from arith_synth.errors import UsageError

N_NEW = 24
EOS, PAD = 2, 0


def lengths(tokens):
    return [(row == EOS).nonzero()[:1].flatten().tolist() for row in tokens.flatten(0, 1)]


def test_greedy_equals_generate(model, examples, features, task_ids):
    generated = model.generate(model.prompt_ids(len(task_ids)), max_new_tokens=N_NEW, do_sample=False, **examples)
    tokens = decode(model, features, task_ids, Decoding(max_new_tokens=N_NEW))
    assert torch.equal(tokens[:, 0], generated[:, model.config.n_prefix :])


def test_the_test_model_ends_its_completions_at_different_places(model, features, task_ids):
    """Else the test above would not see that rows are dropped while others go on."""
    tokens = decode(model, features, task_ids, Decoding(n_samples=8, temperature=1.0, max_new_tokens=N_NEW))
    assert len(set(map(tuple, lengths(tokens)))) > 3


def test_nothing_follows_the_end(model, features, task_ids):
    tokens = decode(model, features, task_ids, Decoding(n_samples=8, temperature=1.0, max_new_tokens=N_NEW))
    for row in tokens.flatten(0, 1).tolist():
        if EOS in row:
            assert set(row[row.index(EOS) + 1 :]) <= {PAD}


def test_samples_do_not_depend_on_the_batch_or_its_order(model, features, task_ids):
    decoding = Decoding(n_samples=3, temperature=1.0, max_new_tokens=N_NEW)
    together = decode(model, features, task_ids, decoding)
    order = [7, 2, 5]
    some = decode(model, features[order], [task_ids[row] for row in order], decoding)
    width = max(together.shape[2], some.shape[2])
    pad = torch.nn.functional.pad
    assert torch.equal(
        pad(together, (0, width - together.shape[2]))[order],
        pad(some, (0, width - some.shape[2])),
    )


def test_more_samples_begin_with_the_fewer(model, features, task_ids):
    few = decode(model, features, task_ids, Decoding(n_samples=2, temperature=1.0, max_new_tokens=5))
    many = decode(model, features, task_ids, Decoding(n_samples=6, temperature=1.0, max_new_tokens=5))
    assert torch.equal(few, many[:, :2])


def test_other_seeds_give_other_samples(model, features, task_ids):
    samples = [
        decode(model, features, task_ids, Decoding(temperature=1.0, seed=seed, max_new_tokens=5)) for seed in (0, 1)
    ]
    assert not torch.equal(*samples)


def test_a_tiny_nucleus_is_greedy(model, features, task_ids):
    greedy = decode(model, features, task_ids, Decoding(max_new_tokens=N_NEW))
    nucleus = decode(model, features, task_ids, Decoding(temperature=1.0, top_p=1e-6, max_new_tokens=N_NEW))
    assert torch.equal(greedy, nucleus)


def test_samples_follow_the_models_probabilities(model, features):
    """The first token, 4,000 samples of one task: no frequency further than 4 standard errors off."""
    n = 4_000
    tokens = decode(model, features[:1], ["t"], Decoding(n_samples=n, temperature=1.0, max_new_tokens=1))
    with torch.no_grad():
        expected = model(model.prompt_ids(1), features=features[:1]).logits[0, -1].softmax(dim=-1)
    observed = tokens.flatten().bincount(minlength=len(expected)) / n
    error = (expected * (1 - expected) / n).sqrt()
    assert ((observed - expected).abs() <= 4 * error + 1e-6).all()


def test_a_nucleus_holds_only_the_likeliest_tokens_of_its_mass(model, features):
    tokens = decode(model, features[:1], ["t"], Decoding(n_samples=500, temperature=1.0, top_p=0.5, max_new_tokens=1))
    with torch.no_grad():
        ordered, ids = (
            model(model.prompt_ids(1), features=features[:1]).logits[0, -1].softmax(dim=-1).sort(descending=True)
        )
    nucleus = ids[ordered.cumsum(0) - ordered < 0.5]
    assert set(tokens.flatten().tolist()) <= set(nucleus.tolist())


@pytest.mark.parametrize(
    "options",
    [
        {"n_samples": 0},
        {"n_samples": 4},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"top_p": 1.1},
    ],
)
def test_nonsense_is_refused_at_birth(options):
    with pytest.raises(UsageError):
        Decoding(**options)
