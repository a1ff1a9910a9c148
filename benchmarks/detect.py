"""Planted anomalies and false alarms of `detect` beside the usual detectors; python benchmarks/detect.py --models tiny baseline:linear

Two tables. `planted`: average precision over cells, for each set and kind, anomalies planted by a seed into real data (whose own are
counted against every method alike) and into simulated worlds. `clean`: the share of cells flagged at several rates where nothing was
planted; worlds are truly clean.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import chronotope as ct
from chronotope.data.panel import Panel
from chronotope.evaluate.sets.suites import data_root
from chronotope.inspect.support import support_of
from chronotope.tasks.detecting.profile import profile
from chronotope.tasks.detecting.surprise import surprise

LOOPS = {"start": "2012-03-01", "step": "5min", "edges": "los_adj.csv"}
SETS = {  # domain, file, options, variable, first row, rows, places
    "metr_la_week": ("traffic", "metr_la_week/los_speed.csv", LOOPS, None, 0, 864, 40),
    "beijing_air_quality": ("air", "beijing_air_quality/beijing_air_2013_2017.nc", {}, 0, 2000, 1000, 12),
    "canada_hourly_2016": ("weather", "canada_hourly_2016/canada_hourly_2016h1.nc", {}, 0, 500, 1000, 20),
    "new_england_power_zones": ("load", "new_england_power_zones/data.npz", {}, 0, 0, 1000, 20),
    "france_catchments_daily": ("rain", "france_catchments_daily/france_19_catchments_1999_2018.nc", {}, 0, 0, 1000, 19),
    "auckland_pedestrians": ("counts", "auckland_pedestrians/data.npz", {}, 0, 0, 1000, 20),
    "chicago_l_stations_daily": ("counts", "chicago_l_stations_daily/data.npz", {}, 0, 0, 1000, 30),
    "pacific_sst_anomaly": ("ocean", "pacific_sst_anomaly/sst_anomaly_1970_2003.nc", {}, 0, 0, 400, 60),
    "southwest_us_daily": ("rain", "southwest_us_daily/southwest_1980_2022.nc", {}, 0, 0, 1000, 20),
    "solar_plant_systems": ("solar", "solar_plant_systems/data.npz", {}, 0, 0, 1000, 20),
}
WORLDS = 10  # the first that a perfect observer saw
KINDS = ("point", "stuck", "level", "drift", "burst")
RATES = (0.05, 0.01, 0.001)


def real(name: str) -> Panel:
    """A part of a real set: one variable, some places by an even stride, some rows."""
    _, file, options, variable, first, rows, places = SETS[name]
    path = data_root() / file
    field = ct.open(path, **{key: path.parent / value if key == "edges" else value for key, value in options.items()})
    panel = field.panel()
    known = np.isfinite(panel.values[first : first + rows, :, 0]).mean(axis=0) > 0.6
    index = np.flatnonzero(known)
    index = index[np.unique(np.linspace(0, len(index) - 1, places).astype(int))]
    part = panel.slice_time(first, first + rows).take_places(index)
    return part if variable is None else one_variable(part, variable)


def one_variable(panel: Panel, k: int) -> Panel:
    """A panel of its variable k alone."""
    pick = lambda a: a[k : k + 1] if a else a  # noqa: E731
    return replace(
        panel, values=panel.values[..., k : k + 1], variables=pick(panel.variables), units=pick(panel.units), totals=pick(panel.totals)
    )


def made(number: int) -> Panel:
    """Of the simulated worlds that were seen without faults or gaps, one by its number from 0 on."""
    seed, found = 0, -1
    while True:
        world = ct.worlds.draw(seed, steps=512)
        found += bool(world.params.get("clean")) and np.isfinite(world.panel.values).all()
        if found == number:
            return one_variable(world.panel.take_places(np.arange(min(40, world.panel.values.shape[1]))), 0)
        seed += 1


def plant(panel: Panel, kind: str, seed: int) -> tuple[Panel, np.ndarray]:
    """The panel with anomalies of a kind in about 2 % of its cells, and where they are, bool (t, n, v)."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    values, truth = panel.values.astype(float).copy(), np.zeros(panel.values.shape, bool)
    t, n, _ = values.shape
    usual = profile(values[..., 0], panel.times)
    spread = 1.4826 * np.nanmedian(np.abs(values[..., 0] - usual), axis=0)
    whole = np.nanstd(values[..., 0], axis=0)
    spread = np.where(spread > 0, spread, whole)
    support = support_of(values, panel.variables, panel.units)
    while truth.sum() < 0.02 * panel.mask.sum():
        i = int(rng.integers(n))
        long = {"point": (1, 2), "stuck": (12, 37), "level": (24, 61), "drift": (48, 97), "burst": (12, 25)}[kind]
        length = int(min(rng.integers(*long), t // 4))
        start = int(rng.integers(2, t - length - 2))
        rows = slice(start, start + length)
        series = values[rows, i, 0]
        if truth[rows, i].any() or np.isfinite(series).mean() < 0.8 or not spread[i] > 0:
            continue
        changed = _changed(series, kind, spread[i], rng)
        unit = support.unit[i, 0]
        changed = np.rint(changed / unit) * unit if unit > 0 else changed
        changed = np.maximum(changed, 0.0) if support.lower[i, 0] == 0 else changed
        differs = np.isfinite(series) & (np.abs(changed - series) > 1e-6 * spread[i])
        if not differs.any():
            continue
        values[rows, i, 0] = changed
        truth[rows, i, 0] = np.isfinite(series) if kind != "point" else differs
    return replace(panel, values=values.astype(np.float32)), truth


def _changed(series: np.ndarray, kind: str, spread: float, rng: np.random.Generator) -> np.ndarray:
    """A stretch with an anomaly in it."""
    sign = rng.choice([-1.0, 1.0])
    if kind == "point":
        return series + sign * rng.uniform(2.0, 5.0) * spread
    if kind == "stuck":
        first = series[np.flatnonzero(np.isfinite(series))[0]]
        return np.where(np.isfinite(series), first, np.nan)
    if kind == "level":
        return series + sign * rng.uniform(1.5, 3.0) * spread
    if kind == "drift":
        return series + sign * rng.uniform(2.0, 4.0) * spread * np.linspace(0, 1, len(series))
    return series + 1.5 * spread * rng.normal(size=len(series))


def rolling(panel: Panel, width: int = 25) -> np.ndarray:
    """Robust z-scores: departure from the rolling median in rolling median absolute departures."""
    table = pd.DataFrame(panel.values[..., 0].astype(float))
    middle = table.rolling(width, center=True, min_periods=5).median()
    away = table - middle
    spread = 1.4826 * away.abs().rolling(4 * width, center=True, min_periods=10).median()
    return (away.abs() / (spread + 0.1 * spread.median())).to_numpy()


def seasonal(panel: Panel) -> np.ndarray:
    """Departure from the better of last day's, last week's value and the median of the phase, in the series' median departures."""
    x = panel.values[..., 0].astype(float)
    step = panel.step / np.timedelta64(1, "s")
    lags = [max(1, round(span / step)) for span in (86400.0, 604800.0, 365.25 * 86400.0)]
    rules = [x - profile(x, panel.times)]
    rules += [x - np.concatenate([np.full((lag, x.shape[1]), np.nan), x[:-lag]]) for lag in lags if 1 < lag < len(x) // 2]
    best = min(rules, key=lambda r: np.nanmedian(np.abs(r)))
    left = np.where(np.isfinite(best), best, rules[0])
    return left / (1.4826 * np.nanmedian(np.abs(left), axis=0) + 1e-9 * np.nanstd(x) + 1e-12)


def cusum(panel: Panel, slack: float = 0.5) -> np.ndarray:
    """The larger of the two cumulative sums of seasonal departures."""
    z = np.clip(np.nan_to_num(seasonal(panel)), -5, 5)
    up, down, out = np.zeros(z.shape[1]), np.zeros(z.shape[1]), np.zeros(z.shape)
    for row, now in enumerate(z):
        up, down = np.maximum(up + now - slack, 0), np.maximum(down - now - slack, 0)
        out[row] = np.maximum(up, down)
    return out


def forest(panel: Panel) -> np.ndarray:
    """An isolation forest on the value, its changes, its rolling mean and its seasonal departure, in units of the series."""
    from sklearn.ensemble import IsolationForest

    x = pd.DataFrame(panel.values[..., 0].astype(float))
    z = (x - x.median()) / (x.std() + 1e-12)
    parts = [z, z.diff(), z.diff(-1), z - z.rolling(13, center=True, min_periods=3).mean(), z.rolling(7, center=True, min_periods=3).std()]
    parts.append(pd.DataFrame(np.clip(seasonal(panel), -50, 50)))
    design = np.stack([np.nan_to_num(part.to_numpy()) for part in parts], axis=-1).reshape(-1, len(parts))
    made = IsolationForest(n_estimators=100, random_state=0).fit(design)
    return -made.score_samples(design).reshape(x.shape)


def methods(models: list[str]) -> Iterator[tuple[str, Callable[[Panel], np.ndarray]]]:
    """Name and score (t, n) of every detector."""
    for name in models:
        predictor = ct.load(name).predictor
        yield f"detect ({name})", lambda panel, p=predictor: surprise(p, panel, np.array([True]), 0.01).score[..., 0]
    yield "robust z", rolling
    yield "seasonal", lambda panel: np.abs(seasonal(panel))
    yield "cusum", cusum
    try:
        import sklearn  # noqa: F401
    except ImportError:
        return
    yield "isolation forest", forest


def average_precision(score: np.ndarray, truth: np.ndarray) -> float:
    """Area under precision over recall (no interpolation), ties by their mean."""
    known = np.isfinite(score)
    score, truth = score[known], truth[known]
    order = np.argsort(-score, kind="stable")
    hit, score = truth[order], score[order]
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    found = np.cumsum(hit)[last]
    precision, recall = found / (last + 1), found / max(truth.sum(), 1)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def planted(names: list[str], models: list[str], seeds: int) -> pd.DataFrame:
    """Average precision of each method, a row per set, kind and seed."""
    rows = []
    for name in names:
        panel = made(int(name[5:])) if name.startswith("world") else real(name)
        for kind in KINDS:
            for seed in range(seeds):
                spoilt, truth = plant(panel, kind, seed)
                for method, score in methods(models):
                    start = time.process_time()
                    value = average_precision(score(spoilt), truth[..., 0])
                    rows.append((name, kind, seed, method, value, time.process_time() - start))
    return pd.DataFrame(rows, columns=["set", "kind", "seed", "method", "ap", "seconds"])


def clean(names: list[str], models: list[str]) -> pd.DataFrame:
    """Share of cells beyond each rate where nothing was planted."""
    rows = []
    for name in names:
        panel = made(int(name[5:])) if name.startswith("world") else real(name)
        for model in models:
            start = time.process_time()
            score = surprise(ct.load(model).predictor, panel, np.array([True]), 0.01).score
            known = np.isfinite(score)
            shares = [float((score[known] > -np.log10(rate)).mean()) for rate in RATES]
            rows.append((name, model, panel.values.shape, *shares, time.process_time() - start))
    return pd.DataFrame(rows, columns=["set", "model", "shape", *map(str, RATES), "seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["tiny", "baseline:linear"])
    parser.add_argument("--sets", nargs="+", default=[*SETS])
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", choices=["planted", "clean"])
    parser.add_argument("--save", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    names = [*asked.sets, *(f"world{seed}" for seed in range(asked.worlds))]
    pd.set_option("display.width", 200, "display.max_columns", 30, "display.max_rows", 200)
    if asked.only != "planted":
        print(clean(names, asked.models).round(4).to_string(index=False), flush=True)
    if asked.only != "clean":
        table = planted(names, asked.models, asked.seeds)
        print(table.pivot_table(index="set", columns="method", values="ap").round(3).to_string())
        print(table.pivot_table(index="kind", columns="method", values="ap").round(3).to_string())
        if asked.save:
            table.to_csv(asked.save, index=False)


if __name__ == "__main__":
    main()
