"""Poisson floors for events: one rate everywhere, a rate for each cell, or a smooth density of places times the season."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.event_density import density_of
from chronotope.baselines.event_history import EventHistory
from chronotope.baselines.event_seasons import season_of
from chronotope.baselines.events import LATEST, AbstractEventFloor, Rates


class HomogeneousPoisson(AbstractEventFloor):
    """As many events in every step and cell as there were on average, whenever and wherever."""

    name = "homogeneous_poisson"

    def rates(self, history: EventHistory) -> Rates:
        each = history.counts.sum() / history.steps / history.cells
        n, h = history.counts.shape[1], len(history.asked)
        return Rates(np.full((min(LATEST, history.steps), n), each), np.full((h, n), each), np.full(h, each))


class SmoothedRates(AbstractEventFloor):
    """Each cell's own mean, drawn to that of all cells as far as its few events say little (Gamma prior by likelihood).

    Source: Clayton and Kaldor (1987), doi:10.2307/2532003.
    """

    name = "smoothed_rates"

    def rates(self, history: EventHistory) -> Rates:
        counts, steps = history.counts.sum(axis=0), history.steps
        shape, rate = gamma_prior(counts, history.events.elsewhere, steps)
        each, h = (counts + shape) / (steps + rate), len(history.asked)
        past = np.broadcast_to(each, (min(LATEST, steps), len(each)))
        return Rates(past, np.broadcast_to(each, (h, len(each))), np.full(h, shape / (steps + rate)))


class KernelSeason(AbstractEventFloor):
    """A density of places, kernels of widths that foresee other times best, times the hours, weekdays and the year."""

    name = "kde_season"

    def rates(self, history: EventHistory) -> Rates:
        density, season = density_of(history), season_of(history)
        steps, level = history.steps, history.counts.sum() / history.steps
        latest = np.arange(max(steps - LATEST, 0), steps)
        past = level * season[latest, None] * density.without[density.block[latest]]
        ahead = level * season[history.asked]
        return Rates(past, ahead[:, None] * density.places, ahead * density.elsewhere)


def gamma_prior(counts: np.ndarray, empty: int, steps: int) -> tuple[float, float]:
    """Shape and rate (in steps) of the Gamma prior under which sums (n,) over `steps`, and `empty` cells more, are likeliest."""
    from scipy.special import gammaln

    total, cells = counts.sum(), len(counts) + empty
    mean = max(total / steps / cells, 1e-12)
    hit = counts[counts > 0]

    def likelihood(shape: float) -> float:
        rate = shape / mean
        ways = (gammaln(hit + shape) - gammaln(shape) + hit * np.log(steps / (rate + steps))).sum()
        return float(ways + cells * shape * np.log(rate / (rate + steps)))

    shape = float(max(np.geomspace(0.01, 100, 41), key=likelihood))
    return shape, shape / mean
