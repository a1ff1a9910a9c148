"""Vectors: an embedding laid out so that places that behave alike lie near, and the same colours on the map."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chronotope.data.fixes import fixes_of
from chronotope.errors import KindError
from chronotope.view.cutting import positions_of
from chronotope.view.ground import NO_PLACE, box_of, draw_ground, frame
from chronotope.view.slices import Slice
from chronotope.view.style import SOFT, house_style, new_figure

NAMED = 40  # places whose names are written
SPREAD = 0.035  # share of the picture that two names stand apart


def plot_vectors(made: Any, ax: Axes | None = None) -> Axes:
    """Each place, object or window as a dot, near those that behave alike: the two directions along which the vectors differ most.

    Args:
        made: an Embedding per place or window.
        ax: where to draw; a figure of its own by default.

    Raises:
        KindError: there are fewer than three vectors.
    """
    spots, share = _laid_out(_rows(made), 2)
    names = _names(made, len(spots))
    with house_style():
        axes = new_figure(5.6, 4.2).add_subplot() if ax is None else ax
        axes.scatter(spots[:, 0], spots[:, 1], c=colours_of(made), s=float(np.clip(4000 / len(spots), 3, 40)), lw=0.3, edgecolors="white")
        _write(axes, spots, names)
        axes.set(xticks=[], yticks=[], xlabel=f"near: behave alike (this plane shows {share:.0%} of the differences)")
        axes.set_title(f"{len(spots):,} {made.meta['per']}s, laid out by how they behave")
        axes.margins(0.08)
    return axes


def map_vectors(made: Any) -> Figure:
    """The places on the map; places of one colour behave alike, wherever they lie.

    Raises:
        KindError: there are no coordinates, or the vectors are not one per place.
    """
    if made.meta.get("per") not in ("place", "object"):
        raise KindError("A map needs a vector per place; this embedding has one per " + str(made.meta.get("per")) + ". Take per='place'.")
    dataset, space, colours = made.history.to_xarray(), made.space, colours_of(made)
    east: np.ndarray | None
    north: np.ndarray | None
    if space == ("object",):
        fixes = fixes_of(made.history)
        colours = colours[fixes.who]
        north, east = fixes.at.T if fixes.degrees else fixes.at.T[::-1]
        axes_words = ("longitude", "latitude") if fixes.degrees else fixes.pair
    else:
        east, north, axes_words = positions_of(dataset, space)
    if east is None or north is None:
        raise KindError(NO_PLACE)
    shape = (len(east),) if space == ("object",) else tuple(dataset.sizes[dim] for dim in space)
    none = np.zeros((1, 0, len(east)))
    part = Slice(
        "", "", np.zeros(1), np.zeros(0), none, np.zeros(0), none[0], none[0], np.arange(len(east)), shape, east, north, axes_words
    )
    with house_style():
        figure = new_figure(5.6, 4.0)
        axes = figure.add_subplot()
        x, y = part.plane.to(east, north)
        size = float(np.clip(3000 / len(x), 3, 60))
        axes.scatter(x, y, c=colours, s=size, marker="s" if len(shape) == 2 else "o", lw=0.3, edgecolors="white", zorder=3)
        draw_ground(axes, part.plane, box_of(part))
        frame(axes, part, box_of(part))
        axes.set_title("objects of like colours move alike" if space == ("object",) else "places of like colours behave alike")
    return figure


def colours_of(made: Any) -> np.ndarray:
    """A colour (n, 3) for each vector: its first three directions as lightness and two hues, grey where there is none."""
    spots, _ = _laid_out(_rows(made), 3)
    low, high = np.nanquantile(spots, [0.02, 0.98], axis=0)
    unit = np.clip((spots - low) / np.where(high > low, high - low, 1), 0, 1)
    warm, light = unit[:, 0], unit[:, 1]
    rgb = np.stack([0.13 + 0.82 * warm, 0.25 + 0.5 * light, 0.72 - 0.6 * warm + 0.1 * unit[:, 2]], axis=1)
    return np.where(np.isfinite(spots[:, :1]), np.clip(rgb, 0, 1), 0.8)


def _rows(made: Any) -> np.ndarray:
    rows = np.asarray(made, float)
    if len(rows) < 3:
        raise KindError(f"A picture of vectors needs three of them at least; this embedding has {len(rows)}. Take per='place' or 'window'.")
    return rows


def _laid_out(rows: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    """The first principal directions (n, count), NaN where the vector is, and the share of the variance in the first two."""
    known = np.isfinite(rows).all(axis=1)
    centred = rows[known] - rows[known].mean(axis=0)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    out = np.full((len(rows), count), np.nan)
    got = min(count, len(size))
    out[np.ix_(known, np.arange(got))] = (left * size)[:, :got]
    out[np.ix_(known, np.arange(got, count))] = 0.0
    return out, float((size[:2] ** 2).sum() / max((size**2).sum(), 1e-12))


def _names(made: Any, count: int) -> list[str]:
    history = made.history.to_xarray()
    names = made.places
    if "name" in history and history["name"].dims == made.history.space:
        names = history["name"].values
    return [str(name) for name in names] if len(names) == count else []


def _write(axes: Axes, spots: np.ndarray, names: list[str]) -> None:
    """Names beside dots, as many as stand apart; those far out first."""
    if not names:
        return
    scale = np.nanmax(spots, axis=0) - np.nanmin(spots, axis=0)
    unit = spots / np.where(scale > 0, scale, 1)
    order = np.argsort(-np.nan_to_num(np.hypot(*(unit - np.nanmean(unit, axis=0)).T)))
    written: list[np.ndarray] = []
    for i in order:
        apart = all(abs(unit[i, 1] - one[1]) > SPREAD or abs(unit[i, 0] - one[0]) > 5 * SPREAD for one in written)
        if len(written) < NAMED and np.isfinite(unit[i]).all() and apart:
            written.append(unit[i])
            axes.annotate(names[i], spots[i], (4, 0), textcoords="offset points", fontsize=6.5, color=SOFT, va="center")
