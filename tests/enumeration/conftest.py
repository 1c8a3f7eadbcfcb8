"""Settings of hypothesis for this room: a first call may compile a kernel."""

import strategies  # noqa: F401  (loads the project's profile)
