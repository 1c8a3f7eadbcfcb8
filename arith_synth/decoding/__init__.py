"""From a model and the features of tasks to token ids: greedy or sampled, programs of the grammar alone if wanted."""

from arith_synth.decoding.completions import CompletionReader
from arith_synth.decoding.loop import decode
from arith_synth.decoding.mask import GrammarMask, mask_for
from arith_synth.decoding.options import Decoding
from arith_synth.decoding.processor import GrammarLogitsProcessor
from arith_synth.decoding.streams import uniforms

__all__ = [
    "CompletionReader",
    "Decoding",
    "GrammarLogitsProcessor",
    "GrammarMask",
    "decode",
    "mask_for",
    "uniforms",
]
