"""Leaderboard and explorer, a Gradio app: reads result files and scoring. Importing this package loads no Gradio.

It shows texts of strangers, a model's name first of all. Whatever goes into a page is made by `arith_synth.markup`,
which escapes it, or is a plain text in a component that shows texts.
"""

from pathlib import Path

#: The results folder of the repository.
DEFAULT_RESULTS = Path("results/leaderboard")
