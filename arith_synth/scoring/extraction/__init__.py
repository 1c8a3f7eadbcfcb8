"""From what a model wrote to the program it means: documented rules, or none in strict mode."""

from arith_synth.scoring.extraction.reading import MAX_COMPLETION_CHARACTERS, ReadProgram, read_completion

__all__ = ["MAX_COMPLETION_CHARACTERS", "ReadProgram", "read_completion"]
