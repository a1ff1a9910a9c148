"""Embed tracks: what each object is like in how it moves, as a vector; of its whole way or of windows of it."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.fixes import Fixes, fixes_of
from chronotope.data.scene import step_of
from chronotope.errors import ArgumentError, DataError
from chronotope.evidence.motion.describe import FEWEST
from chronotope.evidence.motion.vectors import vectors
from chronotope.questions import Predictor, Vectors
from chronotope.tasks.results.embedding import FEATURE, NAME, Embedding

ESTIMATOR = "description of motion"
MOST = 50_000_000  # numbers of an answer
NAMES = {"object": "place"}  # what places are for other fields


def embed_tracks(predictor: Predictor, field: Field, per: str = "object", *, window: Any = None, context: Any = None) -> Embedding:
    """Vectors of objects, of windows or of all; see `Model.embed`.

    Raises:
        ArgumentError: `per`, `window` or `context` is not as said there, or the windows are too many.
        DataError: no object has enough fixes.
    """
    fixes = fixes_of(field)
    step = step_of(fixes, field.step)
    asked = NAMES.get(per, per)
    if asked not in ("place", "window", "field"):
        raise ArgumentError(f"per must be object (or place), window or field; found {per!r}.")
    want = Vectors(asked) if window is None else Vectors(asked, _steps(window, step, "window"))
    last = int(fixes.time.max())
    first = int(fixes.time.min()) if context is None else last - (_steps(context, step, "context") - 1) * step
    fixes = fixes.part(fixes.time >= first)
    if np.bincount(fixes.who).max(initial=0) < FEWEST:
        raise DataError(f"At least one object must have {FEWEST} fixes, to show how it moves; found fewer of each. Read a longer past.")
    steps = (last - first) // step + 1
    if want.per == "window":
        values, coords = _windows(fixes, want, first, step, int(steps))
    else:
        values, coords = _of(fixes), {}
        with np.errstate(invalid="ignore"):
            values = values[np.isfinite(values).all(axis=1)].mean(axis=0) if want.per == "field" else values
    lead: tuple[str, ...] = {"place": ("object",), "window": ("window", "object"), "field": ()}[want.per]
    coords |= {FEATURE: [f"f{k}" for k in range(values.shape[-1])]} | ({"object": fixes.names} if lead else {})
    words = {"long_name": "how something moves; distances between vectors mean something, single features do not"}
    meta: dict[str, Any] = {
        "task": "embed", "model": predictor.name, "version": version("chronotope"), "seed": None, "estimator": ESTIMATOR,
        "per": {"place": "object"}.get(want.per, want.per), "window": want.window if want.per == "window" else None,
        "target": list(fixes.pair), "step": f"{step / 1e9:g}s", "steps": int(steps), "warnings": _warnings(values, fixes, want),
    }  # fmt: skip
    return Embedding(xr.Dataset({NAME: ((*lead, FEATURE), values.astype(np.float32), words)}, coords), field, meta)


def _of(fixes: Fixes) -> np.ndarray:
    """Vectors (objects, f)."""
    return vectors(fixes.who, (fixes.time - fixes.time.min(initial=0)) / 1e9, fixes.at, fixes.degrees, len(fixes.names))


def _windows(fixes: Fixes, want: Vectors, first: int, step: int, steps: int) -> tuple[np.ndarray, dict[str, Any]]:
    """Vectors (windows, objects, f) of stretches of one clock, counted back from the last fix; windows without any are left out."""
    starts = np.array([first + one.start * step for one in want.stretches(steps)])
    window = np.searchsorted(starts, fixes.time, side="right") - 1
    used, window = np.unique(window, return_inverse=True)
    if len(used) * len(fixes.names) * 64 > MOST:
        raise ArgumentError(
            f"window must leave at most {MOST} numbers; found {len(used)} windows of {len(fixes.names)} objects. Give more."
        )
    made = np.stack([_of(fixes.part(window == k)) for k in range(len(used))])
    ends = np.append(starts[1:] - 1, int(fixes.time.max()))
    stamps = [("window", starts[used].astype("datetime64[ns]")), ("window", ends[used].astype("datetime64[ns]"))]
    return made, dict(zip(("window", "window_end"), stamps))


def _steps(length: Any, step: int, name: str) -> int:
    """Steps in a whole number, or in a length of time such as "2D".

    Raises:
        ArgumentError: it is neither.
    """
    if isinstance(length, (int, np.integer)) and not isinstance(length, bool):
        steps = int(length)
    else:
        try:
            steps = int(pd.Timedelta(length).value // step)
        except (ValueError, TypeError) as error:
            raise ArgumentError(f"{name} must be steps or a length of time such as '2D'; found {length!r}.") from error
    if steps < 1:
        raise ArgumentError(f"{name} must be at least one step of {step / 1e9:g} s; found {length!r}.")
    return steps


def _warnings(values: np.ndarray, fixes: Fixes, want: Vectors) -> list[str]:
    if want.per != "place":
        return []
    short = int((~np.isfinite(values).all(axis=1)).sum())
    few = f"{short} of {len(fixes.names)} objects have fewer than {FEWEST} fixes, or never move; their vectors are NaN"
    return [few] if short else []
