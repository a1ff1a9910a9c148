"""Films of bouncing discs as panels on a grid, and how far forecasts of them are off."""

import numpy as np

from chronotope.baselines.networks.panel_network import PanelNetwork
from chronotope.data.panel import Panel
from chronotope.worlds.bouncing import bouncing
from panels import panel_of


def film_panel(seed: int, steps: int, side: int = 10, discs: int = 1) -> Panel:
    """A film (steps, side * side) whose places stand on a grid."""
    film = bouncing(np.random.default_rng(seed), steps, side, discs, radius=1.5, speed=0.9)
    y, x = np.divmod(np.arange(side * side), side)
    return panel_of(film.reshape(steps, -1), "1s", xy=np.stack([x, -y], axis=1).astype(float))


def mean_squares(network: PanelNetwork, panel: Panel, first: int, horizon: int, every: int = 3) -> tuple[float, float]:
    """Mean squared error of the median and of the last frame, over origins from `first` on."""
    origins = np.arange(first, len(panel.times) - horizon, every)
    truth = panel.values[origins[:, None] + np.arange(1, horizon + 1)]
    if network.trained is None:
        raise ValueError("fit the network first")
    ours = network.trained.answer(panel.values.astype(float), panel, origins)[..., 4]
    return float(np.mean((ours - truth) ** 2)), float(np.mean((panel.values[origins][:, None] - truth) ** 2))
