"""Common to the verbs: who answers, what is refused at the door, and warnings that are said to whoever called."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataWarning
from chronotope.pace import said
from chronotope.questions import Predictor
from chronotope.tasks.events.detection import EventDetection
from chronotope.tasks.events.result import EventForecast
from chronotope.tasks.events.simulation import EventSimulation
from chronotope.tasks.results.detection import Detection
from chronotope.tasks.results.embedding import Embedding
from chronotope.tasks.results.explanation import Explanation
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.results.simulation import Simulation
from chronotope.tasks.tracks.arrival import Arrivals
from chronotope.wrappers.reconciled import Reconciled

R = TypeVar("R", Forecast, Embedding, Simulation, Arrivals, Explanation, Detection, EventForecast, EventSimulation, EventDetection)


class Asked:
    """Whoever is asked.

    Attributes:
        predictor: who answers.
    """

    predictor: Predictor

    def _adding_up(self, field: Field, reconcile: Any) -> Predictor:
        """The predictor, wrapped where its answers are to add up."""
        if reconcile is None:
            return self.predictor
        if field.kind == "tracks":
            raise ArgumentError("reconcile is for fields of places; objects on their way do not add up. Leave it out.")
        return Reconciled(self.predictor, reconcile)


def up_to(field: Field, origin: str | list[str]) -> Field:
    """The part of a field that a forecast reads: what comes later must not even be warned of."""
    stamps = [pd.Timestamp(stamp) for stamp in ([origin] if isinstance(origin, str) else origin)]
    last = max(stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp for stamp in stamps)
    if "event" in field.dataset["time"].dims:
        return field.isel(event=np.flatnonzero(field.times <= last.to_datetime64()))
    stop = int(np.searchsorted(field.times, last.to_datetime64(), side="right"))
    return field.isel(time=slice(0, max(1, stop)))


def only_of_values(field: Field, **given: Any) -> None:
    """Refuse what has no sense for events and tracks, which are no values at places."""
    name = next((name for name, value in given.items() if value), None)
    if name is not None:
        what = {"events": "events are counted, and their count is what is forecast", "tracks": "of tracks the positions are read"}
        what["points"] = "moving sensors are read by their nearness in space and time"
        raise ArgumentError(f"{name} is for fields with values; {what[field.kind]}. Leave it out.")


def no_cells(field: Field, step: Any, cell: Any) -> None:
    """Refuse what has sense for events alone."""
    if step is not None or cell is not None:
        said = f"step and cell are for events, which are counted in them; this field is {field.kind}. Give step= when you open it."
        raise ArgumentError(said)


def voiced(made: R, read: Field | None = None, depth: int = 3) -> R:
    """The result, with what looks wrong in its `meta["warnings"]` and said to whoever called, unless that is this package itself.

    `read` is the part of the field that was read, where that is not all of it.
    """
    return replace(made, meta=warned(made.history if read is None else read, made.meta, depth))


def warned(read: Field, meta: dict[str, Any], depth: int = 2) -> dict[str, Any]:
    """`meta` with all warnings, said to whoever called the verb `depth` frames up."""
    texts = [*read.warnings, *meta.get("warnings", ())]
    ours = str(sys._getframe(depth).f_globals.get("__name__", "")).startswith("chronotope.")
    for text in [] if ours else texts:
        warnings.warn(f"{read.source}: {text}", DataWarning, stacklevel=depth + 1)
    aloud = {"said": said()} if said() else {}
    return {**meta, "warnings": texts} | aloud


def as_field(field: Any) -> Field:
    """The Field itself; anything else is opened if it can be."""
    if isinstance(field, Field):
        return field
    if field is None:
        raise ArgumentError("field must be what chronotope.open returns; found None.")
    from chronotope.opening.open import open_field

    return open_field(field)
