"""Proof: a model beside plain methods on what a file itself knows - earlier origins, values and places hidden on purpose."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.baselines import EVENT_FLOORS, FLOORS, NOWCAST_FLOORS
from chronotope.data.field import Field
from chronotope.errors import ChronotopeError, DataError, reason
from chronotope.evidence.distributions import pinball_loss
from chronotope.harmonize.turning import turns
from chronotope.inspect.circle import around_truth
from chronotope.inspect.sphere import EARTH_RADIUS
from chronotope.tasks.load import load
from chronotope.tasks.verbs import Model

BUDGET = 40.0  # seconds that a comparison may take, about
MOST, LEAST = 12, 2  # origins
ROOM = 60_000_000  # numbers of all forecasts that are kept for skill and reliability
BACK_LEAST = 12  # steps of a record that is begun later
PLAIN_LEAST = 2  # plain methods that are asked whatever it takes
RECENT = 400  # steps of which values are hidden
GAP_PLAIN = ("last_value", "linear", "seasonal_naive", "neighbour_mean", "mix", "kriging")
PLACE_PLAIN = ("neighbour_mean", "inverse_distance", "kriging", "mix")
BACK_PLAIN = ("last_value", "seasonal_naive", "climatology", "marginal", "mix")
FINE_PLAIN = ("nearest_cell", "bilinear", "bicubic", "area_to_point")
PATH_PLAIN = ("constant_velocity", "stay", "mean_velocity", "damped_velocity", "constant_turn")


@dataclass(frozen=True)
class Proof:
    """What was found.

    Attributes:
        scores: a row per method (and variable), None where nothing could be compared.
        trials: the forecasts of a back-test, where they were kept.
        notes: what the reader should know of the comparison.
    """

    scores: pd.DataFrame | None = None
    trials: xr.Dataset | None = None
    notes: tuple[str, ...] = ()


def forecasts(
    model: Model, field: Field, made: Any, seconds: float, target: Any = None, context: Any = None, known: Sequence[str] = ()
) -> Proof:
    """A back-test from origins before that of a forecast or simulation: nothing after it is read.

    Args:
        model: who answered.
        field: the whole field.
        made: the answer, whose first step ends what may be read.
        seconds: that it took.
        target, context: as it was asked.
        known: variables whose future it knew; a back-test does where the record holds them after its origins.
    """
    past = _before(field, made)
    if past.kind == "tracks":
        return paths(model, field, made)
    if past.kind == "points":
        return Proof(notes=("Not compared with plain methods: of moving sensors chronotope backtest FILE --kind points does it.",))
    steps = int(made.dataset.sizes["lead_time" if "lead_time" in made.dataset.dims else "time"])
    origins = min(MOST, int(BUDGET / max(2 * seconds, 0.05)))
    if origins < LEAST:
        said = f"Not compared: an answer took {seconds:.0f} s, and earlier ones of all methods would take minutes"
        return Proof(notes=(f"{said}. Ask chronotope backtest.",))
    from chronotope.evaluate.protocols.backtest import backtest

    names = [*FLOORS, *(NOWCAST_FLOORS if field.kind in ("grid", "video") else ())]
    others = [f"baseline:{name}" for name in dict.fromkeys(names) if name != model.name]
    numbers = 9 * (len(others) + 1) * steps * origins * int(np.prod(field.panel().values.shape[1:]))
    with tempfile.TemporaryDirectory() as folder:
        save = Path(folder) / "trials.nc" if numbers <= ROOM else None
        ask = partial(backtest, [model, *others], past, steps, origins=origins, target=target, context=context, save=save)
        try:
            scores, notes = _with_known(ask, known)
        except ChronotopeError as error:
            return Proof(notes=(f"Not compared with plain methods: {reason(error)}",))
        trials = None if save is None else xr.load_dataset(save, engine="h5netcdf")
    return Proof(scores, trials, notes)


def _with_known(ask: Callable[..., pd.DataFrame], known: Sequence[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A back-test that knows what the answer knew, else one that does not and says so."""
    try:
        scores = ask(known_future=known)
    except DataError:
        if not known:
            raise
        return ask(), (f"The comparison does not know the future of {', '.join(known)}, which the answer did.",)
    return scores, tuple(f"{said}." for said in scores.attrs.get("said", ()))


def beginnings(model: Model, field: Field, made: Any, target: Any = None, context: Any = None) -> Proof:
    """The record is begun later, three times at most, and what it held before is told from what follows."""
    steps, stamps = int(made.dataset.sizes["time"]), field.times
    begun = [steps * k for k in (1, 2, 3) if len(stamps) - steps * k >= max(2 * steps, BACK_LEAST)]
    if not begun:
        return Proof(notes=("Not compared with plain methods: the record is too short to begin it later.",))
    names = field.chosen(target)[:3]

    def ask(one: Model) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in names}
        for row in begun:
            answer = one.backcast(field.isel(time=slice(row, None)), steps, target=list(names), context=context).dataset
            for name in names:
                truth = field.dataset[name].reindex(time=answer["time"])
                found[name].append(_at(answer[name], truth, np.ones(truth.shape, bool)))
        return {name: (np.concatenate([a for a, _ in some], axis=1), np.concatenate([t for _, t in some])) for name, some in found.items()}

    count = "once" if len(begun) == 1 else f"{len(begun)} times"
    return _table(
        model, BACK_PLAIN, ask, f"the record begun later {count}, and the {steps} steps before told from what follows", field=field
    )


def gaps(model: Model, field: Field, target: Any = None, seed: int = 0) -> Proof:
    """Runs of six values are hidden in a fifth of the last steps, and filled again."""
    recent = field.isel(time=slice(-RECENT, None))
    names = recent.chosen(target)[:3]
    rng = np.random.default_rng(seed)
    hidden = {name: _runs(recent.dataset[name], rng) for name in names}
    shown = replace(recent, dataset=recent.dataset.assign({name: recent.dataset[name].where(~mask) for name, mask in hidden.items()}))

    def ask(one: Model) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        answer = one.impute(shown, target=list(names)).dataset.sel(time=recent.dataset["time"])
        return {name: _at(answer[name], recent.dataset[name], mask) for name, mask in hidden.items()}

    return _table(
        model,
        GAP_PLAIN,
        ask,
        f"runs of six values hidden in a fifth of the last {recent.dataset.sizes['time']} steps, and filled again",
        field=field,
    )


def places(model: Model, field: Field, target: Any = None, seed: int = 0) -> Proof:
    """A fifth of the places is hidden altogether, and read from the others."""
    recent = field.isel(time=slice(-min(RECENT, 100), None))
    degrees, plane = recent.positions
    at = degrees if degrees is not None else plane
    pair = ("lat", "lon") if degrees is not None else ("x", "y")
    if at is None or len(at) < 5:
        return Proof(notes=("Not compared with plain methods: hiding places takes five of them with positions.",))
    names = recent.chosen(target)[:3]
    gone = np.sort(np.random.default_rng(seed).permutation(len(at))[: max(min(len(at) // 5, 200), 1)])
    lost = np.zeros(len(at), bool)
    lost[gone] = True
    sizes = {dim: recent.dataset.sizes[dim] for dim in recent.space}
    mask = xr.DataArray(lost.reshape(tuple(sizes.values())), dims=tuple(sizes))
    shown = replace(recent, dataset=recent.dataset.assign({name: recent.dataset[name].where(~mask) for name in names}))
    table = pd.DataFrame(at[gone], columns=list(pair))

    def ask(one: Model) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        answer = one.interpolate(shown, at=table, target=list(names)).dataset
        out = {}
        for name in names:
            further = [dim for dim in recent.dataset[name].dims if dim not in ("time", *recent.space)]
            truth = recent.dataset[name].transpose("time", *recent.space, *further).values
            truth = truth.reshape(len(truth), len(at), -1)[:, gone]
            values = answer[name].transpose("quantile", "time", "place", *further).values
            out[name] = (values.reshape(values.shape[0], -1), truth.ravel())
        return out

    return _table(model, PLACE_PLAIN, ask, f"{len(gone)} of {len(at)} places hidden altogether and read from the others", field=field)


def fine(model: Model, field: Field, made: Any, target: Any = None) -> Proof:
    """The field is made coarser by the same factor, and refined again."""
    from chronotope.harmonize.upscale import upscale

    factor = max(made.dataset.sizes[dim] // field.dataset.sizes[dim] for dim in field.space)
    recent = field.isel(time=slice(-20, None))
    recent = recent.isel(**{dim: slice(0, recent.dataset.sizes[dim] // factor * factor) for dim in field.space})
    names = recent.chosen(target)[:3]
    if factor < 2 or min(recent.dataset.sizes[dim] for dim in field.space) < 2 * factor:
        return Proof(notes=("Not compared with plain methods: the grid is too small to be made coarser and refined again.",))
    coarse = upscale(recent, factor)

    def ask(one: Model) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        answer = one.downscale(coarse, factor=factor, target=list(names)).dataset
        return {name: _at(answer[name], recent.dataset[name], np.ones(recent.dataset[name].shape, bool)) for name in names}

    return _table(model, FINE_PLAIN, ask, f"the cells of the file, from their own means over {factor} x {factor} of them", field=field)


def events(model: Model, field: Field, made: Any) -> Proof:
    """Rates from origins over the last fifth of the time before the answer."""
    from chronotope.evaluate.protocols.event_backtest import backtest_events

    first = _first(made) - np.timedelta64(pd.Timedelta(made.meta["step"]).value, "ns")
    past = field.isel(event=np.flatnonzero(field.times <= first))
    others = [f"baseline:{name}" for name in EVENT_FLOORS if name != model.name]
    options = {"step": made.meta["step"], "cell": made.meta["cell"]}
    try:
        return Proof(backtest_events([model, *others], past, 1, origins=4, **options))
    except ChronotopeError as error:
        return Proof(notes=(f"Not compared with plain methods: {reason(error)}",))


def paths(model: Model, field: Field, made: Any) -> Proof:
    """Paths from earlier origins, and how far from them the objects were."""
    from chronotope.data.fixes import fixes_of

    fixes, first = fixes_of(field), _first(made)
    horizon = int(made.dataset.sizes["lead_time" if "lead_time" in made.dataset.dims else "time"])
    step = np.timedelta64(int(float(made.meta["step"].rstrip("s")) * 1e9), "ns")
    past = fixes.until(int((first - step).astype("datetime64[ns]").astype(np.int64)))
    origins = _peopled(past, first - step, step, horizon)
    if not origins:
        return Proof(notes=("Not compared with plain methods: the tracks are too short for an earlier origin.",))
    unit = "km" if fixes.degrees else "units of x and y"

    def ask(one: Model) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        answer = one.forecast(field, horizon, at=origins).dataset
        return {"distance": _missed(answer, past)}

    split = f"{len(origins)} earlier origins; distance from where each object was, in {unit}"
    return _table(model, PATH_PLAIN, ask, split, with_ranges=False)


def _peopled(past: Any, origin: np.datetime64, step: np.timedelta64, horizon: int) -> list[np.datetime64]:
    """Three earlier origins at most, `horizon` steps apart, at which an object had been seen for a while and is seen in all steps after."""
    found: list[np.datetime64] = []
    stamps = past.time.astype("datetime64[ns]")
    for k in range(1, 200):
        one = origin - step * horizon * k
        before = past.who[(stamps > one - 3 * step) & (stamps <= one)]
        after = past.who[stamps >= one + horizon * step]
        if len(found) == 3 or one < stamps.min() + 4 * step:
            break
        found += [one] if len(np.intersect1d(before[np.bincount(before)[before] > 1] if len(before) else before, after)) else []
    return found[::-1]


def _missed(answer: xr.Dataset, fixes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Distances of the medians (1, m) from where objects were, and zeros (m,): what a perfect path would miss by."""
    pair = fixes.pair
    middle = [answer[name].sel(quantile=0.5, method="nearest").transpose("init_time", "lead_time", "object").values for name in pair]
    stamps = (answer["init_time"].values[:, None] + answer["lead_time"].values).astype("datetime64[ns]").astype(np.int64)
    found = []
    for k, name in enumerate(answer["object"].values):
        mine = fixes.who == int(np.flatnonzero(fixes.names == name)[0])
        times, at = fixes.time[mine], fixes.at[mine]
        inside = (stamps <= times.max(initial=0)) & np.isfinite(middle[0][..., k])
        true = [np.interp(stamps, times, at[:, i]) if len(times) else np.full(stamps.shape, np.nan) for i in (0, 1)]
        gap = [m[..., k] - t for m, t in zip(middle, true)]
        if fixes.degrees:
            gap[1] = ((gap[1] + 180) % 360 - 180) * np.cos(np.deg2rad(true[0]))
            gap = [np.deg2rad(one) * (EARTH_RADIUS / 1000) for one in gap]
        found.append(np.where(inside, np.hypot(*gap), np.nan).ravel())
    missed = np.concatenate(found)
    return missed[None], np.where(np.isfinite(missed), 0.0, np.nan)


def _table(
    model: Model,
    plain: Sequence[str],
    ask: Callable[[Model], dict[str, tuple[np.ndarray, np.ndarray]]],
    split: str,
    with_ranges: bool = True,
    field: Field | None = None,
) -> Proof:
    """Scores of a model and of as many plain methods as there is time for; those of the directions of `field` go the shorter way round."""
    rows, left, done = [], [], 0
    circle = [] if field is None else [name for name in field.variables if turns(field.dataset[name])]
    start = time.perf_counter()
    for one in [model, *(load(f"baseline:{name}") for name in plain if name != model.name)]:
        name = one.name if one is model and one.predictor.kind != "floor" else f"baseline:{one.name}"
        if time.perf_counter() - start > BUDGET and done > PLAIN_LEAST:
            left.append(name)
            continue
        try:
            done += 1
            rows += [
                {"model": name, "variable": variable, **_scores(*pair, with_ranges, variable in circle)}
                for variable, pair in ask(one).items()
            ]
        except ChronotopeError as error:
            if one is model:
                return Proof(notes=(f"Not compared with plain methods: {reason(error)}",))
            left.append(name)
    scores = pd.DataFrame(rows)
    scores = scores[scores["n"] > 0]
    best = scores[scores["model"].str.startswith("baseline:")].groupby("variable")["mae"].min()
    scores["mae_ratio"] = scores["mae"] / scores["variable"].map(best)
    scores.attrs = {"split": split}
    said = (f"Left out for want of time, or since they could not answer: {', '.join(left)}.",) if left else ()
    return Proof(scores.sort_values(["variable", "mae"], ignore_index=True), None, said)


def _scores(values: np.ndarray, truth: np.ndarray, with_ranges: bool, circle: bool = False) -> dict[str, float]:
    """MAE of the median, weighted quantile loss and coverage of the 80 % interval; quantiles 0.1 to 0.9 (9, m), truth (m,)."""
    values = around_truth(values, truth, len(values) // 2, np.array(circle))
    known = np.isfinite(truth) & np.isfinite(values).all(axis=0)
    values, truth = values[:, known].astype(float), truth[known].astype(float)
    if not len(truth):
        return {"mae": float("nan"), "n": 0}
    error = truth - values
    mae = float(np.abs(error[len(values) // 2]).mean())
    if not with_ranges:
        return {"mae": mae, "n": len(truth)}
    levels = np.arange(1, 10)[:, None] / 10
    loss = 2 * pinball_loss(error, levels).mean(axis=0).sum() / max(float(np.abs(truth).sum()), 1e-12)
    covered = float(((values[0] <= truth) & (truth <= values[-1])).mean())
    return {"mae": mae, "wql": float(loss), "coverage80": covered, "n": len(truth)}


def _at(answer: xr.DataArray, truth: xr.DataArray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (q, m) and truths (m,) of the cells of a mask that has the dims of `truth`."""
    return answer.transpose("quantile", *truth.dims).values[:, mask], truth.values[mask]


def _runs(values: xr.DataArray, rng: np.random.Generator) -> np.ndarray:
    """Which observed values are hidden: runs of six steps in a fifth of the cells, neither the first nor the last step."""
    moved = values.transpose("time", ...)
    runs = (rng.random((-(-len(moved) // 6), *moved.shape[1:])) < 0.2).repeat(6, axis=0)[: len(moved)]
    runs[0], runs[-1] = False, False
    hidden = xr.DataArray(runs & np.isfinite(moved.values), dims=moved.dims)
    return hidden.transpose(*values.dims).values


def _first(made: Any) -> np.datetime64:
    """The first valid time of an answer; of several origins that of the last."""
    dataset = made.dataset
    if "init_time" in dataset.dims:
        return (dataset["init_time"].values[-1] + dataset["lead_time"].values[0]).astype("datetime64[ns]")
    return dataset["time"].values[0].astype("datetime64[ns]")


def _before(field: Field, made: Any) -> Field:
    """What of a field lies before an answer."""
    if "event" in field.dataset["time"].dims:
        return field
    return field.isel(time=slice(0, max(int(np.searchsorted(field.times, _first(made), side="left")), 1)))
