"""Vectors of how things move: descriptions through a matrix that was fitted on simulated movers by `scripts/fit_motion_vectors.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chronotope.data.azimuthal import Azimuthal
from chronotope.evidence.describe.whitening import shipped
from chronotope.evidence.motion.describe import describe

FILE = Path(__file__).parent / "movers.npz"


def vectors(who: np.ndarray, time: np.ndarray, at: np.ndarray, degrees: bool, number: int) -> np.ndarray:
    """Vectors (number, f) of objects 0 to `number` - 1; NaN for those with too few fixes, or that never move.

    Args:
        who, time, at: object (f,), time (f,) and position (f, 2) of fixes sorted by object and time; as in `Record`.
    """
    first, stop = (np.searchsorted(who, np.arange(number), side=side) for side in ("left", "right"))
    told = [describe(time[a:b], _flat(at[a:b], degrees)) for a, b in zip(first, stop)]
    matrix = shipped(FILE)
    out = np.full((number, matrix.matrix.shape[1]), np.nan)
    known = [k for k, one in enumerate(told) if one is not None]
    if known:
        columns = {name: np.array([told[k][name] for k in known]) for name in matrix.names}  # type: ignore[index]
        out[known] = matrix.vectors(columns)
    return out


def _flat(at: np.ndarray, degrees: bool) -> np.ndarray:
    """Positions (n,), complex, in the data's plane or in one around the middle of the way."""
    if degrees and len(at):
        at = Azimuthal.around(at).to_plane(at)
    return np.asarray(at[:, 0] + 1j * at[:, 1])
