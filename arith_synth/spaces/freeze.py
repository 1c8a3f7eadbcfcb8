"""Fit the bases of named grammars and freeze them in the package: `python -m arith_synth.spaces.freeze xy3`.

A changed byte of these files is a new data version.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named
from arith_synth.spaces.bases import Bases, fit_bases, save_bases

#: Bases are fitted to the target programs of this corpus, whatever the size of the corpora they serve.
FIT_MAX_SIZE = 5
#: Where that corpus would be too large: the 4.7 million classes of xy9 would take 7 GB of memory to fit, and those of
#: size 4 are as many as xy3's of size 5.
_FIT_MAX_SIZES = {"xy9": 4, "xycond": 4}


def freeze(grammar_name: str, folder: Path, max_size: int | None = None) -> Bases:
    """Fit and write `<folder>/<grammar>.npz`, by default at the grammar's own size."""
    grammar = grammar_named(grammar_name)
    if max_size is None:
        max_size = _FIT_MAX_SIZES.get(grammar_name, FIT_MAX_SIZE)
    bases = fit_bases(grammar, build_corpus(grammar, max_size, patterns=()).codes)
    save_bases(bases, folder / f"{grammar_name}.npz")
    return bases


def main(arguments: Sequence[str] | None = None) -> int:
    """Freeze each grammar named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grammars", nargs="+", help="named grammars, such as xy3")
    folder = Path(__file__).parent / "bases"
    for name in parser.parse_args(arguments).grammars:
        sys.stderr.write(f"{folder / name}.npz: {freeze(name, folder).digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
