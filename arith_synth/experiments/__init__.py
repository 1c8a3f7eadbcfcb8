"""Plans of runs: what is trained, on what, for how long, and in which order."""
