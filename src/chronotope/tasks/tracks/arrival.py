"""Arrival: when objects come to places, how likely it is that they do, and which place is the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.azimuthal import Azimuthal
from chronotope.data.field import Field
from chronotope.data.fixes import Fixes, fixes_of
from chronotope.data.stamps import table_in_zone
from chronotope.errors import ArgumentError, DataError
from chronotope.questions import Predictor
from chronotope.tasks.places import places_of
from chronotope.tasks.results.labelled import Labelled
from chronotope.tasks.simulate import wanted
from chronotope.tasks.times import check_levels
from chronotope.tasks.tracks.forecast import simulate_paths


@dataclass(frozen=True, repr=False)
class Arrivals(Labelled):
    """When objects come within a radius of places.

    Attributes:
        dataset: `chance` (place, object) that the object comes within the horizon, `next` (place, object) that this is the first of the
            places it comes to, and `arrival` (quantile, place, object), when it comes if it does, NaT where no member does.
        history: the Field that was given.
        meta: task, model, origin, horizon, radius, members.
    """

    dataset: xr.Dataset
    history: Field
    meta: dict[str, Any] = field(default_factory=dict)

    def to_pandas(self) -> pd.DataFrame:
        """A row per object and place, the likeliest next place first: object, place, chance, next, q0.1, ..., q0.9."""
        data = self.dataset.transpose("quantile", "object", "place")
        objects, places = np.meshgrid(data["object"].values, data["place"].values, indexing="ij")
        table = pd.DataFrame({"object": objects.ravel(), "place": places.ravel()})
        table = table.assign(chance=data["chance"].values.ravel(), next=data["next"].values.ravel())
        for level, values in zip(data["quantile"].values, data["arrival"].values):
            table[f"q{level:g}"] = values.ravel()
        table = table.dropna(subset=["chance"]).sort_values(["object", "next"], ascending=[True, False], kind="stable", ignore_index=True)
        return table_in_zone(table, self.history.dataset)

    def __repr__(self) -> str:
        return (
            f"<Arrivals of {self.dataset.sizes['object']} objects at {self.dataset.sizes['place']} places by {self.meta.get('model', '?')}>"
        )


def arrival(
    predictor: Predictor, tracks: Field, places: Any, horizon: Any, *, radius: Any, n: Any = 200, seed: Any = 0, at: Any = None,
    quantiles: Any, context: Any = None,
) -> Arrivals:  # fmt: skip
    """When every object comes within `radius` of each place; see `Model.arrival`."""
    fixes, levels = fixes_of(tracks), check_levels(quantiles)
    if at is not None and np.ndim(at) > 0:
        raise ArgumentError("at must be one origin for arrivals; found several. Ask one after the other.")
    names, where = _places(places, tracks, fixes)
    reach = _radius(radius)
    drawn = simulate_paths(predictor, tracks, horizon, wanted(n, seed), at=at, context=context, target=fixes.pair[0])
    data = drawn.dataset
    times = data["time"].values.astype("datetime64[ns]").astype(np.int64)
    step = int(times[1] - times[0]) if len(times) > 1 else int(pd.Timedelta(drawn.meta["step"]).value)
    members = np.stack([data[name].values for name in fixes.pair], axis=-1)  # (m, h, k, 2)
    start = _starts(fixes, times[0] - step)
    whole = np.concatenate([np.broadcast_to(start, (len(members), 1, *start.shape)), members], axis=1)
    came = np.stack([_entered(whole, place, reach, fixes.degrees) for place in where])  # (p, m, k) in steps, infinite where never
    known = np.isfinite(members[0, 0, :, 0])
    chance = np.where(known, np.isfinite(came).mean(axis=1), np.nan)
    first = np.where(known, ((came == came.min(axis=0)) & np.isfinite(came)).mean(axis=1), np.nan)
    when = np.full((len(levels), len(where), len(known)), np.datetime64("NaT", "ns"))
    for p, k in np.argwhere(chance > 0):
        steps = came[p, np.isfinite(came[p, :, k]), k]
        when[:, p, k] = (times[0] - step + np.quantile(steps, levels) * step).astype(np.int64).astype("datetime64[ns]")
    coords: dict[str, Any] = {"quantile": list(levels), "place": names, "object": data["object"].values}
    coords |= {name: ("place", where[:, i]) for i, name in enumerate(fixes.pair)}
    variables = {"chance": (("place", "object"), chance), "next": (("place", "object"), first)}
    dataset = xr.Dataset({**variables, "arrival": (("quantile", "place", "object"), when)}, coords)
    kept = {key: drawn.meta[key] for key in ("model", "origin", "horizon", "step", "seed", "members", "estimator", "objects", "warnings")}
    return Arrivals(dataset, tracks, {"task": "arrival", "version": version("chronotope"), "radius": reach, **kept})


def _starts(fixes: Fixes, origin: int) -> np.ndarray:
    """Where each object was seen last (k, 2) up to the origin; NaN for those that were not."""
    past, out = fixes.until(origin), np.full((len(fixes.names), 2), np.nan)
    last = np.append(np.diff(past.who) != 0, True)
    out[past.who[last]] = past.at[last]
    return out


def _entered(paths: np.ndarray, place: np.ndarray, radius: float, degrees: bool) -> np.ndarray:
    """Steps (m, k) from the origin until paths (m, h + 1, k, 2), straight between rows, come within the radius; infinite where never."""
    flat = Azimuthal(float(place[0]), float(place[1])).to_plane(paths) if degrees else paths - place
    at = flat[..., 0] + 1j * flat[..., 1]
    now, move = at[:, :-1], np.diff(at, axis=1)
    a, b, c = np.abs(move) ** 2, (now.conj() * move).real, np.abs(now) ** 2 - radius**2
    root = b**2 - a * c
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(c <= 0, 0.0, (-b - np.sqrt(np.maximum(root, 0))) / a)
        hit = (c <= 0) | ((root >= 0) & (a > 0) & (share >= 0) & (share <= 1))
    row = hit.argmax(axis=1)
    m, k = np.indices(row.shape)
    return np.where(hit.any(axis=1), row + share[m, row, k], np.inf)


def _places(places: Any, tracks: Field, fixes: Fixes) -> tuple[np.ndarray, np.ndarray]:
    """Names (p,) and positions (p, 2).

    Raises:
        DataError: a place has no position.
    """
    found = places_of(places, tracks, "places")
    if found.pair != fixes.pair:
        raise DataError(f"`places` must have columns {' and '.join(fixes.pair)}, as the tracks have; found {' and '.join(found.pair)}.")
    numbered = [f"place {i + 1}" for i in range(len(found.table))]
    return np.array(numbered if found.label is None else found.names.astype(str), object), found.points


def _radius(radius: Any) -> float:
    try:
        size = float(radius)
    except (TypeError, ValueError):
        size = float("nan")
    if isinstance(radius, bool) or not (np.isfinite(size) and size > 0):
        raise ArgumentError(f"radius must be a distance above 0, in metres or the plane's units; found {radius!r}.")
    return size
