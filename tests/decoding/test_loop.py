import copy

import pytest
import torch
from strategies import XY3, XYCOND

from arith_synth.decoding import CompletionReader, Decoding, GrammarLogitsProcessor, decode, loop, mask_for
from arith_synth.errors import CheckpointError, UsageError
from arith_synth.grammar import parse_infix
from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for
from arith_synth.tokenization import vocabulary_of

N_NEW = 24
EOS, PAD = 2, 0


def lengths(tokens):
    return [(row == EOS).nonzero()[:1].flatten().tolist() for row in tokens.flatten(0, 1)]


def model_for(grammar, notation, **changes):
    torch.manual_seed(3)
    return ArithSynthForProgramSynthesis(
        config_for("nano", grammar, notation=notation, initializer_range=0.3, **changes)
    ).eval()


def generated(model, examples, masked, **options):
    processors = [GrammarLogitsProcessor(mask_for(model.config, N_NEW), model.config.n_prefix)] if masked else []
    prompt = model.prompt_ids(len(examples["numerators"]))
    tokens = model.generate(prompt, max_new_tokens=N_NEW, logits_processor=processors, **examples, **options)
    return tokens[:, model.config.n_prefix :]


@pytest.mark.parametrize("masked", [True, False])
def test_greedy_equals_generate(model, examples, features, task_ids, masked):
    tokens = decode(model, features, task_ids, Decoding(max_new_tokens=N_NEW, mask=masked))
    assert torch.equal(tokens[:, 0], generated(model, examples, masked, do_sample=False))


@pytest.mark.parametrize("encoder", ["positions", "tokens"])
@pytest.mark.parametrize(("grammar", "notation"), [(XY3, "infix"), (XYCOND, "prefix"), (XYCOND, "infix")])
def test_greedy_equals_generate_in_each_notation(examples, features, task_ids, grammar, notation, encoder):
    model = model_for(grammar, notation, encoder=encoder)
    tokens = decode(model, features, task_ids, Decoding(max_new_tokens=N_NEW))
    assert torch.equal(tokens[:, 0], generated(model, examples, True, do_sample=False))


@pytest.mark.parametrize("grammar", [XY3, XYCOND])
@pytest.mark.parametrize("notation", ["prefix", "infix"])
def test_every_sample_is_a_program(features, task_ids, grammar, notation):
    model = model_for(grammar, notation)
    tokens = decode(model, features, task_ids, Decoding(n_samples=40, temperature=1.5, max_new_tokens=N_NEW))
    assert tokens.eq(EOS).sum(dim=-1).eq(1).all()
    for texts in CompletionReader(model.config).read(tokens):
        for text in texts:
            parse_infix(text, grammar)


def test_without_a_mask_some_samples_are_no_programs(model, features, task_ids):
    tokens = decode(
        model, features, task_ids, Decoding(n_samples=40, temperature=1.5, max_new_tokens=N_NEW, mask=False)
    )
    texts = [text for task in CompletionReader(model.config).read(tokens) for text in task]
    assert 0 < sum(text.startswith("<prefix>") for text in texts) < len(texts)


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
    tokens = decode(model, features[:1], ["t"], Decoding(n_samples=n, temperature=1.0, max_new_tokens=1, mask=False))
    with torch.no_grad():
        expected = model(model.prompt_ids(1), features=features[:1]).logits[0, -1].softmax(dim=-1)
    observed = tokens.flatten().bincount(minlength=len(expected)) / n
    error = (expected * (1 - expected) / n).sqrt()
    assert ((observed - expected).abs() <= 4 * error + 1e-6).all()


def test_masked_samples_follow_the_models_probabilities_of_what_is_allowed(model, features):
    n = 4_000
    tokens = decode(model, features[:1], ["t"], Decoding(n_samples=n, temperature=2.0, max_new_tokens=9))[0]
    allowed = torch.tensor(sorted(set(range(5, 14))))  # a prefix program begins with any symbol
    with torch.no_grad():
        logits = model(model.prompt_ids(1), features=features[:1]).logits[0, -1]
    expected = (logits[allowed] / 2.0).softmax(dim=-1)
    observed = tokens[:, 0].bincount(minlength=16)[allowed] / n
    error = (expected * (1 - expected) / n).sqrt()
    assert ((observed - expected).abs() <= 4 * error + 1e-6).all()


def test_a_nucleus_holds_only_the_likeliest_tokens_of_its_mass(model, features):
    tokens = decode(
        model, features[:1], ["t"], Decoding(n_samples=500, temperature=1.0, top_p=0.5, max_new_tokens=1, mask=False)
    )
    with torch.no_grad():
        ordered, ids = (
            model(model.prompt_ids(1), features=features[:1]).logits[0, -1].softmax(dim=-1).sort(descending=True)
        )
    nucleus = ids[ordered.cumsum(0) - ordered < 0.5]
    assert set(tokens.flatten().tolist()) <= set(nucleus.tolist())


def test_blocks_of_tasks_are_decoded_as_all_together(model, features, task_ids, monkeypatch):
    decoding = Decoding(n_samples=5, temperature=1.0, max_new_tokens=N_NEW)
    together = decode(model, features, task_ids, decoding)
    monkeypatch.setattr(loop, "_ROWS_ON_CPU", 10)
    assert torch.equal(decode(model, features, task_ids, decoding), together)


def test_samples_in_double_precision_are_the_same(model, features, task_ids):
    """They take the path in plain torch, which any device takes."""
    decoding = Decoding(n_samples=5, temperature=1.0, top_p=0.9, max_new_tokens=N_NEW)
    single = decode(model, features, task_ids, decoding)
    double = decode(copy.deepcopy(model).double(), features.double(), task_ids, decoding)
    assert torch.equal(double, single)


def test_the_smallest_temperature_is_greedy(model, features, task_ids):
    greedy = decode(model, features, task_ids, Decoding(max_new_tokens=N_NEW))
    assert torch.equal(decode(model, features, task_ids, Decoding(temperature=1e-300, max_new_tokens=N_NEW)), greedy)


def test_a_model_whose_training_diverged_is_refused(features, task_ids):
    model = model_for(XY3, "prefix")
    model.lm_head.weight.data[7] = torch.nan
    with pytest.raises(CheckpointError, match="diverged"):
        decode(model, features, task_ids, Decoding())


@pytest.mark.parametrize("options", [{}, {"n_samples": 40, "temperature": 1.0}, {"mask": False}])
def test_a_model_that_diverges_after_one_token_is_refused_where_that_token_is_written(features, task_ids, options):
    """The logits after the examples are finite; those after a "+" are not."""
    model = model_for(XY3, "prefix")
    plus = vocabulary_of(XY3)["+"]
    model.lm_head.weight.data[plus] *= 3.0
    written = decode(model, features, task_ids, Decoding(max_new_tokens=N_NEW, **options))
    assert (written == plus).any()
    model.decoder.embed_tokens.weight.data[plus] = torch.nan
    with pytest.raises(CheckpointError, match="diverged"):
        decode(model, features, task_ids, Decoding(max_new_tokens=N_NEW, **options))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("number", [torch.nan, torch.inf, -torch.inf])
def test_one_number_that_is_not_finite_is_seen_wherever_it_is(dtype, number):
    logits = torch.full((3, 16), torch.finfo(dtype).max, dtype=dtype)
    logits[:, ::2] *= -1
    assert loop._finite(logits) is logits
    for place in range(logits.numel()):
        damaged = logits.clone()
        damaged.view(-1)[place] = number
        with pytest.raises(CheckpointError):
            loop._finite(damaged)


def test_no_tasks_and_ids_of_other_tasks_are_refused(model, features, task_ids):
    for n_features, n_ids in ((0, 0), (2, 3)):
        with pytest.raises(UsageError, match="an id of each task"):
            decode(model, features[:n_features], task_ids[:n_ids], Decoding())


def test_too_few_tokens_for_a_program_and_its_end_are_refused(model, features, task_ids):
    with pytest.raises(UsageError, match="allow more"):
        decode(model, features, task_ids, Decoding(max_new_tokens=1))


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
