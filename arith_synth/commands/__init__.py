"""What the subcommands of `arith-synth` take and do; `cli` parses and dispatches."""
