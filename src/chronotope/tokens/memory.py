"""Memory: what each place showed before, as floors with errors that were back-tested on what may be seen.

Every cell that is asked gets a set of candidate answers (floors): the last value, the same phase of each period before, its mean,
the persisting anomaly, the marginal level, the neighbours. Each is also tried on past cells at the same lead, reading only what
lay before, so that it comes with an error. A ridge on the floors' differences, fitted on those trials, is one more candidate.

    scaled series, masks --phases--> repetitions --floors--> candidates at past cells and at asked cells --trial--> errors, ridge
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.heads.quantile import NORMAL_BASE
from chronotope.tokens.clock import SLOTS, Period
from chronotope.tokens.neighbours import Neighbours

LEADS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 720])
REPEATS, RECENT, TRIALS = 16, 4, 24
CENTRES = ("last", "level", "damped", *(f"{kind}{k}" for kind in ("repeat", "phase", "phase_all", "anomaly") for k in range(SLOTS)), "near", "near_anomaly", "ridge")
SPREADS = ("marginal", "phase_quantiles")
FLOORS = CENTRES + SPREADS
NEAR, NEAR_ANOMALY, RIDGE = CENTRES.index("near"), CENTRES.index("near_anomaly"), CENTRES.index("ridge")
SHARPNESS = 3.0  # softmax(-SHARPNESS log error) of the plain mix
NO_ERROR = 1e3
LEVELS = len(NORMAL_BASE)


@dataclass
class Series:
    """Scaled series of one tile of places, place-major (place * variables + variable).

    Attributes:
        x: float32 (s, t), zero where not seen.
        m: float32 (s, t), one where seen.
        variables: variables at each place.
        periods: up to `SLOTS` periods.
        near: neighbours of the places.
        location, spread: (s,) of the scaling, needed where neighbours speak in raw units.
        known: bool (s,), False where a series was never seen.
        both_sides: the question lies inside the seen time, so later repetitions count too.
        cut: first row after what a forecast may read; the frame's length when `both_sides`.
    """

    x: np.ndarray
    m: np.ndarray
    variables: int
    periods: list[Period]
    near: Neighbours
    location: np.ndarray
    spread: np.ndarray
    known: np.ndarray
    both_sides: bool
    cut: int


@dataclass
class Floors:
    """Candidates for the asked rows.

    Attributes:
        centre: float32 (s, h, k) scaled; k as in `FLOORS` (for spreads: their median).
        error: float32 (s, h, k) back-tested mean absolute error, `NO_ERROR` where a floor has nothing to say.
        spread: float32 (s, h, 2, q) quantiles of the distribution floors.
        trial_error: float32 (s, k) errors averaged over leads, for the series' own description.
        damping: float32 (s, 2): persistence of the level and of the anomaly at the shortest lead tried.
        phase: float32 (s, t): mean of the best period's last repetitions at every recent row (0 elsewhere).
    """

    centre: np.ndarray
    error: np.ndarray
    spread: np.ndarray
    trial_error: np.ndarray
    damping: np.ndarray
    phase: np.ndarray


class Phases:
    """Repetitions of one period before (and after, when allowed) given rows."""

    def __init__(self, series: Series, period: Period, rows: np.ndarray, longest: int) -> None:
        self.offsets = period.offsets(REPEATS + int(longest // period.steps) + 1)
        self.offsets = self.offsets[: max(RECENT, int(np.searchsorted(self.offsets, series.x.shape[1] + 1)))]
        self.reach = period.smooth * period.stride
        x, m = _smooth(series, period)
        value, count = self._gather(x, rows, series.both_sides), self._gather(m, rows, series.both_sides)
        self.value, self.count = _running(value), _running(count)
        if period.smooth:
            value, count = self._gather(series.x, rows, series.both_sides), self._gather(series.m, rows, series.both_sides)
        self.raw, self.raw_count = value, count

    def _gather(self, x: np.ndarray, rows: np.ndarray, both: bool) -> np.ndarray:
        limit = x.shape[1]
        back = rows[:, None] - self.offsets
        out = np.where((back >= 0) & (back < limit), x[:, np.clip(back, 0, limit - 1)], 0.0)
        if both:
            ahead = rows[:, None] + self.offsets
            out = out + np.where(ahead < limit, x[:, np.minimum(ahead, limit - 1)], 0.0)
        return out.astype(np.float32)

    def at(self, rows: np.ndarray, lead: np.ndarray) -> tuple[np.ndarray, ...]:
        """Last repetition, mean of the recent ones, mean of all, each with whether it exists; (s, n) each.

        Args:
            rows: int (n,) positions in the rows this was made with.
            lead: int (s, n); repetitions nearer than this are not read.
        """
        s = np.arange(len(self.value))[:, None]
        first = np.searchsorted(self.offsets, lead + self.reach)
        top = self.value.shape[2] - 1
        first = np.minimum(first, top)
        stop = np.minimum(first + RECENT, top)
        j = rows[None, :]
        start_v, start_c = self.value[s, j, first], self.count[s, j, first]
        n_recent, n_all = self.count[s, j, stop] - start_c, self.count[s, j, top] - start_c
        recent = (self.value[s, j, stop] - start_v) / np.maximum(n_recent, 1e-9)
        every = (self.value[s, j, top] - start_v) / np.maximum(n_all, 1e-9)
        begin = np.minimum(np.searchsorted(self.offsets, lead), top - 1)
        second = np.minimum(begin + 1, top - 1)
        c1, c2 = self.raw_count[s, j, begin], self.raw_count[s, j, second]
        last = np.where(c1 > 0, self.raw[s, j, begin] / np.maximum(c1, 1), self.raw[s, j, second] / np.maximum(c2, 1))
        ok_last = ((c1 > 0) | (c2 > 0)) & (begin < top)
        return last, ok_last, recent, n_recent > 0, every, n_all > 0


def build_floors(series: Series, rows: np.ndarray, anchor: int, use_phases: bool = True) -> Floors:
    """Candidates and their back-tested errors for the asked rows.

    Args:
        series: what may be seen.
        rows: int (h,) asked rows of the frame.
        anchor: the row the trials gather around: the last row before a forecast, the middle of the question otherwise.
        use_phases: False hides every period (to measure what memory is worth).
    """
    periods = series.periods if use_phases else []
    state = _Past(series, periods, rows, anchor)
    tau, leads = _trial_cells(series, anchor, rows, state)
    trial = _candidates(series, state, tau, np.tile(leads[:, None], (1, len(tau))).ravel(), np.tile(np.arange(len(tau)), len(leads)))
    shape = (len(series.x), len(leads), len(tau))
    truth = np.broadcast_to(series.x[:, None, tau], shape)
    valid = np.broadcast_to(series.m[:, None, tau], shape).copy()
    valid *= trial.readable.reshape(shape)
    asked = _candidates(series, state, rows, None, np.arange(len(rows)))
    bucket = np.minimum(np.searchsorted(leads, asked.lead), len(leads) - 1)
    damping = _damp(series, trial, asked, truth, valid, bucket, shape)
    error = _errors(series, trial.centre.reshape(*shape, -1), trial.ok.reshape(*shape, -1), truth, valid)
    _ridge(series, trial, asked, error, truth, valid, bucket, shape)
    level_error = error[:, :, CENTRES.index("level")]
    spread, phase_ok = _spreads(series, state, rows, asked.lead, error)
    best = _best_period(series, error, len(periods))
    phase_error = error[:, :, CENTRES.index(f"phase{best}")] if len(periods) else np.full_like(level_error, NO_ERROR)
    every = np.concatenate([error, level_error[..., None], phase_error[..., None]], axis=2)
    _describe_unknown(series, every, spread)
    s = np.arange(len(series.x))[:, None]
    cell_error = every[s, bucket]
    cell_error[..., : len(CENTRES)][~asked.ok] = NO_ERROR
    cell_error[..., -1][~phase_ok] = NO_ERROR
    middle = LEVELS // 2
    centre = np.concatenate([asked.centre, spread[..., middle]], axis=2)
    phase = state.phase_mean[best] if len(periods) else np.zeros_like(series.x)
    usual = np.where(every < NO_ERROR, every, np.nan)
    with np.errstate(all="ignore"):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            described = np.nanmean(usual, axis=1)
    described = np.nan_to_num(described, nan=NO_ERROR)
    return Floors(
        np.clip(centre, -1e4, 1e4).astype(np.float32),
        cell_error.astype(np.float32),
        np.clip(spread, -1e4, 1e4).astype(np.float32),
        described.astype(np.float32),
        damping,
        phase.astype(np.float32),
    )


def plain_mix(centre: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The floors mixed by softmax(-3 log error), and the error mixed alike; (..., k) -> (...), (...)."""
    logit = -SHARPNESS * np.log(error)
    gate = np.exp(logit - logit.max(axis=-1, keepdims=True))
    gate = gate * (error < NO_ERROR)
    gate = gate / np.maximum(gate.sum(axis=-1, keepdims=True), 1e-30)
    return (gate * centre).sum(-1), (gate * np.minimum(error, NO_ERROR)).sum(-1)


@dataclass
class _Cells:
    """Candidates at cells: centre, ok (s, n, k); lead (s, n); readable (s, n); extra features (s, n, f)."""

    centre: np.ndarray
    ok: np.ndarray
    lead: np.ndarray
    readable: np.ndarray
    features: np.ndarray
    level_anomaly: np.ndarray
    phase_anomaly: list[np.ndarray]


class _Past:
    """Dense views of the recent past that both trials and questions read."""

    def __init__(self, series: Series, periods: list[Period], rows: np.ndarray, anchor: int) -> None:
        self.periods = periods
        s, t = series.x.shape
        self.level = _level(series, anchor)
        steps = np.arange(t)
        self.before = np.maximum.accumulate(np.where(series.m > 0, steps, -1), axis=1).astype(np.int32)
        if series.both_sides:
            self.after = np.minimum.accumulate(np.where(series.m > 0, steps, t)[:, ::-1], axis=1)[:, ::-1].astype(np.int32)
        else:
            self.after = np.full((1, 1), t, np.int32)
        self.low = max(0, int(min(rows.min(), anchor)) - _trial_span(series, periods) - int(min(_reach(rows, series), t)) - 160)
        self.phase_mean = [self._dense(series, p) for p in periods]
        self.anomaly = [(series.x - mean) * series.m for mean in self.phase_mean]
        primary = self.anomaly[_primary(periods)] if periods else (series.x - self.level[:, None]) * series.m
        self.near_anomaly, self.near_mass = _near(series, primary)
        self.primary = primary
        self.longest = int(LEADS[min(len(LEADS) - 1, int(np.searchsorted(LEADS, _reach(rows, series))))])
        self.longest = max(self.longest, _reach(rows, series))
        self.stats: dict[int, list[Phases]] = {}

    def _dense(self, series: Series, period: Period) -> np.ndarray:
        x, m = _smooth(series, period)
        t = x.shape[1]
        total, count = np.zeros_like(series.x), np.zeros_like(series.x)
        rows = np.arange(self.low, t)
        for offset in period.offsets(RECENT):
            back = rows - offset
            good = back >= 0
            total[:, rows[good]] += x[:, back[good]]
            count[:, rows[good]] += m[:, back[good]]
            if series.both_sides:
                ahead = rows + offset
                good = ahead < t
                total[:, rows[good]] += x[:, ahead[good]]
                count[:, rows[good]] += m[:, ahead[good]]
        return np.where(count > 0, total / np.maximum(count, 1e-9), self.level[:, None]).astype(np.float32)

    def phases(self, series: Series, rows: np.ndarray) -> list[Phases]:
        key = hash(rows.tobytes())
        if key not in self.stats:
            self.stats[key] = [Phases(series, p, rows, self.longest) for p in self.periods]
        return self.stats[key]


def _trial_span(series: Series, periods: list[Period]) -> int:
    short = [p.steps for p in periods if p.steps <= 336]
    return int(min(max(2 * max(short, default=0), 96), 720))


def _reach(rows: np.ndarray, series: Series) -> int:
    return 64 if series.both_sides else int(max(1, rows.max() - series.cut + 1))


def _trial_cells(series: Series, anchor: int, rows: np.ndarray, state: _Past) -> tuple[np.ndarray, np.ndarray]:
    """Rows where the floors are tried, and the leads they are tried at."""
    t = series.x.shape[1]
    span = _trial_span(series, state.periods)
    need = _reach(rows, series)
    leads = LEADS[: int(np.searchsorted(LEADS, need)) + 1]
    if series.both_sides:
        low, high = max(0, anchor - span), min(t - 1, anchor + span)
        leads = LEADS[: int(np.searchsorted(LEADS, 32)) + 1]
    else:
        low, high = max(min(3, series.cut - 1), series.cut - span), series.cut - 1
    tau = np.unique(np.rint(np.linspace(low, high, TRIALS)).astype(np.int64))
    return tau, leads


def _candidates(series: Series, state: _Past, rows: np.ndarray, lead: np.ndarray | None, which: np.ndarray) -> _Cells:
    """Floors at cells (row, lead): at trials every series has the same lead, at questions its own last value sets it."""
    x, m = series.x, series.m
    s, t = x.shape
    row = rows[which]
    index = np.arange(s)[:, None]
    inside = np.minimum(row, t - 1)
    if lead is None:
        stop = np.minimum(row - 1, series.cut - 1) if not series.both_sides else row
        prev = state.before[:, np.minimum(stop, t - 1)]
        nxt = state.after[:, inside] if series.both_sides else np.full((s, len(row)), t)
    else:
        prev = np.where(row - lead >= 0, state.before[:, np.maximum(row - lead, 0)], -1)
        nxt = state.after[:, np.minimum(row + lead, t - 1)] if series.both_sides else np.full((s, len(row)), t)
        if series.both_sides:
            nxt = np.where(row + lead < t, nxt, t)
    has_prev, has_next = prev >= 0, nxt < t
    p, q = np.maximum(prev, 0), np.minimum(nxt, t - 1)
    gap_before, gap_after = row - p, q - row
    share = np.where(has_prev & has_next, gap_before / np.maximum(gap_before + gap_after, 1), np.where(has_next, 1.0, 0.0)).astype(np.float32)
    blend = lambda a: (1 - share) * a[index, p] + share * a[index, q]  # noqa: E731
    readable = has_prev | has_next
    distance = np.where(has_prev & has_next, np.minimum(gap_before, gap_after), np.where(has_prev, gap_before, gap_after))
    distance = np.where(readable, np.maximum(distance, 1), LEADS[-1])
    cut_lead = np.broadcast_to(np.maximum(row - series.cut + 1, 1) if lead is None else lead, distance.shape)
    if series.both_sides:
        cut_lead = np.ones_like(distance) if lead is None else np.broadcast_to(lead, distance.shape)
    centre = np.zeros((s, len(row), len(CENTRES)), np.float32)
    ok = np.zeros(centre.shape, bool)
    level = state.level[:, None]
    last = np.where(readable, blend(x), level)
    centre[..., 0], ok[..., 0] = last, readable
    centre[..., 1], ok[..., 1] = np.broadcast_to(level, last.shape), True
    level_anomaly = np.where(readable, last - level, 0.0)
    phase_anomaly, parts = [], []
    primary = _primary(state.periods)
    base_clim = np.broadcast_to(level, last.shape)
    own_anomaly = level_anomaly
    for k, phases in enumerate(state.phases(series, rows)):
        r, ok_r, recent, ok_recent, every, ok_every = phases.at(which, cut_lead)
        at = lambda kind: CENTRES.index(f"{kind}{k}")  # noqa: B023, E731
        centre[..., at("repeat")], ok[..., at("repeat")] = r, ok_r
        centre[..., at("phase")], ok[..., at("phase")] = recent, ok_recent
        centre[..., at("phase_all")], ok[..., at("phase_all")] = every, ok_every
        anomaly = np.where(readable, blend(state.anomaly[k]), 0.0)
        phase_anomaly.append(anomaly)
        centre[..., at("anomaly")], ok[..., at("anomaly")] = recent, ok_recent & readable
        parts.append(np.where(ok_recent, anomaly, 0.0))
        if k == primary:
            base_clim, own_anomaly = np.where(ok_recent, recent, level), anomaly
    near_raw, mass_raw = _near_raw(series, row, t)
    if not series.both_sides:  # neighbours are as unseen as the question, so trials may not read them either
        mass_raw = np.zeros_like(mass_raw)
    centre[..., NEAR], ok[..., NEAR] = near_raw, mass_raw > 0.2
    here, mass = state.near_anomaly[:, inside], np.where(row < t, state.near_mass[:, inside], 0.0) * series.both_sides
    centre[..., NEAR_ANOMALY], ok[..., NEAR_ANOMALY] = base_clim + here, mass > 0.2
    back = lambda a, d: np.where(p - d >= 0, a[index, np.maximum(p - d, 0)], a[index, p])  # noqa: E731
    filled = lambda d: np.where(  # noqa: E731
        state.before[index, np.maximum(p - d, 0)] >= 0, x[index, np.maximum(state.before[index, np.maximum(p - d, 0)], 0)], x[index, p]
    )
    x0 = x[index, p]
    one_sided = (has_prev & ~has_next).astype(np.float32)
    near_now = np.where(state.near_mass[index, p] > 0.2, state.near_anomaly[index, p] - own_anomaly, 0.0)
    near_before = np.where(state.near_mass[index, p] > 0.2, state.near_anomaly[index, p] - back(state.near_anomaly, 3), 0.0)
    at_once = np.where(mass > 0.2, here - own_anomaly, 0.0)
    mean8 = sum(filled(d) for d in (1, 2, 4, 7)) / 4
    features = np.stack(
        [one_sided * (x0 - filled(1)), one_sided * (x0 - filled(3)), one_sided * (x0 - mean8), one_sided * near_now, one_sided * near_before, at_once, *parts]
        + [np.zeros_like(x0)] * (SLOTS - len(parts)),
        axis=2,
    ).astype(np.float32)
    return _Cells(centre, ok, distance, readable.astype(np.float32), np.clip(features, -8, 8), level_anomaly, phase_anomaly)


def _damp(series: Series, trial: _Cells, asked: _Cells, truth: np.ndarray, valid: np.ndarray, bucket: np.ndarray, shape: tuple) -> np.ndarray:
    """Fill in the floors that persist an anomaly: its regression on the anomaly at the lead, shrunk to all series'."""
    s = np.arange(shape[0])[:, None]
    out = np.zeros((shape[0], 2), np.float32)
    slots = [(CENTRES.index("damped"), CENTRES.index("level"), trial.level_anomaly, asked.level_anomaly)]
    slots += [(CENTRES.index(f"anomaly{k}"), CENTRES.index(f"phase{k}"), trial.phase_anomaly[k], asked.phase_anomaly[k]) for k in range(len(trial.phase_anomaly))]
    for number, (slot, base, anomaly, now) in enumerate(slots):
        base_value = trial.centre[..., base].reshape(shape)
        good = valid * trial.ok[..., base].reshape(shape)
        a = np.clip(anomaly.reshape(shape), -10, 10) * good
        y = np.clip(truth - base_value, -10, 10) * good
        top, bottom = (a * y).sum(2), (a * a).sum(2)
        pooled = _by_variable(top, series.variables) / (_by_variable(bottom, series.variables) + 1e-6)
        weight = 4.0
        rho = np.clip((top + weight * pooled) / (bottom + weight), 0.0, 1.0)
        trial.centre[..., slot] = (base_value + rho[:, :, None] * anomaly.reshape(shape)).reshape(shape[0], -1)
        trial.ok[..., slot] = trial.ok[..., base] & (trial.readable > 0)
        asked.centre[..., slot] = asked.centre[..., base] + rho[s, bucket] * now
        asked.ok[..., slot] = asked.ok[..., base] & (asked.readable > 0)
        if number < 2:
            out[:, number] = rho[:, 0]
    return out


def _errors(series: Series, centre: np.ndarray, ok: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Mean absolute error per series, lead and floor, (s, l, k), shrunk to the error of all series of the variable."""
    good = valid[..., None] * ok
    miss = np.abs(np.where(ok, centre, 0.0) - truth[..., None]) * good
    total, count = miss.sum(2), good.sum(2)
    pooled_count = _by_variable(count, series.variables)
    pooled = _by_variable(total, series.variables) / np.maximum(pooled_count, 1e-9)
    pooled = np.where(pooled_count > 0, pooled, np.nan)
    for lead in range(1, pooled.shape[1]):  # a lead that could not be tried borrows from the one before
        pooled[:, lead] = np.where(np.isnan(pooled[:, lead]), pooled[:, lead - 1] * 1.1, pooled[:, lead])
    pooled = np.where(np.isnan(pooled), 1.0, pooled)
    return np.maximum((total + 2.0 * pooled) / (count + 2.0), 1e-4).astype(np.float32)


def _ridge(
    series: Series, trial: _Cells, asked: _Cells, error: np.ndarray, truth: np.ndarray, valid: np.ndarray, bucket: np.ndarray, shape: tuple
) -> None:
    """Fit the candidate `ridge` around the plain mix, per variable and lead, errors by two folds in time."""
    count, leads, tries = shape
    trial.ok[..., RIDGE] = asked.ok[..., RIDGE] = False
    own = [i for i in range(len(CENTRES)) if i not in (NEAR, NEAR_ANOMALY, RIDGE)]
    expanded = np.broadcast_to(error[:, :, None, :], (count, leads, tries, len(CENTRES))).reshape(count, -1, len(CENTRES))
    masked = np.where(trial.ok, expanded, NO_ERROR)
    mix, _ = plain_mix(trial.centre[..., own], masked[..., own])
    s = np.arange(count)[:, None]
    asked_error = np.where(asked.ok, error[s, bucket], NO_ERROR)
    asked_mix, _ = plain_mix(asked.centre[..., own], asked_error[..., own])
    design = lambda cells, base: np.concatenate(  # noqa: E731
        [cells.features, np.clip(np.where(cells.ok[..., own], cells.centre[..., own] - base[..., None], 0.0), -8, 8)], axis=2
    )
    a = design(trial, mix).reshape(count, leads, tries, -1)
    y = np.clip(truth - mix.reshape(shape), -6, 6)
    fold = (np.arange(tries) >= tries // 2)[None, None, :]
    b = design(asked, asked_mix)
    v = series.variables
    miss = np.zeros(shape, np.float32)
    for variable in range(v):
        pick = slice(variable, None, v)
        rows = np.swapaxes(a[pick], 0, 1).reshape(leads, -1, a.shape[-1])
        weight = np.swapaxes(valid[pick], 0, 1).reshape(leads, -1, 1)
        aim = np.swapaxes(y[pick], 0, 1).reshape(leads, -1, 1)
        part = np.tile(fold[0, 0], rows.shape[1] // tries)[None, :, None]
        for side in (False, True):
            beta = _solve(rows, aim, weight * (part != side))
            answer = (rows @ beta)[..., 0].reshape(leads, -1, tries).swapaxes(0, 1)
            held = np.broadcast_to(fold == side, answer.shape)
            miss[pick] += np.where(held, np.abs(answer - y[pick]), 0.0)
        beta = _solve(rows, aim, weight)[..., 0]  # (l, f)
        asked.centre[pick, :, RIDGE] = asked_mix[pick] + np.einsum("shf,shf->sh", b[pick], beta[bucket[pick]])
    error[..., RIDGE] = _errors(series, miss[..., None], np.ones((*shape, 1), bool), np.zeros(shape, np.float32), valid)[..., 0]
    asked.ok[..., RIDGE] = asked.readable > 0


def _solve(rows: np.ndarray, aim: np.ndarray, weight: np.ndarray) -> np.ndarray:
    left = np.swapaxes(rows * weight, 1, 2).astype(np.float64)
    gram = left @ rows
    n = weight.sum(axis=(1, 2))
    size = np.trace(gram, axis1=1, axis2=2) / gram.shape[1]
    strength = (0.3 + 0.01 * n) * (size / np.maximum(n, 1) + 1e-4) + 0.05
    eye = np.eye(gram.shape[1])
    return np.linalg.solve(gram + strength[:, None, None] * eye, left @ aim).astype(np.float32)


def _spreads(series: Series, state: _Past, rows: np.ndarray, lead: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of the recent marginal and of the best period's repetitions, (s, h, 2, q), and whether the second exists."""
    s, t = series.x.shape
    levels = np.arange(1, LEVELS + 1) / (LEVELS + 1)
    stop = t if series.both_sides else series.cut
    window = slice(max(0, stop - 512), stop)
    step = max(1, (window.stop - window.start) // 128)
    own = masked_quantiles(series.x[:, window][:, ::-1][:, ::step], series.m[:, window][:, ::-1][:, ::step] > 0, levels)
    out = np.zeros((s, len(rows), 2, LEVELS), np.float32)
    out[:, :, 0] = own[:, None]
    out[:, :, 1] = own[:, None]
    ok = np.zeros((s, len(rows)), bool)
    if not state.periods:
        return out, ok
    best = _best_period(series, error, len(state.periods))
    period = state.periods[best]
    offsets = period.offsets(16)
    if period.smooth:
        shifts = np.rint(np.linspace(-period.smooth, period.smooth, 5)).astype(int) * period.stride
        offsets = (offsets[:4, None] + shifts).ravel()
    cut_lead = 1 if series.both_sides else np.maximum(rows - series.cut + 1, 1)
    whole = int(np.ceil(np.max(cut_lead) / period.steps))
    per_row = np.ceil(np.broadcast_to(cut_lead, rows.shape) / period.steps).astype(int) - 1
    shift = np.rint(per_row * period.steps / period.stride).astype(int) * period.stride if whole > 1 else np.zeros(len(rows), int)
    back = rows[:, None] - offsets - shift[:, None]
    limit = np.where(back < stop, back, -1)
    found = (limit >= 0) & (series.m[:, np.clip(limit, 0, t - 1)] > 0)
    values = series.x[:, np.clip(limit, 0, t - 1)]
    ok = found.sum(2) >= 4
    out[:, :, 1] = np.where(ok[..., None], masked_quantiles(values, found, levels), out[:, :, 1])
    return out, ok


def _describe_unknown(series: Series, error: np.ndarray, spread: np.ndarray) -> None:
    """Errors and marginal quantiles of series without any seen value: the known series' spread between places."""
    unknown = np.flatnonzero(~series.known)
    v, near = series.variables, [CENTRES.index("near"), CENTRES.index("level"), len(CENTRES)]
    for variable in range(v) if len(unknown) else ():
        here = unknown[unknown % v == variable]
        there = np.flatnonzero(series.known & (np.arange(len(series.known)) % v == variable))
        if not len(here):
            continue
        keep = error[here][:, :, near[0]]
        error[here] = NO_ERROR
        error[np.ix_(here, range(error.shape[1]), [near[0]])] = keep[..., None]
        between = 1.0
        if len(there):
            raw = series.location[there]
            between = float(np.mean(np.abs(raw - np.median(raw))) / series.spread[here[0]]) + 1.0
            columns = np.linspace(0, series.x.shape[1] - 1, min(64, series.x.shape[1])).astype(int)
            raw_values = series.x[np.ix_(there, columns)] * series.spread[there, None] + series.location[there, None]
            values = (raw_values.ravel() - series.location[here[0]]) / series.spread[here[0]]
            levels = np.arange(1, LEVELS + 1) / (LEVELS + 1)
            spread[here] = masked_quantiles(values[None], series.m[np.ix_(there, columns)].reshape(1, -1) > 0, levels)[0]
        for slot in near[1:]:
            error[np.ix_(here, range(error.shape[1]), [slot])] = between


def masked_quantiles(x: np.ndarray, seen: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles over the last axis of what is seen, (..., k) -> (..., q); zero where nothing is."""
    ordered = np.sort(np.where(seen, x, np.float32(1e30)), axis=-1)
    count = seen.sum(-1)
    position = levels * (count[..., None] + 1) - 1  # unbiased plotting position, clipped to the sample
    position = np.clip(position, 0, np.maximum(count[..., None] - 1, 0))
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, np.maximum(count[..., None] - 1, 0))
    part = position - low
    value = np.take_along_axis(ordered, low, -1) * (1 - part) + np.take_along_axis(ordered, high, -1) * part
    return np.where(count[..., None] > 0, value, 0.0).astype(np.float32)


def _best_period(series: Series, error: np.ndarray, count: int) -> int:
    if count <= 1:
        return 0
    known = series.known if series.known.any() else np.ones(len(error), bool)
    return int(np.argmin([np.median(error[known][:, :, CENTRES.index(f"phase{k}")]) for k in range(count)]))


def _primary(periods: list[Period]) -> int:
    return 0


def _by_variable(a: np.ndarray, variables: int) -> np.ndarray:
    """Sum over the places of each variable, broadcast back to the series: (s, ...) -> (s, ...)."""
    grouped = a.reshape(-1, variables, *a.shape[1:])
    return np.broadcast_to(grouped.sum(axis=0, keepdims=True), grouped.shape).reshape(a.shape).copy()


def _level(series: Series, anchor: int) -> np.ndarray:
    """Mean of the last seen values (scaled), heavier on recent ones."""
    t = series.x.shape[1]
    low, high = max(0, anchor - 256), min(t, anchor + 256) if series.both_sides else min(t, series.cut)
    x, m = series.x[:, low:high], series.m[:, low:high]
    decay = np.exp(-np.abs(np.arange(low, high) - anchor) / 96.0).astype(np.float32)
    mass = m @ decay
    return np.where(mass > 1e-6, (np.clip(x, -8, 8) @ decay) / np.maximum(mass, 1e-6), 0.0).astype(np.float32)


def _near(series: Series, anomaly: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    v = series.variables
    shape = (-1, v, anomaly.shape[1])
    mean, mass = series.near.mean(anomaly.reshape(shape), series.m.reshape(shape))
    return mean.reshape(anomaly.shape), mass.reshape(anomaly.shape)


def _near_raw(series: Series, rows: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours' mean in raw units at the rows, then scaled by the place's own scale."""
    inside = np.minimum(rows, t - 1)
    m = series.m[:, inside] * (rows < t)
    raw = (series.x[:, inside] * series.spread[:, None] + series.location[:, None]) * m
    v = series.variables
    mean, mass = series.near.mean(raw.reshape(-1, v, len(rows)), m.reshape(-1, v, len(rows)))
    scaled = (mean.reshape(raw.shape) - series.location[:, None]) / series.spread[:, None]
    return np.clip(scaled, -1e4, 1e4), mass.reshape(raw.shape)


def _smooth(series: Series, period: Period) -> tuple[np.ndarray, np.ndarray]:
    """Sums of values and of masks over the neighbouring phases of a period."""
    if not period.smooth:
        return series.x, series.m
    return _windowed(series.x, period), _windowed(series.m, period)


def _windowed(a: np.ndarray, period: Period) -> np.ndarray:
    s, t = a.shape
    stride, w = period.stride, period.smooth
    rows = -(-t // stride)
    padded = np.zeros((s, rows * stride), np.float64)
    padded[:, :t] = a
    running = np.zeros((s, rows + 1, stride))
    np.cumsum(padded.reshape(s, rows, stride), axis=1, out=running[:, 1:])
    high = np.minimum(np.arange(rows) + w + 1, rows)
    low = np.maximum(np.arange(rows) - w, 0)
    return (running[:, high] - running[:, low]).reshape(s, -1)[:, :t].astype(np.float32)


def _running(a: np.ndarray) -> np.ndarray:
    out = np.zeros((*a.shape[:2], a.shape[2] + 1), np.float32)
    np.cumsum(a, axis=2, out=out[..., 1:])
    return out
