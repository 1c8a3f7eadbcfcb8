"""Tasks for inspect-ai, which registers them as it imports this by the entry point `arith_synth` of its group."""

from arith_synth.harness.inspect_ai.tasks import TASKS

__all__ = ["TASKS"]
