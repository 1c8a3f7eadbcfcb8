"""Requests to an OpenAI-compatible server by its own client library: bounded, and failing in one line without a key."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from arith_synth.data.hub.failures import scrubbed
from arith_synth.errors import MissingExtraError, ServerError, UsageError
from arith_synth.evaluation.server_replies import Reply, reply_of, said_by

KEY_VARIABLE = "OPENAI_API_KEY"
#: After the first try. Waits are those that the server asks for, up to two minutes, or else 0.5 s, doubled up to 8 s.
N_RETRIES = 5
#: Of a single answer: a model may think for long, and a server may have others waiting.
TIMEOUT_S = 600.0
_CONNECT_S = 10.0
#: A longer answer is not read to its end. The longest completions of models take a tenth of this.
MAX_ANSWER_BYTES = 1 << 24

#: One completion of what is asked, with a seed. What is asked: messages, or a prompt, by the name that the API has.
Ask = Callable[[dict[str, Any], int], Reply]

_ADVICE = {
    401: f"it does not know the key (401); set {KEY_VARIABLE}",
    403: f"the key may not do that (403); set {KEY_VARIABLE} to one that may",
    404: "it has no such model or endpoint (404); correct --server, whose path is often /v1, --model or --endpoint",
    413: "the request is too large for it (413); show fewer examples with --few-shot",
    429: "it has had too many requests, also after waiting (429); go on later, with a lower --batch-size",
}


@contextmanager
def server_client(url: str, endpoint: str, options: dict[str, Any]) -> Iterator[Ask]:
    """The server at a URL, asked at "chat" or "completions" with `options`; many threads may ask at a time.

    Raises MissingExtraError without the package `openai`, UsageError for a key that is none; asking raises ServerError.
    """
    openai = imported_openai()
    key = _key()
    http_client = openai.DefaultHttpxClient(
        timeout=openai.Timeout(TIMEOUT_S, connect=_CONNECT_S), event_hooks={"response": [_bounds_of(openai)]}
    )
    with openai.OpenAI(
        api_key=key or "none",  # the library wants one, and servers that need none do not look at it
        base_url=url,
        max_retries=N_RETRIES,
        http_client=http_client,
        default_headers={"Accept-Encoding": "identity"},  # a packed answer has no bound before it is unpacked
    ) as client:
        completions = client.chat.completions if endpoint == "chat" else client.completions

        def ask(question: dict[str, Any], seed: int) -> Reply:
            try:
                # The library's own reading would take whatever comes, and miss what is not there.
                answer = completions.with_raw_response.create(**question, **options, seed=seed)  # pyright: ignore
            except openai.OpenAIError as error:
                raise _failure(error, openai, url, key) from None
            return reply_of(answer.http_response.content, endpoint, answer.retries_taken + 1, key)

        yield ask


def imported_openai() -> Any:
    """The package `openai`. Raises MissingExtraError without it."""
    try:
        import openai
    except ImportError as error:
        raise MissingExtraError(
            f"a server is asked by the package openai, which cannot be imported ({str(error).partition(chr(10))[0]}); "
            "say: pip install 'arith-synth[server]'"
        ) from error
    return openai


def _key() -> str | None:
    key = os.environ.get(KEY_VARIABLE, "").strip()
    # Anything else would be an error of the HTTP library that quotes it.
    if not all("!" <= character <= "~" for character in key):
        raise UsageError(f"{KEY_VARIABLE} holds characters that no key has; set it again, or unset it")
    return key or None


def _bounds_of(openai: Any) -> Callable[[Any], None]:
    """A hook that lets no answer, be it an error, take more than `MAX_ANSWER_BYTES`."""
    # The HTTP library below the client is not the same one in all its versions.
    client = next(kind for kind in openai.DefaultHttpxClient.__mro__ if kind.__name__ == "Client")
    library = __import__(client.__module__.partition(".")[0])

    class Bounded(library.SyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            n_bytes = 0
            for part in self._stream:
                n_bytes += len(part)
                if n_bytes > MAX_ANSWER_BYTES:
                    raise ServerError(f"an answer of the server takes more than {MAX_ANSWER_BYTES} bytes; {_LESS}")
                yield part

        def close(self) -> None:
            self._stream.close()

    def bound(response: Any) -> None:
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise ServerError("the server packs its answers, although it was asked not to; ask it without a proxy")
        response.stream = Bounded(response.stream)

    return bound


_LESS = "correct --server, or ask for less with --max-new-tokens"


def _failure(error: Any, openai: Any, url: str, key: str | None) -> ServerError:
    again = "run the same command to go on"
    if isinstance(error, openai.APITimeoutError):
        return ServerError(f"{url} has not answered within {TIMEOUT_S:.0f} s, {N_RETRIES + 1} times; {again}")
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__ or error
        if isinstance(cause, ServerError):
            return cause
        reason = scrubbed(str(cause), key) or type(cause).__name__
        return ServerError(f"no connection to {url}, or it was cut ({reason}); start the server, or {again}")
    if not isinstance(error, openai.APIStatusError):
        return ServerError(f"{url} cannot be asked: {scrubbed(str(error), key)}; {again}")
    status = error.status_code
    said = said_by(error.body, key)
    wait = scrubbed(error.response.headers.get("retry-after", ""), key)[:40]
    what = _ADVICE.get(status)
    if what is None:
        what = f"it is out of order ({status}); {again}" if status >= 500 else f"it refuses the request ({status})"
    return ServerError(
        f"{url}: {what}" + (f"; it asks to wait {wait} s" if wait else "") + (f"; it says: {said}" if said else "")
    )
