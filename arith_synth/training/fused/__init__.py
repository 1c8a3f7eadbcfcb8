"""The step of the multimodal model on a CPU in float32, by hand: the loss and gradients of the model, in less time.

The model is a plain Llama decoder behind an encoder. What its layers do besides matrix products is done here by
compiled loops, a few passes over memory where tensors take dozens; the matrices of queries, keys and values are joined,
and those of gate and up; nothing is computed for padding, and before attention each token is computed once. The meaning
is that of `batch_loss`.
"""

from arith_synth.training.fused.loss import can_fuse, fused_loss

__all__ = ["can_fuse", "fused_loss"]
