"""Rules: the ways in which known places may speak for another, each a function from known values to told ones.

All are linear in the known values or in their logarithm, so a known place is left out by leaving it out of its own neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.fft import dct, idct

from chronotope.evidence.between.covariance import SAME_SPOT, Covariance, Spectra, likeliest
from chronotope.evidence.between.known import Known
from chronotope.evidence.between.plane import Plane
from chronotope.evidence.between.weights import Weights, by_distance, by_edges, kriged
from chronotope.evidence.variogram import fit_variogram

MAPS = 48  # times on which a covariance is fitted
BANDS = 4
LOCAL = 16  # nearest places of the variogram's kriging
Drift = tuple[np.ndarray, np.ndarray]
"""What a mean is made of, (n, p) at the known and (m, p) at the asked places, a column of ones first."""

SLOPED = 20  # known places from which a slope is told


@dataclass(frozen=True)
class Told:
    """What a rule tells.

    Attributes:
        tried: (t, j) at known places that are left out in turn, `Plane.tried`.
        asked: (t, m).
    """

    tried: np.ndarray
    asked: np.ndarray


class Field:
    """A field of known places, and everything that rules share."""

    def __init__(self, known: Known, plane: Plane, as_it_was: Plane | None = None) -> None:
        self.known, self.plane, n, m = known, plane, len(plane.known), len(plane.asked)
        self.as_it_was = plane if as_it_was is None else as_it_was  # before it was pulled apart along a direction
        self.flat = np.ones((n, 1)), np.ones((m, 1))
        self.sloped, self.about = self._beside(plane.known, plane.asked), self._beside(plane.about, plane.asked_about)

    def _beside(self, known: np.ndarray, asked: np.ndarray) -> Drift:
        """A level, and a slope along each of some numbers of the places."""
        return np.concatenate([self.flat[0], known], axis=1), np.concatenate([self.flat[1], asked], axis=1)

    @cached_property
    def spectra(self) -> Spectra:
        at = self.plane.known[self.plane.fitted]
        return Spectra(np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=-1)), self.plane.spacing)

    def fits(self, maps: np.ndarray, drift: np.ndarray) -> list[Covariance]:
        """The likeliest covariance of each shape, the best first, for maps (r, n)."""
        places = self.plane.fitted
        found = likeliest(self.spectra, self.maps(maps)[:, places], drift[places])
        return [covariance for _, covariance in sorted(found.values(), key=lambda pair: pair[0])]

    def maps(self, values: np.ndarray) -> np.ndarray:
        """Some rows of values (t, n), evenly spread."""
        return values[np.unique(np.linspace(0, len(values) - 1, MAPS).astype(int))]

    def weights(self, covariance: Covariance, drift: Drift) -> tuple[Weights, Weights]:
        """For the tried and for the asked places."""
        plane, (here, there) = self.plane, drift
        tried = kriged(covariance, here, plane.to_tried, here[plane.tried])
        return tried, kriged(covariance, here, plane.to_asked, there)

    def by_distance(self, power: float, count: int) -> tuple[Weights, Weights]:
        """Of the nearest places, for the tried and for the asked ones."""
        return by_distance(self.plane.to_tried, power, count), by_distance(self.plane.to_asked, power, count)

    def by_edges(self, power: float) -> tuple[Weights, Weights]:
        """Of the places at the other ends of edges; the nearest where a place has none."""
        plane, (here, there) = self.plane, self.by_distance(1.0, 8)
        assert plane.linked is not None and plane.asked_linked is not None
        return by_edges(plane.linked[plane.tried], power, here), by_edges(plane.asked_linked, power, there)


def told_by_all(field: Field, by_logarithm: bool) -> tuple[dict[str, Told], tuple[np.ndarray, np.ndarray]]:
    """What every rule tells, by name, and kriging's expected errors at the tried (j,) and the asked places (m,)."""
    x, drift = field.known.x, field.flat
    middle = x.mean()
    first, *others = field.fits(x - middle, drift[0])
    weights = field.weights(first, drift)
    told = {"kriging": _both(weights, x)}
    for covariance in others:
        told[f"kriging, {covariance.shape}"] = _both(field.weights(covariance, drift), x)
    if field.as_it_was is not field.plane:
        even = Field(field.known, field.as_it_was)
        told["kriging, even"] = _both(even.weights(even.fits(x - middle, drift[0])[0], drift), x)
    told |= by_variogram(field, drift)
    if len(x[0]) >= SLOPED:
        told["sloped"] = _both(field.weights(field.fits(x - middle, field.sloped[0])[0], field.sloped), x)
    told["bands"] = bands(field, drift)
    if by_logarithm:
        told["logarithm"] = logarithm(field, drift)
    if field.plane.about.shape[1]:
        told["drift"] = _both(field.weights(field.fits(x - middle, field.about[0])[0], field.about), x)
        told["drift in bands"] = bands(field, field.about)
        if by_logarithm:
            told["drift of logarithm"] = logarithm(field, field.about)
    for name, power, count in (("inverse distance", 2.0, 16), ("neighbours", 1.0, 8), ("near", 3.0, 3), ("nearest", 1.0, 1)):
        told[name] = _both(field.by_distance(power, count), x)
    if field.plane.linked is not None:
        for name, power in (("linked", 1.0), ("closely linked", 3.0)):
            told[name] = _both(field.by_edges(power), x)
    told["all"] = _mean_of_all(field)
    return told, (weights[0].error, weights[1].error)


def by_variogram(field: Field, drift: Drift) -> dict[str, Told]:
    """Kriging from few places by a variogram of all differences, in the plane as it was; nothing where places are unlike at any distance.

    What is likeliest heeds how the nearest differ, this one how far ones do; each is better on some fields.
    """
    plane, known, (here, there) = field.as_it_was, field.known, drift
    fitted = fit_variogram(np.where(known.seen, known.x, np.nan), plane.known)
    if not fitted.sill > 0:
        return {}
    covariance = Covariance(fitted.shape, fitted.length, fitted.nugget / fitted.sill, SAME_SPOT * plane.spacing)
    tried = kriged(covariance, here, plane.to_tried.first(LOCAL), here[plane.tried])
    return {"variogram": _both((tried, kriged(covariance, here, plane.to_asked.first(LOCAL), there)), known.x)}


def bands(field: Field, drift: Drift) -> Told:
    """Kriging in space and time: what changes slowly and what changes fast is kriged apart, each with its own covariance.

    For a field that is stationary in time its cosine waves are independent of each other, so each is kriged on its own.
    """
    x = field.known.x
    middle = x.mean()
    waves = dct(x - middle, axis=0, norm="ortho")
    tried, asked = np.zeros((len(x), len(field.plane.tried))), np.zeros((len(x), len(field.plane.asked)))
    for band in _bands(len(x)):
        if np.abs(waves[band]).max() > 0:
            here, there = field.weights(field.fits(waves[band], drift[0])[0], drift)
            tried[band], asked[band] = here.of(waves[band]), there.of(waves[band])
    return Told(idct(tried, axis=0, norm="ortho") + middle, idct(asked, axis=0, norm="ortho") + middle)


def logarithm(field: Field, drift: Drift) -> Told:
    """Kriging of the logarithm, for what is never below zero and mostly small."""
    x = np.maximum(field.known.x, 0.0)
    unit = x[x > 0].mean() / 4
    logs = np.log1p(x / unit)
    top = 2 * logs.max()
    pair = _both(field.weights(field.fits(logs - logs.mean(), drift[0])[0], drift), logs)
    return Told(*(np.expm1(np.clip(a, 0.0, top)) * unit for a in (pair.tried, pair.asked)))


def _both(weights: tuple[Weights, Weights], x: np.ndarray) -> Told:
    return Told(weights[0].of(x), weights[1].of(x))


def _mean_of_all(field: Field) -> Told:
    x, tried = field.known.x, field.plane.tried
    mean, n = x.mean(axis=1, keepdims=True), x.shape[1]
    return Told((mean * n - x[:, tried]) / (n - 1), np.broadcast_to(mean, (len(x), len(field.plane.asked))))


def _bands(steps: int) -> list[slice]:
    """The mean, and waves from slow to fast, each band several times as wide as the one before."""
    edges = np.unique(np.round(np.geomspace(max(2, steps / 64), steps, BANDS)).astype(int))
    bounds = sorted({0, 1, *(int(edge) for edge in edges if edge > 1), steps})
    return [slice(low, high) for low, high in zip(bounds, bounds[1:])]
