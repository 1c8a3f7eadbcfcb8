"""What programs mean: exact execution, algebraic fingerprints, input panels."""
