"""Every class of programs, exactly once: the bank, uniform minimal realizations, realizability, the corpus."""
