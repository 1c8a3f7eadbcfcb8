"""What a server answered, read as if an enemy had written it."""

from dataclasses import dataclass
from typing import Any

from arith_synth.data.hub.failures import scrubbed
from arith_synth.errors import MetricError, ServerError
from arith_synth.files import parse_object
from arith_synth.scoring.extraction import MAX_COMPLETION_CHARACTERS

#: Names of models are quoted in run.json.
_MAX_NAME_CHARACTERS = 100
_MAX_TOKENS = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One completion. Numbers of tokens are None when the server gives none; `n_requests` counts tries that failed."""

    text: str
    n_tokens: int | None
    n_prompt_tokens: int | None
    n_requests: int
    is_cut: bool
    served: str | None


def reply_of(content: bytes, endpoint: str, n_requests: int, key: str | None) -> Reply:
    """The completion in the body of an answer with status 200.

    The text of a chat answer is its content as it stands, empty where there is none; reasoning beside it is not read.
    That of the endpoint "completions" ends with its first line, as completions of models that run here do. Of a text
    that is too long to be scored only the beginning is kept. Raises ServerError for anything else, in one line that
    does not hold `key`.
    """
    try:
        answer = parse_object(content, "its answer")
    except MetricError as error:
        raise _not_ours(scrubbed(str(error).partition(";")[0], key)) from None
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        said = said_by(answer, key)
        raise ServerError(f"the server says: {said}; look at its log") if said else _not_ours("it holds no choice")
    holder = choice.get("message") if endpoint == "chat" else choice
    text = holder.get("content" if endpoint == "chat" else "text") if isinstance(holder, dict) else False
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise _not_ours("its choice holds no text")
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Reply(
        text=(text if endpoint == "chat" else text.partition("\n")[0].strip())[: MAX_COMPLETION_CHARACTERS + 1],
        n_tokens=_number(usage.get("completion_tokens")),
        n_prompt_tokens=_number(usage.get("prompt_tokens")),
        n_requests=n_requests,
        is_cut=choice.get("finish_reason") == "length",
        served=_name(answer.get("model")),
    )


def said_by(body: Any, key: str | None) -> str:
    """What a server gives as the reason of an error, in one line without `key`; empty when it gives none."""
    for _ in range(3):  # {"error": {"message": …}}, {"detail": …}, {"message": …}
        if not isinstance(body, dict):
            break
        body = next((body[name] for name in ("error", "message", "detail") if body.get(name)), None)
    if not isinstance(body, str) or body.lstrip().startswith("<"):
        return ""  # a page for people
    return scrubbed(body, key)


def _number(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_TOKENS
    return value if is_count else None


def _name(value: Any) -> str | None:
    return value[:_MAX_NAME_CHARACTERS] if isinstance(value, str) and value.isprintable() else None


def _not_ours(reason: str) -> ServerError:
    return ServerError(
        f"this is not the answer of an OpenAI-compatible server ({reason}); correct --server, whose path is often /v1, "
        "or --endpoint"
    )
