"""Why completions are no programs, by kind."""

import re


def reason_kind(reason: str) -> str:
    """A parse error without its particulars, for counting: quoted texts and numbers blanked, no advice."""
    blanked = re.sub(r"\"[^\"]*\"|'[^']*'", "'…'", reason).partition(";")[0]  # a quoted ';' begins no advice
    return re.sub(r"\b[0-9]+\b", "…", blanked)
