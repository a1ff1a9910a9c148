"""Results in a notebook: what was asked of whom, where and when, and the answer in a small drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from chronotope.data.folding import place_names
from chronotope.inspect.html import card, fan, lines

if TYPE_CHECKING:
    from chronotope.tasks.events.result import EventForecast
    from chronotope.tasks.results.detection import Detection
    from chronotope.tasks.results.embedding import Embedding
    from chronotope.tasks.results.forecast import Forecast
    from chronotope.tasks.results.simulation import Simulation

MEMBERS = 30  # lines of a drawing


def forecast_html(result: Forecast) -> str:
    """See `Forecast._repr_html_`."""
    levels = [f"{level:g}" for level in result.levels]
    about = [*_about(result, result.variables), ("quantiles", f"{levels[0]} to {levels[-1]}, {len(levels)} levels")]
    task = str(result.meta.get("task", "forecast"))
    filled = result.meta.get("filled")
    about += [("filled", f"{filled} values")] if filled is not None else []
    return _card(result, {"impute": "Gaps filled"}.get(task, task.capitalize()), about, _fan(result))


def simulation_html(result: Simulation) -> str:
    """See `Simulation._repr_html_`."""
    about = [*_about(result, result.variables), ("members", f"{result.members}, seed {result.meta.get('seed')}")]
    name = result.variables[0]
    array, label = _at_one_place(result.dataset[name], result, name)
    rows = array.transpose("member", ...).values[:MEMBERS]
    return _card(result, "Simulation", about, lines(rows, f"{label}, {len(rows)} members", True) if rows.ndim == 2 else "")


def detection_html(result: Detection) -> str:
    """See `Detection._repr_html_`."""
    found, meta = result.events(), result.meta
    about = _about(result, result.variables)
    about += [("flagged", f"{meta.get('flagged')} of {meta.get('observed')} values"), ("events", str(len(found)))]
    about += [("first of them", str(found["evidence"].iloc[0]))] if len(found) else []
    score = result.dataset[f"{result.variables[0]}_score"]
    kept = "event" if "event" in score.dims else "time"
    top = score.max([dim for dim in score.dims if dim != kept]).values
    return _card(result, "Detection", about, lines(top, f"surprise in {result.variables[0]}, the largest of all places", True))


def embedding_html(result: Embedding) -> str:
    """See `Embedding._repr_html_`."""
    sizes = ", ".join(f"{size} {dim}{'s' if size > 1 else ''}" for dim, size in result.vectors.sizes.items())
    return _card(result, "Embedding", [("vectors", f"one per {result.meta.get('per', '?')}: {sizes}")], "")


def events_html(result: EventForecast) -> str:
    """See `EventForecast._repr_html_`."""
    total = result.expected
    about = [
        ("expected", f"{float(total.sum()):.4g} events in all"),
        ("steps", f"{result.meta.get('step')}, cells of {result.meta.get('cell')}"),
    ]
    about += _span(result.dataset)
    return _card(result, "Forecast of events", about, lines(np.atleast_2d(total.values), "expected number in each step", True))


def _card(result: Any, title: str, about: list[tuple[str, str]], drawing: str) -> str:
    meta = result.meta
    about = [
        *about,
        ("model", f"{meta.get('model', '?')}, chronotope {meta.get('version', '?')}"),
        ("said", "; ".join(meta.get("said", ()))),
    ]
    return card(title, f"of {result.history.kind} from {result.history.source}", about, drawing, meta.get("warnings", ()))


def _about(result: Any, variables: tuple[str, ...]) -> list[tuple[str, str]]:
    units = {name: result.history.units.get(name, "") for name in variables}
    words = ", ".join(f"{name} [{unit}]" if unit else name for name, unit in units.items())
    space = [
        f"{dim} {result.dataset.sizes[dim]}"
        for dim in result.dataset.dims
        if dim not in ("quantile", "member", "time", "init_time", "lead_time")
    ]
    return [("variables", words), ("places", " x ".join(space)), *_span(result.dataset)]


def _span(data: xr.Dataset) -> list[tuple[str, str]]:
    """From when to when, or from which origins."""
    word = lambda stamp: str(stamp)[:19].replace("T", " ")  # noqa: E731
    if "init_time" in data.dims:
        stamps, leads = data["init_time"].values, data["lead_time"].values
        return [("origins", f"{len(stamps)}, {word(stamps[0])} to {word(stamps[-1])}"), ("leads", str(len(leads)))]
    if "time" not in data.dims:
        return []
    stamps = data["time"].values
    return [("time", f"{word(stamps[0])} to {word(stamps[-1])}, {len(stamps)} stamps")]


def _fan(result: Forecast) -> str:
    """The past and the fan of the first variable at the place that moves most."""
    if "time" not in result.dataset.dims or not {"time", *result.history.space} <= set(result.history.dataset[result.variables[0]].dims):
        return ""
    name, levels = result.variables[0], np.array(result.levels)
    array, label = _at_one_place(result.dataset[name], result, name)
    if array.ndim != 2:
        return ""
    low, middle, high = (array.isel(quantile=int(np.argmin(np.abs(levels - level)))).values for level in (0.1, 0.5, 0.9))
    if result.filled is not None:
        return lines(middle, f"{label}, median", True)
    past = result.history.dataset[name]
    stamps, asked = past["time"].values, result.dataset["time"].values
    if not (stamps < asked[0]).any() and (stamps > asked[-1]).any():  # a backcast: what was read follows
        return lines(middle, f"{label}, median before the record", True)
    past = past.isel(time=stamps < asked[0])
    space = [dim for dim in result.history.space if dim in result.dataset[name].dims]
    if set(space) != set(result.history.space):
        return lines(middle, f"{label}, median", True)
    return fan(
        _place(past, space, _moving(result.dataset[name], space)).values[-200:].astype(float), low, middle, high, f"{label}, 80 % interval"
    )


def _at_one_place(array: xr.DataArray, result: Any, name: str) -> tuple[xr.DataArray, str]:
    """The array at the place that moves most, and a label of it."""
    kept = ("quantile", "member", "time", "lead_time")
    space = [str(dim) for dim in array.dims if dim in (*result.history.space, "place")]
    index = _moving(array, space)
    unit, names = result.history.units.get(name, ""), place_names(array.to_dataset(name="a"), tuple(space)) if space else [""]
    where = f" at {names[index]}" if space and len(names) > index else ""
    array = _place(array, space, index)
    array = array.isel({dim: 0 for dim in array.dims if dim not in kept})
    return array, f"{name}{f' [{unit}]' if unit else ''}{where}"


def _moving(array: xr.DataArray, space: list[str]) -> int:
    """The flat index of the place whose answer spreads most over time, by its median."""
    if not space:
        return 0
    for dim in ("quantile", "member"):
        array = array.isel({dim: array.sizes[dim] // 2}) if dim in array.dims else array
    values = array.transpose(..., *space).values.reshape(-1, int(np.prod([array.sizes[dim] for dim in space])))
    reach = np.where(
        np.isfinite(values).any(axis=0),
        np.nanmax(np.nan_to_num(values, nan=-np.inf), axis=0) - np.nanmin(np.nan_to_num(values, nan=np.inf), axis=0),
        -1.0,
    )
    return int(np.argmax(reach))


def _place(array: xr.DataArray, space: list[str], index: int) -> xr.DataArray:
    if not space:
        return array
    at = np.unravel_index(index, [array.sizes[dim] for dim in space])
    return array.isel(dict(zip(space, map(int, at))))
