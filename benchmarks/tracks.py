"""Where objects go, faults planted into tracks, vectors of how things move; python benchmarks/tracks.py forecast detect embed --seeds 3

`forecast`: mean error of twelve steps over that of the best of ten constant, averaged and damped velocities, chosen afterwards, from
origins spread over the last three fifths of the fixes of each set as it is, and the share of true coordinates inside 80 % intervals.
`detect`: average precision over fixes, faults of one kind planted by a seed into 2 % of the fixes of a real set (whose own count against
every method alike), and the share flagged where nothing was planted. `embed`: errors of the five nearest neighbours, weighted by one over
their distance, on laws of motion that are written here and on real sets; the label is the set.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

import chronotope as ct
from chronotope.data.azimuthal import Azimuthal
from chronotope.data.fixes import Fixes, fixes_of
from chronotope.data.scene import step_of
from chronotope.evaluate.sets.suites import data_root
from chronotope.evidence.motion.record import Record
from chronotope.evidence.motion.vectors import vectors
from chronotope.questions.predictor import shown_name
from chronotope.tasks.tracking.surprise import surprise

SCENE = {"sep": r"\s+", "header": None, "names": ["frame", "id", "x", "y"]}
SETS = {  # file, options of reading, objects, fewest fixes of each, seconds of a frame
    "walkers, hotel": ("eth_ucy/biwi_hotel.txt", SCENE, 150, 12, 0.04),
    "walkers, Zara": ("eth_ucy/crowds_zara01.txt", SCENE, 150, 12, 0.04),
    "walkers, students": ("eth_ucy/students003.txt", SCENE, 120, 12, 0.04),
    "walkers and bikes from a drone": ("stanford_drone/tracks.csv.gz", {}, 120, 12, 1 / 30),
    "buses, Liverpool": ("liverpool_bus/tracks.csv.gz", {}, 60, 15, 0),
    "storms, Atlantic": ("hurricanes_atlantic/atlantic_best_tracks.csv.gz", {}, 150, 16, 0),
    "football players": ("football_players/tracks.csv.gz", {}, 12, 20, 0),
    "ships, United States": ("ais_us/tracks.csv.gz", {}, 300, 12, 0),
    "ships, Suez": ("suez_ships/tracks.csv.gz", {}, 150, 20, 0),
    "flights": ("flights_savan/tracks.csv.gz", {}, 40, 30, 0),
    "jaguars and coatis": ("jaguars_and_coatis/tracks.csv.gz", {}, 10, 20, 0),
    "bearded seals": ("bearded_seals/tracks.csv.gz", {}, 6, 20, 0),
    "fishers": ("fishers/tracks.csv.gz", {}, 10, 20, 0),
    "floats": ("argo_floats/argo_profiles.csv.gz", {}, 120, 20, 0),
}
WALKERS = ("walkers, ETH", "eth_ucy/biwi_eth.txt")  # asked where they go, beside the sets above
AHEAD = 12  # steps
KINDS = ("jump", "stuck", "swapped", "offset", "slip", "drift")
LAWS = ("forgetting", "leaps", "steady", "turning", "walk", "home", "stops")
MOST = 6000  # fixes of a set


@cache
def fixes_from(name: str) -> Fixes:
    """A part of a real set: some objects, the first fixes of each."""
    file, options, objects, fewest, frame = SETS[name]
    table = pd.read_csv(data_root() / file, **options)
    if "scene" in table:
        table = table[table["scene"] == table["scene"].iloc[0]]
    if frame:
        table["time"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(table["frame"] * frame, unit="s")
    table["time"] = pd.to_datetime(table["time"], format="ISO8601", utc=True).dt.tz_localize(None)
    pair = ["lon", "lat"] if "lon" in table else ["x", "y"]
    table = table[["id", "time", *pair]].dropna().drop_duplicates(["id", "time"])
    count = table.groupby("id").size()
    names = np.random.default_rng(0).permutation(count[count >= fewest].index.to_numpy())[:objects]
    fixes = fixes_of(ct.open(table[table["id"].isin(names)].assign(id=lambda t: t["id"].astype(str)), kind="tracks"))
    start = np.searchsorted(fixes.who, fixes.who)
    return fixes.part(np.arange(len(fixes.who)) - start < max(MOST // len(fixes.names), 60))


def metres(fixes: Fixes) -> np.ndarray:
    """How many units of length a unit of each coordinate has (2,)."""
    return np.array([111_195.0, 111_195.0 * np.cos(np.deg2rad(np.median(fixes.at[:, 0])))]) if fixes.degrees else np.ones(2)


def plant(fixes: Fixes, kind: str, seed: int) -> tuple[Fixes, np.ndarray]:
    """The fixes with faults of a kind in about 2 % of them, 2 to 6 (drifts 3 to 8) usual moves large, and where they are."""
    rng, scale = np.random.default_rng([seed, KINDS.index(kind)]), metres(fixes)
    at, truth = fixes.at.copy(), np.zeros(len(fixes.who), bool)
    first, stop = (np.searchsorted(fixes.who, fixes.who, side=side) for side in ("left", "right"))
    move = np.hypot(*(np.diff(fixes.at, axis=0) * scale).T)[np.diff(fixes.who) == 0]
    usual = float(np.median(move[move > 0]))
    for i in rng.integers(0, len(truth), 5000):
        if truth.sum() >= 0.02 * len(truth):
            break
        length = (
            1
            if kind == "jump"
            else int(min(rng.integers(*{"stuck": (5, 15), "drift": (8, 25)}.get(kind, (5, 25))), (stop[i] - first[i]) // 3))
        )
        rows = np.arange(i, i + length)
        if (
            length < (1 if kind == "jump" else 4)
            or i - first[i] < 2
            or i + length > stop[i] - 2
            or truth[max(i - 3, 0) : i + length + 3].any()
        ):
            continue
        own = float(np.median(np.hypot(*(np.diff(at[max(i - 5, first[i]) : min(i + length + 5, stop[i])], axis=0) * scale).T)))
        if kind in ("stuck", "slip") and own < 0.3 * usual:
            continue
        rows = _fault(fixes, at, truth, kind, rows, max(own, 0.3 * usual), scale, rng)
        truth[rows] = True
    return replace(fixes, at=at), truth


def _fault(
    fixes: Fixes, at: np.ndarray, truth: np.ndarray, kind: str, rows: np.ndarray, size: float, scale: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Change positions in place, and say which rows are faulty; none where it cannot be."""
    angle, mine = rng.uniform(0, 2 * np.pi), np.flatnonzero(fixes.who == fixes.who[rows[0]])
    aside = np.array([np.cos(angle), np.sin(angle)]) * size / scale
    if kind in ("jump", "offset"):
        at[rows] += aside * rng.uniform(2, 6)
    elif kind == "drift":
        at[rows] += np.linspace(0, 1, len(rows))[:, None] * aside * rng.uniform(3, 8)
    elif kind == "stuck":
        at[rows] = at[rows[0]]
    elif kind == "slip":
        late = fixes.time[rows] - int(rng.integers(2, 5)) * np.median(np.diff(fixes.time[mine]))
        if late[0] < fixes.time[mine[0]]:
            return rows[:0]
        at[rows] = _where(fixes, mine, late)
    else:
        return _swap(fixes, at, truth, rows, mine, size, scale)
    return rows


def _swap(
    fixes: Fixes, at: np.ndarray, truth: np.ndarray, rows: np.ndarray, mine: np.ndarray, size: float, scale: np.ndarray
) -> np.ndarray:
    """Exchange with the nearest object that is seen meanwhile."""
    during = (fixes.time >= fixes.time[rows[0]]) & (fixes.time <= fixes.time[rows[-1]]) & (fixes.who != fixes.who[rows[0]])
    best, theirs = np.inf, rows[:0]
    for other in np.unique(fixes.who[during]):
        every, part = np.flatnonzero(fixes.who == other), np.flatnonzero(during & (fixes.who == other))
        far = float(np.hypot(*((at[part[0]] - at[rows[0]]) * scale)))
        inside = part[0] - every[0] >= 2 and every[-1] - part[-1] >= 2 and len(part) >= max(3, len(rows) // 2)
        if inside and size < far < best and not truth[part[0] - 2 : part[-1] + 3].any():
            best, theirs = far, part
    if not len(theirs):
        return theirs
    every = np.flatnonzero(fixes.who == fixes.who[theirs[0]])
    at[rows], at[theirs] = _where(fixes, every, fixes.time[rows]), _where(fixes, mine, fixes.time[theirs])
    return np.concatenate([rows, theirs])


def _where(fixes: Fixes, rows: np.ndarray, time: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(time, fixes.time[rows], fixes.at[rows, k]) for k in (0, 1)], axis=1)


def ours(fixes: Fixes, rate: float = 0.01) -> np.ndarray:
    """Scores (f,) of detect, NaN where it has none."""
    record = Record(fixes.who, (fixes.time - fixes.time.min()) / step_of(fixes), fixes.at, fixes.degrees)
    return surprise(record, rate).score


def features(fixes: Fixes) -> np.ndarray:
    """Speeds into and out of each fix, the larger of them, the turn and the change (f, 5)."""
    z = (fixes.at * metres(fixes)) @ np.array([1j, 1.0])
    same, gap = np.diff(fixes.who) == 0, np.maximum(np.diff(fixes.time) / 1e9, 1e-9)
    velocity = np.where(same, np.diff(z) / gap, np.nan)
    before, after = np.append(np.nan, velocity), np.append(velocity, np.nan)
    turn = np.abs(np.angle(after * np.conj(before)))
    return np.nan_to_num(
        np.stack([np.abs(before), np.abs(after), np.fmax(np.abs(before), np.abs(after)), turn, np.abs(after - before)], axis=1)
    )


def robust_z(fixes: Fixes) -> np.ndarray:
    """Of the speed."""
    speed = features(fixes)[:, 2]
    away = np.abs(speed - np.median(speed))
    return away / (1.4826 * np.median(away) + 1e-9)


def forest(fixes: Fixes) -> np.ndarray:
    """An isolation forest on speeds and turns."""
    from sklearn.ensemble import IsolationForest

    table = features(fixes)
    return -IsolationForest(random_state=0).fit(table).score_samples(table)


def detect(seeds: int, sets: int) -> None:
    """Print both tables."""
    from sklearn.metrics import average_precision_score as precision

    rows = []
    for name in list(SETS)[:sets]:
        fixes = fixes_from(name)
        start = time.process_time()
        score = ours(fixes)
        spent, known = time.process_time() - start, np.isfinite(score)
        shares = [float((score[known] > -np.log10(rate)).mean()) for rate in (0.05, 0.01)]
        print(f"{name}: {len(score)} fixes, flagged at 0.05 {shares[0]:.4f}, at 0.01 {shares[1]:.4f}, {spent:.1f} s", flush=True)
        for kind in KINDS:
            for seed in range(seeds):
                faulty, truth = plant(fixes, kind, seed)
                if truth.sum() >= 5:
                    found = [precision(truth, np.nan_to_num(one(faulty))) for one in (ours, robust_z, forest)]
                    rows.append((name, kind, seed, int(truth.sum()), *found))
        print(pd.DataFrame([row for row in rows if row[0] == name]).groupby(1)[[4, 5, 6]].mean().round(2).to_string(), flush=True)
    table = pd.DataFrame(rows, columns=["set", "kind", "seed", "planted", "detect", "robust z", "forest"])
    for by in ("kind", "set"):
        print(table.groupby(by, sort=False)[["detect", "robust z", "forest"]].mean().round(2).to_string())
    each = table.groupby(["kind", "seed"])[["detect", "robust z", "forest"]].mean().groupby("kind").std()
    print("deviation over seeds", each.round(3).to_string(), f"n {len(table)}", sep="\n")


def forecast(models: list[str], origins: int, sets: int) -> None:
    """Print a row per set and model, and geometric means over sets."""
    files = {name: row[0] for name, row in SETS.items()} | dict([WALKERS])
    rows = []
    for name in list(files)[:sets]:
        tracks = ct.open(str(data_root() / files[name]), kind="tracks")
        stamps = np.unique(np.quantile(fixes_of(tracks).time, np.linspace(0.4, 0.97, origins)).astype(np.int64)).astype("datetime64[ns]")
        scores = ct.backtest(models, tracks, AHEAD, origins=list(stamps))
        for model, row in scores.set_index("model").loc[[shown_name(ct.load(one).predictor) for one in models]].iterrows():
            rows.append((name, model, scores.attrs["best_kin"], *row[["n", "origins", "ade", "ade_ratio", "coverage80", "best20_ratio"]]))
            print(*rows[-1], row["ade_spread"] / row["ade"], f"{row['seconds']:.0f} s", sep=" | ", flush=True)
    table = pd.DataFrame(rows, columns=["set", "model", "best", "n", "origins", "ade", "ratio", "covers", "best of 20"])
    print(np.exp(np.log(table.set_index("model")[["ratio", "best of 20"]].astype(float)).groupby("model").mean()).round(4).to_string())


def law(kind: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Times and positions of one mover, in a size, heading, clock and rate of its own."""
    steps = int(rng.integers(80, 400))
    noise = rng.standard_normal(steps) + 1j * rng.standard_normal(steps)
    ahead = np.exp(1j * rng.uniform(0, 6.3))
    kept = np.zeros(steps, complex)
    for k in range(1, steps):
        kept[k] = 0.9 * kept[k - 1] + noise[k]
    going = np.cumsum(rng.random(steps) < 0.06) % 2
    moves = {
        "forgetting": kept, "leaps": (rng.pareto(1.3, steps) + 1) * np.exp(2j * np.pi * rng.random(steps)), "steady": ahead + 0.2 * noise,
        "turning": ahead * np.exp(1j * rng.choice([-1, 1]) * 0.12 * np.arange(steps)) + 0.2 * noise, "walk": noise,
        "home": np.diff(kept, prepend=0), "stops": going * np.exp(1j * np.cumsum(0.2 * rng.standard_normal(steps))),
    }  # fmt: skip
    way = np.cumsum(moves[kind]) * ahead * 10 ** rng.uniform(-2, 3) + rng.uniform(-100, 100)
    rows = np.arange(steps)[:: int(rng.choice([1, 2]))]
    rows = np.sort(rng.choice(rows, int(len(rows) * rng.uniform(0.7, 1)), replace=False))
    return rows * 10 ** rng.uniform(0, 3), way[rows]


def parts(seed: int, sets: list[str], most: int = 60) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Set, times and positions of stretches of up to 200 fixes of objects of all sets, in the plane of each."""
    made = []
    for name in sets:
        fixes, found = fixes_from(name), []
        for k in range(len(fixes.names)):
            mine = np.flatnonzero(fixes.who == k)
            for some in np.array_split(mine, max(len(mine) // 200, 1)):
                at = Azimuthal.around(fixes.at[some]).to_plane(fixes.at[some]) if fixes.degrees else fixes.at[some]
                if len(some) >= 12 and np.ptp(at, axis=0).max() > 0:
                    found.append((name, (fixes.time[some] - fixes.time[some[0]]) / 1e9, at[:, 0] + 1j * at[:, 1]))
        pick = np.random.default_rng(seed).permutation(len(found))[:most]
        made += [found[i] for i in pick]
    return made


def plain(when: np.ndarray, way: np.ndarray, sized: bool) -> list[float]:
    """Mean speed and extent; or, of any size, straightness and the variation of speeds."""
    length = np.abs(np.diff(way))
    if sized:
        return [float(np.log(length.sum() / np.ptp(when) + 1e-9)), float(np.log(np.abs(way - way.mean()).max() + 1e-9))]
    speed = length / np.maximum(np.diff(when), 1e-9)
    return [float(abs(way[-1] - way[0]) / (length.sum() + 1e-12)), float(speed.std() / (speed.mean() + 1e-12))]


def error(table: np.ndarray, labels: np.ndarray) -> float:
    """Share of rows that their five nearest label wrongly."""
    return 1 - float(ct.classify(table, list(labels)).attrs["accuracy"])


def _vector(when: np.ndarray, way: np.ndarray) -> np.ndarray:
    return vectors(np.zeros(len(way), int), when, np.stack([way.real, way.imag], axis=1), False, 1)[0]


def embed(seeds: int, sets: int) -> None:
    """Print errors, mean and deviation over seeds."""
    rows = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        planted = [(kind, *law(kind, rng)) for kind in LAWS for _ in range(30)]
        for where, some in (("planted", planted), ("sets", parts(seed, list(SETS)[:sets]))):
            labels = np.array([one[0] for one in some])
            columns = {"vectors": np.stack([_vector(*one[1:]) for one in some])}
            for name, sized in (("mean speed, extent", True), ("straightness, variation", False)):
                table = np.array([plain(one[1], one[2], sized) for one in some])
                columns[name] = (table - table.mean(axis=0)) / table.std(axis=0)
            columns["vectors and mean speed, extent"] = np.concatenate(
                [columns["vectors"] / columns["vectors"].std(), columns["mean speed, extent"]], 1
            )
            rows += [(where, len(some), name, error(table, labels)) for name, table in columns.items()]
            half = np.stack([_vector(one[1][::2], one[2][::2]) if len(one[1]) > 16 else np.full(64, np.nan) for one in some])
            known, whole = np.isfinite(half).all(axis=1), columns["vectors"]
            near = ((half[known, None] - whole[known]) ** 2).sum(axis=2).argmin(axis=1)
            rows.append((where, int(known.sum()), "half of the fixes: another is nearer", float((near != np.arange(known.sum())).mean())))
    table = pd.DataFrame(rows, columns=["on", "n", "method", "error"])
    print(
        table.groupby(["on", "method"], sort=False)
        .agg(n=("n", "first"), error=("error", "mean"), deviation=("error", "std"))
        .round(3)
        .to_string()
    )


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="*", choices=("forecast", "detect", "embed"), default=["forecast", "detect", "embed"])
    parser.add_argument("--model", action="append", help="of forecast; small by default")
    parser.add_argument("--origins", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", type=int, default=len(SETS), help="the first so many sets")
    call = parser.parse_args()
    warnings.simplefilter("ignore")
    for part in call.part:
        if part == "forecast":
            forecast(call.model or ["small"], call.origins, call.sets)
        else:
            {"detect": detect, "embed": embed}[part](call.seeds, call.sets)


if __name__ == "__main__":
    main()
