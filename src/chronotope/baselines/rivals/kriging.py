"""Ordinary kriging by PyKrige, one step at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from chronotope.baselines.rivals.rival import AbstractRival, needed, seen_values
from chronotope.data.panel import Panel
from chronotope.tokens.query import QUANTILE_LEVELS, Query

_WAY = "pip install 'chronotope[rivals]'"
_LEAST = 4  # seen places in a step, fewer leave nothing to fit


class PyKrige(AbstractRival):
    """Each asked cell from what is seen in the same step; an exponential variogram fitted anew on every step, as the package does.

    Quantiles are those of a normal with the kriging variance. Places at one spot are told apart by a pseudo-inverse. Steps in which
    fewer than four places are seen - forecasts, all of them - and places without coordinates are left to the last value.
    """

    name = "pykrige"

    def __init__(self) -> None:
        self._package: Any = needed("pykrige", f"rival:{self.name}", _WAY)

    def answered(self, panel: Panel, query: Query, levels: tuple[float, ...] = QUANTILE_LEVELS) -> np.ndarray:
        """Kriged quantiles (q, h, n, v) float32 of the asked cells with enough seen places in their step, NaN elsewhere."""
        rows, x = query.rows, seen_values(panel, query)
        out = np.full((len(levels), len(rows), *panel.values.shape[1:]), np.nan)
        if panel.xy is None or not np.isfinite(x).any():
            return out.astype(np.float32)
        for v in range(x.shape[2]):
            mean, scale = np.nanmean(x[..., v]), np.nanstd(x[..., v])
            for h, row in enumerate(rows if scale > 0 else []):
                asked = query.asked[row, :, v]
                z = (x[row, :, v] - mean) / scale
                if asked.any() and np.isfinite(z).sum() >= _LEAST:
                    guess, doubt = self._step(panel.xy, z, asked)
                    out[:, h, asked, v] = (guess + ndtri(np.asarray(levels))[:, None] * doubt) * scale + mean
        return out.astype(np.float32)

    def _step(self, xy: np.ndarray, z: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Guess and standard deviation (a,) at the asked places of one step z (n,)."""
        seen = np.flatnonzero(np.isfinite(z))
        seen = seen[np.lexsort((z[seen], xy[seen, 1], xy[seen, 0]))]  # sums in an order that does not depend on how places came
        if np.ptp(z[seen]) == 0:
            return np.full(asked.sum(), z[seen[0]]), np.zeros(asked.sum())
        reach = np.ptp(xy[seen], axis=0).max() or 1.0
        at = xy / reach
        kriging = self._package.OrdinaryKriging(*at[seen].T, z[seen], variogram_model="exponential", pseudo_inv=True)
        guess, variance = kriging.execute("points", *at[asked].T)
        return np.asarray(guess), np.sqrt(np.maximum(np.asarray(variance), 0.0))
