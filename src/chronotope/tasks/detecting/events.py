"""Events: stretches of surprising cells, grouped over neighbouring places, and what each looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.inspect.runs import stretches_of
from chronotope.tasks.detecting.by_others import by_others
from chronotope.tasks.detecting.exchanged import Exchange
from chronotope.tasks.detecting.gaps import Stretch, outages
from chronotope.tasks.detecting.kinds import FAR, SHORT, course_of, shape_of, unit_of
from chronotope.tasks.detecting.surprise import WEIGHTS, Surprise

GROWN = 4.0  # times the rate: cells beside a flagged one that belong to its stretch
BRIDGED = 2  # steps between two stretches that are taken for one
NEIGHBOURS = 6  # nearest places whose stretches may be one event
TOWERING = 0.3  # of the largest residual of a stretch, that its other values must reach
RIM = 2.5  # usual sizes that the ends of a stretch must be off by
STILL = 0.01  # chance of a run below which it stands still


@dataclass(frozen=True)
class Event:
    """Stretches that belong together.

    Attributes:
        variable: int.
        first, last: rows.
        places: int, in order.
        kind, peak, told: as in `Stretch`, of the most surprising one.
    """

    variable: int
    first: int
    last: int
    places: tuple[int, ...]
    kind: str
    peak: float
    told: str


def events_of(panel: Panel, found: Surprise, wanted: np.ndarray, rate: float) -> list[Event]:
    """All events, the most surprising first."""
    values = np.asarray(panel.values, float)
    stretches = [_with_others(one, values, found, panel) for one in _stretches(values, found, wanted, rate)]
    stretches = _with_swaps(stretches, found, wanted) + outages(panel.mask, wanted)
    made = [_event(group) for group in _groups(stretches, neighbours_of(panel))]
    return sorted(made, key=lambda e: (-round(e.peak, 6), e.first, e.variable, e.last))


def _stretches(values: np.ndarray, found: Surprise, wanted: np.ndarray, rate: float) -> Iterator[Stretch]:
    """The stretches of each series that hold a flagged cell."""
    limit, grown = -np.log10(rate), -np.log10(min(GROWN * rate, 0.5))
    for k in np.flatnonzero(wanted):
        for i in np.flatnonzero((np.nan_to_num(found.score[..., k]) > limit).any(axis=0)):
            score = np.nan_to_num(found.score[:, i, k])
            first, stop = stretches_of(_bridged((score > grown) & (np.isfinite(found.score[:, i, k]))))
            for low, high in zip(first, stop):
                if score[low:high].max() > limit:
                    yield _described(values, found, int(i), int(k), *_core(found, int(i), int(k), int(low), int(high)))


def _core(found: Surprise, i: int, k: int, low: int, high: int) -> tuple[int, int]:
    """A stretch without its rims, which its windows saw and its values do not show.

    Where values lie beyond all else of the series, or a few tower over all others of the stretch, it is those alone.
    """
    if found.far[low:high, i, k].any():
        sure = low + np.flatnonzero(found.far[low:high, i, k])
        return int(sure[0]), int(sure[-1]) + 1
    away = np.nan_to_num(np.maximum(np.abs(found.slow[low:high, i, k]), np.abs(found.alone[low:high, i, k])))
    still = np.nan_to_num(found.views["stuck"][low:high, i, k], nan=1.0) < STILL
    rows = np.flatnonzero((away > RIM) | still)
    keep = int(np.nanargmax(found.score[low:high, i, k]))
    towering = np.flatnonzero(away > TOWERING * max(away.max(), RIM))
    if not still.any() and len(towering) and towering[-1] - towering[0] < SHORT and towering[0] <= keep <= towering[-1]:
        return low + int(towering[0]), low + int(towering[-1]) + 1
    if high - low <= SHORT or not len(rows):
        return low, high
    return low + int(min(rows[0], keep)), low + int(max(rows[-1], keep)) + 1


def _bridged(flags: np.ndarray) -> np.ndarray:
    """Flags (t,) with short pauses between them filled."""
    out = flags.copy()
    first, stop = stretches_of(~flags)
    for low, high in zip(first, stop):
        if 0 < low and high < len(flags) and high - low <= BRIDGED:
            out[low:high] = True
    return out


def _described(values: np.ndarray, found: Surprise, i: int, k: int, low: int, high: int) -> Stretch:
    """One stretch with its kind and evidence."""
    part = slice(low, high)
    score = found.score[part, i, k]
    peak = low + int(np.nanargmax(score))
    views = {name: found.views[name][peak, i, k] / weight for name, weight in WEIGHTS.items()}
    still = np.nan_to_num(found.views["stuck"][part, i, k], nan=1.0) < STILL
    stuck = min(views, key=lambda name: views[name]) == "stuck" or bool(still.mean() > 0.5)
    kind = shape_of(found.slow[part, i, k], stuck)
    core = low + np.flatnonzero(np.abs(np.nan_to_num(found.slow[part, i, k])) > FAR)
    unit = None if kind == "stuck" else unit_of(values[core, i, k], found.reference[core, i, k], found.size[core, i, k])
    course = None if unit or kind == "stuck" else course_of(found.slow[:, i, k], low, high)
    if course is not None:
        kind, part = course[0], slice(*course[1:])
    told = f"read as if in another unit: {unit} what was expected" if unit else _told(kind, found, values, peak, part, i, k)
    return Stretch(i, k, part.start, part.stop - 1, "unit" if unit else kind, float(np.nanmax(score)), told)


def _with_others(one: Stretch, values: np.ndarray, found: Surprise, panel: Panel) -> Stretch:
    """A stretch with what others tell exactly of it; stuck and in another unit say more than inconsistent."""
    at = slice(one.first, one.last + 1), one.place, one.variable
    rows = one.first + np.flatnonzero(found.views["told"][at] < 1.0)
    if not len(rows):
        return one
    peak = int(rows[np.argmin(found.views["told"][rows, one.place, one.variable])])
    told = by_others(
        float(values[peak, one.place, one.variable]), found.told[peak, one.place, one.variable], (one.place, one.variable), panel
    )
    if one.kind in ("stuck", "unit"):
        return replace(one, told=f"{one.told}; {told}")
    return replace(one, first=int(rows[0]), last=int(rows[-1]), kind="inconsistent", told=told)


def _told(kind: str, found: Surprise, values: np.ndarray, peak: int, part: slice, i: int, k: int) -> str:
    """The evidence for a kind."""
    x, slow = values[part, i, k], found.slow[part, i, k]
    steps = part.stop - part.start
    if kind == "stuck":
        return f"{np.nanmedian(x):.4g} for {steps} steps, longer than this series repeats itself"
    if kind == "point":
        low, high = found.low[peak, i, k], found.high[peak, i, k]
        return f"{values[peak, i, k]:.4g} where {low:.4g} to {high:.4g} was expected"
    side = "above" if np.nanmean(slow) > 0 else "below"
    away = float(np.nanmean(np.abs(x - found.reference[part, i, k])))
    if kind == "level":
        return f"{away:.4g} {side} what is usual here for {steps} steps"
    if kind == "drift":
        return f"drifts {side} what is usual here over {steps} steps, by {np.nanmax(np.abs(x - found.reference[part, i, k])):.4g} at most"
    return f"moves {np.nanmean(np.abs(slow)) / 0.8:.1f} times as much as usual for {steps} steps"


def _with_swaps(stretches: list[Stretch], found: Surprise, wanted: np.ndarray) -> list[Stretch]:
    """The stretches, those that lie mostly in an exchange of their place replaced by it."""
    out = list(stretches)
    for k in np.flatnonzero(wanted):
        for one in found.exchanged[k]:
            out = [other for other in out if other.variable != k or other.place not in one.places or not _is_within(other, one)]
            for place in one.places:
                peak = float(np.nanmax(found.score[one.first : one.stop, place, k]))
                out.append(Stretch(place, int(k), one.first, one.stop - 1, "swapped", peak, "each reads what the other should"))
    return out


def _is_within(stretch: Stretch, exchange: Exchange) -> bool:
    common = min(stretch.last + 1, exchange.stop) - max(stretch.first, exchange.first)
    return 2 * common > stretch.last + 1 - stretch.first


def neighbours_of(panel: Panel) -> list[set[int]]:
    """Places that lie beside each place: by edges, else the nearest ones; none where nothing says where places are."""
    n = panel.values.shape[1]
    out: list[set[int]] = [set() for _ in range(n)]
    if panel.edges is not None:
        pairs = np.stack([panel.edges.source, panel.edges.target], axis=1)
    elif panel.xy is not None and n > 1:
        from scipy.spatial import cKDTree

        count = min(NEIGHBOURS + 1, n)
        near = np.atleast_2d(cKDTree(panel.xy).query(panel.xy, count)[1])
        pairs = np.stack([np.repeat(np.arange(n), count), near.ravel()], axis=1)
    else:
        return out
    for a, b in pairs.tolist():
        if a != b:
            out[a].add(b)
            out[b].add(a)
    return out


def _groups(stretches: list[Stretch], near: list[set[int]]) -> list[list[Stretch]]:
    """Stretches of one kind and variable that overlap in time at a place or its neighbours; outages of the same steps wherever they are."""
    root = list(range(len(stretches)))

    def top(j: int) -> int:
        while root[j] != j:
            root[j] = root[root[j]]
            j = root[j]
        return j

    at: dict[tuple[int, int, str], list[int]] = {}
    same: dict[tuple[int, int, int, str], int] = {}
    for j, one in enumerate(stretches):
        at.setdefault((one.place, one.variable, one.kind), []).append(j)
        if one.kind in ("outage", "swapped", "inconsistent"):
            root[top(j)] = top(same.setdefault((one.variable, one.first, one.last, one.kind), j))
    for j, one in enumerate(stretches):
        for place in near[one.place] | {one.place}:
            for m in at.get((place, one.variable, one.kind), ()):
                if stretches[m].first <= one.last and one.first <= stretches[m].last:
                    root[top(j)] = top(m)
    groups: dict[int, list[Stretch]] = {}
    for j, one in enumerate(stretches):
        groups.setdefault(top(j), []).append(one)
    return list(groups.values())


def _event(group: list[Stretch]) -> Event:
    best = max(group, key=lambda one: (one.peak, -one.place))
    places = tuple(sorted({one.place for one in group}))
    first, last = min(one.first for one in group), max(one.last for one in group)
    return Event(best.variable, first, last, places, best.kind, best.peak, best.told)
