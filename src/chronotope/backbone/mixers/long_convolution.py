"""Long convolution: one learned filter per channel over the whole past, applied by FFT."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.linear import SplitLinear
from chronotope.backbone.mixers.grid import lay, read
from chronotope.backbone.mixers.mixer import Mixer

WAVES = 8  # sines and cosines of the lag that the filter is made of


class LongConvolution(Mixer):
    """y(p) = sum over readable tokens at or before p of filter(p - position) v, times a gate that the token itself says.

    The filter is a small network of the lag times an exponential window per channel, so it has no length. Causal; the answer does not
    change when all positions are shifted. Cost grows as l log l with the range l of positions.
    """

    axis = "time"
    third = "mask"
    needs = "regular positions, about one patch apart; the range of positions sets the cost"
    frequency: Tensor

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.inner = SplitLinear(width, (width,) * 2)
        self.filter = nn.Sequential(nn.Linear(2 * WAVES, 32), nn.GELU(), nn.Linear(32, width))
        self.log_rate = nn.Parameter(torch.linspace(math.log(1e-3), math.log(0.5), width))
        self.out = nn.Linear(width, width, bias=False)
        self.register_buffer("frequency", torch.exp(torch.linspace(math.log(math.pi), math.log(1e-3), WAVES)), persistent=False)

    def kernel(self, length: int) -> Tensor:
        """The filter at lags 0 .. length - 1, (length, d)."""
        lag = torch.arange(length, device=self.log_rate.device)[:, None]
        angle = lag * self.frequency
        return self.filter(torch.cat([angle.sin(), angle.cos()], -1)) * (-self.log_rate.exp() * lag).exp()

    def forward(self, x: Tensor, position: Tensor, mask: Tensor) -> Tensor:
        """Mix (s, t, d) along t.

        Args:
            x: tokens (s, t, d).
            position: (s, t) in patches, rounded to whole ones.
            mask: bool (s, t), True where others may read a token.
        """
        value, gate = self.inner(x).chunk(2, -1)
        grid, cell = lay(value, position, mask)
        length = grid.shape[1]
        wave = torch.fft.rfft(grid.float(), n=2 * length, dim=1) * torch.fft.rfft(self.kernel(length).float(), n=2 * length, dim=0)
        mixed = torch.fft.irfft(wave, n=2 * length, dim=1)[:, :length].to(x.dtype)
        return self.out(read(mixed, cell) * F.silu(gate))
