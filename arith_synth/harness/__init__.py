"""Adapters of other people's harnesses to our scorer: lm-evaluation-harness and inspect-ai give the numbers of `score`.

Light: each harness is imported in its own folder alone, and only by that harness.
"""

from pathlib import Path

#: What `lm_eval --include_path` takes: the folder of the task files.
LM_EVAL_PATH = Path(__file__).parent / "lm_eval"
