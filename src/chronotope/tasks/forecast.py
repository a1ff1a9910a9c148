"""Forecast: the past is seen, the steps after the origin are asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.folding import channel_labels, check_free
from chronotope.data.known_future import joined, split_known
from chronotope.data.panel import Panel
from chronotope.data.stamps import on_the_clock, stamp_words, zone_of
from chronotope.data.yearly_dates import Rest, Season
from chronotope.errors import ArgumentError, DataError, TimeError, listed
from chronotope.inspect.weekly_hours import Opening
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Predictor, Quantiles, Question, Want
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.levels import predict
from chronotope.tasks.open_hours import at_open, opening_for, rows_to_open
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.times import check_levels, context_of, dated, open_steps_of, origins_of, steps_of


@dataclass(frozen=True)
class Ask:
    """A checked call: rows of the frame, channels of the panel.

    Attributes:
        horizon: steps to answer.
        origins: rows of the last values that are read.
        context: steps seen before each origin, or None for all.
        target, known: bool (v,), channels that are answered, and channels that are seen in the asked steps.
        levels: quantile levels.
    """

    horizon: int
    origins: list[int]
    context: int | None
    target: np.ndarray
    known: np.ndarray
    levels: tuple[float, ...]


def forecast(
    predictor: Predictor,
    field: Field,
    horizon: Any,
    *,
    at: Any = None,
    target: Any = None,
    quantiles: Any = QUANTILE_LEVELS,
    context: Any = None,
    known_future: Any = (),
) -> Forecast:
    """Quantiles of the `horizon` steps after each origin; see `Model.forecast`."""
    levels = check_levels(quantiles)
    ready = prepared(field, horizon, at=at, target=target, context=context, known_future=known_future, levels=levels)
    parts = [answer(predictor, ready.panel, ready.ask, row) for row in paced(ready.ask.origins)]
    return Forecast(ready.labelled(parts, "quantile", levels), field, ready.described(predictor))


ENOUGH = 8  # moments: of 80 % intervals from two to six, 47 to 73 % held one step ahead (noise, walks, counts), from eight 70 to 75 %


@dataclass(frozen=True)
class Prepared:
    """A checked call on a field, and how its answers get their labels.

    Attributes:
        field, panel: what is read; known variables from beside the field are the panel's last channels.
        ask: the call in rows and channels.
        names: variables that are answered.
        many: whether a list of origins was asked for.
        steps: steps that are given back, in opening hours where there are such.
        opening: the hours at which the field has stamps, or None.
        zone: of the field's stamps.
    """

    field: Field
    panel: Panel
    ask: Ask
    names: tuple[str, ...]
    many: bool
    steps: int
    opening: Opening | Season | Rest | None
    zone: str | None

    def labelled(self, parts: list[tuple[np.ndarray, np.ndarray]], dim: str, labels: Any) -> xr.Dataset:
        """Answers (q, h, n, v) with stamps (h,), one from each origin, under the field's names; their first axis is `dim`."""
        rows = self.ask.origins
        if self.opening is not None:
            parts = [at_open(*part, self.panel, row, self.steps, self.opening) for part, row in zip(parts, rows)]
        parts = [(values, dated(times, self.panel, row, self.opening, self.zone)) for (values, times), row in zip(parts, rows)]
        target = self.ask.target
        datasets = [self.field.unpanel(values[..., target], times, dim, labels, self.names) for values, times in parts]
        return _join(datasets, self.panel.times[rows]) if self.many else datasets[0]

    def described(self, predictor: Predictor) -> dict[str, Any]:
        """See `describe`; of one stamp, which tells no step, it says which is taken, and of what is known ahead what is not read."""
        text = f"one time stamp tells no step; {self.panel.freq} is taken. Name it when opening the data, for example step='1h'"
        guessed = len(self.panel.times) == 1 and self.field.step is None
        made = describe(predictor, self.panel, replace(self.ask, horizon=self.steps), self.ask.origins, self.zone)
        return made | {"warnings": [text][: int(guessed)] + self._few() + self._left_out() + self._not_read(predictor)}

    def _few(self) -> list[str]:
        """What is said of variables with too short a past to tell how sure an answer is."""
        seen = np.isfinite(self.panel.values[: min(self.ask.origins) + 1][..., self.ask.target]).any(axis=1).sum(axis=0)
        short = [(name, count) for name, count in zip(self.names, seen.tolist()) if count < ENOUGH]
        if not short:
            return []
        count = min(count for _, count in short)
        said = f"{listed((name for name, _ in short), 4)} seen at {count} moment{'s' * (count != 1)}"
        return [f"{said} before the origin: from fewer than {ENOUGH} intervals are too narrow, and cycles and trends are guesses"]

    def _left_out(self) -> list[str]:
        """What is said where the answer goes on with the next season of a record that rests in a part of every year."""
        if not isinstance(self.opening, Rest) or self.ask.horizon <= self.steps:
            return []
        said = f"no year has a stamp after {self.opening.words(self.opening.last)} and before {self.opening.words(self.opening.first)}"
        return [
            f"{said}, so the answer leaves that time out; if these days are to be answered, give the table rows for them, with empty values"
        ]

    def _not_read(self, predictor: Predictor) -> list[str]:
        """What is known ahead and changes no answer, or not all: the model does not read it, the past never showed what it brings, or it
        has holes."""
        known = np.flatnonzero(self.ask.known).tolist()
        names = ", ".join(self.panel.variables[k] for k in known)
        if known and not getattr(predictor, "reads_known", True):
            said = f"{predictor.name} reads nothing that is known ahead: {names} changes no number. "
            return [said + "The shipped networks, baseline:mix and baseline:knn read it"]
        new = [self.panel.variables[k] for k in known if any(_is_new(*self._around(row, k)) for row in self.ask.origins)]
        said = "known ahead, but the same in all of the past and other in the asked steps, so that nothing tells what it brings"
        return ([f"{', '.join(new)}: {said}"] if new else []) + [said for k in known for said in self._holes(k)]

    def _holes(self, channel: int) -> list[str]:
        """What is said of a channel that is known ahead, but not in all asked steps."""
        steps = [np.isfinite(self._around(row, channel)[1]).any(axis=1) for row in self.ask.origins]
        lost, count = int(sum((~one).sum() for one in steps)), sum(map(len, steps))
        said = f"{self.panel.variables[channel]}: known ahead, but not in {lost} of {count} asked steps, which are answered without it"
        return [said] if lost else []

    def _around(self, row: int, channel: int) -> tuple[np.ndarray, np.ndarray]:
        """Values of a channel up to a row, and in the steps that are asked after it."""
        values = self.panel.values[..., channel]
        return values[: row + 1], values[row + 1 : row + 1 + self.ask.horizon]


def prepared(
    field: Field, horizon: Any, *, at: Any, target: Any, context: Any, known_future: Any, levels: tuple[float, ...] = QUANTILE_LEVELS
) -> Prepared:
    """What a call of `Model.forecast` or `Model.simulate` means on a field."""
    panel = field.panel(exact=True)
    known, beside = split_known(field, known_future)
    names = to_answer(field, target, known)
    zone = zone_of(field.dataset)
    rows, many = origins_of(on_the_clock(at, zone), panel, channels_of(field, names), utc=zone is not None)
    if many:
        check_free(field.dataset, names, "init_time", "lead_time")
    opening = opening_for(field, panel)
    steps = steps_of(horizon, panel, "horizon") if opening is None else open_steps_of(horizon, panel, rows, opening)
    reach = steps if opening is None else rows_to_open(panel, rows, steps, opening)
    panel, added = joined(field, panel, beside, reach)  # variables that are known ahead become the last channels
    ask = Ask(
        reach,
        rows,
        context_of(context, panel),
        np.append(channels_of(field, names), np.zeros(added, bool)),
        np.append(channels_of(field, known), np.ones(added, bool)),
        levels,
    )
    return Prepared(field, panel, ask, names, many, steps, opening, zone)


def question(panel: Panel, ask: Ask, origin: int) -> Question:
    """The steps after an origin, asked of the panel up to it; later values are not even handed on, but those of known variables."""
    if ask.known.any():
        _check_known(panel, ask, origin)
    want = Quantiles(ask.levels)
    return ahead(panel, origin, ask.horizon, context=ask.context, target=ask.target, known=ask.known, want=want)


def answer(predictor: Predictor, panel: Panel, ask: Ask, origin: int, want: Want | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (q, h, n, v), or what `want` is, and stamps (h,) of the steps after one origin.

    Raises:
        DataError: no asked variable was observed at or before the origin.
    """
    asked = question(panel, ask, origin)
    if not asked.asked.any():
        raise DataError(
            f"At least one value must be observed at or before the origin ({str(panel.times[origin])[:19]}); found none. "
            "Choose a later origin."
        )
    return predict(predictor, asked if want is None else asked.wanting(want)), _stamps(panel, asked.frame.times[-ask.horizon :], origin)


def answered(field: Field, target: Any) -> tuple[str, ...]:
    """The variables that `target` names, each once and in the order of the field, as the channels of its panel are.

    Raises:
        ArgumentError: it names none, or one that the field has not.
    """
    chosen = field.chosen(target)
    if not field.variables and field.kind in ("tracks", "events", "points"):
        field.panel()  # refuses with the way out
    if not chosen:
        raise ArgumentError(f"target must name at least one variable of the field ({', '.join(field.variables)}); found none.")
    return tuple(name for name in field.variables if name in chosen)


def to_answer(field: Field, target: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    """Variables to answer: `target`, or all, less those that are known.

    Raises:
        ArgumentError: a variable is both, or none is left.
    """
    names = answered(field, target)
    clash = [name for name in names if name in known]
    if target is not None and clash:
        raise ArgumentError(f"A variable must not be both target and known_future; found {clash[0]!r} in both.")
    left = tuple(name for name in names if name not in known)
    if not left:
        raise ArgumentError("At least one variable must be asked; all are named in known_future. Leave one out.")
    return left


def channels_of(field: Field, names: tuple[str, ...]) -> np.ndarray:
    """bool (v,): the panel's channels that belong to the variables `names` (levels and members are channels of their own)."""
    widths = [len(channel_labels(field.dataset[name], field.space)) for name in field.variables]
    return np.repeat([name in names for name in field.variables], widths)


def _is_new(past: np.ndarray, ahead: np.ndarray) -> bool:
    """Whether values that never changed in the past are others ahead."""
    known = past[np.isfinite(past)]
    return len(known) > 0 and bool((known == known[0]).all() and (ahead[np.isfinite(ahead)] != known[0]).any())


def describe(predictor: Predictor, panel: Panel, ask: Ask, rows: list[int], zone: str | None = None) -> dict[str, Any]:
    """Where the numbers come from, as plain words and numbers."""
    read = np.ascontiguousarray(panel.values[: max(rows) + 1])
    stamps = [stamp_words(panel.times[row], zone) for row in rows]
    return {
        "task": "forecast",
        "model": predictor.name,
        "version": version("chronotope"),
        "seed": None,
        "origin": stamps if len(stamps) > 1 else stamps[0],
        "horizon": ask.horizon,
        "step": panel.freq,
        "context": ask.context,
        "data_hash": hashlib.blake2b(read.tobytes(), digest_size=8).hexdigest(),
    }


def _check_known(panel: Panel, ask: Ask, origin: int) -> None:
    """Refuse known variables that are not in the data for all asked steps.

    Raises:
        TimeError: the data ends before the horizon does.
        DataError: a known variable has no value there.
    """
    last = origin + ask.horizon
    if last >= len(panel.times):
        raise TimeError(
            f"known_future must be in the data for all {ask.horizon} steps after {str(panel.times[origin])[:19]}; "
            f"the data ends at {str(panel.times[-1])[:19]}. Give an earlier origin (at=) or a shorter horizon."
        )
    values = panel.values[origin + 1 : last + 1][..., ask.known]
    empty = ~np.isfinite(values).any(axis=(0, 1))
    if empty.any():
        name = str(np.array(panel.variables)[ask.known][empty][0])
        raise DataError(
            f"known_future variables must have values in the asked steps; {name!r} has none after {str(panel.times[origin])[:19]}."
        )


def _stamps(panel: Panel, times: np.ndarray, origin: int) -> np.ndarray:
    """The stamps of the asked steps: those of the data where it goes on and lies beside the step by less than half, else as extended."""
    real = panel.times[origin + 1 : origin + 1 + len(times)]
    out = times.copy()
    near = np.abs(real - out[: len(real)]) < panel.step / 2
    out[: len(real)] = np.where(near, real, out[: len(real)])
    return out


def _join(parts: list[xr.Dataset], origins: np.ndarray) -> xr.Dataset:
    """Forecasts from several origins as one: `init_time, lead_time` in the place of `time`."""
    leads = parts[0]["time"].values - origins[0]
    valid = np.stack([part["time"].values for part in parts])
    moved = [_led(part, leads, origin) for part, origin in zip(parts, origins)]
    out = xr.concat(moved, dim="init_time", join="exact", coords="minimal", compat="override", combine_attrs="override")
    out = out.assign({name: out[name].transpose(*_led_dims(parts[0][name].dims)) for name in out.data_vars})
    attrs = parts[0]["time"].attrs
    out["init_time"].attrs.update(attrs)
    if (valid != origins[:, None] + leads).any():
        out = out.assign_coords(valid_time=(("init_time", "lead_time"), valid, attrs))
    return out


def _led(part: xr.Dataset, leads: np.ndarray, origin: np.datetime64) -> xr.Dataset:
    moved = part.rename_dims(time="lead_time").drop_vars("time").assign_coords(lead_time=("lead_time", leads.astype("timedelta64[ns]")))
    return moved.expand_dims(init_time=np.array([origin], "datetime64[ns]"))


def _led_dims(dims: tuple[Any, ...]) -> list[Any]:
    return [new for dim in dims for new in (("init_time", "lead_time") if dim == "time" else (dim,))]
