"""Watch: a stream of steps, each judged when it comes, by the past alone."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.frame import advance
from chronotope.data.stamps import on_the_clock, zone_of
from chronotope.errors import ArgumentError, DataError, TimeError
from chronotope.questions import Predictor
from chronotope.tasks.detect import checked_rate, labelled_parts
from chronotope.tasks.forecast import answered, channels_of
from chronotope.tasks.results.detection import PARTS, Detection
from chronotope.tasks.times import steps_of
from chronotope.tasks.watching.judge import FEWEST, ROWS, Judge, Judged
from chronotope.tasks.watching.runs import Runs
from chronotope.tasks.watching.step import aligned, check_variables, numbers_of, read_table

MOST_MISSED = 10_000  # steps that may be missing between two that come


class Stream:
    """Steps of a field, judged one after the other; made by `Model.watch`.

    It remembers the last rows (`context`, 512 by default) and a few numbers of each series, however long it runs. What it says of a
    step is what `Model.detect(whole, causal=True)` says of it, to the last bit.
    """

    def __init__(self, predictor: Predictor, field: Field, rate: Any, target: Any, context: Any) -> None:
        self.rate, self._names = checked_rate(rate), answered(field, target)
        panel, wanted = field.panel(exact=True), channels_of(field, self._names)
        rows = ROWS if context is None else steps_of(context, panel, "context")
        if rows < FEWEST:
            raise ArgumentError(f"context must be at least {FEWEST} steps, to tell what is usual; found {context!r}.")
        if not panel.mask[..., wanted].any():
            raise DataError(f"At least one value of {', '.join(self._names)} must be observed; found none.")
        self._wanted, self._freq, self._step = wanted, panel.freq, panel.step
        self._kind, self._shape = panel.values.dtype, panel.values.shape[1:]
        frame = replace(panel, values=panel.values[:0], times=panel.times[:0])
        self._judge, self._runs = Judge(predictor, frame, wanted, self.rate, rows), Runs(frame)
        self._meta = {"task": "detect", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": rows}
        self._day = int(pd.DatetimeIndex(panel.times[-12:]).day.max())
        self._time = panel.times[0]
        self._field = field.isel(time=slice(-1, None))  # for its names; what came before is not kept

    @property
    def time(self) -> np.datetime64:
        """The stamp of the last step that came."""
        return self._time

    @property
    def numbers_kept(self) -> int:
        """How many numbers of the past are remembered."""
        return self._judge.memory.numbers

    def push(self, step: Any, time: Any = None) -> Detection:
        """Judge the next step, or several in order.

        Args:
            step: an xarray Dataset with the field's variables, at one `time` or several; a table with a row per place (and stamp) and a
                column per variable; a mapping from variables to arrays (n,); or an array (n,) of a field with one variable. What names
                its places may hold them in any order, and some of them; what does not holds all in the order of the field.
            time: the stamp, where `step` has none; the step after the last one by default. Steps between that did not come are gaps.

        Returns:
            A Detection of these steps alone. Its events are those under way: `start` may lie before them.

        Raises:
            TimeError: a stamp is not after the last one, or not on the field's step.
            ArgumentError: the values do not fit the field.
        """
        times, values = self._read(step, on_the_clock(time, zone_of(self._field.dataset)))
        at, rows = self._rows(times, values)
        kept = np.isin(at, times)
        of = replace(self._field, dataset=self._field.unpanel(rows[kept], at[kept], dim=None))
        return self.labelled(*self.take(at, rows), at, kept, of)

    def take(self, times: np.ndarray, values: np.ndarray) -> tuple[list[Judged], list[dict[str, Any]]]:
        """Rows (k, n, v) of the frame, one after the other: what is known of each, and the events."""
        judged = []
        for time, row in zip(times, values):
            one = self._judge.judge(time, row.astype(float))
            self._runs.add(time, row, one, self.rate)
            judged.append(one)
        self._time = times[-1]
        return judged, self._runs.told()

    def _rows(self, times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same on the field's frame, with empty rows where steps did not come."""
        if times[0] <= self._time:
            raise TimeError(f"A step must come after the last one ({str(self._time)[:19]}); found {str(times[0])[:19]}.")
        missed = int((times[-1] - self._time) / self._step) + 2
        if missed > MOST_MISSED:
            raise TimeError(f"At most {MOST_MISSED} steps may be missing; {str(times[-1])[:19]} lies {missed} after the last. Begin anew.")
        frame = advance(self._time, missed, self._freq, self._day)
        where = np.searchsorted(frame, times)
        if (where >= len(frame)).any() or (frame[np.minimum(where, len(frame) - 1)] != times).any():
            raise TimeError(f"Stamps must lie on the step of the field ({self._freq}) after {str(self._time)[:19]}; found {times[0]}.")
        rows = np.full((where[-1] + 1, *self._shape), np.nan, self._kind)
        rows[where] = values
        return frame[: where[-1] + 1], rows

    def _read(self, step: Any, time: Any) -> tuple[np.ndarray, np.ndarray]:
        """Stamps (k,) and values (k, n, v) of what was pushed."""
        if isinstance(step, Field):
            step = step.dataset
        if isinstance(step, xr.DataArray):
            step = step.to_dataset(name=self._field.variables[0])
        if isinstance(step, xr.Dataset):
            return self._of_dataset(step, time)
        stamp = advance(self._time, 1, self._freq, self._day)[0] if time is None else pd.Timestamp(time).to_datetime64()
        if isinstance(step, pd.Series):
            step = step.to_frame(self._field.variables[0])
        if isinstance(step, pd.DataFrame) and len(self._field.variables) == self._shape[1]:
            return read_table(step, self._field, self._shape, stamp)
        if isinstance(step, (pd.DataFrame, dict)):
            check_variables(step, self._field)
            step = np.stack([numbers_of(step[name]) for name in self._field.variables], axis=-1)
        values = numbers_of(step)
        values = values[..., None] if values.ndim == 1 and self._shape[1] == 1 else values
        if values.shape != self._shape:
            raise ArgumentError(f"A step must hold (places, variables) = {self._shape} numbers; found shape {values.shape}.")
        return np.array([stamp], "datetime64[ns]"), values[None]

    def _of_dataset(self, step: xr.Dataset, time: Any) -> tuple[np.ndarray, np.ndarray]:
        check_variables(step, self._field)
        if "time" not in step.coords:
            step = step.assign_coords(time=advance(self._time, 1, self._freq, self._day)[0] if time is None else pd.Timestamp(time))
        step = aligned(step[list(self._field.variables)], self._field)
        if "time" not in step.dims:
            step = step.expand_dims("time")
        try:
            part = replace(self._field, dataset=step, step=self._field.step or self._freq)
            arrays = [part.dataset[name].transpose("time", *self._field.space, ...).values for name in part.variables]
        except ValueError:
            raise ArgumentError(
                f"A step must have the dims of the field ({', '.join(self._field.space)}); found {dict(step.sizes)}."
            ) from None
        values = np.concatenate([a.reshape(len(a), self._shape[0], -1) for a in arrays], axis=2)
        return part.times, values

    def labelled(self, judged: list[Judged], events: list[dict[str, Any]], times: np.ndarray, kept: np.ndarray, of: Field) -> Detection:
        """What was found in the rows `kept` (k,) under the names of the field; `of` holds their values."""
        stacked = {part: np.stack([getattr(one, part) for one in judged])[kept] for part in PARTS[:4]}
        stacked["flag"] = np.nan_to_num(stacked["score"]) > -np.log10(self.rate)
        about = {"flagged": int(stacked["flag"].sum()), "observed": int(np.isfinite(stacked["score"]).sum()), "events": len(events)}
        meta: dict[str, Any] = self._meta | {"rate": self.rate, "causal": True} | about | {"warnings": []}
        parts = {part: array[..., self._wanted] for part, array in stacked.items()}
        return Detection(labelled_parts(parts, self._field, self._names, times[kept]), of, self._names, events, meta)


def watch(predictor: Predictor, field: Field, *, rate: Any = 0.01, target: Any = None, context: Any = None) -> Stream:
    """A stream that has seen a field; see `Model.watch`."""
    stream, panel = Stream(predictor, field, rate, target, context), field.panel(exact=True)
    stream.take(panel.times, panel.values)
    return stream


def detect_causal(predictor: Predictor, field: Field, *, rate: Any = 0.01, target: Any = None, context: Any = None) -> Detection:
    """The surprise of every observed value by what came before; see `Model.detect`."""
    stream, panel = Stream(predictor, field, rate, target, context), field.panel(exact=True)
    kept = np.zeros(len(panel.times), bool)
    kept[field.frame.rows] = True
    return stream.labelled(*stream.take(panel.times, panel.values), panel.times, kept, field)
