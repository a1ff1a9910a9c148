"""Candidates: the floors at any cells - past ones where they are tried, and asked ones."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from chronotope.tokens.clock import SLOTS
from chronotope.tokens.past import LEADS, Past
from chronotope.tokens.phases import Repeated
from chronotope.tokens.series import Series
from chronotope.tokens.surround import surround

CENTRES = (
    "last", "level", "damped", *(f"{kind}{k}" for kind in ("repeat", "phase", "phase_all", "anomaly") for k in range(SLOTS)),
    "near", "near_anomaly", "ridge", *(f"anomaly_all{k}" for k in range(SLOTS)), "around", "drift", "kriging",
)  # fmt: skip
SPREADS = ("marginal", "phase_quantiles", "residual", "residual_phase")
FLOORS = CENTRES + SPREADS
SLOT = {name: i for i, name in enumerate(FLOORS)}
OWN = [i for i, name in enumerate(CENTRES) if name not in ("near", "near_anomaly", "around", "kriging", "ridge")]
LEAST_MASS = 0.2  # of the neighbours' weight that must be seen


@dataclass
class Cells:
    """Candidates at n cells of every series.

    Attributes:
        centre, ok: (s, n, k) value and whether the floor has one; persisting floors are filled in by their damping.
        lead: int (s, n) steps to the nearest seen value.
        readable: float32 (s, n), one where the series has any value to read.
        features: float32 (s, n, f), differences that the ridge reads beside the floors.
        level_anomaly: (s, n); phase_anomaly, long_anomaly: one for each period.
        gain: (s, n) by the floor's name, what the series gained since the repetitions that the floor reads, at its recent slope.
        phase_gain, long_gain: likewise for the repetitions that the anomalies depart from, one for each period.
        apart: float32 (s, n, f), what farther places show at the same time, less what the neighbours do; zero in a forecast.
    """

    centre: np.ndarray
    ok: np.ndarray
    lead: np.ndarray
    readable: np.ndarray
    features: np.ndarray
    level_anomaly: np.ndarray
    phase_anomaly: list[np.ndarray]
    long_anomaly: list[np.ndarray]
    apart: np.ndarray
    gain: dict[str, np.ndarray] = field(default_factory=dict)
    phase_gain: list[np.ndarray] = field(default_factory=list)
    long_gain: list[np.ndarray] = field(default_factory=list)


@dataclass
class _Ends:
    """Where a cell stands between seen values: rows p before and q after, and the share of q in a straight line."""

    p: np.ndarray
    q: np.ndarray
    share: np.ndarray
    has_prev: np.ndarray
    has_next: np.ndarray

    def blend(self, a: np.ndarray, shift: int) -> np.ndarray:
        """A straight line between the two ends of dense values (s, t - shift)."""
        s, top = np.arange(len(a))[:, None], a.shape[1] - 1
        return (1 - self.share) * a[s, np.clip(self.p - shift, 0, top)] + self.share * a[s, np.clip(self.q - shift, 0, top)]


def candidates(past: Past, rows: np.ndarray, lead: np.ndarray | None, which: np.ndarray) -> Cells:
    """Floors at cells; a trial reads only what lies at least `lead` steps away, a question whatever is seen.

    Args:
        past: of the series.
        rows: int (k,) rows.
        lead: int (n,) of trials, or None for questions.
        which: int (n,) positions in `rows` of the cells.
    """
    series = past.series
    row = rows[which]
    ends = _ends(past, row, lead)
    readable = ends.has_prev | ends.has_next
    cells = Cells(*_empty(len(series.x), len(row)), _distance(ends, row), readable.astype(np.float32), *_nothing())
    level = past.level[:, None]
    last = np.where(readable, ends.blend(series.x, 0), level)
    _put(cells, "last", last, readable)
    if past.drift is not None:
        _put(cells, "drift", last, readable)
        cells.gain["drift"] = np.take_along_axis(past.drift, past.here(ends.p), 1) * (row - ends.p) * readable
    _put(cells, "level", np.broadcast_to(level, last.shape), np.ones_like(readable))
    cells.level_anomaly = np.where(readable, last - level, 0.0)
    clim, own = np.broadcast_to(level, last.shape), cells.level_anomaly
    parts = []
    for k, phases in enumerate(past.phases(rows)):
        repeat, recent, every = phases.at(which, _nearest_repeat(series, row, lead, last.shape))
        anomaly = np.where(readable, ends.blend(past.anomaly[k], past.low), 0.0)
        for name, read in (("repeat", repeat), ("phase", recent), ("phase_all", every)):
            _put(cells, f"{name}{k}", read.value, read.ok)
        _put(cells, f"anomaly{k}", recent.value, recent.ok & readable)
        _put(cells, f"anomaly_all{k}", every.value, every.ok & readable)
        cells.phase_anomaly.append(anomaly)
        cells.long_anomaly.append(np.where(readable, ends.blend(past.long_anomaly[k], past.low), 0.0))
        parts.append(np.where(recent.ok, anomaly, 0.0))
        if past.slope:
            _gains(past, cells, ends, k, {"repeat": repeat, "phase": recent, "phase_all": every})
        if k == 0:
            clim, own = np.where(recent.ok, recent.value, level), anomaly
    at_once = _neighbours(past, cells, row, clim, own)
    cells.features = _features(past, ends, own, at_once, parts)
    return cells


def _gains(past: Past, cells: Cells, ends: _Ends, k: int, read: dict[str, Repeated]) -> None:
    """What each floor of the period would be lifted by, at the slope of the last row that may be read."""
    column = past.here(ends.p)
    at_end = lambda a: np.take_along_axis(a, column, 1) * ends.has_prev  # noqa: E731
    slope = at_end(past.slope[k])
    cells.gain |= {f"{name}{k}": slope * repeated.age * repeated.ok for name, repeated in read.items()}
    cells.phase_gain.append(at_end(past.gain[k]))
    cells.long_gain.append(at_end(past.long_gain[k]))


def _nothing() -> tuple:
    return np.zeros(0), np.zeros(0), [], [], np.zeros(0)


def _empty(s: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((s, n, len(CENTRES)), np.float32), np.zeros((s, n, len(CENTRES)), bool)


def _put(cells: Cells, name: str, value: np.ndarray, ok: np.ndarray) -> None:
    cells.centre[..., SLOT[name]], cells.ok[..., SLOT[name]] = value, ok


def _ends(past: Past, row: np.ndarray, lead: np.ndarray | None) -> _Ends:
    series = past.series
    t = series.x.shape[1]
    none_after = np.full((len(series.x), len(row)), t)
    if lead is None:
        stop = row if series.both_sides else np.minimum(row - 1, series.cut - 1)
        prev = past.before[:, past.here(np.minimum(stop, t - 1))]
        after = past.after[:, past.here(row)] if series.both_sides else none_after
    else:
        prev = np.where(row - lead >= 0, past.before[:, past.here(row - lead)], -1)
        after = np.where(row + lead < t, past.after[:, past.here(row + lead)], t) if series.both_sides else none_after
    has_prev, has_next = prev >= 0, after < t
    p, q = np.maximum(prev, 0), np.minimum(after, t - 1)
    whole = np.maximum((row - p) + (q - row), 1)
    share = np.where(has_prev & has_next, (row - p) / whole, np.where(has_next, 1.0, 0.0)).astype(np.float32)
    return _Ends(p, q, share, has_prev, has_next)


def _distance(ends: _Ends, row: np.ndarray) -> np.ndarray:
    before, after = row - ends.p, ends.q - row
    nearest = np.where(ends.has_prev & ends.has_next, np.minimum(before, after), np.where(ends.has_prev, before, after))
    return np.where(ends.has_prev | ends.has_next, np.maximum(nearest, 1), LEADS[-1])


def _nearest_repeat(series: Series, row: np.ndarray, lead: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    """Repetitions nearer than this are not read, (s, n)."""
    if lead is not None:
        return np.broadcast_to(lead, shape)
    return np.broadcast_to(1 if series.both_sides else np.maximum(row - series.cut + 1, 1), shape)


def _neighbours(past: Past, cells: Cells, row: np.ndarray, clim: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Fill in what neighbours show at the cell's own time; returns their anomaly less the cell's own.

    In a forecast neighbours are as unseen as the question, so trials may not read them either.
    """
    series = past.series
    cells.apart = np.zeros((*own.shape, 5), np.float32)
    if not series.both_sides:
        return np.zeros_like(own)
    inside = (row < series.x.shape[1]).astype(np.float32)
    column = past.here(row)
    m = past.m[:, column] * inside
    raw = (past.x[:, column] * series.spread[:, None] + series.location[:, None]) * m
    mean, mass = series.near_mean(raw, m)
    near = np.clip((mean - series.location[:, None]) / series.spread[:, None], -1e4, 1e4)
    _put(cells, "near", near, mass > LEAST_MASS)
    _put(cells, "around", near, mass > LEAST_MASS)
    kriged, some = surround(series, raw, m)
    _put(cells, "kriging", np.clip((kriged - series.location[:, None]) / series.spread[:, None], -1e4, 1e4), some > 0)
    wider = (series.ring_mean(raw, m), series.all_mean(raw, m), (kriged, some), *series.near_others(raw, m))
    for i, wide in enumerate(wider):
        cells.apart[..., i] = np.where(wide[1] > 0, (wide[0] - mean) / series.spread[:, None], 0.0) * (mass > LEAST_MASS)
    here, mass = past.near_anomaly[:, column], past.near_mass[:, column] * inside
    _put(cells, "near_anomaly", clim + here, mass > LEAST_MASS)
    return np.where(mass > LEAST_MASS, here - own, 0.0)


def _features(past: Past, ends: _Ends, own: np.ndarray, at_once: np.ndarray, parts: list[np.ndarray]) -> np.ndarray:
    """Recent differences of the series and of its neighbours, (s, n, f); zero where a later value bounds the cell."""
    s = np.arange(len(past.x))[:, None]
    column = past.here(ends.p)
    value = past.series.x[s, ends.p]

    def earlier(steps: int) -> np.ndarray:
        row = past.before[s, np.maximum(column - steps, 0)]
        return np.where(row >= 0, past.series.x[s, np.maximum(row, 0)], value)

    one_sided = (ends.has_prev & ~ends.has_next).astype(np.float32)
    near = past.near_anomaly[s, column]
    near_before = np.where(ends.p - past.low >= 3, past.near_anomaly[s, np.maximum(column - 3, 0)], near)
    near_ok = past.near_mass[s, column] > LEAST_MASS
    one, three = earlier(1), earlier(3)
    eight = (one + earlier(2) + earlier(4) + earlier(7)) / 4
    columns = [
        one_sided * (value - one), one_sided * (value - three), one_sided * (value - eight),
        one_sided * np.where(near_ok, near - own, 0.0), one_sided * np.where(near_ok, near - near_before, 0.0), at_once, *parts,
    ]  # fmt: skip
    columns += [np.zeros_like(own)] * (SLOTS - len(parts))
    return np.clip(np.stack(columns, axis=2), -8, 8).astype(np.float32)
