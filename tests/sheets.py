"""Small sheets with a known nature: fields that neighbours share, noise that nobody shares, walkers."""

import numpy as np

from chronotope.evaluate.protocols.splits import splits_of
from chronotope.evaluate.sets.sheet import sheet_of
from panels import panel_of


def smooth(side=8, steps=240, seed=0, name="smooth"):
    """A raster of slow random waves: near cells and near times are alike, far ones are not."""
    rng = np.random.default_rng(seed)
    field = rng.normal(size=(steps + 40, side + 24, side + 24))
    for axis, width in ((0, 12), (1, 17), (2, 17)):
        kernel = np.hanning(width + 2)[1:-1]
        field = np.apply_along_axis(lambda x, k=kernel: np.convolve(x, k, "same"), axis, field)
    field = field[20:-20, 12:-12, 12:-12]
    field = field / field.std() + 0.02 * rng.normal(size=field.shape)
    y, x = np.mgrid[:side, :side]
    xy = np.stack([x.ravel(), y.ravel()], axis=1).astype(float)
    return sheet_of(name, panel_of(field.reshape(steps, -1), xy=xy), (side, side))


def noise(places=12, steps=240, seed=1, name="noise"):
    """Places with their own rough walks, on a line."""
    rng = np.random.default_rng(seed)
    walk = np.zeros((steps, places))
    for k in range(1, steps):
        walk[k] = 0.7 * walk[k - 1] + rng.normal(size=places)
    xy = np.stack([np.arange(places, dtype=float), np.zeros(places)], axis=1)
    return sheet_of(name, panel_of(walk, xy=xy))


def splits(sheet, domain="a", horizon=6):
    """All splits of a sheet beside two foreign sets, by name without the set."""
    others = {domain: [sheet], "b": [noise(6, 200, 5, "other")], "c": [noise(6, 200, 6, "third")]}
    return {split.name.split("/", 1)[1]: split for split in splits_of(sheet, domain, horizon, others)}
