"""What the page draws, as a few thousand numbers: places on a map, and series with intervals; thinned with a note."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from chronotope.calls.result import Result
from chronotope.errors import ChronotopeError
from chronotope.serve.columns import columns_of

MOST_PLACES, MOST_STEPS, MOST_PAST, MOST_NUMBERS = 2000, 240, 240, 200_000
LEVELS = (0.1, 0.5, 0.9)


def write_picture(path: Path, result: Result, field: Any, source: Path | None) -> None:
    """Write what can be drawn of a result as JSON; of one that cannot be drawn, a sentence that says so.

    Args:
        field: what was opened.
        source: the file, whose columns are named too.
    """
    try:
        found = picture(result.made, field)
    except (ChronotopeError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        found = {"note": f"There is no picture of this: {error}"}
    found["columns"] = columns_of(source) if source is not None else []
    path.write_text(json.dumps(found, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def picture(made: Any, field: Any) -> dict[str, Any]:
    """The numbers to draw.

    Returns:
        `variable`, `units`, `places` (names), `east`, `north` (or None), `geographic`, `shape`; `times` and `answer` {level: (h, n)};
        `past_times` and `past` (t, n); `truth` (h, n); `flag` (h, n) of what was detected; `note` says what is left out.
    """
    if made is field or made is None:
        return _of_field(field)
    if hasattr(made, "levels") and hasattr(made, "variables"):
        return _of_quantiles(made, made.variables)
    if hasattr(made, "members") and hasattr(made, "history"):
        return _of_quantiles(_with_quantiles(made, _member_quantiles(made)), made.variables)
    if hasattr(made, "rate") and hasattr(made, "expected"):
        return _of_rates(made)
    if hasattr(made, "found") and hasattr(made, "history"):
        return _of_detection(made)
    return {"note": "This answer is a table."}


def _member_quantiles(made: Any) -> Any:
    return made.dataset.quantile(list(LEVELS), "member", keep_attrs=True)


def _with_quantiles(made: Any, dataset: Any) -> Any:
    """Something that is drawn as a forecast is."""
    return SimpleNamespace(to_xarray=lambda: dataset, history=made.history, meta=made.meta)


def _of_quantiles(fc: Any, variables: tuple[str, ...]) -> dict[str, Any]:
    from chronotope.view.cutting import slice_forecast

    part = slice_forecast(fc, variables[0])
    levels = sorted({int(np.argmin(np.abs(part.levels - level))) for level in LEVELS})
    values = part.values[levels]
    if len(part.times) > MOST_STEPS:  # filled gaps of a long record: its last steps
        values = values[:, -MOST_STEPS:]
    steps = values.shape[1]
    east, north = part.east, part.north
    places = _chosen(len(part.labels), steps * len(levels) + min(MOST_PAST, len(part.past_times)) + steps)
    made = _frame(part, places, east, north)
    made |= {
        "times": _stamps(part.times[-steps:]),
        "answer": {f"{part.levels[i]:g}": _rounded(block[:, places]) for i, block in zip(levels, values)},
        "truth": _rounded(part.truth[-steps:][:, places]),
        "past_times": _stamps(part.past_times[part.beside(MOST_PAST)]),
        "past": _rounded(part.past[part.beside(MOST_PAST)][:, places]),
        "note": _note(len(places), len(part.labels), steps, len(part.times)),
        "variables": list(variables),
    }
    return made


def _of_detection(made: Any) -> dict[str, Any]:
    import xarray as xr

    name = made.variables[0]
    bounds = [made.dataset[f"{name}_{part}"] for part in ("low", "expected", "high")]
    levels = xr.concat([bound.rename(name) for bound in bounds], xr.Variable("quantile", list(LEVELS)), coords="minimal", compat="override")
    drawn = _of_quantiles(_with_quantiles(made, levels.to_dataset(name=name)), (name,))
    space = [dim for dim in made.dataset[f"{name}_flag"].dims if dim != "time"]
    flag = made.dataset[f"{name}_flag"].transpose("time", *space).values.reshape(made.dataset.sizes["time"], -1)
    return drawn | {"flag": flag[-len(drawn["times"]) :][:, drawn["chosen"]].astype(int).tolist()}


def _of_rates(made: Any) -> dict[str, Any]:
    """Expected numbers of events, a cell each place."""
    rate = made.rate.isel(init_time=-1) if "init_time" in made.rate.dims else made.rate
    names = {
        str(array.dims[0]): str(name) for name, array in rate.coords.items() if array.dims in (("y",), ("x",)) and name not in array.dims
    }
    north, east = (a.ravel() for a in np.meshgrid(rate["y"].values, rate["x"].values, indexing="ij"))
    steps = min(rate.shape[0], MOST_STEPS)
    values = rate.values.reshape(rate.shape[0], -1)[:steps]
    places = _chosen(values.shape[1], steps)
    return {
        "variable": "expected number of events in a cell",
        "units": "",
        "places": [f"{north[i]:.5g}, {east[i]:.5g}" for i in places],
        "chosen": places.tolist(),
        "east": _rounded(east[places]),
        "north": _rounded(north[places]),
        "geographic": names.get("y") == "lat",
        "shape": list(rate.shape[1:]),
        "times": _stamps(rate[rate.dims[0]].values[:steps] if "time" in rate.dims else rate["valid_time"].values[:steps]),
        "answer": {"0.5": _rounded(values[:, places])},
        "total": float(np.nansum(rate.values)),
        "past": [],
        "past_times": [],
        "truth": [],
        "note": _note(len(places), values.shape[1], steps, rate.shape[0]),
    }


def _of_field(field: Any) -> dict[str, Any]:
    """What was read, before anything is asked of it."""
    if field.kind not in ("grid", "graph", "video"):
        return _of_moving(field)
    panel = field.panel()
    values = panel.values[-MOST_PAST:, :, 0]
    latlon = panel.latlon
    where = latlon[:, ::-1] if latlon is not None else panel.xy
    places = _chosen(len(panel.places), len(values))
    made = {
        "variable": panel.variables[0],
        "units": panel.units[0] if panel.units else "",
        "places": _names(field, panel, places),
        "chosen": places.tolist(),
        "east": None if where is None else _rounded(where[places, 0]),
        "north": None if where is None else _rounded(where[places, 1]),
        "geographic": latlon is not None,
        "shape": [field.dataset.sizes[dim] for dim in field.space],
        "past_times": _stamps(panel.times[-MOST_PAST:]),
        "past": _rounded(values[:, places]),
        "seen": np.round(np.isfinite(panel.values[:, :, 0]).mean(axis=0)[places], 4).tolist(),
        "note": _note(len(places), len(panel.places), len(values), len(panel.times)),
    }
    return made


def _names(field: Any, panel: Any, places: np.ndarray) -> list[str]:
    """Names of places; cells by their positions."""
    if len(field.space) == 2 and panel.latlon is not None:
        return [f"{panel.latlon[i, 0]:.4g}, {panel.latlon[i, 1]:.4g}" for i in places]
    return [str(panel.places[i]) for i in places]


def _of_moving(field: Any) -> dict[str, Any]:
    """Points, tracks or events: where they were."""
    pair = ("lon", "lat") if "lon" in field.dataset else ("x", "y")
    east, north = (np.asarray(field.dataset[name].values, float).ravel() for name in pair)
    known = np.flatnonzero(np.isfinite(east) & np.isfinite(north))
    chosen = known[np.unique(np.linspace(0, max(len(known) - 1, 0), min(MOST_PLACES, len(known))).round().astype(int))]
    said = f"{len(chosen):,} of {len(known):,} positions are drawn." if len(chosen) < len(known) else ""
    return {
        "variable": field.variables[0] if field.variables else "",
        "units": "",
        "places": [],
        "east": _rounded(east[chosen]),
        "north": _rounded(north[chosen]),
        "geographic": pair[0] == "lon",
        "note": said,
    }


def _frame(part: Any, places: np.ndarray, east: Any, north: Any) -> dict[str, Any]:
    return {
        "variable": part.name,
        "units": part.units,
        "places": [str(part.labels[i]) for i in places],
        "chosen": places.tolist(),
        "east": None if east is None else _rounded(east[places]),
        "north": None if north is None else _rounded(north[places]),
        "geographic": part.is_geographic,
        "shape": list(part.shape),
        "clock": part.clock,
    }


def _chosen(count: int, steps: int) -> np.ndarray:
    """Places to draw, spread evenly over all of them."""
    most = max(1, min(MOST_PLACES, MOST_NUMBERS // max(steps, 1), count))
    return np.unique(np.linspace(0, count - 1, most).round().astype(int))


def _note(places: int, of: int, steps: int, among: int) -> str:
    few = [f"{places:,} of {of:,} places"] if places < of else []
    few += [f"the last {steps:,} of {among:,} steps"] if steps < among else []
    return f"Drawn: {' and '.join(few)}; files hold all." if few else ""


def _stamps(times: np.ndarray) -> list[str]:
    return [str(stamp)[:19] for stamp in times.astype("datetime64[s]")]


def _rounded(values: np.ndarray) -> Any:
    """Four digits and None for what is missing."""
    values = np.asarray(values, float)
    size = np.nanmax(np.abs(values), initial=0.0) if np.isfinite(values).any() else 0.0
    digits = int(max(0, 4 - np.floor(np.log10(size)))) if size > 0 else 4
    plain = np.round(values, min(digits, 12)).astype(object)
    plain[~np.isfinite(values)] = None
    return plain.tolist()
