"""From the features of the shown examples to prefix embeddings of the decoder."""

import torch
from torch import Tensor, nn

from arith_synth.modeling.configuration import ArithSynthConfig


class PositionwiseLinear(nn.Module):
    """A linear map of its own for each position: each point of the panel means something else.

    The maps lie in one matrix, one below the other, so that an optimizer of matrices can take them as one.
    """

    def __init__(self, n_positions: int, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.shape = (n_positions, n_inputs, n_outputs)
        self.weight = nn.Parameter(torch.empty(n_positions * n_inputs, n_outputs))
        self.bias = nn.Parameter(torch.zeros(n_positions, n_outputs))

    def forward(self, features: Tensor) -> Tensor:
        """float[batch, position, n_inputs] -> float[batch, position, n_outputs]."""
        return torch.einsum("bpi,pio->bpo", features, self.weight.view(self.shape)) + self.bias


class ExampleEncoder(nn.Module):
    """A linear map for each shown output, all concatenated, then a projector of two layers."""

    def __init__(self, config: ArithSynthConfig) -> None:
        super().__init__()
        self.n_prefix = config.n_prefix
        self.example_dropout = config.example_dropout
        self.positions = PositionwiseLinear(config.n_shown, config.n_features, config.position_width)
        self.norm = nn.LayerNorm(config.n_shown * config.position_width)
        self.up = nn.Linear(config.n_shown * config.position_width, config.encoder_width)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(config.encoder_dropout)
        self.down = nn.Linear(config.encoder_width, config.n_prefix * config.hidden_size)

    def forward(self, features: Tensor) -> Tensor:
        """float[batch, n_shown, n_features] -> float[batch, n_prefix, hidden_size]."""
        if self.training and self.example_dropout > 0:
            # Fewer examples determine the program too: hiding some is another view of the same task.
            shown = torch.rand(*features.shape[:2], 1, device=features.device) >= self.example_dropout
            features = features * shown
        encoded = self.norm(self.positions(features).flatten(1))  # [batch, n_shown * position_width]
        hidden = self.dropout(self.act(self.up(encoded)))  # [batch, encoder_width]
        return self.down(hidden).unflatten(1, (self.n_prefix, -1))
