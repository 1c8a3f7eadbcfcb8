"""What programs mean: exact execution, algebraic fingerprints, input panels."""

from arith_synth.kernels import drop_stale_kernels

drop_stale_kernels()
