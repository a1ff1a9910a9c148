"""What the verbs beside forecast are worth: a row per verb and set, beside the best plain method, chosen afterwards.

    CHRONOTOPE_DATA=... python benchmarks/verbs.py --model tiny --page docs/benchmark.md

Few origins, so that all of it takes minutes; `n` says how much stands behind a row. Larger tables of a verb alone stand on its page.

    downscale   root mean squared error inside blocks of 4 x 4 cells; nearest cell, bilinear, bicubic
    detect      one less the average precision over cells with planted points, stuck sensors, levels, drifts and bursts; robust z,
                seasonal residuals, CUSUM
    simulate    variogram score of 50 members; independent cells, places shuffled, one order for all
    embed       error of the five nearest neighbours over 22 planted regimes; summary features, spectrum, raw steps
    events      CRPS of the counts of a cell and step; one rate, smoothed cells, kernels by season, Hawkes
    tracks      mean distance from the true path; ten constant, damped and averaged velocities
    points      mean absolute error at rows that were left out; mean, nearest row, inverse distance in space and time
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import chronotope as ct
from chronotope.baselines import DOWNSCALE_FLOORS, EVENT_FLOORS
from chronotope.evaluate.sets.suites import data_root, sets_named

Row = tuple[str, str, int, float, str, float]
"""Verb, set, number of truths, our score, the best plain method and its score; smaller is better."""
SHARE, FAR = 10, 1e-9  # every so many rows are left out


def best(scores: dict[str, float]) -> tuple[str, float]:
    """The least of the plain methods' scores."""
    name = min(scores, key=lambda one: scores[one])
    return name, scores[name]


def downscale(model: str) -> Iterator[Row]:
    """Fields averaged to blocks of 4 x 4 cells, looked into again."""
    for name, file, variable, steps in (
        ("ipsl_ocean_temperature", "tos_O1_2001-2002.nc", 0, 24),
        ("stage4_hourly_precipitation", "test_stageiv_xyt.nc", 0, 23),
        ("adriatic_waves", "waves_2010_04.nc", 0, 24),
    ):
        field = ct.open(data_root() / name / file)
        array = field.dataset[field.variables[variable]].transpose("time", *field.space).reset_coords(drop=True)
        array = array.isel(time=np.unique(np.linspace(0, len(array) - 1, steps).astype(int)))
        array = array.isel({dim: slice(0, array.sizes[dim] // 4 * 4) for dim in field.space})
        blocks = dict.fromkeys(field.space, 4)
        coarse = array.coarsen(blocks).mean().where(array.isnull().coarsen(blocks).sum() == 0)
        truth = np.where(np.isfinite(np.repeat(np.repeat(coarse.values, 4, 1), 4, 2)), array.values, np.nan)
        asked = ct.open(coarse.to_dataset(name="value"), kind="grid")
        told = {one: ct.load(one).downscale(asked, factor=4).median["value"].values for one in [model, *floors(DOWNSCALE_FLOORS)]}
        scores = {one: float(np.sqrt(np.nanmean((values - truth) ** 2))) for one, values in told.items()}
        yield "downscale", name, int(np.isfinite(truth).sum()), scores.pop(model), *best(scores)


def detect(model: str) -> Iterator[Row]:
    """Five kinds of anomalies planted into real sets, each alone, one seed."""
    from detect import planted

    for name in ("metr_la_week", "new_england_power_zones", "france_catchments_daily"):
        table = planted([name], [model], 1)
        missed = 1 - table.groupby("method")["ap"].mean()
        yield "detect", name, len(table) // len(missed), float(missed.pop(f"detect ({model})")), *best(dict(missed))


def simulate(model: str) -> Iterator[Row]:
    """Members of forecasts from four origins."""
    from simulate import PLAIN, measured, real_questions

    for entry in sets_named(("metr_la_week", "vic_basin_temperature", "covid19_italy_provinces")):
        predictor, questions = ct.load(model).predictor, real_questions(entry, 4)
        rows = [row for question, truth in questions for row in measured(predictor, question, truth, 0)]
        mean = pd.DataFrame(rows).groupby("way")["variogram"].mean()
        yield "simulate", entry.name, len(questions), float(mean["simulate"]), *best({one: float(mean[one]) for one in PLAIN})


def embed(model: str) -> Iterator[Row]:
    """Planted regimes, one seed."""
    from embed import measured, planted

    rows = {row["method"]: row for row in measured(planted(0), model, 0, "planted")}
    ours = rows.pop(model)
    plain = {name: row["error"] for name, row in rows.items() if name == "raw" or name.startswith("baseline:")}
    yield "embed", "22 planted regimes", int(ours["n"]), ours["error"], *best(plain)


def events(model: str) -> Iterator[Row]:
    """Four origins over the last fifth, two steps each."""
    for name, step in (("cincinnati_burglary", "7D"), ("chicago_assaults", "7D"), ("tempe_overdose_calls", "28D")):
        field = ct.open(data_root() / name / "events.csv.gz", kind="events")
        table = ct.backtest([model, *floors(EVENT_FLOORS)], field, 2, origins=4, step=step).set_index("model")
        scores = {one: float(value) for one, value in table["crps"].items()}
        yield "events", name, int(table["n"].iloc[0]), scores.pop(model), *best(scores)


def tracks(model: str) -> Iterator[Row]:
    """Four origins over the last fifth, six steps each."""
    for name in ("ais_us", "suez_ships", "football_players"):
        field = ct.open(data_root() / name / "tracks.csv.gz", kind="tracks")
        table = ct.backtest([model, "baseline:constant_velocity"], field, horizon=6, origins=4)
        ours = table.set_index("model").loc[model]
        kin = table.attrs["kin"]
        yield "tracks", name, int(ours["n"]), float(ours["ade"]), *best({one: float(value) for one, value in kin.items()})


def points(model: str) -> Iterator[Row]:
    """Every tenth row left out and asked."""
    for name, file, who, variable in (
        ("argo_floats", "argo_profiles.csv.gz", "id", "temp_10"),
        ("satellite_wind_tracks", "jason3_wind_2016_08.csv.gz", None, "wind_speed"),
        ("surface_reports_1995", "sao_1995_03_18.csv.gz", "station", "t"),
    ):
        table = pd.read_csv(data_root() / name / file)
        table["id"] = table[who] if who else name
        table = table[["id", "time", "lat", "lon", variable]].dropna().reset_index(drop=True)
        table["time"] = pd.to_datetime(table["time"]).dt.tz_localize(None)
        table = table.sort_values("time", kind="stable").iloc[:: max(1, len(table) // 6000)].reset_index(drop=True)
        out = np.arange(len(table)) % SHARE == SHARE // 2
        seen, asked = table[~out], table[out]
        made = ct.load(model).interpolate(ct.open(seen, kind="points", target=variable), at=asked[["time", "lat", "lon"]])
        told = {model: made.median[variable].values} | plain_points(seen, asked, variable)
        truth = asked[variable].to_numpy()
        known = np.isfinite(told[model])
        scores = {one: float(np.abs(values - truth)[known].mean()) for one, values in told.items()}
        yield "points", name, int(known.sum()), scores.pop(model), *best(scores)


def plain_points(seen: pd.DataFrame, asked: pd.DataFrame, variable: str) -> dict[str, np.ndarray]:
    """The mean, the nearest row, and inverse squared distances to eight, in deviations of positions and of time."""
    from scipy.spatial import cKDTree

    def spots(table: pd.DataFrame) -> np.ndarray:
        lat, lon = np.radians(table["lat"].to_numpy()), np.radians(table["lon"].to_numpy())
        where = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        hours = table["time"].to_numpy().astype("datetime64[s]").astype(float)[:, None] / 3600
        return np.hstack([where, hours])

    known = spots(seen)
    size = np.repeat([known[:, :3].std(), max(known[:, 3].std(), FAR)], [3, 1])
    gap, near = cKDTree(known / size).query(spots(asked) / size, 8)
    value, weight = seen[variable].to_numpy(), 1 / np.maximum(gap, FAR) ** 2
    inverse = (value[near] * weight).sum(axis=1) / weight.sum(axis=1)
    return {"mean": np.full(len(asked), value.mean()), "nearest row": value[near[:, 0]], "inverse distance": inverse}


def floors(names: object) -> list[str]:
    return [f"baseline:{name}" for name in names]


VERBS: dict[str, Callable[[str], Iterator[Row]]] = {
    "downscale": downscale, "detect": detect, "simulate": simulate, "embed": embed, "events": events, "tracks": tracks, "points": points,
}  # fmt: skip
HEAD = "| verb | set | n | {} | best plain method | its score | ratio |\n|---|---|---:|---:|---|---:|---:|"


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--verbs", default=",".join(VERBS))
    parser.add_argument("--page", type=Path, help="a page whose table between the marks `verbs: begin` and `verbs: end` is made anew")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = [HEAD.format(f"`{args.model}`")]
    print(lines[0])
    for verb in args.verbs.split(","):
        for name, where, n, ours, floor, score in VERBS[verb](args.model):
            lines.append(f"| {name} | {where} | {n} | {ours:.4g} | {floor.removeprefix('baseline:')} | {score:.4g} | {ours / score:.3f} |")
            print(lines[-1], flush=True)
    if args.page:
        write(args.page, "\n".join(lines))


def write(page: Path, table: str) -> None:
    """The table between the marks of a page."""
    begin, end = "<!-- verbs: begin -->", "<!-- verbs: end -->"
    text = page.read_text()
    before, after = text.split(begin)[0], text.split(end)[1]
    page.write_text(f"{before}{begin}\n\n{table}\n\n{end}{after}")


if __name__ == "__main__":
    main()
