"""Embedding: vectors under the names and coordinates of the places they describe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.folding import place_names
from chronotope.data.stamps import in_zone, zone_of
from chronotope.tasks.results.labelled import Labelled

NAME, FEATURE = "embedding", "feature"


@dataclass(frozen=True, repr=False)
class Embedding(Labelled):
    """Vectors `embedding` with dims `(place, feature)`, `(window, place, feature)` or `(feature,)`; a grid's dims stand for `place`, and
    `object` for it of tracks.

    `numpy.asarray` of it is (rows, features), a row per place (and window), as scikit-learn takes them.

    Attributes:
        dataset: `embedding`, NaN for a place of which nothing was observed; windows are named by their first step, and
            `window_end` is their last.
        history: the Field that was given.
        meta: task, model, version, per, window (steps) and what else says where the numbers come from; `warnings` holds what looks
            wrong in the data that was read.
    """

    dataset: xr.Dataset
    history: Field
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def vectors(self) -> xr.DataArray:
        """The vectors with their dims."""
        return self.dataset[NAME]

    @property
    def space(self) -> tuple[str, ...]:
        """The dims that vectors are of: those of the field's places, or ("object",) for tracks."""
        return ("object",) if self.history.kind == "tracks" else self.history.space

    @property
    def places(self) -> np.ndarray:
        """Names of the places or objects, object (n,): "row,column" for a grid; empty for the vector of a field."""
        return np.empty(0, object) if self.meta.get("per") == "field" else place_names(self.dataset, self.space)

    def to_pandas(self) -> pd.DataFrame:
        """A table: window (its first step) where there are windows, place, lat, lon (or x, y), f0, f1, ..."""
        names = self.places
        columns: dict[str, Any] = {}
        if "window" in self.dataset.dims:
            columns["window"] = in_zone(np.repeat(self.dataset["window"].values, len(names)), zone_of(self.dataset, "window"))
        repeats = max(1, len(np.asarray(self)) // max(len(names), 1))
        if len(names):
            columns["object" if self.space == ("object",) else "place"] = np.tile(names, repeats)
            columns |= {name: np.tile(values, repeats) for name, values in _positions(self.dataset, self.space).items()}
        numbers = pd.DataFrame(np.asarray(self), columns=[str(name) for name in self.dataset[FEATURE].values])
        return pd.concat([pd.DataFrame(columns), numbers], axis=1) if columns else numbers

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        values = self.vectors.values
        return np.array(values.reshape(-1, values.shape[-1]), dtype=dtype or values.dtype)

    def __len__(self) -> int:
        return int(np.prod(self.vectors.shape[:-1]))

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from chronotope.tasks.results.html import embedding_html

        return embedding_html(self)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{dim}: {size}" for dim, size in self.vectors.sizes.items())
        return f"<Embedding per {self.meta.get('per', '?')} by {self.meta.get('model', '?')} ({sizes})>"


def _positions(dataset: xr.Dataset, space: tuple[str, ...]) -> dict[str, np.ndarray]:
    """lat and lon (else x and y), one number per place."""
    blank = xr.DataArray(np.zeros([dataset.sizes[dim] for dim in space]), dims=space)
    for pair in (("lat", "lon"), ("y", "x")):
        if all(name in dataset.coords and set(dataset[name].dims) <= set(space) for name in pair):
            arrays = {name: xr.DataArray(dataset[name].values, dims=dataset[name].dims) for name in pair}
            return {name: (blank + array).transpose(*space).values.ravel() for name, array in arrays.items()}
    return {}
