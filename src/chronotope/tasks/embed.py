"""Embed: everything is seen and nothing is asked; what the field is like is wanted as vectors."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.folding import place_names
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.questions import Predictor, Vectors
from chronotope.questions.kinds.window import whole
from chronotope.tasks.forecast import answered
from chronotope.tasks.results.embedding import FEATURE, NAME, Embedding
from chronotope.tasks.times import steps_of


def embed(
    predictor: Predictor, field: Field, per: str = "place", *, target: Any = None, window: Any = None, context: Any = None
) -> Embedding:
    """Vectors of places, of windows or of the field; see `Model.embed`."""
    names = answered(field, target)
    panel = field.panel(names, exact=True)
    if context is not None:
        panel = panel.slice_time(max(0, len(panel.times) - steps_of(context, panel, "context")), len(panel.times))
    if not panel.mask.any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed; found none.")
    want = Vectors(per) if window is None else Vectors(per, steps_of(window, panel, "window"))
    values = predictor.answer(whole(panel, want)).values
    steps = want.window if per == "window" else None
    meta: dict[str, Any] = {"task": "embed", "model": predictor.name, "version": version("chronotope"), "seed": None}
    meta |= {"per": per, "window": steps, "target": list(names), "steps": len(panel.times), "warnings": []}
    return Embedding(_labelled(values, field, panel, want), field, meta)


def _labelled(values: np.ndarray, field: Field, panel: Panel, want: Vectors) -> xr.Dataset:
    """The vectors with the place dims of the field in the place of places."""
    source, space = field.dataset, field.space
    lead: tuple[str, ...] = {"place": (), "window": ("window",), "field": ()}[want.per]
    where = () if want.per == "field" else space
    sizes = [source.sizes[dim] for dim in where]
    shape = (*values.shape[: len(lead)], *sizes, values.shape[-1])
    coords: dict[Any, Any] = {FEATURE: [f"f{k}" for k in range(values.shape[-1])]}
    if where:
        coords |= {name: array for name, array in source.coords.items() if set(array.dims) <= set(space) and name != "time"}
        if space == ("place",) and "place" not in source.coords:
            coords["place"] = ("place", place_names(source, space))
    if lead:
        rows = want.stretches(len(panel.times))
        attrs = field.dataset["time"].attrs
        coords["window"] = ("window", panel.times[[one.start for one in rows]], attrs)
        coords["window_end"] = ("window", panel.times[[one.stop - 1 for one in rows]], attrs)
    words = {"long_name": "what the series is like; distances between vectors mean something, single features do not"}
    return xr.Dataset({NAME: ((*lead, *where, FEATURE), values.reshape(shape), words)}, coords)
