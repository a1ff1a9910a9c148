"""Benchmark: models on the held-out suites, beside every floor on the same cells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope import baselines
from chronotope.baselines import BASELINES, FLOORS
from chronotope.data.panel import Panel
from chronotope.evaluate.asking import Cost
from chronotope.evaluate.protocols.rolling import rolling
from chronotope.evaluate.scores.sums import Sums, sums_for
from chronotope.evaluate.scores.table import Entry, definitions, score_rows, tidy
from chronotope.evaluate.sets.suites import SETS, HeldOut, data_root
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.tasks.forecast import Ask

SUMMARY = "ratios: geometric mean over the variables of a set, then over sets; coverage: mean over rows; broken: sets with no answer"


def benchmark(
    predictors: Iterable[Predictor],
    sets: Iterable[HeldOut] = SETS,
    root: Path | None = None,
    progress: Callable[[str], Any] = lambda line: None,
    cache: Path | None = None,
) -> pd.DataFrame:
    """One row per set, variable and predictor (the floors too), with `mae_ratio` and `wql_ratio` to the best floor.

    The floors are run once per set, however many predictors there are; with a folder `cache` their sums are kept for later
    runs, under a key of the data, the question and the code of the floors' room. A predictor that raises has rows without scores,
    and what it broke with in `broken`.
    """
    predictors, root, rows = list(predictors), root or data_root(), []
    for entry in sets:
        panel, names = entry.open(root)
        ask = _ask(entry, panel, len(names))
        entries = [Entry(name, _kept(name, panel, ask, cache), floor=True) for name in FLOORS]
        entries += [Entry(one.name, rolling(one, panel, ask)) for one in predictors]
        for v, variable in enumerate(names):
            rows += _rows(entry, variable, entries, np.arange(panel.values.shape[2]) == v)
        t, n, v = panel.values.shape
        progress(f"{entry.name} ({entry.domain}): {t} x {n} x {v}, horizon {entry.horizon}, {entry.origins} origins")
        progress(_words(rows[-len(names) * len(entries) :]))
    table = tidy(rows)
    table.attrs["definitions"] = definitions(list(table)) | {"summary": SUMMARY}
    return table


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row per predictor: geometric means of the ratios over sets, share of sets better than the mix, coverage, seconds, broken sets."""
    by_set = table.assign(mae=np.log(table["mae_ratio"]), wql=np.log(table["wql_ratio"])).groupby(["model", "set"], sort=False)
    ratios = np.exp(by_set[["mae", "wql"]].mean()).unstack("set")
    out = pd.DataFrame({f"{name}_ratio": np.exp(np.log(ratios[name]).mean(axis=1)) for name in ("mae", "wql")})
    for score in ("mae", "wql"):
        if "mix" in ratios.index:
            out[f"beats_mix_{score}"] = (ratios[score] < ratios[score].loc["mix"]).mean(axis=1)
        out[f"beats_all_{score}"] = (ratios[score] < 1 - 1e-9).mean(axis=1)
    out["coverage80"] = table.groupby("model", sort=False)["coverage80"].mean()
    once = table.drop_duplicates(["model", "set"]).groupby("model")
    out["seconds"] = once["seconds"].sum()
    out["broken"] = once["broken"].agg(lambda said: int((said != "").sum())) if "broken" in table else 0
    return out.sort_values("wql_ratio")


def _ask(entry: HeldOut, panel: Panel, targets: int) -> Ask:
    width = panel.values.shape[2]
    return Ask(entry.horizon, entry.rows(panel, targets), None, np.arange(width) < targets, np.zeros(width, bool), QUANTILE_LEVELS)


def _rows(entry: HeldOut, variable: str, entries: list[Entry], channel: np.ndarray) -> list[dict[str, Any]]:
    """Rows of one variable, with the names of the best floors."""
    about = {"set": entry.name, "domain": entry.domain, "spatial": entry.spatial, "variable": variable}
    rows = score_rows(entries, channel, lambda one: about | {"model": one.shown})
    floors = [row for row, one in zip(rows, entries) if one.floor]
    best = {}
    for score in ("mae", "wql"):
        first = min(floors, key=lambda row: row[score] if np.isfinite(row[score]) else np.inf)
        best[f"best_floor_{score}"] = first["model"]
    return [row | best | {"is_floor": one.floor, "seconds": one.sums.cost.seconds} for row, one in zip(rows, entries)]


def _kept(name: str, panel: Panel, ask: Ask, cache: Path | None) -> Sums:
    """The sums of a floor, from the cache if they are there; what broke is not kept."""
    if cache is None:
        return rolling(BASELINES[name](), panel, ask)
    file = cache / f"{name}-{_key(panel, ask)}.npz"
    if file.exists():
        with np.load(file) as kept:
            return Sums(tuple(one.name for one in sums_for("quantiles")), kept["totals"], cost=Cost(float(kept["seconds"])))
    made = rolling(BASELINES[name](), panel, ask)
    if not made.broken:
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(file, totals=made.totals, seconds=made.cost.seconds)
    return made


def _key(panel: Panel, ask: Ask) -> str:
    """Of the data, the question, what is added up, and the code of all baselines."""
    digest = hashlib.blake2b(panel.values.tobytes(), digest_size=10)
    digest.update(repr((panel.times[0], panel.freq, ask.horizon, ask.origins, ask.target.tolist(), sums_for("quantiles"))).encode())
    for source in sorted(Path(str(baselines.__file__)).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _words(rows: list[dict[str, Any]]) -> str:
    """The rows of one set as lines of text."""
    lines = []
    for row in rows:
        said = f"broke: {row['broken']}" if row["broken"] else (
            f"wql {row['wql']:.4g} (ratio {row['wql_ratio']:.3f}), mae {row['mae']:.4g} (ratio {row['mae_ratio']:.3f}), "
            f"covers {row['coverage80']:.3f}, {row['seconds']:.1f} s"
        )  # fmt: skip
        lines.append(f"  {row['variable']}, {row['model']}: {said}")
    return "\n".join(lines)
