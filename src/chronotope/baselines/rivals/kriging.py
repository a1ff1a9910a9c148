"""Ordinary kriging by PyKrige, one step at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from chronotope.baselines.rivals.base import AbstractRival, needed, seen_values
from chronotope.questions import Question

_WAY = "pip install 'chronotope[rivals]'"
_LEAST = 4  # seen places in a step, fewer leave nothing to fit
_FORMS = ("exponential", "spherical", "gaussian", "linear")


class PyKrige(AbstractRival):
    """Each asked cell from what is seen in the same step; the variogram fitted anew on every step, as the package does.

    Its form - exponential, spherical, gaussian or linear - is the one that reads every fifth seen place best from the others, on the
    step where most is seen. Quantiles are those of a normal with the kriging variance; places at one spot need the pseudo-inverse. Steps
    in which fewer than four places are seen - all steps of a forecast - and places without coordinates are left to the last value.
    """

    name = "pykrige"

    def __init__(self) -> None:
        self._package: Any = needed("pykrige", f"rival:{self.name}", _WAY)

    def answered(self, question: Question) -> np.ndarray:
        """Kriged quantiles (q, h, n, v) float32 of the asked cells with enough seen places in their step, NaN elsewhere."""
        panel, levels = question.frame, question.levels
        rows, x = question.rows, seen_values(question)
        out = np.full((len(levels), len(rows), *panel.values.shape[1:]), np.nan)
        if panel.xy is None or not np.isfinite(x).any():
            return out.astype(np.float32)
        for v in np.flatnonzero(np.isfinite(x).any(axis=(0, 1))):
            mean, scale = np.nanmean(x[..., v]), np.nanstd(x[..., v])
            z = (x[rows, :, v] - mean) / (scale or 1.0)
            count = np.isfinite(z).sum(axis=1)
            form = self._form(panel.xy, z[count.argmax()]) if count.max() >= _LEAST and scale > 0 else ""
            for h in np.flatnonzero(count >= _LEAST) if form else ():
                asked = question.asked[rows[h], :, v]
                if asked.any():
                    guess, doubt = self._step(panel.xy, z[h], asked, form)
                    out[:, h, asked, v] = (guess + ndtri(np.asarray(levels))[:, None] * doubt) * scale + mean
        return out.astype(np.float32)

    def _form(self, xy: np.ndarray, z: np.ndarray) -> str:
        """The variogram's form that does best on seen places of one step z (n,) that are held out."""
        seen = np.flatnonzero(np.isfinite(z))
        held = seen[np.lexsort((xy[seen, 1], xy[seen, 0]))][::5]
        if len(seen) - len(held) < _LEAST:
            return _FORMS[0]
        known, asked = z.copy(), np.zeros(len(z), bool)
        known[held], asked[held] = np.nan, True
        return min(_FORMS, key=lambda form: float(np.abs(self._step(xy, known, asked, form)[0] - z[asked]).mean()))

    def _step(self, xy: np.ndarray, z: np.ndarray, asked: np.ndarray, form: str) -> tuple[np.ndarray, np.ndarray]:
        """Guess and standard deviation (a,) at the asked places of one step z (n,)."""
        seen = np.flatnonzero(np.isfinite(z))
        seen = seen[np.lexsort((z[seen], xy[seen, 1], xy[seen, 0]))]  # sums in an order that does not depend on how places came
        if np.ptp(z[seen]) == 0:
            return np.full(asked.sum(), z[seen[0]]), np.zeros(asked.sum())
        reach = np.ptp(xy[seen], axis=0).max() or 1.0
        at = xy / reach
        kriging = self._package.OrdinaryKriging(*at[seen].T, z[seen], variogram_model=form, pseudo_inv=True)
        guess, variance = kriging.execute("points", *at[asked].T)
        return np.asarray(guess), np.sqrt(np.maximum(np.asarray(variance), 0.0))
