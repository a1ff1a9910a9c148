"""The probe head: one vector for each series, a linear map or a small network of what its tokens hold on the mean."""

from __future__ import annotations

from torch import Tensor, nn

from chronotope.heads.head import Head


class ProbeHead(Head):
    """Context tokens to a vector.

    Args:
        width: of the network; `patch` and `floors` are not read.
        size: of the vectors.
        hidden: width of a layer in between; 0 for a linear map.
    """

    want = "vectors"
    vectors = "context"
    reads = ("key",)
    starts = "a random map of the mean of the tokens"

    def __init__(self, width: int, patch: int, floors: int, size: int = 64, hidden: int = 0) -> None:
        super().__init__()
        layers = [nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, size)] if hidden else [nn.Linear(width, size)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor, key: Tensor) -> Tensor:
        """Vectors (s, size) of context tokens (s, c, d); only those inside the frame, `key` (s, c), are read."""
        inside = key[..., None].to(x.dtype)
        return self.layers((x * inside).sum(1) / inside.sum(1).clamp(min=1)).float()
