"""Fields on a regular clock: irregular stamps to a step, fine steps to coarse ones, by a declared rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from chronotope.data.arguments import part
from chronotope.data.field import Field
from chronotope.data.stamps import zone_of
from chronotope.errors import ArgumentError
from chronotope.harmonize.amounts import is_amount
from chronotope.harmonize.bins import Bins, Stamps, bins_of, fixed_length, stamps_per_bin, usual_stamps
from chronotope.harmonize.partial import WHOLE
from chronotope.harmonize.record import FRAMED, changed, need_kind
from chronotope.harmonize.turning import averaged, told, turns

HOWS = ("mean", "sum", "first", "last", "max", "min")


def resample(
    field: Field,
    step: str,
    how: str | Mapping[str, str] = "mean",
    least: float | None = None,
    *,
    stamps: Stamps = "start",
    first: np.datetime64 | None = None,
) -> Field:
    """The field at a coarser, regular step.

    Args:
        field: grid, graph or video.
        step: pandas offset, "1h", "1D", "MS"; steps begin on whole hours, days, Mondays, months, on the clock
            of the source.
        how: "mean", "sum", "first", "last", "max" or "min" of what was observed in a step, or one per variable (the others "mean").
        least: share (0 to 1) of a step's values that must be observed, else the step is NaN. The share is of the stamps that a regular
            clock has room for in the step (so that steps cut by the ends of the record count as partly observed), or that most steps
            around have if these are fewer, or of the stamps that are there if the clock is not regular. A step in which nothing was
            observed is NaN always. If None, a half; and a sum over a first or last step that the record covers only in part is NaN, as it
            says too little.
        stamps: "start" where stamps mark the beginning of what they measure, "end" where they mark its end (hour-ending rainfall, meters).
        first: a beginning that fixed steps are counted from, instead of midnight of the first day.

    Returns:
        The Field, stamps at the beginning of each step (its end for `stamps="end"`), `step` set, units kept, `cell_methods` extended.
        Sums are float64 and conserve totals: with `least=0` the sum over all steps is the sum over all values. Side information over time
        is left out.

    Raises:
        KindError: the field has no common clock.
        ArgumentError: `step`, `how` or `least` is not of that form, or `step` is finer than the data.
    """
    need_kind(field, FRAMED, "resample", "Count events and tracks into steps with events_to_counts and tracks_to_counts.")
    rules = _rules(field, how)
    whole_ends, least = least is None, 0.5 if least is None else part(least, "least")
    bins = bins_of(field.times, step, stamps, first, zone_of(field.dataset))
    source = _source_freq(field)
    _check_coarser(source, bins)
    full = stamps_per_bin(bins, source)
    room = usual_stamps(bins, full)
    cut = _cut_ends(bins, room, least) if whole_ends and "sum" in rules.values() else []
    share = np.full(len(room), float(least))
    ends = share.copy()
    ends[cut] = np.inf
    data = {
        name: _reduced(field.dataset[name], bins, rules[name], ends if rules[name] == "sum" else share, room) for name in field.variables
    }
    beside = [str(n) for n, a in field.dataset.variables.items() if "time" in a.dims and n not in (*field.variables, "time")]
    dataset = field.dataset.drop_vars(beside).drop_dims("time") if len(beside) else field.dataset.drop_dims("time")
    dataset = dataset.assign_coords(time=("time", bins.labels, field.dataset["time"].attrs)).assign(data)
    words = ", ".join(sorted(set(rules.values())))
    texts = [f"resample: {words} over {bins.freq}, at least {least:.0%} observed, stamps at the {stamps} of each step"]
    if (fewer := room < full).any():
        texts.append(f"resample: {int(fewer.sum())} of {len(full)} steps hold fewer stamps than there is room for, as those around do")
    texts += told("resample", field) if "mean" in rules.values() else []
    texts += [
        f"resample: {name} holds amounts, and their mean is that of one step as it was, not of {bins.freq}; how='sum' adds them up"
        for name in field.variables
        if rules[name] == "mean" and is_amount(field.dataset[name])
    ]
    texts += [f"resample: left out, as they vary in time: {', '.join(beside)}"] if beside else []
    texts += [
        f"resample: sums over the step {str(bins.labels[i])[:16]} are missing, as the record covers it only in part; least=0.5 keeps them"
        for i in cut
    ]
    return changed(field, dataset, *texts, step=bins.freq)


def _cut_ends(bins: Bins, room: np.ndarray, least: float) -> list[int]:
    """The first and the last step, where they hold fewer stamps than there is room for, and enough to be kept else."""
    count = np.bincount(bins.index[bins.index >= 0], minlength=len(room))
    return [i for i in sorted({0, len(room) - 1}) if least * room[i] <= count[i] < WHOLE * room[i]]


def _rules(field: Field, how: str | Mapping[str, str]) -> dict[str, str]:
    if not isinstance(how, (str, Mapping)):
        raise ArgumentError(f"how must be one of {', '.join(HOWS)}, or one for each variable; found {how!r}.")
    rules = dict.fromkeys(field.variables, how) if isinstance(how, str) else dict.fromkeys(field.variables, "mean") | dict(how)
    unknown = [name for name in rules if name not in field.variables]
    if unknown:
        raise ArgumentError(f"how= must name variables of the field ({', '.join(field.variables)}); found {unknown[0]!r}.")
    for rule in rules.values():
        if rule not in HOWS:
            raise ArgumentError(f"how must be one of {', '.join(HOWS)}; found {rule!r}.")
    return rules  # type: ignore[return-value]


def _source_freq(field: Field) -> str | None:
    if len(field.times) < 3 and field.step is None:
        return None
    frame = field.frame
    return frame.freq if frame.regular else None


def _check_coarser(source: str | None, bins: Bins) -> None:
    old, new = (None if freq is None else fixed_length(freq) for freq in (source, bins.freq))
    if old is not None and new is not None and new < old:
        raise ArgumentError(
            f"resample goes to coarser steps; the data has a step of {source}, and {bins.freq} was asked for. Fill finer steps with impute."
        )


def _reduced(array: xr.DataArray, bins: Bins, how: str, least: np.ndarray, room: np.ndarray) -> xr.DataArray:
    ordered = array.transpose("time", ...)
    values = ordered.values.astype(np.float64)
    rest = values.shape[1:]
    needed = np.ceil(np.maximum(least * room - 1e-9, 1))
    circle = how == "mean" and turns(array)
    out = averaged(values.reshape(len(values), -1), circle, lambda part: reduce_rows(part, bins.index, len(bins.labels), how, needed))
    kind = array.dtype if how != "sum" and array.dtype.kind == "f" else np.float64
    made = out.reshape(-1, *rest).astype(kind)
    attrs = array.attrs | {"cell_methods": f"{array.attrs.get('cell_methods', '')} time: {_CELL_METHODS[how]}".strip()}
    return xr.DataArray(made, dims=ordered.dims, attrs=attrs).transpose(*array.dims)


_CELL_METHODS = {"mean": "mean", "sum": "sum", "max": "maximum", "min": "minimum", "first": "point", "last": "point"}


def reduce_rows(values: np.ndarray, index: np.ndarray, count: int, how: str, needed: np.ndarray) -> np.ndarray:
    """Rows (k, m) reduced to steps (count, m) by the step `index` (k,) of each, rising; NaN where fewer than `needed` (count,) are seen."""
    starts = np.flatnonzero(np.diff(index, prepend=-1))
    filled = index[starts]
    seen = np.isfinite(values)
    number = np.add.reduceat(seen, starts, axis=0, dtype=np.int64)
    if how in ("sum", "mean"):
        part = np.add.reduceat(np.where(seen, values, 0.0), starts, axis=0)
        part = part / np.maximum(number, 1) if how == "mean" else part
    elif how in ("max", "min"):
        part = (np.fmax if how == "max" else np.fmin).reduceat(np.where(seen, values, np.nan), starts, axis=0)
    else:
        row = np.arange(len(values))[:, None]
        pick, none = (np.minimum, len(values)) if how == "first" else (np.maximum, -1)
        chosen = pick.reduceat(np.where(seen, row, none), starts, axis=0)
        part = np.take_along_axis(values, np.clip(chosen, 0, len(values) - 1), axis=0)
    out = np.full((count, values.shape[1]), np.nan)
    out[filled] = np.where(number >= needed[filled][:, None], part, np.nan)
    return out
