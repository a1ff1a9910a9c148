"""Mask what sensors cannot have seen: impossible values, copies, records written again, stuck sensors and spikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.arguments import above_zero, names_of, share
from chronotope.data.field import Field
from chronotope.data.folding import coordinates, place_names
from chronotope.data.panel import Panel
from chronotope.data.stamps import table_in_zone
from chronotope.errors import ArgumentError
from chronotope.harmonize.bounds import Range, range_of
from chronotope.harmonize.faults import RULES, Look
from chronotope.harmonize.record import FRAMED, changed, masked, need_kind, series_block
from chronotope.inspect.look import neighbour_pairs

COLUMNS = ("place", "variable", "rule", "count", "first", "last")


def clean(
    field: Field,
    rules: Sequence[str] = tuple(RULES),
    *,
    limits: Mapping[str, Range] | None = None,
    steady: Sequence[float] | Mapping[str, Sequence[float]] = (0.0,),
    unlikely: float = 0.01,
    spike: float = 8.0,
) -> tuple[Field, pd.DataFrame]:
    """The field with faults masked, and a report of what was masked; no value becomes another value.

    Args:
        field: grid, graph or video.
        rules: any of "impossible" (outside a declared or physical range, infinite), "duplicate" (a whole series that copies an earlier
            place; not on grids), "carried" (rows in which nearly all places repeat the row before), "stuck" (runs of one value that
            are unlikely for their series; the first value stays) and "spike" (leaps of at most three steps that neighbours do
            not share). They work in this order, each on what the ones before left.
        limits: (lowest, highest) per variable, None for open; else `valid_range` and the like, else physics by `standard_name`.
        steady: values at which a sensor may rest for long, for all variables or per variable; zeros by default (counts at night, dry
            gauges). With `steady=()` runs of zeros are judged like others. The lowest and highest value of a series are
            left alone if it keeps coming back to them (a full car park).
        unlikely: share of faultless series in which a stuck run may be found by chance.
        spike: size of a leap, in usual departures of the place, from which it is a spike.

    Returns:
        (Field of the same kind and shape, table). The table has one row per place, variable (channel, where there are levels) and rule:
        `place, variable, rule, count, first, last`, the stamps of the first and the last masked value.

    Raises:
        KindError: the field has no common clock.
        ArgumentError: no such rule or variable, or a number outside what is allowed.
    """
    need_kind(field, FRAMED, "clean", "Turn it into counts or a grid first, or filter its table.")
    _check(field, rules, limits or {}, steady, unlikely, spike)
    pairs = _pairs(field) if "spike" in rules else None
    dataset, rows = field.dataset, list[pd.DataFrame]()
    for name in field.variables:
        array = dataset[name]
        values, dims = series_block(array, field.space)
        low, high = range_of(array, (limits or {}).get(name))
        rest = tuple(float(v) for v in (steady.get(name, (0.0,)) if isinstance(steady, Mapping) else steady))
        look = Look(field.times, low, high, rest, unlikely, spike, pairs, field.kind != "graph")
        masks = [_apply(values[:, :, w], rules, look) for w in range(values.shape[2])]
        rows += [_report(field, label, part) for label, part in zip(_labels(array, field), masks)]
        every = np.stack([np.logical_or.reduce(list(part.values())) for part in masks], axis=-1) if rules else np.zeros(values.shape, bool)
        dataset = dataset.assign({name: masked(array, every, dims)})
    report = pd.concat([part for part in rows if len(part)] or [pd.DataFrame(columns=list(COLUMNS))], ignore_index=True)
    return changed(field, dataset, _summary(report, rules)), report


def _check(field: Field, rules: Sequence[str], limits: Mapping, steady: object, unlikely: float, spike: float) -> None:
    if isinstance(rules, str) or any(rule not in RULES for rule in names_of(rules, "rules")):
        raise ArgumentError(f"rules must be a list of {', '.join(RULES)}; found {rules!r}.")
    names = [*limits, *(steady if isinstance(steady, Mapping) else ())]
    unknown = [name for name in names if name not in field.variables]
    if unknown:
        raise ArgumentError(f"limits= and steady= must name variables of the field ({', '.join(field.variables)}); found {unknown[0]!r}.")
    for told in steady.values() if isinstance(steady, Mapping) else [steady]:
        if isinstance(told, str) or not all(isinstance(value, (int, float, np.number)) for value in names_of(told, "steady")):
            raise ArgumentError(f"steady must be a list of numbers, or one for each variable; found {told!r}.")
    share(unlikely, "unlikely")
    above_zero(spike, "spike", "a number of usual departures")


def _apply(values: np.ndarray, rules: Sequence[str], look: Look) -> dict[str, np.ndarray]:
    """Masks (t, n) by rule, in the order of `RULES`; no value is in two of them."""
    values, out = values.copy(), {}
    for rule in (rule for rule in RULES if rule in rules):
        out[rule] = RULES[rule](values, look) & ~np.isnan(values)
        values[out[rule]] = np.nan
    return out


def _pairs(field: Field) -> np.ndarray | None:
    xy = coordinates(field.dataset, field.space)[1]
    count = int(np.prod([field.dataset.sizes[dim] for dim in field.space]))
    return neighbour_pairs(Panel(np.empty((1, count, 0)), field.times[:1], "1D", (), xy, None, field.edges))


def _labels(array: xr.DataArray, field: Field) -> list[str]:
    from chronotope.data.folding import channel_labels

    return channel_labels(array, field.space)


def _report(field: Field, label: str, masks: dict[str, np.ndarray]) -> pd.DataFrame:
    names, times, rows = place_names(field.dataset, field.space), field.times, []
    for rule, mask in masks.items():
        for i in np.flatnonzero(mask.any(axis=0)):
            steps = np.flatnonzero(mask[:, i])
            rows.append((names[i], label, rule, len(steps), times[steps[0]], times[steps[-1]]))
    return table_in_zone(pd.DataFrame(rows, columns=list(COLUMNS)), field.dataset, ("first", "last"))


def _summary(report: pd.DataFrame, rules: Sequence[str]) -> str:
    if not len(report):
        return f"clean: nothing masked ({', '.join(rules)})"
    counts = report.groupby("rule")["count"].sum()
    return f"clean: {int(counts.sum())} values masked ({', '.join(f'{rule} {counts[rule]}' for rule in RULES if rule in counts)})"
