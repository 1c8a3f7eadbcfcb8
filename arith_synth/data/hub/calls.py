"""Calls of the Hub's client that end: a bounded number of tries, bounded waits, and nothing logged or echoed.

The client itself tries uploads of files, and lists, six times, as long as Retry-After says; it does not try commits,
tags and new repositories again, has no time limit, and warns with addresses that a Hub has made up.
"""

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from huggingface_hub import HfApi, get_session, get_token
from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from arith_synth.data.hub.failures import (
    CLIENT_ERRORS,
    MAX_WAIT_S,
    PASSING_STATUSES,
    asked_wait_s,
    hub_error,
    is_passing,
    status_of,
    too_long_a_wait,
    wait_of,
)
from arith_synth.errors import HubError

Answer = TypeVar("Answer")

N_TRIES = 5
_FIRST_WAIT_S = 1.0
_LONGEST_OWN_WAIT_S = 8.0
#: Of a single read or write; a commit of many files takes the Hub a while.
_TIMEOUT_S = 300.0
#: The client asks for ever where another repository is being made for the same user.
_MAX_CONFLICTS = 5
#: Somebody else has changed the repository: a tag that is there by now, a commit on another one than the last.
_CONFLICTS = (409, 412)
_LOGGERS = ("huggingface_hub", "httpx", "httpx2", "httpcore", "httpcore2")


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The client, one dataset repository and the token that nothing may show; got from `hub_of`."""

    api: HfApi
    repo: str
    token: str | None

    def ask(self, doing: str, question: Callable[[], Answer], n_tries: int = N_TRIES) -> Answer:
        """The answer to a question, which is asked again while the failure may pass. Raises HubError, one line."""
        for n_tried in range(1, n_tries + 1):
            _bound_session()
            try:
                return question()
            except CLIENT_ERRORS as error:
                self._wait_or_fail(error, doing, n_tried, n_tries, is_passing(error))
        raise AssertionError("the last try either answers or raises")

    def ask_once(self, doing: str, question: Callable[[], Answer], n_tried: int, n_tries: int) -> Answer | None:
        """The answer; None, after a wait, when it is best to look at the repository again before another try.

        That is so when the failure may pass, as the answer of a call that was cut is not known, and when somebody else
        has changed the repository. Raises HubError for other failures, and for any in try number `n_tries`.
        """
        _bound_session()
        try:
            return question()
        except CLIENT_ERRORS as error:
            self._wait_or_fail(error, doing, n_tried, n_tries, is_passing(error) or status_of(error) in _CONFLICTS)
            return None

    def _wait_or_fail(self, error: Exception, doing: str, n_tried: int, n_tries: int, may_pass: bool) -> None:
        if n_tried >= n_tries or not may_pass:
            raise hub_error(error, doing, self.repo, self.token) from None
        wait_s = wait_of(error)
        time.sleep(min(_LONGEST_OWN_WAIT_S, _FIRST_WAIT_S * 2 ** (n_tried - 1)) if wait_s is None else wait_s)


@contextmanager
def hub_of(repo: str, *, to_write: bool) -> Iterator[Hub]:
    """The Hub, quiet and patient within bounds, as the logged-in user.

    `to_write`: nobody but a logged-in user may, so HubError is raised where there is none; and the client's bars, which
    stay when something is loaded, are off, as the caller shows its own.
    """
    token = get_token()
    if token is None and to_write:
        raise HubError("nobody is logged in to the Hub; log in with `hf auth login`, or set HF_TOKEN")
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    bars_go_off = to_write and not are_progress_bars_disabled()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the client turns what the Hub says about a card into a warning
        if bars_go_off:
            disable_progress_bars()
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            yield Hub(api=HfApi(token=token), repo=repo, token=token)
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
            if bars_go_off:
                enable_progress_bars()
            _free_session()


class _Bounds:
    """Hooks of the shared session: a time limit for each request, and an end to waits and tries without one."""

    def __init__(self) -> None:
        self.n_conflicts = 0

    def limit_time(self, request: Any) -> None:
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), _TIMEOUT_S)

    def limit_waits(self, response: Any) -> None:
        if response.status_code in PASSING_STATUSES:
            wait_s = asked_wait_s(response.headers)
            if wait_s is not None and wait_s > MAX_WAIT_S:
                raise too_long_a_wait(wait_s, response.status_code)
        if response.status_code == 409 and response.request.url.path.endswith("/repos/create"):
            self.n_conflicts += 1
            if self.n_conflicts > _MAX_CONFLICTS:
                raise HubError("the Hub is busy with another new repository (409); run the same command again")


def _bound_session() -> None:
    """Put our hooks on the client's session, which it makes anew after a failed connection."""
    session = get_session()
    hooks = session.event_hooks
    if not any(isinstance(getattr(hook, "__self__", None), _Bounds) for hook in hooks["request"]):
        bounds = _Bounds()
        session.event_hooks = {
            "request": [*hooks["request"], bounds.limit_time],
            "response": [*hooks["response"], bounds.limit_waits],
        }


def _free_session() -> None:
    session = get_session()
    session.event_hooks = {
        kind: [hook for hook in hooks if not isinstance(getattr(hook, "__self__", None), _Bounds)]
        for kind, hooks in session.event_hooks.items()
    }
