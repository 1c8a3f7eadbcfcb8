"""Submissions that somebody has tampered with: an honest one, changed anywhere, in any way that files can be."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "../..", "<b>", "test", "support_shift/train", "x" * 5_000, "\x00", "\u202e", 1.0, 1e308]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def tampered(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value in which one to three members were replaced, dropped, doubled or added."""
    changed = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = changed
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and draw(st.booleans()):
                place = place[key]
                continue
            match draw(st.sampled_from(["replace", "drop", "add", "copy"])):
                case "replace":
                    place[key] = draw(_ANYTHING)
                case "drop":
                    del place[key]
                case "add" if isinstance(place, dict):
                    place[draw(st.text(max_size=10))] = draw(_ANYTHING)
                case "copy" if isinstance(place, list):
                    place.append(copy.deepcopy(place[key]))
                case _:
                    place[key] = copy.deepcopy(place[draw(st.sampled_from(keys))])
            break
    return changed


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes in which a piece was cut out, replaced or doubled."""
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, min(len(content), start + 200)))
    piece = draw(st.binary(max_size=20) | st.just(content[start:end] * 2) | st.sampled_from([b'"', b"{", b"\n", b"]]"]))
    return content[:start] + piece + content[end:]


def as_bytes(value: Any) -> bytes:
    """As Python's own writer would have it, with NaN and lone surrogates too."""
    return json.dumps(value).encode()
