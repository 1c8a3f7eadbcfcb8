"""From a model and the features of tasks to token ids: greedy or sampled, in batches, with a key-value cache."""

from arith_synth.decoding.loop import Decoding, decode
from arith_synth.decoding.streams import uniforms

__all__ = ["Decoding", "decode", "uniforms"]
