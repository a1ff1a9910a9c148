"""One run of a forecast model: its steps are leads, and the stamps are those at which they are valid."""

from __future__ import annotations

import xarray as xr

from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.calendars import is_time_unit
from chronotope.opening.datasets.cf_times import lengths_of, times_of

_LEADS = """step steps lead leads leadtime lead_time leadtimes lead_times forecast_period prediction_timedelta forecast_hour forecast_hours
    fhour fhr fxx lead_hours lead_days valid_step""".split()
_RUNS = """time init_time initial_time init inittime reftime forecast_reference_time reference_time analysis_time base_time run run_time
    start_time issue_time forecast_time model_run""".split()


def one_run(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> xr.Dataset:
    """The dataset with its leads as stamps of valid time, if it is a single run; else as it is.

    Stamps are those of a coordinate along the leads where there is one, else the time of the run and the lead.

    Raises:
        TimeError: the leads have no unit.
    """
    lead = next((str(dim) for dim in dataset.dims if _is_lead(dataset, str(dim))), None)
    if lead is None or options.time not in (None, lead) or options.start is not None or dataset.sizes[lead] < 2:
        return dataset
    runs = [name for name in map(str, dataset.variables) if _is_clock(dataset[name]) and dataset[name].size == 1]
    many = [name for name in map(str, dataset.variables) if _is_clock(dataset[name]) and dataset[name].size > 1]
    beside = [name for name in many if dataset[name].squeeze().dims == (lead,)]
    if any(name not in beside and lead not in dataset[name].dims for name in many):
        return dataset  # several runs: their own time is the clock
    runs = sorted(runs, key=lambda name: _RUNS.index(name.lower()) if name.lower() in _RUNS else len(_RUNS))
    if beside:
        valid = min(beside, key=lambda name: (name.lower() != "valid_time", dataset[name].attrs.get("standard_name") != "time"))
        stamps = dataset[valid].squeeze()
        found.append(Finding("inferred", f"one run of a model: {valid!r} along {lead!r} is the time"))
    elif runs:
        stamps = _added(dataset, runs[0], lead, options, found)
    else:
        return dataset
    alone = [str(dim) for dim in dataset.dims if dim != lead and dataset.sizes[dim] == 1 and any(dim in dataset[run].dims for run in runs)]
    bare = dataset.drop_vars([*runs, *beside, *([lead] if lead in dataset.variables else [])]).squeeze(alone, drop=True)
    return bare.rename({lead: "time"}).assign_coords(time=("time", stamps.values, stamps.attrs))


def _is_lead(dataset: xr.Dataset, dim: str) -> bool:
    array = dataset[dim] if dim in dataset.variables else None
    if array is None or array.ndim != 1:
        return False
    named = dim.lower() in _LEADS or array.attrs.get("standard_name") == "forecast_period"
    return array.dtype.kind == "m" or (named and array.dtype.kind in "fiu" and not is_time_unit(array.attrs.get("units")))


def _is_clock(array: xr.DataArray) -> bool:
    return array.dtype.kind == "M" or is_time_unit(array.attrs.get("units"))


def _added(dataset: xr.Dataset, run: str, lead: str, options: OpenOptions, found: list[Finding]) -> xr.DataArray:
    first = times_of(dataset[run].squeeze().expand_dims("_run"), run, options, found)[0]
    ahead = lengths_of(dataset[lead], lead)
    found.append(Finding("inferred", f"one run of a model: stamps are {run!r} ({str(first)[:16]}) and the lead {lead!r}"))
    return xr.DataArray(first + ahead, dims=(lead,))
