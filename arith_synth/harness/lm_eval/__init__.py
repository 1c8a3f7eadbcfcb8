"""Tasks for lm-evaluation-harness: its files, made by `arith_synth.harness.task_files`, and the class they name."""
