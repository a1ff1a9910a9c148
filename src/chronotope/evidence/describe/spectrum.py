"""Spectrum: how a series' unrest is shared out over slow and fast."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.describe.record import Record

OCTAVES = 9  # bands of frequency, each half as fast as the one before; the last holds all that is slower
REACH = 512  # lags of the autocorrelation that the spectrum is made of


def describe(record: Record) -> dict[str, np.ndarray]:
    """Share of each octave, evenness of the spectrum, height and place of its peak."""
    power = spectrum(record)
    frequency = np.arange(1, power.shape[1] + 1) / (2.0 * power.shape[1])
    octave = np.clip(np.floor(-np.log2(2 * frequency) + 1e-9), 0, OCTAVES - 1).astype(int)
    share = power / power.sum(axis=1, keepdims=True)
    out = {f"octave{k}": np.sqrt(share[:, octave == k].sum(axis=1)) for k in range(OCTAVES)}
    out["evenness"] = -(share * np.log(share)).sum(axis=1) / np.log(max(share.shape[1], 2))
    out["peak"] = np.sqrt(share.max(axis=1))
    out["centre"] = (share * np.log(frequency)).sum(axis=1)
    return out


def spectrum(record: Record) -> np.ndarray:
    """Power (s, k) at the frequencies 1/2k, ..., k/2k a step, from the autocorrelation of the pairs that are seen, above zero."""
    lags = min(REACH, max(4, record.z.shape[1] // 2))
    r = np.zeros((len(record.z), lags))
    have = min(lags, record.correlation.shape[1])
    r[:, :have] = record.correlation[:, :have] * np.hanning(2 * lags + 1)[lags : lags + have]
    both = np.concatenate([r, np.zeros((len(r), 1)), r[:, :0:-1]], axis=1)
    return np.maximum(np.fft.rfft(both, axis=1).real[:, 1:], 1e-6 * lags)
