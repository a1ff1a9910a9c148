"""Direction: a plane pulled apart across the direction along which a field is more alike, so that distances count alike in all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.evidence.between.covariance import Spectra, likeliest
from chronotope.evidence.between.known import Known
from chronotope.evidence.between.plane import Plane
from chronotope.evidence.between.rules import Field

RATIO, ANGLES = 2.0, 4  # how much longer the reach is along one direction than across, and how many directions are tried
SURE = 12.0  # nats by which left-out places must be likelier, for what is likelier by chance among a few directions


def evened(known: Known, plane: Plane) -> Plane:
    """The plane as it is, or pulled apart across the direction in which left-out places are clearly likelier."""
    field, places = Field(known, plane), plane.fitted
    maps, drift = field.maps(known.x - known.x.mean())[:, places], field.flat[0][places]
    even, covariance = min(likeliest(field.spectra, maps, drift).values(), key=lambda pair: pair[0])
    found = []
    for turn in _turns():
        at = plane.known[places] @ turn
        distance = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=-1))
        found.append(likeliest(Spectra(distance, plane.spacing, (covariance.shape,)), maps, drift)[covariance.shape][0])
    best = int(np.argmin(found))
    if (even - found[best]) * len(places) < SURE:
        return plane
    turn = _turns()[best]
    return replace(plane, known=plane.known @ turn, asked=plane.asked @ turn)


def _turns() -> list[np.ndarray]:
    """(2, 2) each: positions times one of them are longer across a direction and shorter along it, areas as before."""
    long = np.sqrt(RATIO)
    angles = np.arange(ANGLES) * np.pi / ANGLES
    return [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) * np.array([long, 1 / long]) for a in angles]
