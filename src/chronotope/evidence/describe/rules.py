"""Rules: how far off plain one-step and longer forecasts are, each in units of the series' own deviation."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.describe.lags import partial
from chronotope.evidence.describe.record import Record

LEADS = (1, 4, 16)


def describe(record: Record) -> dict[str, np.ndarray]:
    """Log mean absolute misses: the last value, the last slope, half the last value, what three values say."""
    z, m, t = record.z, record.m, record.z.shape[1]
    usual = np.maximum(record.mean(np.abs(z)), 1e-3)
    log = lambda miss: np.log(np.maximum(miss / usual, 1e-2))  # noqa: E731
    out = {"usual": np.log(usual)}
    for lead in LEADS:
        if t <= 2 * lead:
            out |= {f"hold{lead}": np.zeros(len(z)), f"slope{lead}": np.zeros(len(z))}
            continue
        both = m[:, lead:] * m[:, :-lead]
        out[f"hold{lead}"] = log(record.mean(np.abs(z[:, lead:] - z[:, :-lead]), both))
        three = m[:, 2 * lead :] * m[:, lead:-lead] * m[:, : -2 * lead]
        out[f"slope{lead}"] = log(record.mean(np.abs(z[:, 2 * lead :] - 2 * z[:, lead:-lead] + z[:, : -2 * lead]), three))
    out["between"] = log(_between(record))
    for order in (3, 12):
        left = np.prod([1 - value**2 for value in partial(record.correlation, order)], axis=0)
        out[f"left_over{order}"] = 0.5 * np.log(np.maximum(left, 1e-4))
    return out


def _between(record: Record) -> np.ndarray:
    """Mean absolute miss (s,) of the mean of the steps before and after."""
    z, m = record.z, record.m
    if z.shape[1] < 3:
        return np.ones(len(z))
    three = m[:, 2:] * m[:, 1:-1] * m[:, :-2]
    return record.mean(np.abs(z[:, 1:-1] - 0.5 * (z[:, 2:] + z[:, :-2])), three)
