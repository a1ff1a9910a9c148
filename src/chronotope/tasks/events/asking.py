"""What is asked of events: origins, steps and cells, checked, each origin with the events before it alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.frame import fixed_freq
from chronotope.data.panel import Panel
from chronotope.data.past_events import PastEvents
from chronotope.data.stamps import on_the_clock, stamp_words, zone_of
from chronotope.errors import ArgumentError, DataError, TimeError
from chronotope.questions import Question, Rate
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.events.oddities import oddities
from chronotope.tasks.events.panel import LEAST_EVENTS, Catalogue, Cells, catalogue_of, cells_of, panel_of, step_of
from chronotope.tasks.times import moment_of, several

LAST = pd.Timestamp("2261-01-01")  # stamps of nanoseconds end a year later


@dataclass(frozen=True)
class Asked:
    """One origin.

    Attributes:
        origin: the last moment that is read. past: the events up to it. length: of a step. cells: square ones that hold them all.
        horizon: steps.
    """

    origin: np.datetime64
    past: Catalogue
    length: pd.Timedelta
    cells: Cells
    horizon: int

    @cached_property
    def panel(self) -> Panel:
        """Counts up to the origin."""
        return panel_of(self.past, self.origin, self.length, self.cells)

    @property
    def events(self) -> PastEvents:
        """The events behind the counts."""
        assert self.panel.events is not None
        return self.panel.events

    def question(self, want: Rate) -> Question:
        """What comes in the steps after the origin."""
        return ahead(self.panel, len(self.panel.times) - 1, self.horizon, want=want)

    @property
    def notes(self) -> dict[str, Any]:
        """How it is asked, for people."""
        made: dict[str, Any] = {"horizon": self.horizon, "step": fixed_freq(self.length.value), "cell": self.cells.size}
        return made | {"cells": list(self.cells.shape), "events": len(self.past.times), "steps_read": len(self.panel.times)}


@dataclass(frozen=True)
class EventCall:
    """A checked call.

    Attributes:
        asked: each origin. many: whether a list of origins was asked for. zone: of the stamps. attrs: of the time that results keep.
        warnings: what looks odd.
    """

    asked: list[Asked]
    many: bool
    zone: str | None
    attrs: dict[str, Any]
    warnings: list[str]

    @classmethod
    def of(cls, field: Field, horizon: Any, step: Any, cell: Any, at: Any, context: Any) -> EventCall:
        """Checked.

        Raises:
            ArgumentError, TimeError, DataError: see `Model.forecast`.
        """
        catalogue, zone = catalogue_of(field), zone_of(field.dataset)
        origins, many = _origins(on_the_clock(at, zone), catalogue, zone is not None)
        step = field.step if step is None else step
        asked = [_one(catalogue, origin, horizon, step, cell, context) for origin in origins]
        if len({(one.length, one.cells.size, one.horizon) for one in asked}) > 1:
            raise ArgumentError("Several origins need one step= and one cell=; those of the data differ from origin to origin. Give both.")
        attrs = {key: value for key, value in field.dataset["time"].attrs.items() if key in ("time_zone", "source_zone")}
        latest = max(asked, key=lambda one: one.origin)
        return cls(asked, many, zone, attrs, list(oddities(latest.past, latest.cells.size)))

    @property
    def words(self) -> Any:
        """The origins, for people."""
        words = [stamp_words(one.origin, self.zone) for one in self.asked]
        return words if len(words) > 1 else words[0]


def question_of(past: Catalogue, origin: np.datetime64, step: pd.Timedelta, cells: Cells, horizon: int, want: Rate = Rate()) -> Question:
    """What comes in the `horizon` steps after an origin, asked of the counts before it."""
    return Asked(origin, past, step, cells, horizon).question(want)


def _one(catalogue: Catalogue, origin: np.datetime64, horizon: Any, step: Any, cell: Any, context: Any) -> Asked:
    past = catalogue.until(origin)
    if len(past.times) < LEAST_EVENTS:
        found = f"found {len(past.times)}. Choose a later one"
        raise DataError(f"At least {LEAST_EVENTS} events must lie at or before the origin ({origin}); {found}.")
    length = step_of(step, past, origin)
    if context is not None:
        past = _recent(past, origin, _count(context, length, "context"), length)
    steps, most = _count(horizon, length, "horizon"), int((LAST - pd.Timestamp(origin)) / length)
    if steps > most:
        raise ArgumentError(f"horizon must be at most {most} steps of {length}, where stamps end; found {horizon!r}. Give a shorter one.")
    return Asked(origin, past, length, cells_of(cell, past), steps)


def _recent(past: Catalogue, origin: np.datetime64, steps: int, length: pd.Timedelta) -> Catalogue:
    """The events of the last steps; where that is nothing the error of too few events is raised."""
    first = origin - steps * np.timedelta64(length.value, "ns")
    low = int(np.searchsorted(past.times, first, side="right"))
    kept = past.part(slice(low, None))
    if len(kept.times) < LEAST_EVENTS:
        raise DataError(f"context must hold at least {LEAST_EVENTS} events before the origin; found {len(kept.times)}. Give a longer one.")
    return kept


def _count(length: Any, step: pd.Timedelta, name: str) -> int:
    """Steps in a whole number, or in a duration that is a multiple of the step."""
    try:
        whole = isinstance(length, (int, np.integer)) and not isinstance(length, bool)
        steps = float(length) if whole else pd.Timedelta(length) / step
    except (ValueError, TypeError):
        steps = float("nan")
    if not (steps >= 1 and steps == int(steps)):
        raise ArgumentError(f"{name} must be a number of steps, or a length that is a multiple of the step ({step}); found {length!r}.")
    return int(steps)


def _origins(at: Any, catalogue: Catalogue, utc: bool) -> tuple[list[np.datetime64], bool]:
    """Moments up to which events are read, and whether a list was asked for; the last event's by default."""
    if at is None:
        return [catalogue.times[-1]], False
    given, many = several(at)
    stamps = [_moment(stamp, utc) for stamp in given]
    early = [stamp for stamp in stamps if stamp < catalogue.times[0]]
    if early:
        raise TimeError(f"at must not lie before the first event, {catalogue.times[0]}; found {early[0]}.")
    if len(set(stamps)) < len(stamps):
        raise ArgumentError(f"at must name different moments; found {len(stamps)} stamps of {len(set(stamps))}.")
    return stamps, many


def _moment(stamp: Any, utc: bool) -> np.datetime64:
    return moment_of(stamp, utc).to_datetime64().astype("datetime64[ns]")
