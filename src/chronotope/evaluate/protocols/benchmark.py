"""Benchmark: models on the held-out suites, beside every floor on the same cells."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES, FLOORS
from chronotope.data.panel import Panel
from chronotope.evaluate.sets.suites import SETS, HeldOut, data_root
from chronotope.evaluate.tally import Tally, tally
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.tasks.forecast import Ask

DEFINITIONS = {
    "mae": "mean absolute error of the median, units of the variable, pooled over origins, leads and places",
    "wql": "weighted quantile loss of nine quantiles, pooled likewise",
    "mae_ratio": "mae over the smallest mae of any floor, chosen afterwards",
    "wql_ratio": "wql over the smallest wql of any floor, chosen afterwards",
    "coverage80": "share of the truth between the quantiles 0.1 and 0.9",
    "summary": "ratios: geometric mean over the variables of a set, then over sets; coverage: mean over rows",
}


def benchmark(
    predictors: Iterable[Predictor],
    sets: Iterable[HeldOut] = SETS,
    root: Path | None = None,
    progress: Callable[[str], Any] = lambda line: None,
    cache: Path | None = None,
) -> pd.DataFrame:
    """One row per set, variable and predictor (the floors too), with `mae_ratio` and `wql_ratio` to the best floor.

    The floors are run once per set, however many predictors there are; with a folder `cache` their sums are kept for later
    runs, under a key of the data, the question and the floors' own code.
    """
    predictors, root, rows = list(predictors), root or data_root(), []
    for entry in sets:
        panel, names = entry.open(root)
        ask = _ask(entry, panel, len(names))
        floors = {name: _kept(name, panel, ask, cache) for name in FLOORS}
        made = {p.name: tally(p, panel, ask) for p in predictors}
        for v, variable in enumerate(names):
            channel = np.arange(panel.values.shape[2]) == v
            rows += _rows(entry, variable, floors, made, channel)
        progress(_line(entry, panel, rows[-len(names) * (len(floors) + len(made)) :], made))
    table = pd.DataFrame(rows)
    table.attrs["definitions"] = DEFINITIONS
    return table


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row per predictor: geometric means of the ratios over sets, share of sets better than the mix, coverage, seconds."""
    by_set = table.assign(mae=np.log(table["mae_ratio"]), wql=np.log(table["wql_ratio"])).groupby(["model", "set"], sort=False)
    ratios = np.exp(by_set[["mae", "wql"]].mean()).unstack("set")
    out = pd.DataFrame({"mae_ratio": np.exp(np.log(ratios["mae"]).mean(axis=1)), "wql_ratio": np.exp(np.log(ratios["wql"]).mean(axis=1))})
    for score in ("mae", "wql"):
        if "mix" in ratios.index:
            out[f"beats_mix_{score}"] = (ratios[score] < ratios[score].loc["mix"]).mean(axis=1)
        out[f"beats_all_{score}"] = (ratios[score] < 1 - 1e-9).mean(axis=1)
    out["coverage80"] = table.groupby("model", sort=False)["coverage80"].mean()
    out["seconds"] = table.drop_duplicates(["model", "set"]).groupby("model")["seconds"].sum()
    return out.sort_values("wql_ratio")


def _ask(entry: HeldOut, panel: Panel, targets: int) -> Ask:
    width = panel.values.shape[2]
    return Ask(entry.horizon, entry.rows(panel, targets), None, np.arange(width) < targets, np.zeros(width, bool), QUANTILE_LEVELS)


def _kept(name: str, panel: Panel, ask: Ask, cache: Path | None) -> Tally:
    """The tally of a floor, from the cache if it is there."""
    if cache is None:
        return tally(BASELINES[name](), panel, ask)
    module = getattr(BASELINES[name], "func", BASELINES[name]).__module__
    file = cache / f"{name}-{_key(panel, ask, module)}.npz"
    if file.exists():
        with np.load(file) as kept:
            return Tally(kept["sums"], float(kept["seconds"]))
    made = tally(BASELINES[name](), panel, ask)
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(file, sums=made.sums, seconds=made.seconds)
    return made


def _key(panel: Panel, ask: Ask, module: str) -> str:
    digest = hashlib.blake2b(panel.values.tobytes(), digest_size=10)
    digest.update(repr((panel.times[0], panel.freq, ask.horizon, ask.origins, ask.target.tolist())).encode())
    for source in sorted(_sources(module)):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _sources(module: str) -> set[Path]:
    """The files of the baselines' room that a module is made of."""
    found: set[Path] = set()
    todo = [module]
    while todo:
        path = Path(str(importlib.util.find_spec(todo.pop()).origin))  # type: ignore[union-attr]
        if path not in found:
            found.add(path)
            names = [node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
            todo += [name for name in names if name.startswith("chronotope.baselines.")]
    return found


def _rows(entry: HeldOut, variable: str, floors: dict[str, Tally], made: dict[str, Tally], channel: np.ndarray) -> list[dict[str, Any]]:
    scores = {name: one.scores(channel) for name, one in {**floors, **made}.items()}
    best = {score: min(floors, key=lambda name: _known(scores[name][score])) for score in ("mae", "wql")}
    rows = []
    for name, score in scores.items():
        row = {"set": entry.name, "domain": entry.domain, "spatial": entry.spatial, "variable": variable, "model": name, **score}
        row |= {f"{key}_ratio": score[key] / scores[best[key]][key] if scores[best[key]][key] > 0 else np.nan for key in best}
        row |= {f"best_floor_{key}": best[key] for key in best}
        rows.append({**row, "is_floor": name in floors, "seconds": {**floors, **made}[name].seconds})
    return rows


def _known(value: float) -> float:
    return value if np.isfinite(value) else np.inf


def _line(entry: HeldOut, panel: Panel, rows: list[dict[str, Any]], made: dict[str, Tally]) -> str:
    t, n, v = panel.values.shape
    lines = [f"{entry.name} ({entry.domain}): {t} x {n} x {v}, horizon {entry.horizon}, {entry.origins} origins"]
    for variable in dict.fromkeys(row["variable"] for row in rows):
        mine = [row for row in rows if row["variable"] == variable]
        first = mine[0]
        floors = "  ".join(f"{row['model']} {row['wql']:.4g}/{row['mae']:.4g}" for row in mine if row["is_floor"])
        lines.append(f"  {variable}: n {first['n']}; best wql {first['best_floor_wql']}, mae {first['best_floor_mae']};")
        lines.append(f"    floors, wql/mae: {floors}")
        for row in mine:
            if row["model"] in made:
                lines.append(
                    f"    {row['model']}: wql ratio {row['wql_ratio']:.3f}, mae ratio {row['mae_ratio']:.3f}, "
                    f"covers {row['coverage80']:.3f}, {row['seconds']:.1f} s"
                )
    return "\n".join(lines)
