"""How long work tells its caller how far it is."""

from collections.abc import Callable

#: progress(label, done, total): called after each step of the stage called `label`.
Progress = Callable[[str, int, int], None]
