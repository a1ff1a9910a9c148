"""Lags: how much a series, its changes and its unrest remember."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.describe.record import Record, autocorrelation

LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
SHORT = (1, 2, 4, 8)


def describe(record: Record) -> dict[str, np.ndarray]:
    """Autocorrelation of values, changes, sizes and sizes of changes; the first partial correlations; lag of the first zero."""
    out = {f"lag{lag}": _at(record.correlation, lag) for lag in LAGS}
    change, both = record.change
    size = _centred(np.abs(record.z), record.m)
    steps = _centred(np.minimum(np.abs(change), 4.0), both)
    for name, a, m in (("change", _centred(change, both), both), ("size", size, record.m), ("step_size", steps, both)):
        found = autocorrelation(a, m)
        out |= {f"{name}_lag{lag}": _at(found, lag) for lag in SHORT}
    out |= {f"partial{k}": value for k, value in enumerate(partial(record.correlation, 3), 1) if k > 1}
    out["first_zero"] = np.log1p(_first(record.correlation <= 0))
    out["first_third"] = np.log1p(_first(record.correlation <= 1 / np.e))
    return out


def partial(correlation: np.ndarray, order: int) -> list[np.ndarray]:
    """Partial correlations (s,) at lags 1, ..., order, by the recursion of Durbin and Levinson."""
    r = np.clip(np.stack([_at(correlation, k) for k in range(order + 1)], axis=1), -0.995, 0.995)
    phi = np.zeros((len(r), order + 1))
    left, out = np.ones(len(r)), []
    for k in range(1, order + 1):
        new = (r[:, k] - (phi[:, 1:k] * r[:, k - 1 : 0 : -1]).sum(axis=1)) / np.maximum(left, 1e-3)
        new = np.clip(new, -0.999, 0.999)
        phi[:, 1:k] -= new[:, None] * phi[:, 1:k][:, ::-1]
        phi[:, k] = new
        left = left * (1 - new**2)
        out.append(new)
    return out


def _at(correlation: np.ndarray, lag: int) -> np.ndarray:
    return correlation[:, lag] if lag < correlation.shape[1] else np.zeros(len(correlation))


def _centred(a: np.ndarray, m: np.ndarray) -> np.ndarray:
    return (a - ((a * m).sum(axis=1) / np.maximum(m.sum(axis=1), 1e-9))[:, None]) * m


def _first(hit: np.ndarray) -> np.ndarray:
    return np.where(hit.any(axis=1), hit.argmax(axis=1), hit.shape[1])
