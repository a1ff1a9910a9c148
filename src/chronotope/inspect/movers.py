"""What is said of tracks and of events: speeds, gaps and jumps; clusters and reports that come late."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.inspect.finding import Finding
from chronotope.inspect.late import late_steps
from chronotope.inspect.sphere import distance

FAR = 10.0  # times the fastest usual speed, that a jump has on both sides
PAIRS = 1500  # events whose pairs are counted
_ENDS = re.compile(  # of what goes on, or of rows: no reports
    r"(^|[_ ])(end|stop|finish|drop_?off|arriv|until|to|clos|clear|(last_?)?(updat|modif|edit))", re.IGNORECASE
)
SHUFFLES = 19
CLUSTERED = 1.3  # times as many near pairs as by chance that are worth a word
GOING_ON = 2  # reports so long after the last event that the record was not cut there; one may be a slip
BINS = 60  # steps of the whole time in which a late end is looked for


def track_facts(data: xr.Dataset) -> list[tuple[str, str]]:
    """(label, text) of speeds and gaps."""
    who, time, metres, unit = _moves(data)
    if not len(time):
        return []
    good = time > 0
    speed, step = metres[good] / time[good], float(np.median(time[good])) if good.any() else 0.0
    if not len(speed):
        return []
    text = f"median {np.median(speed):.3g} {unit}/s, 95 % below {np.quantile(speed, 0.95):.3g}, highest {speed.max():.3g}"
    long = time > 1.5 * step
    gaps = f"{int(long.sum())} of {len(time)} times between fixes are longer than 1.5 x {_length(step)}"
    return [("speed", text), ("gaps", gaps + (f", the longest {_length(float(time.max()))}" if long.any() else ""))]


def track_findings(data: xr.Dataset) -> list[Finding]:
    """Objects with one fix, tracks that do not move, fixes that jump away and back."""
    who, time, metres, unit = _moves(data)
    labels = _labels(data)
    number = np.unique(labels, return_counts=True)[1] if len(labels) else np.zeros(0, int)
    notes = []
    if (number == 1).any():
        notes.append(Finding("inferred", f"{int((number == 1).sum())} of {len(number)} objects have one fix only"))
    if len(metres) and metres.max() == 0:
        notes.append(Finding("warning", "all fixes of each object lie at one spot"))
    if "lat" in data.variables and float(np.nanmax(np.abs(data["lat"].values.astype(float)), initial=0)) > 90:
        notes.append(Finding("warning", "some latitudes lie beyond 90 degrees; are lat and lon exchanged, or metres?"))
    jumps, fastest = _jumps(who, time, metres)
    if jumps:
        text = (
            f"fixes that lie apart from their tracks: {jumps}, reached at up to {fastest:.3g} {unit}/s; if they are faults, leave them out"
        )
        notes.append(Finding("warning", text))
    return notes


def event_facts(data: xr.Dataset) -> list[tuple[str, str]]:
    """(label, text) of clusters and of the time that reports took."""
    made = []
    ratio, near, days = _near_pairs(data)
    if ratio == ratio:
        made.append(("clusters", f"{ratio:.2f} times as many pairs within {near} and {_length(days * 86400)} as by chance"))
    name, delay, _ = _delays(data)
    if name:
        made.append(
            ("reports", f"{name} {_length(float(np.median(delay)))} after the event (median), nine in ten within {_length(_ninth(delay))}")
        )
    return made


def event_findings(data: xr.Dataset) -> list[Finding]:
    """Ends of events that are short, as reports come late."""
    times = data["time"].values.astype("datetime64[ns]")
    times = np.sort(times[~np.isnat(times)]).astype(np.int64)
    name, delay, after = _delays(data)
    if name and after >= GOING_ON:
        return []  # reports went on after the last event: those that are late came too
    if name:
        ninth = _ninth(delay)
        text = f"events are told of late ({name}): of those in the last {_length(ninth)} many may be missing; an earlier at= is safer"
        return [Finding("warning", text)]
    if len(times) < 5 * BINS or times[0] == times[-1]:
        return []
    totals = np.histogram(times, BINS)[0]
    short, share = late_steps(totals)
    if not short:
        return []
    length = (times[-1] - times[0]) / BINS * short / 1e9
    text = f"the last {_length(length)} holds {share:.0%} of the usual number of events; if reports come late, an earlier at= is safer"
    return [Finding("warning", text)]


def _labels(data: xr.Dataset) -> np.ndarray:
    """The object of every fix with a place."""
    pair = _pair(data)
    if pair is None or "object" not in data.variables:
        return np.zeros(0, int)
    known = np.isfinite(data[pair[0]].values.astype(float)) & np.isfinite(data[pair[1]].values.astype(float))
    if known.ndim == 1:
        return np.asarray(data["object"].values)[known]
    order = data[pair[0]].dims
    return np.nonzero(known)[order.index("object")]


def _moves(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Object, seconds and metres (or units of the plane) from each fix to the next of its object, and the unit."""
    pair = _pair(data)
    nothing = np.zeros(0)
    if pair is None or "object" not in data.variables:
        return nothing, nothing, nothing, ""
    one, two = (data[name] for name in pair)
    if one.ndim == 2:
        one, two = (array.transpose("time", "object") for array in (one, two))
        time = np.repeat(data["time"].values, one.shape[1])
        who = np.tile(np.arange(one.shape[1]), one.shape[0])
    else:
        time, who = data["time"].values, np.unique(np.asarray(data["object"].values).astype(str), return_inverse=True)[1]
    at = np.stack([one.values.ravel(), two.values.ravel()], axis=1).astype(float)
    stamps = time.astype("datetime64[ns]").astype(np.int64) / 1e9
    known = np.isfinite(at).all(axis=1)
    who, stamps, at = who[known], stamps[known], at[known]
    order = np.lexsort((stamps, who))
    who, stamps, at = who[order], stamps[order], at[order]
    same = np.diff(who) == 0
    return who[1:][same], np.diff(stamps)[same], _distances(at[:-1][same], at[1:][same], pair), "m" if pair[0] == "lat" else "units"


def _distances(one: np.ndarray, two: np.ndarray, pair: tuple[str, str]) -> np.ndarray:
    return distance(one, two) if pair[0] == "lat" else np.hypot(*(two - one).T)


def _jumps(who: np.ndarray, time: np.ndarray, metres: np.ndarray) -> tuple[int, float]:
    """How many fixes are reached and left (the first left, the last reached) much faster than is usual, and the fastest of these speeds."""
    good = time > 0
    if good.sum() < 20:
        return 0, 0.0
    speed = np.where(good, metres / np.where(good, time, 1), 0.0)
    fast = speed > FAR * max(float(np.quantile(speed[good], 0.95)), 1e-12)
    first, last = (np.append(True, who[1:] != who[:-1]), np.append(who[1:] != who[:-1], True))
    inside = fast[1:] & fast[:-1] & ~first[1:]
    ends = (first & fast & ~np.append(fast[1:], False)) | (last & fast & ~np.append(False, fast[:-1]))
    number = int(inside.sum() + ends.sum())
    return number, float(speed[fast].max()) if number else 0.0


def _near_pairs(data: xr.Dataset) -> tuple[float, str, float]:
    """Near pairs over those of shuffled times, what near means in space, and in days; NaN for few events.

    Source: Knox (1964), doi:10.2307/2985220.
    """
    pair = _pair(data)
    if pair is None or data[pair[0]].ndim != 1:
        return float("nan"), "", 0.0
    at = np.stack([data[name].values.astype(float) for name in pair], axis=1)
    days = data["time"].values.astype("datetime64[ns]").astype(np.int64) / 8.64e13
    known = np.isfinite(at).all(axis=1) & ~np.isnat(data["time"].values)
    order = np.flatnonzero(known)[np.argsort(days[known], kind="stable")]
    order = order[np.unique(np.linspace(0, len(order) - 1, min(PAIRS, len(order))).astype(int))] if len(order) else order
    if len(order) < 50 or np.ptp(days[order]) == 0:
        return float("nan"), "", 0.0
    at, days = at[order], days[order]
    i, j = np.triu_indices(len(at), 1)
    apart = _distances(at[i], at[j], pair)
    near, soon = float(np.quantile(apart, 0.02)), float(np.quantile(np.abs(days[i] - days[j]), 0.02))
    close = apart <= near
    i, j = i[close], j[close]
    rng = np.random.default_rng(0)
    count = int((np.abs(days[i] - days[j]) <= soon).sum())
    chance = [int((np.abs(one[i] - one[j]) <= soon).sum()) for one in (rng.permutation(days) for _ in range(SHUFFLES))]
    ratio = count / max(float(np.mean(chance)), 1.0)
    if ratio < CLUSTERED or count <= max(chance):
        return float("nan"), "", 0.0
    return ratio, f"{near / 1000:.3g} km" if pair[0] == "lat" else f"{near:.3g} units", soon


def _delays(data: xr.Dataset) -> tuple[str, np.ndarray, int]:
    """The first mark that is a moment after each event, the seconds between, and how many came well after the last event."""
    times = data["time"].values.astype("datetime64[ns]")
    for name, array in data.variables.items():
        if name == "time" or array.dims != data["time"].dims or array.dtype.kind not in "MOUT":
            continue
        stamps = None if _ENDS.search(str(name)) else moments(array.values)
        if stamps is None:
            continue
        later = stamps - times
        seconds = later[~np.isnat(later)].astype(np.int64) / 1e9
        if len(seconds) > 20 and (seconds >= 0).mean() > 0.98 and np.median(seconds) > 0:
            well = np.timedelta64(int(0.3 * _ninth(seconds) * 1e9), "ns")
            return str(name), seconds, int((stamps > np.nanmax(times) + well).sum())
    return "", np.zeros(0), 0


def moments(values: np.ndarray) -> np.ndarray | None:
    """Moments, also such as are written 2024-05-01 ...; None where values are something else."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[ns]")
    first = [str(one) for one in values[:50] if one is not None and one == one]
    if not first or not all(re.match(r"\d{4}-\d\d-\d\d", one) for one in first):
        return None
    found = pd.to_datetime(pd.Series(values), errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
    return np.asarray(found.to_numpy("datetime64[ns]"))


def _ninth(delay: np.ndarray) -> float:
    return float(np.quantile(delay, 0.9))


def _pair(data: xr.Dataset) -> tuple[str, str] | None:
    return next((pair for pair in (("lat", "lon"), ("y", "x")) if all(name in data.variables for name in pair)), None)


def _length(seconds: float) -> str:
    """Seconds as people say them."""
    for size, word in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.3g} {word}"
    return f"{seconds:.3g} s"
