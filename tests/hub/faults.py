"""What can go wrong with the local Hub: a fault is switched on for the next calls that it matches."""

import re
import threading
from dataclasses import dataclass, field


@dataclass
class Fault:
    """Applies to requests whose "METHOD /path" matches `pattern`, after the first `skip` of them, `times` times.

    `status`: answered instead, with `headers` and `message`. `cut`: the connection is closed, before half of the
    request's body is read, or in the middle of the answer when there is no body. `corrupt`: a byte of the answer's body
    is flipped. `lost`: the request is obeyed, and the connection closed without an answer. `hold`: the request waits
    for this event. `body`: answered with status 200 instead. In `message` and `headers`, {token} is the caller's token.
    """

    pattern: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "told to fail"
    cut: bool = False
    corrupt: bool = False
    lost: bool = False
    body: bytes | None = None
    hold: threading.Event | None = None
    skip: int = 0
    times: int = 1_000_000

    def applies_to(self, request_line: str) -> bool:
        """Whether this request is to fail; counts it."""
        if not re.search(self.pattern, request_line):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return self.times >= 0
