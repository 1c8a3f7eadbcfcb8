"""What programs mean: exact execution, identity and fingerprints, input panels."""

from arith_synth.kernels import drop_stale_kernels

drop_stale_kernels()
