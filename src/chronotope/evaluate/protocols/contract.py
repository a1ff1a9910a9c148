"""The contract of every model, as checks that run: `check_model(model)`; `CHECKS` lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import ChronotopeError
from chronotope.evaluate.asking import values_of
from chronotope.evaluate.protocols.contract_movers import PATH_CHECKS, RATE_CHECKS, Must
from chronotope.questions import Paths, Quantiles, Question, Rate, Vectors
from chronotope.tasks.load import as_model
from chronotope.tasks.verbs import Model

TOLERANCE = 1e-3  # standard deviations: single precision sums in another order differ in the last digits


class ContractError(ChronotopeError, AssertionError):
    """A model breaks the contract that all models share."""


def check_model(model: Any, only: tuple[str, ...] = ()) -> list[str]:
    """Run the contract on small made fields; returns the names of the checks that were run.

    Args:
        model: a Model, a name, or any object with the contract of `chronotope.questions.Predictor`.
        only: names out of `CHECKS`, `VECTOR_CHECKS`, `PATH_CHECKS` and `RATE_CHECKS`; all that fit what the model gives by default.

    Raises:
        ContractError: the first check that fails, with what must hold and what was found.
    """
    model = as_model(model)
    gives = model.predictor.gives
    network = model.predictor.kind == "network" and Quantiles in gives
    fitting: dict[str, Callable[[Model], None]] = {**(CHECKS if Quantiles in gives else {}), **(VECTOR_CHECKS if Vectors in gives else {})}
    fitting |= {name: partial(_with_must, check) for name, check in PATH_CHECKS.items() if network or Paths in gives}
    fitting |= {name: partial(_with_must, check) for name, check in RATE_CHECKS.items() if network or Rate in gives}
    chosen = {name: check for name, check in fitting.items() if not only or name in only}
    for name, check in chosen.items():
        try:
            check(model)
        except ContractError as error:
            raise ContractError(f"{model.name}: {_words(name)}: {error}") from None
        except Exception as error:
            raise ContractError(f"{model.name}: {_words(name)}: must not raise; raised {type(error).__name__}: {error}") from error
    return list(chosen)


def made_field(steps: int = 96, places: int = 6, step: str = "1h", gaps: bool = True, coordinates: bool = True) -> Field:
    """Two variables with a daily cycle at a few places, some gaps; `heat` has its dims as (place, time)."""
    rng = np.random.default_rng(0)
    times = pd.date_range("2024-02-20", periods=steps, freq=step).values.astype("datetime64[ns]")
    hours = np.arange(steps)[:, None]
    base = 20 + 5 * np.sin(2 * np.pi * hours / 24 + np.arange(places)) + rng.normal(size=(steps, places)).cumsum(axis=0) * 0.1
    heat, flow = base + rng.normal(size=base.shape) * 0.3, np.maximum(base * 2 - 30 + rng.normal(size=base.shape), 0)
    if gaps and steps > 20:
        heat[10:14, 1 % places], flow[rng.random(flow.shape) < 0.1] = np.nan, np.nan
    coords: dict[str, Any] = {"time": times, "place": [f"p{i}" for i in range(places)]}
    if coordinates:
        coords |= {"lat": ("place", 50 + rng.random(places)), "lon": ("place", 8 + rng.random(places))}
    variables = {"heat": (("place", "time"), heat.T, {"units": "degC"}), "flow": (("time", "place"), flow, {"units": "m3 s-1"})}
    return Field(xr.Dataset(variables, coords), "graph", ("heat", "flow"), ("place",))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _with_must(check: Callable[[Model, Must], None], model: Model) -> None:
    check(model, _must)


def _must(holds: bool, sentence: str) -> None:
    if not holds:
        raise ContractError(sentence)


def _ask(panel: Panel, steps: int) -> Question:
    longer = panel.extend(steps)
    asked = np.zeros(longer.values.shape, bool)
    asked[-steps:] = np.isfinite(panel.values).any(axis=0)
    return Question(longer, longer.mask, asked)


def _values(model: Model, question: Question) -> np.ndarray:
    return values_of(model.predictor, question)


def _predict(model: Model, field: Field, steps: int = 6) -> np.ndarray:
    return _values(model, _ask(field.panel(), steps))


def _invariant(
    model: Model,
    sentence: str,
    *,
    places: tuple[int, ...] = (0, 1, 2, 3, 4, 5),
    variables: tuple[str, ...] = ("heat", "flow"),
    factor: tuple[float, float] = (1.0, 1.0),
    offset: float = 0.0,
) -> None:
    """A change of a field must change forecasts and answers to gaps alike, to `TOLERANCE` standard deviations of each variable.

    Args:
        model, sentence: who is asked, and what must hold.
        places, variables: their new order.
        factor: of heat and of flow.
        offset: of heat, whose zero is no bound.
    """
    field = made_field()
    changed = field.dataset.assign(heat=field.dataset["heat"] * factor[0] + offset, flow=field.dataset["flow"] * factor[1])
    other = Field(changed.isel(place=list(places))[list(variables)], field.kind, variables, field.space).panel()
    channels = [field.variables.index(name) for name in variables]
    gain, level = np.array(factor)[channels], np.array([offset, 0.0])[channels]
    spread = np.nanstd(other.values, axis=(0, 1))
    panel = field.panel()
    hole = np.zeros(panel.values.shape, bool)
    hole[40:46, 2], hole[60:64, 4, 0] = True, True
    turned = hole[:, list(places)][..., channels]
    asked = {
        "forecast": (_ask(panel, 6), _ask(other, 6)),
        "gaps": (Question(panel, panel.mask & ~hole, hole), Question(other, other.mask & ~turned, turned)),
    }
    for kind, (first, second) in asked.items():
        expected = _values(model, first)[:, :, list(places)][..., channels] * gain + level
        found = _values(model, second)
        _must(bool((np.isnan(found) == np.isnan(expected)).all()), f"{sentence}; in {kind} other cells are answered")
        away = np.nanmax(np.abs(found - expected) / spread)
        _must(bool(away <= TOLERANCE), f"{sentence}; in {kind} an answer moves by {away:.2g} standard deviations")


def _shape(model: Model) -> None:
    field = made_field()
    answer = _predict(model, field)
    _must(answer.shape == (9, 6, 6, 2), f"answer must hold (quantile, step, place, variable) = (9, 6, 6, 2); found {answer.shape}")
    _must(answer.dtype == np.float32, f"answer must hold float32; found {answer.dtype}")
    _must(isinstance(model.name, str) and bool(model.name), f"name must be text; found {model.name!r}")


def _labels(model: Model) -> None:
    field = made_field()
    out = model.forecast(field, 6).to_xarray()
    _must(out["heat"].dims == ("quantile", "place", "time"), f"dims must be quantile + the input's; found {out['heat'].dims}")
    _must(out["flow"].dims == ("quantile", "time", "place"), f"dims must be quantile + the input's; found {out['flow'].dims}")
    _must(list(out.data_vars) == ["heat", "flow"] and out["flow"].attrs["units"] == "m3 s-1", "names, order and units must be kept")
    _must(all(out[c].equals(field.dataset[c]) for c in ("place", "lat", "lon")), "coordinates of places must be kept")
    expected = field.times[-1] + np.arange(1, 7) * np.timedelta64(1, "h")
    _must(bool((out["time"].values == expected).all()), f"times must follow the last step; found {out['time'].values[:2]}")


def _finite_where_asked(model: Model) -> None:
    question = _ask(made_field().panel(), 6)
    question.asked[:, 2, 0] = False
    answer = _values(model, question)
    asked = question.asked[question.rows]
    _must(bool(np.isfinite(answer[:, asked]).all()), "answers must be finite where asked, also beside gaps")
    _must(bool(np.isnan(answer[:, ~asked]).all()), "answers must be NaN where nothing is asked")


def _quantiles_in_order(model: Model) -> None:
    answer = _predict(model, made_field(), 24)
    _must(bool((np.diff(answer, axis=0) >= 0).all()), "quantiles must not decrease with their level")


def _levels_as_asked(model: Model) -> None:
    question = _ask(made_field().panel(), 4)
    for levels in ((0.5,), (0.05, 0.25, 0.95), (0.01, 0.1, 0.5, 0.9, 0.99)):
        answer = _values(model, question.wanting(levels))
        _must(len(answer) == len(levels), f"answer must hold one quantile per level; found {len(answer)} for {levels}")
        _must(bool((np.diff(answer, axis=0) >= 0).all()), f"quantiles must not decrease with their level; they do for {levels}")
    narrow = _values(model, question.wanting((0.4, 0.6)))
    wide = _values(model, question.wanting((0.05, 0.95)))
    _must(bool((wide[1] - wide[0]).mean() > (narrow[1] - narrow[0]).mean()), "an interval of 0.9 must be wider than one of 0.2")


def _places_in_any_order(model: Model) -> None:
    _invariant(model, "permuting the places must permute the answer", places=(3, 0, 5, 1, 4, 2))


def _variables_in_any_order(model: Model) -> None:
    _invariant(model, "permuting the variables must permute the answer", variables=("flow", "heat"))


def _a_positive_factor(model: Model) -> None:
    for factor in ((3.7, 1.0), (1.0, 0.29), (1e-6, 1e-6), (1e6, 1e6)):
        _invariant(model, f"heat and flow times {factor[0]:g} and {factor[1]:g} must give answers times these", factor=factor)


def _an_offset(model: Model) -> None:
    _invariant(model, "heat 273.15 higher must give answers 273.15 higher", offset=273.15)


def _units_change_with_the_data(model: Model) -> None:
    words = "a change of unit (x 1.8 + 32) must change the answer in the same way"
    _invariant(model, words, factor=(1.8, 1.0), offset=32.0)


def _blind_to_what_is_hidden(model: Model) -> None:
    question = _ask(made_field().panel(), 6)
    hidden = question.seen.copy()
    hidden[30:40, 2] = hidden[80:, 4] = False
    question = replace(question, seen=hidden)
    answers = []
    for poison in (np.nan, 1e30, -7.0):
        values = np.where(hidden, question.frame.values, np.float32(poison)).astype(np.float32)
        answers.append(_values(model, replace(question, frame=replace(question.frame, values=values))))
    for other in answers[1:]:
        _must(np.array_equal(answers[0], other, equal_nan=True), "values behind the mask must change nothing, not one bit")


def _blind_to_the_future(model: Model) -> None:
    field = made_field()
    later = field.dataset.where(field.dataset["time"] <= field.times[69], 1e30)
    at = field.times[69]
    first = model.forecast(field, 6, at=at).to_xarray()
    second = model.forecast(Field(later.transpose(*field.dataset.dims), field.kind, field.variables, field.space), 6, at=at).to_xarray()
    third = model.forecast(field.isel(time=slice(0, 70)), 6).to_xarray()
    for other in (second, third):
        same = all(np.array_equal(first[n].values, other[n].transpose(*first[n].dims).values, equal_nan=True) for n in first.data_vars)
        _must(same, "values after the origin must change nothing, not one bit")


def _same_twice(model: Model) -> None:
    first, second = _predict(model, made_field()), _predict(model, made_field())
    _must(np.array_equal(first, second, equal_nan=True), "the same question must get the same answer, bit for bit")


def _any_size(model: Model) -> None:
    for steps, places, horizon in ((96, 6, 1), (96, 6, 50), (8, 6, 6), (8, 1, 20), (2, 1, 3), (96, 1, 6)):
        answer = _predict(model, made_field(steps, places), horizon)
        found = f"{steps} steps, {places} places, horizon {horizon}"
        _must(answer.shape == (9, horizon, places, 2), f"the answer must have the asked shape; found {answer.shape} for {found}")
        _must(bool(np.isfinite(answer).all()), f"answers must be finite; they are not for {found}")


def _any_clock(model: Model) -> None:
    for step in ("5min", "7min", "1D", "MS", "YS"):
        answer = _predict(model, made_field(60, 3, step), 5)
        _must(bool(np.isfinite(answer).all()), f"answers must be finite; they are not for steps of {step}")


def _no_coordinates(model: Model) -> None:
    answer = _predict(model, made_field(coordinates=False), 6)
    _must(bool(np.isfinite(answer).all()), "answers must be finite for places without coordinates")


def _constant_series(model: Model) -> None:
    field = made_field(gaps=False)
    for value in (0.0, 7.0, -1e6):
        flat = Field(xr.full_like(field.dataset, value), field.kind, field.variables, field.space)
        answer = _predict(model, flat)
        away = np.abs(answer[4] - value).max()
        _must(bool(away <= 1e-3 * max(abs(value), 1)), f"a series that never changes must stay at {value:g}; the median is {away:g} away")


def _gaps(model: Model) -> None:
    panel = made_field(gaps=False).panel()
    asked = np.zeros(panel.values.shape, bool)
    asked[40:46, 2], asked[90:, 3], asked[:4, 4] = True, True, True
    question = Question(panel, ~asked, asked)
    answer, rows = _values(model, question), question.rows
    _must(bool(np.isfinite(answer[:, asked[rows]]).all()), "gaps inside and at both ends must be answered")
    _must(bool((np.diff(answer[:, asked[rows]], axis=0) >= 0).all()), "quantiles in gaps must not decrease with their level")


def _vectors(model: Model, field: Field | None = None, per: str = "place") -> np.ndarray:
    return model.embed(made_field(300) if field is None else field, per).vectors.values


def _vectors_of_every_kind(model: Model) -> None:
    place, window, one = (_vectors(model, per=per) for per in ("place", "window", "field"))
    shapes = (place.shape, window.shape, one.shape)
    _must(shapes == ((6, one.size), (2, 6, one.size), (one.size,)), f"vectors must be (6, f), (2, 6, f) and (f,); found {shapes}")
    _must(all(bool(np.isfinite(made).all()) for made in (place, window, one)), "vectors of what was observed must be finite")
    _must(_vectors(model, made_field(20, 2)).shape[-1] == one.size, "vectors must have the same length for any field")


def _vectors_of_any_order_and_unit(model: Model) -> None:
    field, order = made_field(300), np.array([3, 0, 5, 1, 4, 2])
    plain = _vectors(model, field)
    near = 1e-3 * float(plain.std())
    _must(np.abs(_vectors(model, field.isel(place=order)) - plain[order]).max() <= near, "permuting the places must permute the vectors")
    other = Field(field.dataset * 1.8 + 32, field.kind, field.variables, field.space)
    _must(np.abs(_vectors(model, other) - plain).max() <= near, "a change of unit (x 1.8 + 32) must change no vector")


def _vectors_blind_to_what_is_hidden(model: Model) -> None:
    panel = made_field(300).panel()
    seen = panel.mask.copy()
    seen[100:180, 2] = False
    made = []
    for poison in (np.nan, 1e30):
        values = np.where(seen, panel.values, np.float32(poison)).astype(np.float32)
        question = Question(replace(panel, values=values), seen, np.zeros_like(seen), Vectors())
        made.append(model.predictor.answer(question).values)
    _must(np.array_equal(made[0], made[1], equal_nan=True), "values behind the mask must change no vector, not one bit")


VECTOR_CHECKS: dict[str, Callable[[Model], None]] = {
    "vectors_of_every_kind": _vectors_of_every_kind,
    "vectors_of_any_order_and_unit": _vectors_of_any_order_and_unit,
    "vectors_blind_to_what_is_hidden": _vectors_blind_to_what_is_hidden,
}
"""Of models that give vectors."""

CHECKS: dict[str, Callable[[Model], None]] = {
    "shape": _shape,
    "labels": _labels,
    "finite_where_asked": _finite_where_asked,
    "quantiles_in_order": _quantiles_in_order,
    "levels_as_asked": _levels_as_asked,
    "places_in_any_order": _places_in_any_order,
    "variables_in_any_order": _variables_in_any_order,
    "units_change_with_the_data": _units_change_with_the_data,
    "a_positive_factor": _a_positive_factor,
    "an_offset": _an_offset,
    "blind_to_what_is_hidden": _blind_to_what_is_hidden,
    "blind_to_the_future": _blind_to_the_future,
    "same_twice": _same_twice,
    "any_size": _any_size,
    "any_clock": _any_clock,
    "no_coordinates": _no_coordinates,
    "constant_series": _constant_series,
    "gaps": _gaps,
}
