"""Ridge regression on twelve lags and same-phase means, pooled over places, one per lead: the strong floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.baselines.floor import AbstractFloor, Asked
from chronotope.baselines.intervals import deviation, spread
from chronotope.baselines.persistence import AnomalyPersistence
from chronotope.baselines.phases import Phase
from chronotope.baselines.seasonal import smooth
from chronotope.baselines.series import Series, carry

LAGS = 12
_SAMPLES = 20_000  # rows of the regression, over places and origins
_LEADS = 32  # at most so many regressions; leads between take the nearest


@dataclass(frozen=True)
class RidgeFit:
    """Coefficients and what they were fitted with; series are shifted by `centre` and divided by `scale`."""

    centre: np.ndarray
    scale: np.ndarray
    means: tuple[tuple[Phase, np.ndarray], ...]
    leads: np.ndarray
    coefficients: np.ndarray

    def points(self, x: np.ndarray, origins: np.ndarray, leads: np.ndarray) -> np.ndarray:
        """Point forecasts (k, h, s) from each origin of x (t, s), whose clock is the one that was fitted."""
        z = (x - self.centre) / self.scale
        lags = _lags(carry(z), origins)
        nearest = np.abs(np.log(self.leads)[None] - np.log(leads)[:, None]).argmin(axis=1)
        out = np.stack([self._one(lags, origins + lead, self.coefficients[at]) for lead, at in zip(leads, nearest)], axis=1)
        return out * self.scale + self.centre

    def _one(self, lags: np.ndarray, rows: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        means = [np.nan_to_num(mean[phase.phase[rows]]) for phase, mean in self.means]
        return sum((c * part for c, part in zip(coefficients, [*lags, *means])), start=np.full(lags.shape[1:], coefficients[-1]))


class Ridge(AbstractFloor):
    """Fitted on the context at every call; intervals from the last third of it, which a first fit has not seen."""

    name = "ridge"

    def point(self, series: Series) -> np.ndarray:
        fit = fit_ridge(series.x[: series.origin + 1], series.phases, series.leads)
        return fit.points(series.x, series.origins, series.leads)

    def distribution(self, series: Series, levels: tuple[float, ...]) -> np.ndarray:
        x, cut = series.x[: series.origin + 1], (series.origin + 1) * 2 // 3
        points = fit_ridge(x, series.phases, series.leads).points(series.x, series.origins[-1:], series.leads)[0]
        points = np.where(np.isfinite(points), points, series.carried[-1])
        honest = fit_ridge(x[:cut], series.phases, series.leads).points(series.x, series.origins[:-1], series.leads)
        new = (series.origins[:-1, None] + series.leads >= cut)[..., None]
        return points + spread(np.where(new, series.apart(series.truth, honest), np.nan), series, levels)

    def fill(self, series: Series) -> np.ndarray:
        return AnomalyPersistence().fill(series)

    def _answer(self, of: Asked, asked: np.ndarray, out: np.ndarray) -> None:
        """One variable at a time: places share coefficients, variables do not."""
        variables = of.panel.values.shape[2]
        for v in range(variables):
            mine = asked & (np.arange(asked.shape[1]) % variables == v)
            if mine.any():
                super()._answer(of, mine, out)


def fit_ridge(x: np.ndarray, phases: dict[str, Phase], leads: np.ndarray, penalty: float = 1.0) -> RidgeFit:
    """Fit on x (t, s) alone; the means that a training row sees leave its own value out."""
    centre, scale = _standard(x)
    z = (x - centre) / scale
    clock = [phase for phase in phases.values() if phase.name != "hour" and len(x) >= 1.9 * phase.size]
    tables = [_leave_one_out(z, phase) for phase in clock]
    some = np.unique(np.geomspace(leads[0], leads[-1], min(_LEADS, len(leads))).round().astype(int)) if len(leads) > _LEADS else leads
    carried = carry(z)
    coefficients = [_fit_lead(z, carried, [without for _, without in tables], int(lead), penalty) for lead in some]
    return RidgeFit(centre, scale, tuple((p, mean) for p, (mean, _) in zip(clock, tables)), np.asarray(some), np.stack(coefficients))


def _fit_lead(z: np.ndarray, carried: np.ndarray, without: list[np.ndarray], lead: int, penalty: float) -> np.ndarray:
    """Coefficients of 12 lags, the means and a constant, for one lead; the last value where there is nothing to fit on."""
    last = len(z) - lead
    width = LAGS + len(without) + 1
    fallback = np.eye(width)[0]
    if last < 4:
        return fallback
    origins = np.unique(np.linspace(min(LAGS - 1, last // 2), last - 1, max(_SAMPLES // z.shape[1], 64)).astype(int))
    rows = origins + lead
    target = z[rows]
    good = np.isfinite(target) & np.isfinite(carried[origins])
    if good.sum() < 2 * width:
        return fallback
    features = [*_lags(carried, origins), *(np.nan_to_num(w[rows]) for w in without), np.ones_like(target)]
    a = np.stack([f[good] for f in features], axis=1)
    return fallback + np.linalg.solve(a.T @ a + penalty * np.eye(width), a.T @ (target[good] - a[:, 0]))


def _lags(carried: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """The last twelve values (12, k, s) before and at each origin; 0, the series' own mean, before its start."""
    rows = origins[None] - np.arange(LAGS)[:, None]
    return np.where((rows >= 0)[..., None], np.nan_to_num(carried[np.maximum(rows, 0)]), 0.0)


def _leave_one_out(z: np.ndarray, phase: Phase) -> tuple[np.ndarray, np.ndarray]:
    """Same-phase means (phase, s) of z (t, s), and for every row (t, s) the mean of its phase in the other cycles."""
    sums, counts = smooth(z, phase)
    at = phase.phase[: len(z)]
    total, count = (np.nansum(phase.table(a), axis=0) for a in (sums, counts))
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count, np.where(count[at] > counts, (total[at] - sums) / (count[at] - counts), np.nan)


def _standard(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (s,) of the seen values of each series, 0 without any, and one scale for all, so that errors count in the data's unit."""
    seen = np.isfinite(x)
    mean = np.where(seen, x, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    scale = np.sqrt(np.mean(deviation(x) ** 2))
    return mean, np.where(scale > 1e-9 * np.abs(mean).max(initial=1e-30), scale, 1.0)
