"""Do 90 % intervals hold 90 %? Per lead and region, before and after conformal calibration, and after a planted step.

    python benchmarks/calibration.py --model tiny --sets metr_la_week,beijing_air_quality --origins 200

Origins are the last so many steps, one after the other. An interval is corrected by errors whose truth lies at or before its origin and by
nothing later. Of the origins the first half only fills the past; coverage is counted in the second. For the step, one standard
deviation is added to every place (in the truth too) in the middle of the second half.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from chronotope.data.panel import Panel
from chronotope.data.regions import quarters
from chronotope.evaluate.sets.suites import data_root, sets_named
from chronotope.questions import Predictor
from chronotope.tasks.forecast import Ask, question
from chronotope.tasks.load import load
from chronotope.wrappers.adaptive import adaptive_offsets
from chronotope.wrappers.misses import GRID, unit_of
from chronotope.wrappers.pools import Pool, pool_of

LOW, HIGH = GRID.index(0.05), GRID.index(0.95)
REFRESH = 6  # origins that share one set of pooled quantiles
SETTLE, COUNTED = 48, 48  # steps after the planted step that are let pass, and that are counted then


@dataclass(frozen=True)
class Answers:
    """Per origin: bounds (2, o, h, n), the unit and the truth (o, h, n); NaN where unknown."""

    bounds: np.ndarray
    unit: np.ndarray
    truth: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.unit > 0, (self.truth - self.bounds) / self.unit, np.nan)


def answers(predictor: Predictor, panel: Panel, rows: list[int], horizon: int, channel: int) -> Answers:
    """The model's own 90 % interval from every origin."""
    only = np.arange(panel.values.shape[2]) == channel
    ask = Ask(horizon, rows, None, only, ~only & False, GRID)
    parts = []
    for row in rows:
        one = question(panel, ask, row)
        made = np.full((len(GRID), horizon, *panel.values.shape[1:]), np.nan)
        if one.asked.any():
            made = predictor.answer(one).values.astype(float)
        unit = unit_of(one, made, "cqr")[..., channel]
        parts.append((made[[LOW, HIGH]][..., channel], unit, panel.after(row, horizon)[..., channel]))
    bounds, unit, truth = (np.stack(some) for some in zip(*parts))
    return Answers(np.moveaxis(bounds, 1, 0), unit, truth)


def pooled(made: Answers, pool: Pool) -> np.ndarray:
    """Offsets (2, o, h, n) in units: quantiles of all scores known at each origin."""
    out, scores = np.full(made.bounds.shape, np.nan), made.scores
    for first in range(0, out.shape[1], REFRESH):
        for h in range(out.shape[2]):
            known = slice(0, max(first - h, 0))  # the truth of origin i at lead h + 1 came at i + h + 1
            if known.stop:
                for k, level in enumerate((0.05, 0.95)):
                    out[k, first : first + REFRESH, h] = pool.quantiles(scores[k, known, h], level, 20)
    return out


def adaptive(made: Answers, group: np.ndarray) -> np.ndarray:
    """Offsets (2, o, h, n) of adaptive conformal inference per lead and group of places."""
    out, scores = np.full(made.bounds.shape, np.nan), made.scores
    for h in range(out.shape[2]):
        for one in np.unique(group):
            for k, level in enumerate((0.05, 0.95)):
                moves = adaptive_offsets(scores[k, :, h, group == one].T, level, delay=h + 1)[:-1]
                out[k, :, h, group == one] = moves
    return out


def inside(made: Answers, offsets: np.ndarray | float) -> np.ndarray:
    """1 inside, 0 outside, NaN unknown, (o, h, n)."""
    bounds = made.bounds + np.nan_to_num(offsets) * made.unit
    known = np.isfinite(made.truth) & np.isfinite(bounds).all(axis=0)
    return np.where(known, (made.truth >= bounds[0]) & (made.truth <= bounds[1]), np.nan)


def summary(hits: np.ndarray, group: np.ndarray) -> dict[str, float]:
    """Coverage in all, and the smallest and largest of any lead and of any region."""
    leads = np.nanmean(hits, axis=(0, 2))
    regions = [np.nanmean(hits[:, :, group == one]) for one in np.unique(group)]
    return {
        "all": float(np.nanmean(hits)), "lead_min": leads.min(), "lead_max": leads.max(),
        "region_min": min(regions), "region_max": max(regions),
    }  # fmt: skip


def thinned(panel: Panel, channel: int, steps: int, places: int) -> Panel:
    """The last steps before the record thins out, and an even stride of the places."""
    seen = np.isfinite(panel.values[:, :, channel]).mean(axis=1)
    end = int(np.flatnonzero(seen >= 0.5 * seen.max())[-1]) + 1
    panel = panel.slice_time(max(end - steps, 0), end)
    count = panel.values.shape[1]
    if count <= places:
        return panel
    some = np.linspace(0, count - 1, places).astype(int)
    kept = {key: None if getattr(panel, key) is None else getattr(panel, key)[some] for key in ("xy", "latlon", "places")}
    return replace(panel, values=panel.values[:, some], edges=None, **kept)


def measured(predictor: Predictor, panel: Panel, horizon: int, channel: int, origins: int) -> list[dict]:
    """A row per method, without and with the step."""
    last = len(panel.times) - 1 - horizon
    rows = list(range(max(last - origins, 8), last + 1))
    at = panel.latlon[:, ::-1] if panel.latlon is not None else panel.xy
    group = np.unique(quarters(at, panel.values.shape[1]), return_inverse=True)[1]
    calm, half = answers(predictor, panel, rows, horizon, channel), len(rows) // 2
    methods = {"own": lambda made: 0.0, "cqr": lambda made: pooled(made, Pool()), "adaptive": lambda made: adaptive(made, 0 * group)}
    if at is not None:
        methods |= {"cqr region": lambda made: pooled(made, Pool(group=group)), "adaptive region": lambda made: adaptive(made, group)}
        methods |= {"cqr near": lambda made: pooled(made, pool_of(panel, "near"))}
    out = [{"run": "calm", "method": name, **summary(inside(calm, rule(calm))[half:], group)} for name, rule in methods.items()]
    cut = half + max((len(rows) - half - SETTLE - COUNTED) // 2, 0)
    values = panel.values.copy()
    row = rows[cut] + 1
    values[row:, :, channel] += np.nanstd(values[:row, :, channel], axis=0)
    later = answers(predictor, replace(panel, values=values), rows[cut:], horizon, channel)
    truth = np.stack([replace(panel, values=values).after(r, horizon)[..., channel] for r in rows])
    both = Answers(np.concatenate([calm.bounds[:, :cut], later.bounds], axis=1), np.concatenate([calm.unit[:cut], later.unit]), truth)
    counted = slice(cut + SETTLE, cut + SETTLE + COUNTED)
    for name in ("own", "cqr", "adaptive"):
        out.append({"run": "step", "method": name, **summary(inside(both, methods[name](both))[counted], group)})
    return out


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--sets", default="metr_la_week,beijing_air_quality")
    parser.add_argument("--origins", type=int, default=240)
    parser.add_argument("--steps", type=int, default=2500, help="the last so many steps of a set")
    parser.add_argument("--places", type=int, default=40, help="at most so many places, an even stride")
    parser.add_argument("--horizon", type=int, help="steps; the set's own by default")
    args = parser.parse_args()
    predictor, rows = load(args.model).predictor, []
    for entry in sets_named(tuple(args.sets.split(","))):
        started = time.perf_counter()
        panel, targets = entry.open(data_root())
        for channel, name in enumerate(targets[:1]):
            part = thinned(panel, channel, args.steps, args.places)
            made = measured(predictor, part, args.horizon or entry.horizon, channel, args.origins)
            rows += [{"set": entry.name, "variable": name, **row} for row in made]
            print(pd.DataFrame(rows[-len(made) :]).round(3).to_string(index=False), flush=True)
        print(f"{entry.name}: {time.perf_counter() - started:.0f} s", flush=True)
    calm = pd.DataFrame(rows).query("run == 'calm'").groupby("method", sort=False)[["all"]].mean()
    print("\nmean over sets\n" + calm.round(3).to_string())


if __name__ == "__main__":
    main()
