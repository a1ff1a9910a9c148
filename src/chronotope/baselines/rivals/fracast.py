"""Fracast-0: a convolutional network of 85 thousand parameters whose weights come with its package."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.baselines.rivals.base import AbstractForecaster, Past, needed
from chronotope.questions.levels import at_levels

_WAY = "pip install --no-deps fracast"
_BATCH = 32  # series at once: each is padded to the full context of the network


class Fracast(AbstractForecaster):
    """The weights that ship with the package, at full precision, over their full context of 2,048 steps.

    Missing values are masked by the network. Beyond 48 steps the package feeds its medians back. Levels other than the nine of the
    network lie on the line between them, or on along the normal's tail.
    """

    name = "fracast"

    def __init__(self) -> None:
        self._model: Any = needed("fracast", f"rival:{self.name}", _WAY).FracastModel.from_pretrained(weights="fp32")

    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        z = past.z[-self._model.context_length :].T
        out = np.full((len(self._model.quantiles), past.horizon, len(z)), np.nan)
        if z.shape[1] < self.least:
            z = np.pad(z, ((0, 0), (self.least - z.shape[1], 0)), constant_values=np.nan)
        mine = np.flatnonzero(np.isfinite(z).sum(axis=1) >= self.least)
        for start in range(0, len(mine), _BATCH):
            part = mine[start : start + _BATCH]
            out[..., part] = self._model.forecast_batch(z[part], horizon=past.horizon).transpose(2, 1, 0)
        return at_levels(out, tuple(self._model.quantiles), levels)
