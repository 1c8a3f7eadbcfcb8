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


class PositionsEncoder(nn.Module):
    """A linear map for each shown output, all concatenated, then a projector of two layers."""

    def __init__(self, config: ArithSynthConfig) -> None:
        super().__init__()
        self.n_prefix = config.n_prefix
        self.example_dropout = config.example_dropout
        self.positions = PositionwiseLinear(config.n_shown, config.n_example_features, config.position_width)
        self.norm = nn.LayerNorm(config.n_shown * config.position_width)
        self.up = nn.Linear(config.n_shown * config.position_width, config.encoder_width)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(config.encoder_dropout)
        self.down = nn.Linear(config.encoder_width, config.n_prefix * config.hidden_size)

    def forward(self, features: Tensor) -> Tensor:
        """float[batch, n_shown, n_example_features] -> float[batch, n_prefix, hidden_size]."""
        features = with_hidden_examples(features, self.example_dropout if self.training else 0.0)
        encoded = self.norm(self.positions(features).flatten(1))  # [batch, n_shown * position_width]
        hidden = self.dropout(self.act(self.up(encoded)))  # [batch, encoder_width]
        return self.down(hidden).unflatten(1, (self.n_prefix, -1))


class TokensEncoder(nn.Module):
    """One embedding for each example, by a projector that all examples share: the decoder attends to them.

    Where the panel is fixed, a learned embedding of the position says on which inputs an output was seen.
    """

    def __init__(self, config: ArithSynthConfig) -> None:
        super().__init__()
        self.example_dropout = config.example_dropout
        self.up = nn.Linear(config.n_example_features, config.encoder_width)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(config.encoder_dropout)
        self.down = nn.Linear(config.encoder_width, config.hidden_size)
        self.positions = None if config.reads_inputs else nn.Embedding(config.n_shown, config.hidden_size)

    def forward(self, features: Tensor) -> Tensor:
        """float[batch, n_shown, n_example_features] -> float[batch, n_shown, hidden_size]."""
        features = with_hidden_examples(features, self.example_dropout if self.training else 0.0)
        encoded = self.down(self.dropout(self.act(self.up(features))))
        return encoded if self.positions is None else encoded + self.positions.weight


#: Encoders by the name that a config gives.
ENCODERS: dict[str, type[PositionsEncoder] | type[TokensEncoder]] = {
    "positions": PositionsEncoder,
    "tokens": TokensEncoder,
}


def with_hidden_examples(features: Tensor, share: float) -> Tensor:
    """The features with this share of the examples blanked at random: float[batch, n_shown, n] -> the same.

    Fewer examples determine the program too: hiding some is another view of the same task.
    """
    if share == 0:
        return features
    return features * (torch.rand(*features.shape[:2], 1, device=features.device) >= share)
