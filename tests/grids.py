"""Fields on a grid whose truth is known, as panels, and stand-ins for the network."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from panels import panel_of

PATTERN = gaussian_filter(np.random.default_rng(2).normal(size=(90, 90)), 2.0, mode="wrap")
PATTERN /= PATTERN.std()


def sliding(steps, velocity=(1.0, 1.4), side=24):
    """Frames (t, y, x) of a pattern that moves so many cells a step."""
    here, by = np.indices((side, side), float), np.array(velocity)[:, None, None]
    return np.stack([map_coordinates(PATTERN, here + 30 - by * k, order=3, mode="wrap") for k in range(steps)])


def gridded(frames, freq="5min"):
    """Frames (t, y, x) as a panel of cells."""
    panel = panel_of(frames.reshape(len(frames), -1), freq)
    cells = np.indices(frames.shape[1:]).reshape(2, -1).T
    return replace(panel, xy=cells[:, ::-1].astype(float), cells=cells)


def standing(question):
    """The last seen value, one deviation wide."""
    first, rows = question.first, question.rows
    last = np.where(question.seen[first - 1], question.frame.values[first - 1], 0.0)
    wide = (np.array(question.levels)[:, None, None, None] - 0.5) * 2.0
    told = np.broadcast_to(last + wide, (len(question.levels), len(rows), *last.shape))
    return np.where(question.asked[rows], told, np.nan).astype(np.float32)


def straight(question):
    """Straight lines over gaps in time, one deviation wide."""
    values, rows = question.visible(), np.arange(len(question.seen))
    told = np.zeros(values.shape)
    for place, v in np.ndindex(values.shape[1:]):
        good = np.isfinite(values[:, place, v])
        told[:, place, v] = np.interp(rows, rows[good], values[good, place, v]) if good.any() else 0.0
    wide = (np.array(question.levels)[:, None, None, None] - 0.5) * 2.0
    told = told[question.rows] + wide
    return np.where(question.asked[question.rows], told, np.nan).astype(np.float32)


class Counted:
    """A stand-in that remembers how many places it was asked about."""

    def __init__(self, answer):
        self.answer, self.places = answer, []

    def __call__(self, question):
        self.places.append(question.seen.shape[1])
        return self.answer(question)
