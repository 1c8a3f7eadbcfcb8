"""Every class of programs, exactly once: the bank, uniform minimal realizations, realizability, the corpus.

from arith_synth.enumeration.bank import enumerate_bank                    all classes
from arith_synth.enumeration.realizations import target_programs           a program of each
from arith_synth.enumeration.realizability import forced_into              what forms a class can take
from arith_synth.enumeration.out_of_core import enumerate_to_disk          the same, on disk
"""

from arith_synth.kernels import drop_stale_kernels

drop_stale_kernels()
