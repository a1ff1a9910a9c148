"""Back-test of tracks: paths from past origins against where objects went, beside constant velocity and its damped and averaged kin."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import TRACK_FLOORS
from chronotope.data.field import Field
from chronotope.data.fixes import Fixes, fixes_of
from chronotope.data.scene import JOINED, Scene, origin_of, scene_of, step_of
from chronotope.data.stamps import on_the_clock, stamp_words, zone_of
from chronotope.errors import ArgumentError, ChronotopeError, DataError
from chronotope.evaluate.asking import sentence
from chronotope.evidence.motion.rules import RULES
from chronotope.evidence.motion.spread import FEWEST
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.evidence.motion.trials import TRIED, chosen
from chronotope.inspect.sphere import distance
from chronotope.questions import PathAnswer, Paths, Predictor, Samples
from chronotope.questions.predictor import shown_name
from chronotope.tasks.times import moment_of
from chronotope.tasks.tracks.forecast import RECENT, on_the_globe, question_of, solver_of, to_degrees
from chronotope.tasks.verbs import Model

KIN = ("constant_velocity", "velocity_2", "velocity_4", "velocity_8", "mean_velocity", "damped_velocity", "slowing_95", "slowing_85",
       "slowing_60", "slowing_4_85")  # fmt: skip
FLOORS = ("constant_velocity", "damped_velocity", "stay")
DRAWN, DRAWS = 20, 200
LEAST_ROWS = 4
WORDS = {
    "ade": "mean distance from the true positions, over steps and then paths, in metres or the plane's unit; best 0",
    "ade_spread": "standard deviation of ade when objects are drawn anew (200 draws)",
    "fde": "distance from the last known true position of each path; best 0",
    "miss": "share of paths whose fde is more than attrs['miss'], half the median distance that objects went; best 0",
    "best20": "smallest ade among twenty drawn paths, mean over paths; best 0",
    "coverage80": "share of true coordinates inside the central 80 % interval of their axis; best 0.8",
    "ade_ratio": "ade over that of attrs['best_kin'], the best of constant velocity and its damped and averaged kin, chosen afterwards",
    "best20_ratio": "best20 over that of constant velocity with noise as large as its own misses before each origin",
    "n": "paths: an object from an origin, with a true position in at least half of the steps",
    "objects": "objects that they belong to",
    "origins": "origins with a path",
    "seconds": "time for all answers",
    "broken": "what a model broke with, empty where it answered",
}


@dataclass(frozen=True)
class _Asked:
    """A scene, where its followed objects went, and which of them are scored.

    Attributes:
        truth: (h, k, 2), degrees or plane units. scored: int, of the followed objects. who: int, of all objects.
    """

    scene: Scene
    truth: np.ndarray
    scored: np.ndarray
    who: np.ndarray

    @property
    def horizon(self) -> int:
        return len(self.truth)

    def gap(self, where: np.ndarray) -> np.ndarray:
        """Distances (..., h, k) from positions (..., h, k, 2)."""
        if self.scene.plane is None:
            return np.sqrt(((where - self.truth) ** 2).sum(axis=-1))
        return np.asarray(distance(where, np.broadcast_to(self.truth, where.shape)))


def backtest_tracks(
    models: list[Model], field: Field, horizon: int, every: int | None = None, *, origins: Any = None, context: Any = None
) -> pd.DataFrame:
    """Scores of paths from origins over the last fifth of the fixes; nothing after an origin is read.

    Args:
        models: those that are scored; floors are added where none is among them.
        field: tracks.
        horizon: steps that are scored after each origin.
        every: steps between origins; the horizon by default.
        origins: how many to spread over the last fifth, or time stamps.
        context: steps read before each origin.

    Returns:
        One row per model, the smallest ade first; `attrs["definitions"]` says what its columns mean.

    Raises:
        ArgumentError: an argument is not as above.
        DataError: no object has a known position after any origin.
    """
    fixes, zone = fixes_of(field), zone_of(field.dataset)
    step, moments = origins_of_fixes(fixes, horizon, every, origins, field.step, zone)
    asked = [one for one in (_asked(fixes, step, moment, horizon) for moment in moments) if one is not None]
    if not asked:
        raise DataError(f"At least one object must be seen before and after an origin; none is for {horizon} steps of {step / 1e9:g} s.")
    everyone = [model.predictor for model in models]
    if not any(one.kind == "floor" for one in everyone):
        everyone += [TRACK_FLOORS[name]() for name in FLOORS]
    reach = float(np.median(np.concatenate([_moved(one) for one in asked])))
    kin = {name: float(np.concatenate([_ade(one, _kin(one, name)) for one in asked]).mean()) for name in KIN}
    best = min(kin, key=lambda name: kin[name])
    noise = float(np.concatenate([_noisy(one, seed) for seed, one in enumerate(asked)]).mean())
    table = _table(everyone, asked, reach / 2, context, (kin[best], noise))
    table.attrs = {
        "definitions": WORDS, "origins": [stamp_words(one.scene.panel.times[-1], zone) for one in asked], "horizon": horizon,
        "step": f"{step / 1e9:g}s", "miss": reach / 2, "best_kin": best, "kin": kin, "best20_of_noise": noise,
    }  # fmt: skip
    return table


def origins_of_fixes(fixes: Fixes, horizon: Any, every: Any, origins: Any, word: str | None, zone: str | None) -> tuple[int, list[int]]:
    """Nanoseconds of a step, and of the origins: as many as are asked for over the last fifth of the fixes, or the stamps themselves.

    Raises:
        ArgumentError: an argument is not as for `backtest_tracks`.
    """
    for name, value in (("horizon", horizon), ("every", horizon if every is None else every)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ArgumentError(f"{name} must be a whole number of at least 1 for tracks; found {value!r}.")
    stamps = np.unique(fixes.time)
    first = int(np.sort(fixes.time)[int(0.8 * (len(fixes.time) - 1))])
    step = step_of(fixes.until(first), word)
    late = stamps[(stamps >= first) & (stamps <= stamps[-1] - step)]
    if not len(late):
        raise ArgumentError("A back-test of tracks needs fixes after four fifths of them; found none. Give a longer record.")
    if origins is not None and not isinstance(origins, (int, np.integer)):
        moments = [
            int(moment_of(one, utc=zone is not None).value) for one in np.atleast_1d(np.asarray(on_the_clock(origins, zone), object))
        ]
    elif origins is not None:
        moments = [int(late[k]) for k in np.unique(np.linspace(0, len(late) - 1, max(int(origins), 1)).round().astype(int))]
    else:
        gap, moments = (horizon if every is None else every) * step, [int(late[0])]
        while (after := int(np.searchsorted(late, moments[-1] + gap))) < len(late):
            moments.append(int(late[after]))
    return step, sorted({origin_of(fixes.until(moment), step, moment) for moment in moments})


def _asked(fixes: Fixes, step: int, origin: int, horizon: int) -> _Asked | None:
    scene = scene_of(fixes, step, origin, RECENT)
    if len(scene.panel.times) < LEAST_ROWS or not len(scene.objects):
        return None
    truth = positions_at(fixes, scene, origin + step * np.arange(1, horizon + 1), step)
    scored = np.flatnonzero(2 * np.isfinite(truth[..., 0]).sum(axis=0) >= horizon)
    return _Asked(scene, truth, scored, scene.objects[scored]) if len(scored) else None


def positions_at(fixes: Fixes, scene: Scene, times: np.ndarray, step: int) -> np.ndarray:
    """Where the followed objects of a scene were at times (h,), nanoseconds: (h, k, 2), straight between fixes that are near in time."""
    out = np.full((len(times), len(scene.objects), 2), np.nan)
    for k, who in enumerate(scene.objects):
        low, high = np.searchsorted(fixes.who, [who, who + 1])
        own = fixes.time[low:high]
        after = np.searchsorted(own, times)
        good = (after < len(own)) & ((after > 0) | (own[np.minimum(after, len(own) - 1)] == times))
        one, two = np.clip(after - 1, 0, len(own) - 1), np.clip(after, 0, len(own) - 1)
        exact = own[two] == times
        one = np.where(exact, two, one)
        good &= own[two] - own[one] < JOINED * step
        at = fixes.at[low:high] if scene.plane is None else scene.plane.to_plane(fixes.at[low:high])
        share = np.where(exact, 0.0, (times - own[one]) / np.maximum(own[two] - own[one], 1))
        out[good, k] = (at[one] + share[:, None] * (at[two] - at[one]))[good]
    return scene.degrees(out)


def _table(everyone: list[Predictor], asked: list[_Asked], miss: float, context: Any, beside: tuple[float, float]) -> pd.DataFrame:
    rows, errors = [], []
    for predictor in everyone:
        try:
            rows.append(_row(predictor, asked, miss, context, beside) | {"broken": ""})
        except Exception as error:  # another package's model may raise anything
            errors.append(error)
            rows.append({"model": shown_name(predictor), "n": 0, "origins": len(asked), "broken": sentence(error)})
    if len(errors) == len(everyone) and all(isinstance(error, ChronotopeError) for error in errors):
        raise errors[0]
    return pd.DataFrame(rows, columns=["model", *WORDS]).sort_values("ade", kind="stable", ignore_index=True)


def _row(predictor: Predictor, asked: list[_Asked], miss: float, context: Any, beside: tuple[float, float]) -> dict[str, Any]:
    start, parts = time.perf_counter(), []
    for one in asked:
        parts.append(_scored(predictor, one, context))
    seconds = time.perf_counter() - start
    who, ade, fde, best, held = (np.concatenate(column) for column in zip(*parts))
    row = {
        "model": shown_name(predictor),
        "ade": ade.mean(),
        "ade_spread": _spread(ade, who),
        "fde": fde.mean(),
        "miss": (fde > miss).mean(),
    }
    row |= {"best20": best.mean(), "coverage80": held.mean(), "ade_ratio": ade.mean() / max(beside[0], 1e-300)}
    row |= {"best20_ratio": best.mean() / max(beside[1], 1e-300), "n": len(ade), "objects": len(np.unique(who))}
    return row | {"origins": len(asked), "seconds": seconds}


def _scored(predictor: Predictor, one: _Asked, context: Any) -> tuple[np.ndarray, ...]:
    """Object, ade, fde, best of twenty and share inside the interval, of each scored path."""
    levels, k = (0.1, 0.5, 0.9), len(one.scene.objects)
    answer = solver_of(predictor).answer(question_of(one.scene, one.horizon, Paths(levels), context))
    drawn = solver_of(predictor, Samples).answer(question_of(one.scene, one.horizon, Samples(DRAWN), context)).values
    assert isinstance(answer, PathAnswer)
    path = one.scene.degrees(answer.path[:, :k])
    bounds = on_the_globe(to_degrees(one.scene), answer.path[:, :k], answer.values[:, :, :k] - answer.path[:, :k])
    gap = one.gap(path)
    best = np.nanmean(one.gap(one.scene.degrees(drawn[:, :, :k]))[..., one.scored], axis=1).min(axis=0)
    away = _turned(one.truth - bounds[1], one)
    inside = (away >= bounds[0] - bounds[1]) & (away <= bounds[2] - bounds[1])
    held = np.where(np.isfinite(one.truth), inside, np.nan)[:, one.scored]
    return one.who, _ade(one, gap), _final(one, gap), best, np.nanmean(held, axis=(0, 2))


def _turned(change: np.ndarray, one: _Asked) -> np.ndarray:
    if one.scene.plane is not None:
        change[..., 1] = np.mod(change[..., 1] + 180, 360) - 180
    return change


def _ade(one: _Asked, gap: np.ndarray) -> np.ndarray:
    return np.asarray(np.nanmean(gap[:, one.scored], axis=0))


def _final(one: _Asked, gap: np.ndarray) -> np.ndarray:
    known = np.isfinite(gap[:, one.scored])
    last = len(gap) - 1 - known[::-1].argmax(axis=0)
    return gap[last, one.scored]


def _moved(one: _Asked) -> np.ndarray:
    """How far each scored object went to its last known position."""
    start = _tracks(one)[0].position(_tracks(one)[1])
    stay = np.broadcast_to(one.scene.degrees(np.stack([start.real, start.imag], -1)), one.truth.shape)
    return _final(one, one.gap(stay))


def _tracks(one: _Asked) -> tuple[Tracks, Moments]:
    k = len(one.scene.objects)
    tracks = Tracks.of(one.scene.panel.values)
    last = len(tracks.seen) - 1 - tracks.seen[::-1, :k].argmax(axis=0)
    return tracks, Moments(last, np.arange(k))


def _plain(one: _Asked, name: str) -> np.ndarray:
    """Positions (h, k), complex, of one rule of motion; where it has no answer the object stays."""
    tracks, moments = _tracks(one)
    late = len(tracks.at) - 1 - moments.row
    said = np.nan_to_num(RULES[name](tracks, moments, np.arange(1, one.horizon + RECENT + 1)))
    rows = late[:, None] + np.arange(one.horizon)
    return (said[np.arange(len(late))[:, None], rows] + tracks.position(moments)[:, None]).T


def _where(one: _Asked, flat: np.ndarray) -> np.ndarray:
    return one.scene.degrees(np.stack([flat.real, flat.imag], axis=-1))


def _kin(one: _Asked, name: str) -> np.ndarray:
    return one.gap(_where(one, _plain(one, name)))


def _noisy(one: _Asked, seed: int) -> np.ndarray:
    """Best of twenty of constant velocity whose velocity is off by as much as it was in trials before the origin."""
    tracks, _ = _tracks(one)
    tried, leads = chosen(tracks, TRIED, 2), np.arange(1, one.horizon + 1)
    off = RULES["constant_velocity"](tracks, tried, leads) - tracks.truth(tried, leads)
    told = np.flatnonzero(np.isfinite(off).sum(axis=0) >= FEWEST)
    size = float(np.sqrt(np.nanmean(np.abs(off[:, told[-1]]) ** 2) / 2)) / leads[told[-1]] if len(told) else 0.0
    rng, k = np.random.default_rng(seed), len(one.scene.objects)
    velocity = size * (rng.standard_normal((DRAWN, 1, k)) + 1j * rng.standard_normal((DRAWN, 1, k)))
    paths = _plain(one, "constant_velocity") + velocity * leads[:, None]
    return np.nanmean(one.gap(_where(one, paths))[..., one.scored], axis=1).min(axis=0)


def _spread(ade: np.ndarray, who: np.ndarray) -> float:
    """Standard deviation of the mean when objects are drawn anew."""
    names, which = np.unique(who, return_inverse=True)
    total, count = np.bincount(which, weights=ade), np.bincount(which)
    pick = np.random.default_rng(0).integers(0, len(names), (DRAWS, len(names)))
    return float((total[pick].sum(axis=1) / count[pick].sum(axis=1)).std()) if len(names) > 1 else float("nan")
