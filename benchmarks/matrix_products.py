"""The matrix products of a computation, and nothing else: recorded while it runs, then done again.

Whatever a step does beside them (norms, activations, optimizers, Python) is what the share of the matrix-multiply rate
leaves out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten
#: Where the two factors stand among the arguments.
_FACTORS = {_aten.mm: 0, _aten.bmm: 0, _aten.addmm: 1, _aten.baddbmm: 1}
_ATTENTION = {
    _aten._scaled_dot_product_flash_attention_for_cpu,
    _aten._scaled_dot_product_flash_attention,
    _aten._scaled_dot_product_efficient_attention,
    _aten._scaled_dot_product_cudnn_attention,
}
_ATTENTION_BACKWARD = {
    _aten._scaled_dot_product_flash_attention_for_cpu_backward,
    _aten._scaled_dot_product_flash_attention_backward,
    _aten._scaled_dot_product_efficient_attention_backward,
    _aten._scaled_dot_product_cudnn_attention_backward,
}


@dataclass(frozen=True, kw_only=True)
class Product:
    """One product of two matrices, or of two equally long stacks of them, each with its strides in memory."""

    left: tuple[tuple[int, ...], tuple[int, ...]]
    right: tuple[tuple[int, ...], tuple[int, ...]]
    dtype: torch.dtype

    @property
    def flops(self) -> int:
        """2 · rows · inner · columns, for each matrix of a stack."""
        *stack, rows, inner = self.left[0]
        return 2 * (stack[0] if stack else 1) * rows * inner * self.right[0][-1]

    def prepared(self, device: torch.device) -> Callable[[], object]:
        """The product on tensors that are made now."""
        left, right = (_filled(*factor, self.dtype, device) for factor in (self.left, self.right))
        multiply = torch.mm if left.ndim == 2 else torch.bmm
        target = multiply(left, right)
        return lambda: multiply(left, right, out=target)


def products_of(computation: Callable[[], object]) -> list[Product]:
    """The products that a computation consists of, in order, its backward pass and optimizers included.

    Fused attention counts as the products that it stands for: two forward, and two for each of them backward.
    """
    with _Recorder() as recorder:
        computation()
    return recorder.products


def doing(products: Sequence[Product], device: torch.device) -> Callable[[], None]:
    """A call that does all the products once more, in order, on one set of tensors for each kind of product.

    Tensors of its own for each product would not fit a processor's caches as well as those of a step do, and flatter
    the step.
    """
    prepared = {product: product.prepared(device) for product in products}

    def do() -> None:
        for product in products:
            prepared[product]()

    return do


class _Recorder(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.products: list[Product] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        operation = func.overloadpacket
        if operation in _FACTORS:
            place = _FACTORS[operation]
            self._add(args[place], args[place + 1])
        elif operation in _ATTENTION:
            self._add_attention(*args[:3])
        elif operation in _ATTENTION_BACKWARD:
            self._add_attention_backward(*args[1:4])
        return func(*args, **(kwargs or {}))

    def _add(self, left: Tensor, right: Tensor) -> None:
        self.products.append(
            Product(
                left=(tuple(left.shape), tuple(left.stride())),
                right=(tuple(right.shape), tuple(right.stride())),
                dtype=left.dtype,
            )
        )

    def _add_attention(self, queries: Tensor, keys: Tensor, values: Tensor) -> None:
        queries, keys, values = (tensor.flatten(0, 1).contiguous() for tensor in (queries, keys, values))
        scores = queries.new_empty(len(queries), queries.shape[1], keys.shape[1])
        self._add(queries, keys.mT)
        self._add(scores, values)

    def _add_attention_backward(self, queries: Tensor, keys: Tensor, values: Tensor) -> None:
        queries, keys, values = (tensor.flatten(0, 1).contiguous() for tensor in (queries, keys, values))
        scores = queries.new_empty(len(queries), queries.shape[1], keys.shape[1])
        outputs = queries.new_empty(*queries.shape[:2], values.shape[2])
        self._add(scores.mT, outputs)  # gradient of the values
        self._add(outputs, values.mT)  # of the scores
        self._add(scores, keys)  # of the queries
        self._add(scores.mT, queries)  # of the keys


def _filled(shape: tuple[int, ...], strides: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Small numbers behind the same strides; those of a broadcast factor are laid out in full."""
    if 0 in strides:
        return torch.randn(shape, dtype=torch.float32, device=device).to(dtype)
    extent = 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    return torch.randn(max(extent, 1), dtype=torch.float32, device=device).to(dtype).as_strided(shape, strides)
