"""Every class of programs, exactly once: the bank, uniform minimal realizations, realizability, the corpus."""

from arith_synth.kernels import drop_stale_kernels

drop_stale_kernels()
