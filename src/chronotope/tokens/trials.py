"""Trials: the floors tried on past cells at the leads that are asked, reading only what lay before; their errors, and a ridge on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.tokens.candidates import CENTRES, OWN, SLOT, Cells, candidates
from chronotope.tokens.past import LEADS, Past
from chronotope.tokens.series import by_variable
from chronotope.tokens.trend import kept_share

TRIALS, CELLS = 24, 1536  # past rows at each lead; more where few series share them, up to four times as many
SHARPNESS = 3.0  # softmax(-SHARPNESS log error) of the plain mix
NO_ERROR = 1e3  # marks a floor that has nothing to say
LEAST_ERROR, MOST_ERROR = 1e-4, 300.0  # scaled; a floor that is there never looks like one that is not
SHRINK = 2.0  # trials' worth of the other series' error in each series' own
LIFTED = 0.5  # share of the slope from which a floor is another one than without it
LEADS_INSIDE = 32  # longest distance tried when the question lies inside the seen time


@dataclass
class Trials:
    """Tried cells: leads l by rows j.

    Attributes:
        leads: int (l,).
        rows: int (j,).
        cells: candidates at (s, l * j) cells.
        truth: float32 (s, l, j).
        valid: float32 (s, l, j), one where the truth is seen and the past readable.
    """

    leads: np.ndarray
    rows: np.ndarray
    cells: Cells
    truth: np.ndarray
    valid: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.truth.shape  # type: ignore[return-value]

    def bucket(self, lead: np.ndarray) -> np.ndarray:
        """Index of the tried lead that stands for each lead."""
        return np.minimum(np.searchsorted(self.leads, lead), len(self.leads) - 1)


def run_trials(past: Past, anchor: int) -> Trials:
    """Try every floor around the anchor at every lead that is needed."""
    series = past.series
    t = series.x.shape[1]
    leads = LEADS[: int(np.searchsorted(LEADS, LEADS_INSIDE if series.both_sides else past.reach)) + 1]
    if series.both_sides:
        low, high = max(0, anchor - past.span), min(t - 1, anchor + past.span)
    else:
        low, high = max(min(3, series.cut - 1), series.cut - past.span), series.cut - 1
    count = int(np.clip(CELLS // max(1, series.known.sum()), TRIALS, 4 * TRIALS))
    rows = np.unique(np.rint(np.linspace(low, high, count)).astype(np.int64))
    cells = candidates(past, rows, np.repeat(leads, len(rows)), np.tile(np.arange(len(rows)), len(leads)))
    shape = (len(series.x), len(leads), len(rows))
    truth = np.broadcast_to(series.x[:, None, rows], shape)
    return Trials(leads, rows, cells, truth, np.broadcast_to(series.m[:, None, rows], shape) * cells.readable.reshape(shape))


def damp(trials: Trials, asked: Cells, variables: int) -> None:
    """Fill in the floors that persist an anomaly: its regression on the anomaly at the lead, shrunk to all series'."""
    s = np.arange(trials.shape[0])[:, None]
    bucket = trials.bucket(asked.lead)
    pairs = [("damped", "level", trials.cells.level_anomaly, asked.level_anomaly)]
    by_period = zip(trials.cells.phase_anomaly, asked.phase_anomaly, strict=True)
    pairs += [(f"anomaly{k}", f"phase{k}", a, b) for k, (a, b) in enumerate(by_period)]
    by_period = zip(trials.cells.long_anomaly, asked.long_anomaly, strict=True)
    pairs += [(f"anomaly_all{k}", f"phase_all{k}", a, b) for k, (a, b) in enumerate(by_period)]
    for name, base, anomaly, now in pairs:
        slot, under = SLOT[name], SLOT[base]
        before = trials.cells.centre[..., under].reshape(trials.shape)
        good = trials.valid * trials.cells.ok[..., under].reshape(trials.shape)
        a = np.clip(anomaly.reshape(trials.shape), -10, 10) * good
        y = np.clip(trials.truth - before, -10, 10) * good
        top, bottom = (a * y).sum(2), (a * a).sum(2)
        pooled = by_variable(top, variables) / (by_variable(bottom, variables) + 1e-6)
        rho = np.clip((top + 4.0 * pooled) / (bottom + 4.0), 0.0, 1.0)
        trials.cells.centre[..., slot] = (before + rho[:, :, None] * anomaly.reshape(trials.shape)).reshape(trials.shape[0], -1)
        trials.cells.ok[..., slot] = trials.cells.ok[..., under] & (trials.cells.readable > 0)
        asked.centre[..., slot] = asked.centre[..., under] + rho[s, bucket] * now
        asked.ok[..., slot] = asked.ok[..., under] & (asked.readable > 0)


def lift(trials: Trials, asked: Cells, variables: int) -> dict[str, np.ndarray]:
    """Lift the floors that read repetitions by what the series gained since, as far as trials have kept it; the shares, (s, l) by name."""
    shares = {}
    for name, gain in trials.cells.gain.items():
        centre, ok = (a[..., SLOT[name]].reshape(trials.shape) for a in (trials.cells.centre, trials.cells.ok))
        share = kept_share(gain.reshape(trials.shape), trials.truth - centre, trials.valid * ok, variables)
        shares[name] = share
        if share.any() or name == "drift":
            _lift(trials, asked, name, share)
    return shares


def _lift(trials: Trials, asked: Cells, name: str, share: np.ndarray) -> None:
    """Lift one floor at tried and asked cells, and the persisting anomaly on it from what its own mean is lifted by.

    A drift that no trial has kept is the last value, which stands among the floors already: it has nothing to say.
    """
    tried = np.repeat(share, trials.shape[2], axis=1)
    here = share[np.arange(len(share))[:, None], trials.bucket(asked.lead)]
    for cells, part in ((trials.cells, tried), (asked, here)):
        cells.centre[..., SLOT[name]] += part * cells.gain[name]
        # a floor that is lifted was not tried where no slope was known yet
        cells.ok[..., SLOT[name]] &= (cells.gain[name] != 0) | (part < LIFTED)
        if name == "drift":
            cells.ok[..., SLOT[name]] &= part > 0
        elif name.startswith("phase_all"):
            k = int(name.removeprefix("phase_all"))
            cells.long_anomaly[k] = cells.long_anomaly[k] - part * cells.long_gain[k]
        elif name.startswith("phase"):
            k = int(name.removeprefix("phase"))
            cells.phase_anomaly[k] = cells.phase_anomaly[k] - part * cells.phase_gain[k]


def fit_around(trials: Trials, asked: Cells, variables: int) -> None:
    """Fill in the floor `around`: the neighbours' mean, moved towards farther places as far as that helps at places that are known."""
    slot = SLOT["around"]
    apart = trials.cells.apart.reshape(*trials.shape, -1)[:, 0]
    near = trials.cells.centre[..., slot].reshape(trials.shape)[:, 0]
    good = (trials.valid * trials.cells.ok[..., slot].reshape(trials.shape))[:, 0]
    aim = np.clip(trials.truth[:, 0] - near, -6, 6)
    for variable in range(variables):
        pick = slice(variable, None, variables)
        rows, y, weight = (a[pick].reshape(-1, k) for a, k in ((np.clip(apart, -6, 6), apart.shape[-1]), (aim, 1), (good, 1)))
        beta = _solve(rows[None], y[None], weight[None])[0, :, 0]
        for cells in (trials.cells, asked):
            cells.centre[pick, :, slot] += np.clip(cells.apart[pick], -6, 6) @ beta


def errors(trials: Trials, variables: int, centre: np.ndarray | None = None) -> np.ndarray:
    """Mean absolute error per series, lead and floor (s, l, k), shrunk to that of all series of the variable.

    Args:
        trials: what was tried.
        variables: variables at each place.
        centre: other candidates (s, l, j, k) than the trials' own.
    """
    if centre is None:
        centre, ok = (a.reshape(*trials.shape, -1) for a in (trials.cells.centre, trials.cells.ok))
    else:
        ok = np.ones(centre.shape, bool)
    good = trials.valid[..., None] * ok
    total, count = (np.abs(np.where(ok, centre, 0.0) - trials.truth[..., None]) * good).sum(2), good.sum(2)
    pooled_count = by_variable(count, variables)
    pooled = np.where(pooled_count > 0, by_variable(total, variables) / np.maximum(pooled_count, 1e-9), np.nan)
    for lead in range(1, pooled.shape[1]):  # a lead that could not be tried borrows from the one before
        pooled[:, lead] = np.where(np.isnan(pooled[:, lead]), pooled[:, lead - 1] * 1.1, pooled[:, lead])
    pooled = np.where(np.isnan(pooled), 1.0, pooled)
    return np.clip((total + SHRINK * pooled) / (count + SHRINK), LEAST_ERROR, MOST_ERROR).astype(np.float32)


def plain_mix(centre: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The floors mixed by softmax(-3 log error), and the error mixed alike; (..., k) -> (...), (...)."""
    logit = -SHARPNESS * np.log(error)
    gate = np.exp(logit - logit.max(axis=-1, keepdims=True)) * (error < NO_ERROR)
    gate = gate / np.maximum(gate.sum(axis=-1, keepdims=True), 1e-30)
    return (gate * centre).sum(-1), (gate * np.minimum(error, NO_ERROR)).sum(-1)


def fit_ridge(trials: Trials, asked: Cells, error: np.ndarray, variables: int) -> None:
    """Fill in the candidate `ridge`: the plain mix plus a regression on the floors' differences from it.

    Fitted per variable and lead over all places; its error comes from two folds in time.
    """
    slot = SLOT["ridge"]
    s = np.arange(trials.shape[0])[:, None]
    bucket = trials.bucket(asked.lead)
    spread = np.broadcast_to(error[:, :, None, :], (*trials.shape, error.shape[-1])).reshape(trials.cells.centre.shape)
    mix = _own_mix(trials.cells, spread)
    asked_mix = _own_mix(asked, error[s, bucket])
    design, question = _design(trials.cells, mix).reshape(*trials.shape, -1), _design(asked, asked_mix)
    aim = np.clip(trials.truth - mix.reshape(trials.shape), -6, 6)
    held = np.zeros(trials.shape, np.float32)
    for variable in range(variables):
        pick = slice(variable, None, variables)
        held[pick], beta = _regress(design[pick], aim[pick], trials.valid[pick])
        asked.centre[pick, :, slot] = asked_mix[pick] + np.einsum("shf,shf->sh", question[pick], beta[bucket[pick]])
    answer = trials.truth + (held - aim)  # off by as much as the held-out fold's answer missed
    error[..., slot] = errors(trials, variables, answer[..., None])[..., 0]
    trials.cells.centre[..., slot] = answer.reshape(len(answer), -1)
    trials.cells.ok[..., slot] = trials.cells.readable > 0
    asked.ok[..., slot] = asked.readable > 0


def _own_mix(cells: Cells, error: np.ndarray) -> np.ndarray:
    return plain_mix(cells.centre[..., OWN], np.where(cells.ok, error, NO_ERROR)[..., OWN])[0]


def _design(cells: Cells, base: np.ndarray) -> np.ndarray:
    apart = np.where(cells.ok[..., OWN], cells.centre[..., OWN] - base[..., None], 0.0)
    return np.concatenate([cells.features, np.clip(apart, -8, 8)], axis=2)


def _regress(design: np.ndarray, aim: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Answers of the held-out halves (s, l, j), and coefficients (l, f) fitted on all."""
    s, leads, tries, _ = design.shape
    rows = design.swapaxes(0, 1).reshape(leads, s * tries, -1)
    y, weight = (a.swapaxes(0, 1).reshape(leads, s * tries, 1) for a in (aim, valid))
    late = np.tile(np.arange(tries) >= tries // 2, s)[None, :, None]
    held = np.zeros((leads, s * tries), np.float32)
    for side in (False, True):
        answer = (rows @ _solve(rows, y, weight * (late != side)))[..., 0]
        held = np.where(late[..., 0] == side, answer, held)
    beta = _solve(rows, y, weight)[..., 0]
    return held.reshape(leads, s, tries).swapaxes(0, 1), beta


def _solve(rows: np.ndarray, aim: np.ndarray, weight: np.ndarray) -> np.ndarray:
    left = np.swapaxes(rows * weight, 1, 2).astype(np.float64)
    gram = left @ rows
    n = weight.sum(axis=(1, 2))
    size = np.trace(gram, axis1=1, axis2=2) / gram.shape[1]
    strength = (0.3 + 0.01 * n) * (size / np.maximum(n, 1) + 1e-4) + 0.05
    return np.linalg.solve(gram + strength[:, None, None] * np.eye(gram.shape[1]), left @ aim).astype(np.float32)


__all__ = ["CENTRES", "MOST_ERROR", "NO_ERROR", "Trials", "damp", "errors", "fit_around", "fit_ridge", "plain_mix", "run_trials"]
