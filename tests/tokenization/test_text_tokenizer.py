import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions
from transformers import AutoTokenizer

from arith_synth.grammar import NAMED_GRAMMARS, Grammar, grammar_named, to_infix
from arith_synth.grammar.operators import OPERATORS, RESERVED_WORDS
from arith_synth.grammar.prompts import completion, prompt
from arith_synth.tokenization import build_text_tokenizer, build_tokenizer, text_vocabulary_of

BASE = {name: build_tokenizer(grammar) for name, grammar in NAMED_GRAMMARS.items()}
TEXT = {name: build_text_tokenizer(grammar) for name, grammar in NAMED_GRAMMARS.items()}
UNK, EOS = 3, 2

INTEGERS = st.one_of(st.integers(-9, 9), st.integers(-(10**25), 10**25))
OUTPUTS = st.one_of(st.just("undef"), INTEGERS.map(str), st.fractions().map(str))
NAMES = st.from_regex(r"\A[A-Za-z_][A-Za-z_0-9]{0,5}\Z").filter(lambda name: name not in RESERVED_WORDS)


@st.composite
def tasks(draw, grammars):
    """A grammar, the prompt of a task and a completion."""
    grammar = draw(grammars)
    points = st.tuples(*[INTEGERS] * len(grammar.variables))
    examples = draw(st.lists(st.tuples(points, OUTPUTS), max_size=4))
    program = to_infix(draw(expressions(grammar)))
    return grammar, prompt(grammar, [p for p, _ in examples], [o for _, o in examples]), completion(program)


@st.composite
def any_grammar(draw):
    """A grammar with variables of any name: those of the prompt's words too."""
    names = st.one_of(NAMES, st.sampled_from(["f", "a", "Find", "an", "to", "undef", "x1", "x12", "x"]))
    return Grammar(
        name="any",
        variables=tuple(draw(st.lists(names, max_size=4, unique=True))),
        constants=tuple(draw(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=4, unique=True))),
        operators=tuple(draw(st.lists(st.sampled_from(sorted(OPERATORS)), min_size=1, unique=True))),
    )


def ids_of(tokenizer, text):
    return tokenizer(text)["input_ids"]


def check_round_trip(tokenizer, task):
    _, question, answer = task
    question_ids, answer_ids = ids_of(tokenizer, question), ids_of(tokenizer, answer)
    assert tokenizer.decode(question_ids) == question
    assert tokenizer.decode(answer_ids) == answer
    assert tokenizer.decode([*question_ids, *answer_ids, EOS]) == f"{question}{answer}<eos>"
    assert UNK not in question_ids + answer_ids
    # What TRL asks of a tokenizer: the prompt's tokens begin those of prompt and completion.
    assert ids_of(tokenizer, f"{question}{answer}<eos>") == [*question_ids, *answer_ids, EOS]


@given(tasks(st.sampled_from(list(NAMED_GRAMMARS.values()))))
def test_prompts_and_completions_of_named_grammars_round_trip(task):
    check_round_trip(TEXT[task[0].name], task)


@given(tasks(any_grammar()))
def test_prompts_and_completions_of_any_grammar_round_trip(task):
    check_round_trip(build_text_tokenizer(task[0]), task)


@given(st.sampled_from(list(NAMED_GRAMMARS)), st.data())
def test_a_program_has_the_ids_of_the_small_tokenizer(name, data):
    program = to_infix(data.draw(expressions(grammar_named(name))))
    assert ids_of(TEXT[name], completion(program)) == ids_of(BASE[name], program)


@given(st.integers(min_value=0, max_value=10**80))
def test_an_integer_has_a_token_for_every_two_digits(number):
    ids = ids_of(TEXT["xy3"], str(number))
    assert TEXT["xy3"].decode(ids) == f" {number}"
    assert len(ids) == (len(str(number)) + 1) // 2


@given(st.text())
def test_no_text_raises_and_unknown_symbols_are_said_to_be(text):
    for tokenizer in (TEXT["xycond"], BASE["xycond"]):
        tokenizer.decode(ids_of(tokenizer, text))
    assert UNK in ids_of(TEXT["xycond"], f"{text} %")


def test_unknown_words_are_one_unknown_token():
    assert ids_of(TEXT["xy3"], "x + foo") == [5, 10, UNK]
    assert ids_of(TEXT["xy3"], "9" * 101) == [UNK]


def test_a_published_prompt_round_trips(small_dataset):
    from datasets import load_dataset

    tasks = load_dataset("parquet", data_files=str(small_dataset / "support_shift" / "*.parquet"), split="train")
    for column in ("prompt", "completion"):
        texts = tasks[column]
        ids = TEXT["xy3"](list(texts))["input_ids"]
        assert TEXT["xy3"].batch_decode(ids) == list(texts)
        assert not any(UNK in row for row in ids)


def test_tokens_of_a_line_of_examples():
    tokens = TEXT["xy3"].convert_ids_to_tokens(ids_of(TEXT["xy3"], "\nf(5, -7) = -12345/3\nf(x, y) ="))
    line = ["\nf(", "5", ",", "-", "##7", ") =", "-", "##12", "##34", "##5", "##/", "##3"]
    assert tokens == [*line, "\nf(", "x", ",", "y", ") ="]


CONVERSATION = [
    {"role": "user", "content": "Find an expression for f(x, y)\nf(x, y) ="},
    {"role": "assistant", "content": " (x + 1) * y"},
]
TEXT_OF_CONVERSATION = "Find an expression for f(x, y)\nf(x, y) = (x + 1) * y<eos>"


def test_the_chat_template_passes_texts_through():
    tokenizer = TEXT["xy3"]
    assert tokenizer.apply_chat_template(CONVERSATION, tokenize=False) == TEXT_OF_CONVERSATION
    question = CONVERSATION[:1]
    prompted = tokenizer.apply_chat_template(question, tokenize=False, add_generation_prompt=True)
    assert prompted == question[0]["content"]


def test_a_chat_has_the_tokens_of_prompt_completion_and_end():
    tokenizer = TEXT["xy3"]
    question, answer = (message["content"] for message in CONVERSATION)
    ids = tokenizer.apply_chat_template(CONVERSATION, return_dict=True)["input_ids"]
    assert ids == [*ids_of(tokenizer, question), *ids_of(tokenizer, answer), EOS]
    assert tokenizer.decode(ids + ids) == TEXT_OF_CONVERSATION * 2


def test_assistant_masks_are_on_answers_and_their_ends():
    tokenizer = TEXT["xy3"]
    chat = tokenizer.apply_chat_template(CONVERSATION * 2, return_dict=True, return_assistant_tokens_mask=True)
    question, answer = (ids_of(tokenizer, message["content"]) for message in CONVERSATION)
    assert chat["assistant_masks"] == ([0] * len(question) + [1] * (len(answer) + 1)) * 2


@pytest.mark.parametrize("grammar", [XY3, XYCOND], ids=lambda grammar: grammar.name)
def test_auto_tokenizer_loads_a_saved_one(grammar, tmp_path):
    tokenizer = TEXT[grammar.name]
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.get_vocab() == text_vocabulary_of(grammar)
    question = prompt(grammar, [(5, -7)], ["-7/3"])
    assert loaded.decode(ids_of(loaded, question)) == question
    assert ids_of(loaded, question) == ids_of(tokenizer, question)
    assert loaded.apply_chat_template(CONVERSATION, tokenize=False) == TEXT_OF_CONVERSATION
    assert (loaded.padding_side, loaded.pad_token_id, loaded.eos_token_id) == ("left", 0, EOS)
