"""Events of tracks: flagged fixes that belong together, what kind each is, and a sentence of evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chronotope.data.fixes import Fixes
from chronotope.inspect.runs import stretches_of
from chronotope.tasks.tracking.stretches import Stretch
from chronotope.tasks.tracking.surprise import Surprise

FLAGGED = 0.5  # share of the fixes of a stretch that must be flagged, for it to be told
PLAIN = 2.0  # usual distances, from which the nearest fixes show it
MOVED = 4  # fixes in a row from which what lies off is a drift and no jump


def events_of(fixes: Fixes, found: Surprise, flags: np.ndarray) -> list[dict[str, Any]]:
    """All events, the most surprising first.

    Args:
        flags: bool (f,), the fixes that are told.
    """
    taken, far, made = ~flags, _far(found, len(flags)), []
    for one in sorted(found.stretches, key=lambda s: (-s.score, s.fixes[0])):
        free = ~taken[one.fixes]
        if free.mean() >= FLAGGED:
            made.append(_event(fixes, found, one.fixes, one.kind, _words(one, fixes), [one.other] if one.other >= 0 else []))
            taken[one.fixes] = True
    for run in _runs(fixes.who, ~taken):
        kind = "drift" if len(run) >= MOVED else "jump"
        apart, usual = far[:, run[np.nanargmax(np.where(np.isfinite(far[0, run]), far[0, run], -1.0))]]
        told = f"{_long(apart, fixes)} from where the fixes around tell, usually {_long(usual, fixes)}"
        told = f"for {len(run)} fixes up to {told}" if kind == "drift" else told
        told = told if apart > PLAIN * usual else "does not go on as the fixes farther before and after tell"
        made.append(_event(fixes, found, run, kind, told, []))
    return sorted(made, key=lambda event: (-round(event["peak_score"], 6), event["start"], str(event["places"][0])))


def _event(fixes: Fixes, found: Surprise, part: np.ndarray, kind: str, told: str, others: list[int]) -> dict[str, Any]:
    stamps, name = fixes.time[part].astype("datetime64[ns]"), fixes.names[fixes.who[part[0]]]
    return {
        "start": stamps.min(), "end": stamps.max(), "places": [name, *(fixes.names[k] for k in others)], "variable": "position",
        "kind": kind, "peak_score": float(np.nanmax(found.score[part])), "evidence": f"{name}: {told}",
    }  # fmt: skip


def _far(found: Surprise, number: int) -> np.ndarray:
    """How far every fix lies from what is told, and how far it usually would (2, f)."""
    out = np.full((2, number), np.nan)
    out[:, found.which] = np.abs(found.misses.apart), found.misses.size
    return out


def _runs(who: np.ndarray, flags: np.ndarray) -> Iterator[np.ndarray]:
    """Fixes of one object that are flagged one after the other."""
    for low, high in zip(*stretches_of(flags)):
        yield from np.split(np.arange(low, high), np.flatnonzero(np.diff(who[low:high])) + 1)


def _words(one: Stretch, fixes: Fixes) -> str:
    count = f"{len(one.fixes)} fixes"
    if one.kind == "stuck":
        return f"stands at one position for {count}, longer than objects here rest or with a leap after it"
    if one.kind == "swapped":
        return f"for {count} goes on where {fixes.names[one.other]} was going, which goes on where it was"
    if one.kind == "slip":
        return f"for {count} about {_long(one.apart, fixes)} before or behind on its own way, as if its clock had slipped"
    return f"lies about {_long(one.apart, fixes)} beside its way for {count}, and comes back"


def _long(length: float, fixes: Fixes) -> str:
    """A length as people say it."""
    if not fixes.degrees:
        return f"{length:.3g} units"
    return f"{length / 1000:.3g} km" if length >= 1000 else f"{length:.3g} m"
