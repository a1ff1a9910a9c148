"""Covariance: how alike places are at a distance, fitted on known places that are left out in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from chronotope.evidence.kriging import CORRELATIONS

NUGGETS = np.array([1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0])  # in sills
LENGTHS = 9
JITTER = 1e-9
FAR = 6.0  # spots beyond which nothing of it is left
SAME_SPOT = 1e-3  # of the spacing: nearer than this even what places do not share is shared; wells of two depths stand 3e-3 apart


@dataclass(frozen=True)
class Covariance:
    """sill * (correlation(distance / length) + nugget * [at the same spot]).

    Attributes:
        shape: a key of `CORRELATIONS`.
        length: in units of the plane.
        nugget: variance of what places do not share, in sills.
        spot: distance below which that, too, is shared.
    """

    shape: str
    length: float
    nugget: float
    spot: float

    def __call__(self, distance: np.ndarray) -> np.ndarray:
        """In sills, any shape."""
        found = np.asarray(CORRELATIONS[self.shape](distance / self.length))
        close = distance < FAR * self.spot
        found[close] += self.nugget * np.exp(-((distance[close] / self.spot) ** 2))
        return found


@dataclass
class Spectra:
    """Correlation matrices of some places in all shapes and lengths as eigenvalues and vectors, made once for all fits.

    Attributes:
        distance: (k, k) between the places.
        spacing: the usual distance to the next place.
        shapes: keys of `CORRELATIONS`.
    """

    distance: np.ndarray
    spacing: float
    shapes: tuple[str, ...] = tuple(CORRELATIONS)
    _made: dict[tuple[str, float], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    @property
    def lengths(self) -> np.ndarray:
        """From half the spacing to one and a half times the extent."""
        far = float(self.distance.max()) or 1.0
        return np.geomspace(max(self.spacing / 2, far * 1e-3), far * 1.5, LENGTHS)

    def each(self) -> Iterator[tuple[str, float, np.ndarray, np.ndarray]]:
        """(shape, length, eigenvalues, vectors)."""
        for shape in self.shapes:
            for length in self.lengths:
                if (shape, length) not in self._made:
                    values, vectors = np.linalg.eigh(CORRELATIONS[shape](self.distance / length))
                    self._made[shape, length] = np.maximum(values, 0.0), vectors
                yield shape, float(length), *self._made[shape, length]


def likeliest(spectra: Spectra, maps: np.ndarray, drift: np.ndarray) -> dict[str, tuple[float, Covariance]]:
    """For each shape the covariance under which places that are left out in turn are likeliest, and how unlikely they still are.

    Args:
        spectra: of the k places.
        maps: (r, k), independent realisations; their mean may be anything that `drift` explains.
        drift: (k, p), what a mean is made of, a column of ones first.

    Source: Dubrule (1983), doi:10.1007/BF01033232, all left out by one inversion; Sundararajan and Keerthi (2001), the likelihood.
    """
    best: dict[str, tuple[float, Covariance]] = {}
    for shape, length, values, vectors in spectra.each():
        inverse = 1.0 / (values + NUGGETS[:, None] + JITTER)  # (g, k)
        drifts, told = _through(vectors, inverse, drift), _through(vectors, inverse, maps.T)
        gram = np.linalg.inv(drift.T @ drifts + JITTER * np.eye(drift.shape[1]))
        left = drifts @ gram  # (g, k, p)
        precision = inverse @ (vectors**2).T - (left * drifts).sum(axis=2)  # one over the variance of a place given the others
        miss = told - left @ (drift.T @ told)
        size = (miss**2).mean(axis=2) / precision
        off = np.log(np.maximum(size.mean(axis=1), 1e-300)) - np.log(precision).mean(axis=1)
        one = int(np.argmin(off))
        if shape not in best or off[one] < best[shape][0]:
            best[shape] = float(off[one]), Covariance(shape, length, float(NUGGETS[one]), SAME_SPOT * spectra.spacing)
    return best


def _through(vectors: np.ndarray, inverse: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The inverse covariances (g, k, k) times columns (k, c), (g, k, c)."""
    return np.asarray(vectors @ (inverse[:, :, None] * (vectors.T @ columns)))
