"""Speed, measured: each `bench_*.py` has a `run()`; `python -m benchmarks.run` runs them all."""
