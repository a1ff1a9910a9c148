"""The contract on tracks and on events, as checks through the verbs: names, dims, order, turned scenes, nothing after the origin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.tasks.verbs import Model

START = pd.Timestamp("2024-05-01")
LEVELS = (0.1, 0.5, 0.9)
NEAR = 1e-3  # of what is compared: single precision sums in another order differ in the last digits

Must = Callable[[bool, str], None]


def made_tracks(turn: complex = 1.0, order: tuple[int, ...] = (0, 1, 2, 3, 4), poison: bool = False) -> Field:
    """Five objects that bend, minutes apart, on a plane; the last ten rows are poisoned or as they came."""
    rng = np.random.default_rng(0)
    spin, heading = rng.normal(0, 0.06, 5), rng.uniform(0, 6.28, 5)
    way = np.exp(1j * (heading + spin * np.arange(50)[:, None])) * (1 + 0.1 * rng.standard_normal((50, 5)))
    at = (rng.uniform(0, 20, 5) + 1j * rng.uniform(0, 20, 5) + np.cumsum(way, axis=0))[:, list(order)] * turn
    at[40:] = 1e7 if poison else at[40:]
    coords = {"time": START + pd.to_timedelta(np.arange(50), unit="min"), "object": [f"o{k}" for k in order]}
    return Field(
        xr.Dataset(coords=coords | {"x": (("time", "object"), at.real), "y": (("time", "object"), at.imag)}), "tracks", (), ("object",)
    )


def made_events(shuffled: bool = False, late: bool = False) -> Field:
    """Three hundred events around two towns in a hundred days; `late` adds some after the ninetieth, `shuffled` deals out their order."""
    rng = np.random.default_rng(0)
    at = np.where(rng.random((300, 1)) < 0.7, [[45.0, 9.0]], [[45.6, 9.8]]) + rng.normal(0, 0.1, (300, 2))
    days = np.sort(rng.uniform(0, 90, 300))
    if late:
        days, at = np.append(days, np.linspace(90.5, 99, 50)), np.concatenate([at, np.full((50, 2), 20.0)])
    order = rng.permutation(len(days)) if shuffled else np.arange(len(days))
    stamps = (START + pd.to_timedelta(days, unit="D")).to_numpy()[order]
    coords = {"time": ("event", stamps), "lat": ("event", at[order, 0]), "lon": ("event", at[order, 1])}
    return Field(xr.Dataset(coords=coords), "events", (), ("event",))


def _paths(model: Model, field: Field) -> np.ndarray:
    """Quantiles (q, h, k), complex, of paths after the fortieth row."""
    data = model.forecast(field, 5, at=START + pd.Timedelta("39min"), quantiles=LEVELS).dataset
    return np.asarray(data["x"].values + 1j * data["y"].values)


def _members(model: Model, field: Field) -> np.ndarray:
    data = model.simulate(field, 5, 12, at=START + pd.Timedelta("39min")).dataset
    return np.asarray(data["x"].values + 1j * data["y"].values)


def paths_by_name(model: Model, must: Must) -> None:
    """Dims and order of paths and of their members."""
    made = model.forecast(made_tracks(), 5, quantiles=LEVELS).dataset
    must(made["x"].dims == ("quantile", "time", "object"), f"paths must have dims quantile, time, object; found {made['x'].dims}")
    must(
        bool(np.isfinite(made["x"]).all() and (made["x"].diff("quantile") >= 0).all()), "quantiles of paths must be finite and not decrease"
    )
    drawn = model.simulate(made_tracks(), 5, 12).dataset
    must(drawn["x"].dims == ("member", "time", "object"), f"drawn paths must have dims member, time, object; found {drawn['x'].dims}")


def paths_blind_to_the_future(model: Model, must: Must) -> None:
    """Poisoned rows after the origin."""
    for ask in (_paths, _members):
        same = np.array_equal(ask(model, made_tracks()), ask(model, made_tracks(poison=True)))
        must(same, "fixes after the origin must change nothing, not one bit")


def paths_of_any_order(model: Model, must: Must) -> None:
    """Objects in another order."""
    order = (3, 0, 4, 1, 2)
    for ask in (_paths, _members):
        away = np.abs(ask(model, made_tracks(order=order)) - ask(model, made_tracks())[..., list(order)]).max()
        must(bool(away < NEAR), f"the order of objects must permute the answer; a position is {away:g} away")


def paths_turn_with_the_scene(model: Model, must: Must) -> None:
    """A scene turned by a quarter, whose axes are the same."""
    plain, turned = (_paths(model, made_tracks(turn=turn)) for turn in (1.0, 1j))
    middle = np.abs(turned[1] - 1j * plain[1]).max() / 5  # what an object goes in five rows
    must(bool(middle < 0.02), f"a scene turned by a quarter must have the turned median; it is {middle:.1%} of the way off")


def gaps_of_tracks(model: Model, must: Must) -> None:
    """A hole in one track."""
    field = made_tracks()
    holed = field.dataset.copy(deep=True)
    holed["x"][20:24, 1] = holed["y"][20:24, 1] = np.nan
    made = model.impute(Field(holed, "tracks", (), ("object",)), quantiles=LEVELS)
    seen = np.isfinite(holed["x"].values)
    must(bool((made.dataset["x"].values[:, seen] == holed["x"].values[seen]).all()), "observed fixes must stay as they are")
    must(bool(np.isfinite(made.dataset["x"].values).all()), "gaps inside tracks must be filled")


def rates_by_name(model: Model, must: Must) -> None:
    """Dims and signs of rates and counts."""
    made = model.forecast(made_events(), 2, step="7D", cell=0.2).dataset
    must(made["rate"].dims == ("time", "y", "x"), f"rates must have dims time, y, x; found {made['rate'].dims}")
    must(bool(np.isfinite(made["rate"]).all() and (made["rate"] >= 0).all()), "rates must be finite and not below 0")
    must(bool((made["count"].diff("quantile") >= 0).all()), "quantiles of counts must not decrease")


def rates_blind_to_the_future(model: Model, must: Must) -> None:
    """Events after the origin, in another place."""
    at = START + pd.Timedelta("90D")
    one, two = (model.forecast(made_events(late=late), 2, step="7D", cell=0.2, at=at).dataset["rate"].values for late in (False, True))
    must(np.array_equal(one, two), "events after the origin must change nothing, not one bit")


def rates_of_any_order(model: Model, must: Must) -> None:
    """Events in another order."""
    one, two = (model.forecast(made_events(shuffled), 2, step="7D", cell=0.2).dataset["rate"].values for shuffled in (False, True))
    must(bool(np.allclose(one, two, rtol=NEAR, atol=1e-9)), "the order of events must change nothing")


def drawn_events_agree(model: Model, must: Must) -> None:
    """Counts of drawn events beside the rate."""
    expected = float(model.forecast(made_events(), 2, step="7D", cell=0.2).rate.sum())
    counts = model.simulate(made_events(), 2, 200, step="7D", cell=0.2).counts().sum(("time", "y", "x"))
    away = abs(float(counts.mean()) - expected) / max(float(counts.std()) / np.sqrt(200), 1e-9)
    must(away < 5, f"drawn events must have the mean of the forecast, {expected:.1f}; found {float(counts.mean()):.1f}")


PATH_CHECKS: dict[str, Callable[[Model, Must], None]] = {
    one.__name__: one for one in (paths_by_name, paths_blind_to_the_future, paths_of_any_order, paths_turn_with_the_scene, gaps_of_tracks)
}
"""Of models that give paths, and of networks, for which the mix of the rules of motion stands in."""

RATE_CHECKS: dict[str, Callable[[Model, Must], None]] = {
    one.__name__: one for one in (rates_by_name, rates_blind_to_the_future, rates_of_any_order, drawn_events_agree)
}
"""Of models that give rates, and of networks, whose quantiles are lifted."""
