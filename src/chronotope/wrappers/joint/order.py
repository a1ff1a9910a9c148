"""Order: series told apart by name, position and values, so that what is drawn follows them."""

from __future__ import annotations

import numpy as np

from chronotope.questions import Question


def order_of(question: Question, asked: np.ndarray) -> np.ndarray:
    """Indices (s,) of the asked series (n, v, flattened), whatever the order of places and variables is.

    By the variable's name, then the position, then what was seen: a positive factor and an offset change none
    of them. Series that agree in all of these are alike, and it is no matter which of them comes first.
    """
    panel, (n, v) = question.frame, asked.shape
    visible = question.visible()
    seen = np.isfinite(visible)
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, visible, 0.0).sum(axis=0, dtype=np.float64) / count
    last = np.take_along_axis(np.where(seen, visible, 0.0), _last(seen)[None], axis=0)[0]
    name = np.broadcast_to(np.unique(np.array(panel.variables), return_inverse=True)[1], (n, v))
    place = np.zeros((n, 2)) if panel.xy is None else np.round(panel.xy - panel.xy.min(axis=0), 6)
    keys = (last, mean, *(np.broadcast_to(place[:, [k]], (n, v)) for k in (1, 0)), name)
    index = np.flatnonzero(asked)
    return index[np.lexsort([key.ravel()[index] for key in keys])]


def _last(seen: np.ndarray) -> np.ndarray:
    """Row (n, v) of the last seen value; 0 for none."""
    rows = np.arange(len(seen))[:, None, None]
    return np.where(seen, rows, 0).max(axis=0)
