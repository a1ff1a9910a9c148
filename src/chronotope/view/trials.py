"""Trials: what a back-test kept of every model's forecasts, from which a page shows reliability and skill by lead."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from chronotope.errors import DataError
from chronotope.view.calibration import Calibration, bootstrapped, counted

CELL = ("origin", "lead", "place", "channel")


@dataclass(frozen=True)
class Skill:
    """How much closer one model's medians are than another's.

    Attributes:
        other: the other model.
        leads: timedelta64 (h,), from the origin.
        gain: float (h,), 1 less the ratio of the mean absolute errors; above 0 is closer.
        band: (2, h) of the gain when blocks of origins are drawn anew; None with fewer than five origins.
        overall: gain over all leads, with its band (2,) or None.
        origins, count: how many, and how many values.
    """

    other: str
    leads: np.ndarray
    gain: np.ndarray
    band: np.ndarray | None
    overall: float
    overall_band: np.ndarray | None
    origins: int
    count: int


@dataclass(frozen=True)
class Trials:
    """Forecasts from past origins of several models, and what came true.

    Attributes:
        dataset: `forecast` (model, quantile, origin, lead, place, channel) and `truth` without the first two, as `backtest(save=)` writes.
        floors: which models are plain methods, bool by name.
        channels: bool (v,) of each variable.
    """

    dataset: xr.Dataset
    floors: dict[str, bool]
    channels: dict[str, np.ndarray]

    @classmethod
    def of(cls, source: Any) -> Trials:
        """From a Dataset, a file or a folder that a back-test saved.

        Raises:
            DataError: it is none of them.
        """
        if isinstance(source, (str, Path)):
            path = Path(source)
            path = path if path.suffix in (".nc", ".zarr") else path / "forecasts.nc"
            with xr.open_dataset(path, engine="zarr" if path.suffix == ".zarr" else "h5netcdf") as opened:
                source = opened.load()
        told = source.attrs.get("chronotope_backtest")
        if told is None:
            raise DataError("Trials must be what backtest(..., save=...) wrote; this has no chronotope_backtest among its attributes.")
        about = json.loads(told)
        floors = {one["shown"]: bool(one["floor"]) for one in about["models"]}
        return cls(source, floors, {name: np.array(picked, bool) for name, picked in about["channels"].items()})

    @property
    def ours(self) -> str:
        """The model that is no plain method; the first where all are."""
        return next((name for name, floor in self.floors.items() if not floor), next(iter(self.floors)))

    def calibration(self, variable: str | None = None) -> Calibration | None:
        """How often the truth fell below each of our quantiles, in all origins."""
        answer, truth = self._values(self.ours, variable), self._truth(variable)
        flat = [a.reshape(len(a), -1) for a in answer]
        return counted(self.dataset["quantile"].values, flat, [t.ravel() for t in truth])

    def skill(self, variable: str | None = None) -> Skill | None:
        """How much closer our medians are than those of the best plain method of the variable; None without any."""
        errors = {name: self._errors(name, variable) for name in self.floors}
        mine = errors.pop(self.ours)
        sums = {name: e.sum() for name, e in errors.items() if self.floors[name] and np.isfinite(e).all()}
        if not sums or not np.isfinite(mine).all():
            return None
        other = min(sums, key=lambda name: sums[name])
        theirs = errors[other]
        leads = (self.dataset["valid_time"].values - self.dataset["origin"].values[:, None])[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            gain = 1 - mine.sum(axis=0) / theirs.sum(axis=0)
            overall = float(1 - mine.sum() / theirs.sum())
        band, whole = bootstrapped(mine, theirs), bootstrapped(mine.sum(axis=1), theirs.sum(axis=1))
        turned = [None if one is None else 1 - one[::-1] for one in (band, whole)]
        return Skill(other, leads, gain, turned[0], overall, turned[1], len(mine), int(np.isfinite(self._truth(variable)).sum()))

    def _picked(self, variable: str | None) -> np.ndarray:
        return np.flatnonzero(self.channels[variable if variable in self.channels else next(iter(self.channels))])

    def _truth(self, variable: str | None) -> np.ndarray:
        return self.dataset["truth"].transpose(*CELL).values[..., self._picked(variable)].astype(float)

    def _values(self, model: str, variable: str | None) -> np.ndarray:
        answers = self.dataset["forecast"].sel(model=model).transpose("origin", "quantile", *CELL[1:])
        return answers.values[..., self._picked(variable)].astype(float)

    def _errors(self, model: str, variable: str | None) -> np.ndarray:
        """Sums of absolute errors of the median (origin, lead)."""
        middle = int(np.argmin(np.abs(self.dataset["quantile"].values - 0.5)))
        return np.nansum(np.abs(self._values(model, variable)[:, middle] - self._truth(variable)), axis=(2, 3))
