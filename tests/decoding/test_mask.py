import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.decoding import GrammarMask
from arith_synth.errors import ParseError, UnknownNameError, UsageError
from arith_synth.grammar import MAX_CHARACTERS, MAX_LEAVES, Grammar, grammar_named, parse_infix, parse_prefix, size
from arith_synth.grammar.reading import InfixReader
from arith_synth.tokenization import build_tokenizer, read_program, vocabulary_of, write_program

PAD, EOS = 0, 2
NOTATIONS = ("prefix", "infix")
ARITHMETIC = Grammar(name="arithmetic", variables=("x",), constants=(1,), operators=("+", "*"))
CALLS = Grammar(name="calls", variables=("x",), constants=(), operators=("+", "min"))
CONDITIONAL = Grammar(name="conditional", variables=("x",), constants=(), operators=("-", "max", "if"))


def words_of(mask, grammar):
    """All token sequences that the mask allows, without their `<eos>`."""
    tokens = {id_: token for token, id_ in vocabulary_of(grammar).items()}
    words, texts, state = set(), [()], mask.start(1)
    while texts:
        rows, ids = mask.allowed(state).nonzero(as_tuple=True)
        for row in rows[ids == EOS].tolist():
            words.add(texts[row])
        rows, ids = rows[ids != EOS], ids[ids != EOS]
        state = mask.advance(state.select(rows), ids)
        texts = [(*texts[row], tokens[id_]) for row, id_ in zip(rows.tolist(), ids.tolist(), strict=True)]
    return words


def programs_in_prefix(grammar, longest, max_leaves):
    words = set()
    for length in range(1, longest + 1):
        for word in itertools.product(grammar.symbols, repeat=length):
            try:
                program = parse_prefix(" ".join(word), grammar)
            except ParseError:
                continue
            if size(program) <= max_leaves:
                words.add(word)
    return words


def texts_in_infix(grammar, longest, max_leaves):
    """All texts that the reader of infix programs takes; it refuses a token as soon as nothing can follow."""
    words, begun = set(), [()]
    while begun:
        word = begun.pop()
        for token in (*grammar.symbols, *grammar.infix_marks):
            longer = (*word, token)
            reader = InfixReader(grammar)
            try:
                for taken in longer:
                    reader.take(taken)
            except ParseError:
                continue
            if len(longer) < longest:
                begun.append(longer)
            try:
                program = parse_infix(" ".join(longer), grammar)
            except ParseError:
                continue
            if size(program) <= max_leaves:
                words.add(longer)
    return words


@pytest.mark.parametrize("grammar", [ARITHMETIC, CALLS, CONDITIONAL])
@pytest.mark.parametrize(("longest", "max_leaves"), [(1, 9), (2, 9), (6, 9), (6, 3), (6, 1)])
def test_prefix_words_of_the_mask_are_exactly_the_programs(grammar, longest, max_leaves):
    mask = GrammarMask(grammar, "prefix", max_new_tokens=longest + 1, max_leaves=max_leaves)
    assert words_of(mask, grammar) == programs_in_prefix(grammar, longest, max_leaves)


@pytest.mark.parametrize("grammar", [ARITHMETIC, CALLS, CONDITIONAL])
@pytest.mark.parametrize(("longest", "max_leaves"), [(1, 9), (5, 9), (8, 9), (8, 2)])
def test_infix_words_of_the_mask_are_exactly_the_texts_that_parse(grammar, longest, max_leaves):
    mask = GrammarMask(grammar, "infix", max_new_tokens=longest + 1, max_leaves=max_leaves)
    assert words_of(mask, grammar) == texts_in_infix(grammar, longest, max_leaves)


@pytest.mark.slow
def test_infix_words_are_exactly_the_texts_that_parse_where_a_conditional_has_room_for_parentheses():
    mask = GrammarMask(CONDITIONAL, "infix", max_new_tokens=12)
    words = words_of(mask, CONDITIONAL)
    assert words == texts_in_infix(CONDITIONAL, 11, MAX_LEAVES)
    texts = {" ".join(word) for word in words}
    assert "( if x < x then x else x ) - x" not in texts  # one token too long
    assert "if x < x then x else x - x" in texts


@pytest.mark.parametrize("notation", NOTATIONS)
@given(expression=st.one_of(expressions(XYCOND, max_leaves=12), expressions(XYCOND, max_leaves=2)))
def test_every_canonical_text_is_allowed(notation, expression):
    ids = build_tokenizer(XYCOND)(write_program(expression, notation))["input_ids"]
    mask = GrammarMask(XYCOND, notation, max_new_tokens=len(ids) + 1, max_leaves=size(expression))
    state = mask.start(1)
    for id_ in (*ids, EOS, PAD, PAD):
        assert mask.allowed(state)[0, id_]
        state = mask.advance(state, torch.tensor([id_]))


def drawn(mask, n_rows, n_new, vocab_size, seed):
    """Samples of random logits, some of them greatly in favour of some tokens."""
    generator = torch.Generator().manual_seed(seed)
    bias = 6 * torch.randn(n_rows, vocab_size, generator=generator)
    state, tokens = mask.start(n_rows), []
    for _ in range(n_new):
        logits = bias + torch.randn(n_rows, vocab_size, generator=generator)
        probabilities = logits.masked_fill(~mask.allowed(state), -torch.inf).softmax(dim=-1)
        tokens.append(probabilities.multinomial(1, generator=generator).flatten())
        state = mask.advance(state, tokens[-1])
    return torch.stack(tokens, dim=1)


@pytest.mark.parametrize("name", ["xy3", "xyz3", "xycond"])
@pytest.mark.parametrize("notation", NOTATIONS)
@settings(max_examples=20)
@given(n_new=st.one_of(st.just(2), st.integers(2, 64), st.just(300)), seed=st.integers(0, 2**32))
def test_every_sample_parses_and_ends(name, notation, n_new, seed):
    grammar = grammar_named(name)
    tokenizer = build_tokenizer(grammar)
    mask = GrammarMask(grammar, notation, max_new_tokens=n_new)
    for row in drawn(mask, 16, n_new, len(tokenizer), seed).tolist():
        end = row.index(EOS)
        assert set(row[end + 1 :]) <= {PAD}
        read_program(tokenizer.decode(row[:end]), notation, grammar)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_texts_stay_as_short_as_the_parser_reads(notation):
    grammar = Grammar(name="long", variables=("a" * 30, "b" * 60), constants=(), operators=("+", "if"))
    mask = GrammarMask(grammar, notation, max_new_tokens=64)
    tokens = {id_: token for token, id_ in vocabulary_of(grammar).items()}
    lengths = []
    for row in drawn(mask, 300, 64, len(tokens), seed=0).tolist():
        text = " ".join(tokens[id_] for id_ in row[: row.index(EOS)])
        read_program(text, notation, grammar)
        lengths.append(len(text))
    assert MAX_CHARACTERS - 30 < max(lengths) <= MAX_CHARACTERS


def test_only_the_end_follows_a_complete_prefix_program():
    mask = GrammarMask(XY3, "prefix", max_new_tokens=8)
    x, plus = (vocabulary_of(XY3)[token] for token in ("x", "+"))
    state = mask.start(2)
    for tokens in ([plus, plus], [x, x], [plus, x]):
        state = mask.advance(state, torch.tensor(tokens))
    assert mask.only_end(mask.allowed(state)).tolist() == [False, True]


def test_a_token_that_is_not_allowed_ends_its_row():
    mask = GrammarMask(XY3, "infix", max_new_tokens=8)
    state = mask.advance(mask.start(1), torch.tensor([vocabulary_of(XY3)["+"]]))
    assert mask.allowed(state)[0].nonzero().flatten().tolist() == [PAD]


@pytest.mark.parametrize("limits", [{"max_new_tokens": 1}, {"max_new_tokens": 9, "max_leaves": 0}])
@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_mask_that_no_program_fits_is_refused(notation, limits):
    with pytest.raises(UsageError, match="allow more"):
        GrammarMask(XY3, notation, **limits)


def test_an_unknown_notation_is_refused():
    with pytest.raises(UnknownNameError, match="prefix, infix"):
        GrammarMask(XY3, "postfix", max_new_tokens=8)
