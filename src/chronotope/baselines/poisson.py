"""Poisson floors for events: one rate everywhere, or a rate that depends on the place and the hour of the week."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from chronotope.baselines.events import AbstractEventFloor, Events, enough

_MOST = 4000  # points that make a density
_EVEN = 0.01  # share of a density that lies evenly over the area, so that nowhere is impossible


@dataclass(frozen=True)
class HomogeneousPoisson(AbstractEventFloor):
    """As many events per day and area as there were, whenever and wherever."""

    rate: float = float("nan")
    name: str = field(default="homogeneous_poisson", repr=False)

    def fit(self, events: Events) -> HomogeneousPoisson:
        enough(events, 1, self.name)
        return HomogeneousPoisson(len(events.times) / (events.end - events.start))

    def intensity(self, events: Events) -> np.ndarray:
        return np.full(len(events.times), self.rate / events.area)

    def expected(self, events: Events, start: float, end: float) -> float:
        return self.rate * (end - start)


@dataclass(frozen=True)
class InhomogeneousPoisson(AbstractEventFloor):
    """A smooth density of places times the hour of the week, on the data's clock; nothing depends on what happened just now."""

    rate: float = float("nan")
    week: np.ndarray = field(default_factory=lambda: np.ones(168), repr=False)
    points: np.ndarray | None = field(default=None, repr=False)
    bandwidth: float = float("nan")
    box: np.ndarray | None = field(default=None, repr=False)
    name: str = field(default="inhomogeneous_poisson", repr=False)

    def fit(self, events: Events) -> InhomogeneousPoisson:
        enough(events, 10, self.name)
        rate = len(events.times) / (events.end - events.start)
        if events.xy is None:
            return InhomogeneousPoisson(rate, week_shape(events))
        points = thinned(events.xy)
        return InhomogeneousPoisson(rate, week_shape(events), points, best_bandwidth(points, events.corners), events.corners)

    def intensity(self, events: Events) -> np.ndarray:
        return self.rate * self.week[hour_of_week(events.times)] * self.density(events)

    def density(self, events: Events) -> np.ndarray:
        """Share of the events per area (e,) at each event's place; 1 without places."""
        if events.xy is None or self.points is None or self.box is None:
            return np.ones(len(events.times))
        inside = inside_share(self.points, self.bandwidth, self.box)
        return (1 - _EVEN) * density_at(events.xy, self.points, self.bandwidth, 1 / inside) + _EVEN / np.prod(self.box[1] - self.box[0])

    def expected(self, events: Events, start: float, end: float) -> float:
        edges = np.unique(np.concatenate([[start, end], np.arange(np.ceil(start * 24), np.floor(end * 24) + 1) / 24]))
        edges = edges[(edges >= start) & (edges <= end)]
        return float(self.rate * (np.diff(edges) @ self.week[hour_of_week((edges[1:] + edges[:-1]) / 2)]))


def hour_of_week(times: np.ndarray) -> np.ndarray:
    """Hours 0..167 since Monday's midnight of times in days."""
    return np.floor(times * 24 + 1e-9).astype(int) % 168


def week_shape(events: Events, strength: float = 20.0) -> np.ndarray:
    """Relative rate (168,) of the hours of the week, mean 1: even with less than four weeks, nearly so where events are few."""
    exposed = np.bincount(hour_of_week(np.arange(np.floor(events.start * 24), np.ceil(events.end * 24)) / 24), minlength=168)
    if events.end - events.start < 28:
        return np.ones(168)
    counts = np.bincount(hour_of_week(events.times), minlength=168).astype(float)
    smooth = (np.roll(counts, 1) + 2 * counts + np.roll(counts, -1)) / 4
    usual = len(events.times) / exposed.sum()
    shape = (smooth + strength) / (exposed * usual + strength)
    return shape * exposed.sum() / (shape @ exposed)


def density_at(at: np.ndarray, points: np.ndarray, bandwidth: float, heights: np.ndarray) -> np.ndarray:
    """Mean of round Gaussians (m,) of standard deviation `bandwidth` and `heights` (p,) around points (p, 2), at places (m, 2)."""
    out = np.empty(len(at))
    share = heights / (len(points) * 2 * np.pi * bandwidth**2)
    for i in range(0, len(at), 512):
        squares = ((at[i : i + 512, None] - points[None]) ** 2).sum(axis=-1) / bandwidth**2
        out[i : i + 512] = np.exp(-0.5 * squares) @ share
    return out


def inside_share(points: np.ndarray, bandwidth: float, box: np.ndarray) -> np.ndarray:
    """Share (p,) of each Gaussian that lies in the box, which every density is cut to."""
    low, high = (ndtr((edge - points) / bandwidth) for edge in box)
    return np.prod(high - low, axis=1)


def best_bandwidth(points: np.ndarray, box: np.ndarray) -> float:
    """The bandwidth under which points are likeliest given all others; never so small that points on one spot make it vanish."""
    area = float(np.prod(box[1] - box[0]))
    step = max(len(points) // 800, 1)
    tried = rule_of_thumb(points, area) * np.array([0.05, 0.1, 0.2, 0.4, 0.7, 1.0])

    def likelihood(bandwidth: float) -> float:
        heights = 1 / inside_share(points, bandwidth, box)
        own = heights[::step] / (len(points) * 2 * np.pi * bandwidth**2)
        others = (density_at(points[::step], points, bandwidth, heights) - own) * len(points) / (len(points) - 1)
        return float(np.log((1 - _EVEN) * np.maximum(others, 0) + _EVEN / area).mean())

    return float(max(tried, key=likelihood))


def rule_of_thumb(points: np.ndarray, area: float) -> float:
    """Scott's bandwidth in two dimensions."""
    spread = np.sqrt(points.var(axis=0).mean())
    return max(spread * len(points) ** (-1 / 6), 1e-6 * area**0.5)


def thinned(points: np.ndarray) -> np.ndarray:
    """At most so many points, evenly over time."""
    return points[np.unique(np.linspace(0, len(points) - 1, min(len(points), _MOST)).astype(int))]
