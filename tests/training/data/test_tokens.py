import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.errors import DatasetError
from arith_synth.semantics.programs import encode_programs
from arith_synth.tokenization import SPECIAL_TOKENS, build_tokenizer, write_program
from arith_synth.training.data.tokens import NO_TOKEN, longest_program, program_codes, program_tokens

EOS = SPECIAL_TOKENS.index("<eos>")


@pytest.mark.parametrize("notation", ["prefix", "infix"])
@pytest.mark.parametrize("grammar", [XY3, XYCOND], ids=lambda grammar: grammar.name)
def test_ids_are_those_of_the_tokenizer_then_the_end(grammar, notation):
    tokenizer = build_tokenizer(grammar)

    @given(st.lists(expressions(grammar), min_size=1, max_size=5))
    def check(programs):
        rows = program_tokens(encode_programs(programs, grammar, 40), grammar, notation).tolist()
        texts = [write_program(program, notation) for program in programs]
        wanted = tokenizer(texts, add_special_tokens=False)["input_ids"]
        assert [row[: len(ids) + 1] for row, ids in zip(rows, wanted, strict=True)] == [[*ids, EOS] for ids in wanted]
        assert all(set(row[len(ids) + 1 :]) <= {NO_TOKEN} for row, ids in zip(rows, wanted, strict=True))

    check()


@pytest.mark.parametrize("grammar", [XY3, XYCOND], ids=lambda grammar: grammar.name)
@given(data=st.data())
def test_no_program_is_longer_than_the_longest(grammar, data):
    program = data.draw(expressions(grammar))
    for notation in ("prefix", "infix"):
        codes = encode_programs([program], grammar)
        ids = program_tokens(codes, grammar, notation)[0]
        assert (ids != NO_TOKEN).sum() <= longest_program(grammar, codes.shape[1], notation) + 1


def test_the_longest_infix_program_has_parentheses_around_every_operation_but_the_last():
    # ((x + x) * x + x) * x
    assert longest_program(XY3, 9, "infix") == 15


@given(st.lists(expressions(max_leaves=5), min_size=1, max_size=5))
def test_codes_are_read_from_prefix_programs(programs):
    texts = pa.chunked_array([[write_program(program, "prefix") for program in programs]])
    width = 9
    assert program_codes(texts, XY3, 5).tolist() == encode_programs(programs, XY3, width).tolist()


@pytest.mark.parametrize("text", ["+ x 7", "+ x z", "+ x 11", "x x x x x x", "+ x é"])
def test_a_program_of_another_grammar_or_size_is_a_damaged_dataset(text):
    with pytest.raises(DatasetError, match="xy3"):
        program_codes(pa.chunked_array([["x", text]]), XY3, 3)
