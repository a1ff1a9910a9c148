"""Windows: what a network is shown of a panel around an origin, and what it must answer, as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from chronotope.baselines.networks.start import Start
from chronotope.baselines.phases import Phase
from chronotope.baselines.series import carry

MOST_CELLS = 30_000_000  # answers of all training windows together; more windows than fit are thinned evenly


@dataclass(frozen=True)
class Shape:
    """Sizes that a network is built for: places n, variables v, steps read and answered, channels per place and step."""

    places: int
    variables: int
    context: int
    horizon: int
    past: int
    future: int


@dataclass(frozen=True)
class Batch:
    """Windows in units of the start's scale, around its centre.

    Attributes:
        past: (b, context, n, past channels): values, whether seen, values less their same-phase means, the clock.
        future: (b, horizon, n, future channels): the start's points, same-phase means, values a day before, the clock.
        start, truth: (b, horizon, n, v); truth is 0 where not known.
        known: bool (b, horizon, n, v).
    """

    past: Tensor
    future: Tensor
    start: Tensor
    truth: Tensor
    known: Tensor


class Windows:
    """Windows of x (t, n, v), NaN where not seen, at the rows `origins`; `clock` must reach `horizon` rows beyond the last of them."""

    def __init__(self, x: np.ndarray, clock: dict[str, Phase], start: Start, origins: np.ndarray, context: int, honest: bool) -> None:
        self.origins, self.context, self.horizon = origins, context, start.horizon
        rows = np.arange(int(origins[-1]) + 1 + start.horizon)
        z = ((_to_length(x, len(rows)) - start.centre) / start.scale).astype(np.float32)
        self._z, self._seen = torch.from_numpy(np.nan_to_num(z)), torch.from_numpy(np.isfinite(z))
        self._carried = torch.from_numpy(np.nan_to_num(carry(z)))
        means = (start.means(rows, clock) - start.centre[..., None]) / start.scale[:, None]
        self._means = torch.from_numpy(means.astype(np.float32))
        self._clock = torch.from_numpy(_circles(clock, [p.name for p, _ in start.whole[0].means], rows))
        points = (start.points(x, origins, clock, honest) - start.centre) / start.scale
        self._start = torch.from_numpy(points.astype(np.float32))
        self._day = clock["day"].size if "day" in clock else 0

    @property
    def shape(self) -> Shape:
        """What a network must be built for."""
        first = self.batch(np.arange(1))
        _, n, v = self._z.shape
        return Shape(n, v, self.context, self.horizon, first.past.shape[-1], first.future.shape[-1])

    def batch(self, index: np.ndarray) -> Batch:
        """Windows `index` out of `origins`."""
        origins = torch.from_numpy(self.origins[index])[:, None]
        before = (origins + torch.arange(1 - self.context, 1)).clamp(min=0)
        after = origins + torch.arange(1, self.horizon + 1)
        value, mean = self._z[before], self._means[before]
        past = [value, self._seen[before].float(), (value[..., None] - mean).flatten(3), self._around(before)]
        start = self._start[torch.from_numpy(index)]
        future = [start, self._means[after].flatten(3), self._a_day_before(origins, after), self._around(after)]
        return Batch(torch.cat(past, -1), torch.cat(future, -1), start, self._z[after], self._seen[after])

    def _around(self, rows: Tensor) -> Tensor:
        return self._clock[rows][:, :, None].expand(-1, -1, self._z.shape[1], -1)

    def _a_day_before(self, origins: Tensor, after: Tensor) -> Tensor:
        """The value at the same time of the last day that has passed, the last value where there is none."""
        if not self._day:
            return self._carried[origins].expand(-1, self.horizon, -1, -1)
        back = after - self._day * ((after - origins + self._day - 1) // self._day)
        return self._carried[torch.where(back >= 0, back, origins)]


def training_origins(x: np.ndarray, context: int, horizon: int) -> np.ndarray:
    """Rows of x (t, n, v) with a full context and all answers inside it, thinned evenly where they are too many."""
    first, last = context - 1, len(x) - 1 - horizon
    if last < first:
        return np.arange(0)
    most = max(MOST_CELLS // (horizon * x.shape[1] * x.shape[2]), 64)
    return np.unique(np.linspace(first, last, min(last - first + 1, most)).round().astype(int))


def _to_length(x: np.ndarray, rows: int) -> np.ndarray:
    blank = np.full((max(rows - len(x), 0), *x.shape[1:]), np.nan)
    return np.concatenate([x[:rows], blank])


def _circles(clock: dict[str, Phase], names: list[str], rows: np.ndarray) -> np.ndarray:
    """Sine and cosine (r, 2p) of each period's phase."""
    turns = [2 * np.pi * clock[name].phase[rows] / clock[name].size for name in names]
    waves = [f(turn) for turn in turns for f in (np.sin, np.cos)]
    return np.stack(waves, axis=-1).astype(np.float32) if waves else np.empty((len(rows), 0), np.float32)
