"""What goes wrong between us and the Hub, told in one line that says what to do next and holds no token."""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from huggingface_hub.utils import parse_ratelimit_headers

from arith_synth.errors import HubError

#: The base of every error of the HTTP library below the Hub's client, which is not the same one in all its versions.
TRANSPORT_ERROR: type[Exception] = next(base for base in HfHubHTTPError.__bases__ if base is not OSError)

#: What the client raises over an answer that it cannot make sense of.
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError)

#: What the client is seen raising: for answers, connections, malformed answers and failed uploads of a file.
CLIENT_ERRORS: tuple[type[Exception], ...] = (TRANSPORT_ERROR, OSError, RuntimeError, *_MALFORMED)

#: Statuses that may be gone at the next try.
PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

#: A longer wait than this is left to the user, who is told of it.
MAX_WAIT_S = 300

_LOOKS_LIKE_A_TOKEN = re.compile(
    r"\b(?:hf_|api_org_|hf_oauth_|hf_jwt_)\w+|\bBearer\s+\S+|\beyJ[\w.-]{20,}", re.IGNORECASE
)
_REMOVED = "<token>"
_MAX_QUOTED = 200


def scrubbed(text: str, token: str | None) -> str:
    """One printable line of what somebody else wrote, without the token, and without whatever looks like one."""
    if token:
        encoded = base64.b64encode(token.encode()).decode().rstrip("=")
        for spelling in (token, quote(token, safe=""), encoded, token[::-1]):
            text = text.replace(spelling, _REMOVED)
    text = _LOOKS_LIKE_A_TOKEN.sub(_REMOVED, text)
    line = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(line.split())
    return line if len(line) <= _MAX_QUOTED else line[: _MAX_QUOTED - 1] + "…"


def status_of(error: BaseException) -> int | None:
    """The HTTP status that lies behind an error of the client; None when no answer came."""
    response = _response_of(error)
    return None if response is None else response.status_code


def is_passing(error: BaseException) -> bool:
    """Whether the same call may succeed a little later: the connection was cut, or the Hub is busy."""
    status = status_of(error)
    if status is not None:
        return status in PASSING_STATUSES
    return any(isinstance(cause, TRANSPORT_ERROR) for cause in _causes(error))


def asked_wait_s(headers: Mapping[str, str]) -> int | None:
    """Seconds that an answer asks to wait, by its rate limit or Retry-After; None when it does not say."""
    try:
        limit = parse_ratelimit_headers(headers)
    except ValueError:
        limit = None
    if limit is not None and limit.remaining == 0:
        return limit.reset_in_seconds
    asked = headers.get("Retry-After", "").strip()
    return int(asked[:9]) if asked.isascii() and asked.isdecimal() else None


def wait_of(error: BaseException) -> int | None:
    """`asked_wait_s` of the answer that lies behind an error."""
    response = _response_of(error)
    return None if response is None else asked_wait_s(response.headers)


def too_long_a_wait(wait_s: int, status: int) -> HubError:
    """The error for a Hub that asks to wait longer than `MAX_WAIT_S`."""
    return HubError(f"the Hub asks to wait {wait_s} seconds ({status}); run the same command again after that")


def hub_error(error: BaseException, doing: str, repo: str, token: str | None) -> HubError:
    """The one line for an error of the client while it was `doing` something with `repo`.

    A HubError, or an OSError about a file of ours, comes back or is raised as it is.
    """
    for cause in _causes(error):
        if isinstance(cause, HubError):
            return cause
        if isinstance(cause, OfflineModeIsEnabled):
            return HubError(f"{doing} failed: HF_HUB_OFFLINE is set, so nothing is asked of the Hub; unset it")
        if isinstance(cause, OSError) and cause.filename is not None:
            raise cause
    status = status_of(error)
    if status is None and is_passing(error):
        reason = scrubbed(str(_deepest(error)), token) or type(_deepest(error)).__name__
        return HubError(f"{doing} failed: no connection, or it was cut ({reason}); run the same command to go on")
    if status is None:
        reason = scrubbed(str(_causes(error)[-1]), token) or type(error).__name__
        if any(isinstance(cause, _MALFORMED) for cause in _causes(error)):
            what = f"not the answer of a Hub ({reason}); look at HF_ENDPOINT, then"
        else:
            what = f"{reason};"
        return HubError(f"{doing} failed: {what} run the same command again")
    return HubError(f"{doing} failed: {_ADVICE.get(status, _advice(status)).format(repo=repo)}{_said(error, token)}")


_ADVICE = {
    401: "the Hub does not know the token (401); log in with `hf auth login`, or set HF_TOKEN",
    403: "the token may not do that in {repo} (403); use one with write access to it, or --create-pr",
    404: "the Hub has no dataset {repo} that the token may see (404); correct --repo",
    409: "somebody else is changing {repo} (409); run the same command again",
    412: "somebody else has changed {repo} (412); run the same command again",
    429: "the Hub's rate limit is reached (429); run the same command again in a few minutes",
}


def _advice(status: int) -> str:
    if status >= 500:
        return f"the Hub is out of order ({status}); run the same command again later"
    return f"the Hub refuses it ({status}); see what it says"


def _said(error: BaseException, token: str | None) -> str:
    """What the Hub gives as its reason, where it gives one."""
    said = next((cause.server_message for cause in _causes(error) if isinstance(cause, HfHubHTTPError)), None)
    return f"; the Hub says: {scrubbed(said, token)}" if said else ""


def _response_of(error: BaseException) -> Any:
    return next((cause.response for cause in _causes(error) if isinstance(cause, HfHubHTTPError)), None)


def _deepest(error: BaseException) -> BaseException:
    return [cause for cause in _causes(error) if isinstance(cause, TRANSPORT_ERROR)][-1]


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it was raised from, outermost first."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__
    return causes
