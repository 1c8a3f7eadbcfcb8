"""Columns of texts hold what was put into them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.errors import CapacityError
from arith_synth.semantics.text_columns import TextColumn, checked_bytes, interleaved, text_table

TEXTS = st.text(max_size=5)


def column_of(texts) -> TextColumn:
    data, offsets = text_table(texts)
    return TextColumn(data=data, offsets=offsets)


@given(st.lists(TEXTS))
def test_a_column_gives_back_its_texts(texts):
    column = column_of(texts)
    assert (column.to_list(), len(column)) == (texts, len(texts))


@given(
    st.integers(1, 4).flatmap(
        lambda p: st.tuples(
            st.lists(TEXTS, min_size=p + 1, max_size=p + 1),
            st.lists(st.lists(TEXTS, min_size=p, max_size=p), max_size=5),
        )
    )
)
def test_fragments_stand_around_the_texts_of_each_row(case):
    fragments, rows = case
    joined = interleaved(column_of([text for row in rows for text in row]), fragments)
    assert joined.to_list() == [
        fragments[0] + "".join(text + fragment for text, fragment in zip(row, fragments[1:], strict=True))
        for row in rows
    ]


def test_more_bytes_than_a_column_can_address_are_refused():
    with pytest.raises(CapacityError, match="write fewer rows at a time"):
        checked_bytes(int(np.iinfo(np.int32).max) + 1)
