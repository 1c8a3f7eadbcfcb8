"""What somebody else wrote is shown on one line, without the token; how long he asks to wait is understood or left."""

import base64
from urllib.parse import quote

import pytest
from hub.server import WRITER
from hypothesis import given, settings
from hypothesis import strategies as st

from arith_synth.data.hub.failures import asked_wait_s, scrubbed

TOKEN = "odd+token/with=signs"


@pytest.mark.parametrize(
    "spelled", [TOKEN, quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode().rstrip("="), TOKEN[::-1]]
)
def test_the_token_goes_in_every_spelling(spelled):
    assert scrubbed(f"you sent {spelled}!", TOKEN) == "you sent <token>!"


@pytest.mark.parametrize("other", [WRITER, "hf_oauth_abc", "api_org_xYz", "Bearer abc.def", "eyJ" + "a" * 40])
def test_what_looks_like_a_token_goes_too(other):
    assert scrubbed(f"({other})", None).startswith("(<token>")
    assert other not in scrubbed(f"({other})", None)


@settings(max_examples=50)
@given(st.text())
def test_it_is_one_short_printable_line_without_the_token(text):
    line = scrubbed(text + WRITER + text, WRITER)
    assert line.isprintable()
    assert len(line) <= 200
    assert WRITER not in line


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 0 "}, 0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "9" * 5000}, 999_999_999),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"ratelimit": '"api";r=0;t=55'}, 55),
        ({"ratelimit": '"api";r=3;t=55', "Retry-After": "2"}, 2),
        ({"ratelimit": f'"api";r=0;t={"9" * 5000}'}, None),
    ],
)
def test_a_wait_is_asked_for_in_seconds(headers, wait_s):
    assert asked_wait_s(headers) == wait_s
