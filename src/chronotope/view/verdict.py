"""Verdict: what an answer says, in one or two sentences of the reader, and how it stands beside plain methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chronotope.inspect.sphere import EARTH_RADIUS
from chronotope.view.answers import kind_of
from chronotope.view.headline import headline_of, sure_of
from chronotope.view.listed import table_listed
from chronotope.view.maps import nearest_band
from chronotope.view.paths import Tracks, tracks_of
from chronotope.view.scores import is_floor
from chronotope.view.slices import Slice
from chronotope.view.style import calendar_unit, number_words, span_words, unit_words
from chronotope.view.trials import Skill

TIE = 0.02  # a difference that is none where there are too few origins to tell
FRESH = np.timedelta64(36, "h")  # an answer as young as this may speak of today and tomorrow
SECONDS = np.timedelta64(5, "m")  # after the origin, within which seconds tell moments apart


@dataclass(frozen=True)
class Badge:
    """How a model stands beside the best plain method.

    Attributes:
        kind: beats, ties, mixed (the medians are closer or as close, the ranges are worse), loses or none.
        words: the same for people.
        detail: on what that was measured.
    """

    kind: str
    words: str
    detail: str = ""


def verdict_of(made: Any, part: Slice | None, now: np.datetime64 | None = None) -> list[str]:
    """Sentences about an answer, the most important one first.

    Args:
        made: the answer of a verb.
        part: its slice; None for paths, rows and vectors.
        now: what the clock says; where the last value read is young, days are named today and tomorrow.
    """
    kind = kind_of(made)
    if kind == "paths":
        return _of_paths(tracks_of(made), now)
    if kind == "listed":
        return _of_list(made)
    if part is None:
        return _of_vectors(made) if kind == "vectors" else []
    if kind == "surprise":
        return _of_surprise(made, part)
    if kind == "events":
        return _of_events(part)
    if kind == "members":
        return _of_members(part, now)
    if part.filled is not None:
        return _of_gaps(part)
    if part.is_backcast:
        return _of_backcast(part)
    return _of_forecast(part, now) if len(part.past_times) else _of_places(made, part)


def when_words(
    stamp: np.datetime64, clock: str = "", origin: np.datetime64 | None = None, now: np.datetime64 | None = None, unit: str = ""
) -> str:
    """A moment as people say it: on Tue 5 Mar 2024 at 07:35 UTC; tomorrow at 07:35 where `origin` is young; in 2024 where `unit` is "Y"."""
    moment = pd.Timestamp(stamp)
    if unit:
        return f"in {moment:%Y}" if unit == "Y" else f"in {moment:%B %Y}"
    form = "%H:%M:%S" if origin is not None and stamp - origin < SECONDS else "%H:%M"
    at = f" at {moment:{form}} {clock}".rstrip() if moment != moment.normalize() or origin is not None and _is_short(origin, stamp) else ""
    if origin is not None and now is not None and abs(now - origin) < FRESH:
        days = (moment.normalize() - pd.Timestamp(origin).normalize()).days
        if days in (0, 1):
            return ("today", "tomorrow")[days] + at
    return f"on {moment:%a} {moment.day} {moment:%b %Y}{at}"


def _is_short(origin: np.datetime64, stamp: np.datetime64) -> bool:
    return bool(stamp - origin < np.timedelta64(40, "h"))


def badge_of(scores: pd.DataFrame | None, skill: Skill | None, model: str = "") -> Badge:
    """How the asked model of a table stands beside the best plain method; with `skill` a difference that may be luck is a tie.

    Args:
        scores: a table of scores with columns model and mae, or log_likelihood for events; None where nothing was compared.
        skill: of a back-test.
        model: the model that answered.
    """
    if scores is None or not len(scores) or ("mae" not in scores and "log_likelihood" not in scores):
        return Badge("none", "not compared with plain methods")
    first = scores[scores["variable"] == scores["variable"].iloc[0]] if "variable" in scores else scores
    score, sign = ("mae", 1) if "mae" in first else ("log_likelihood", -1)
    values = sign * first.drop_duplicates("model").set_index("model")[score].astype(float).dropna()
    floors = values[[is_floor(str(name)) for name in values.index]]
    ours = values.drop(floors.index)
    name = f"baseline:{model}" if f"baseline:{model}" in values.index else model
    if not len(ours) and name in floors.index and len(floors) > 1:
        ours, floors = floors[[name]], floors.drop(name)
    if not len(ours) or not len(floors):
        return Badge("none", "not compared with plain methods")
    best, mine = floors.idxmin(), float(ours.iloc[0])
    if score == "log_likelihood":
        return _likelier(float(floors[best]) - mine, str(best), len(floors), first)
    gain = 1 - mine / float(floors[best]) if floors[best] > 0 else 0.0 if mine == 0 else -np.inf
    band = None if skill is None else skill.overall_band
    even = abs(gain) < TIE if band is None else bool(band[0] <= 0 <= band[1])
    kind, said = _words(gain, even, str(best))
    wide = _ranges(first, ours.index[0], list(floors.index))
    if kind != "loses" and wide is not None:
        kind, said = "mixed", f"{said}, but its ranges are worse by {wide[1]:.0%} than those of {wide[0]}"
    return Badge(kind, said, _detail(first, ours.index[0], str(best), len(floors), skill))


def _words(gain: float, even: bool, best: str) -> tuple[str, str]:
    share = f"{abs(gain):.0%}" if abs(gain) >= 0.01 else f"{abs(gain):.1%}"
    if even:
        return "ties", f"about as close as the best plain method ({best})"
    if gain > 0:
        return "beats", f"closer than the best plain method by {share}"
    if np.isinf(gain):
        return "loses", f"farther than the best plain method, which misses by nothing: prefer {best} here"
    if gain < -1:
        return "loses", f"{number_words(1 - gain)} times as far off as the best plain method: prefer {best} here"
    return "loses", f"farther than the best plain method by {share}: prefer {best} here"


def _ranges(table: pd.DataFrame, model: Any, floors: list[Any]) -> tuple[str, float] | None:
    """The plain method whose loss over all levels is smallest, and how much larger ours is; None where it is no larger."""
    if "wql" not in table:
        return None
    loss = table.drop_duplicates("model").set_index("model")["wql"].astype(float)
    best = loss[floors].dropna()
    if not len(best) or not best.min() > 0 or not loss[model] > (1 + TIE) * best.min():
        return None
    return str(best.idxmin()), float(loss[model] / best.min() - 1)


def _likelier(gain: float, best: str, floors: int, table: pd.DataFrame) -> Badge:
    spread = float(table["gain_spread"].max()) if "gain_spread" in table else 0.0
    times, count = float(np.exp(gain)), int(table["n"].max())
    detail = f"{count:,} events of {int(table['origins'].max())} earlier stretches of this file, beside {floors} plain methods"
    if abs(gain) < max(spread, 0.01) * 0.5:
        return Badge("ties", f"foresees where events come about as well as the best plain method ({best})", detail)
    if gain > 0:
        return Badge("beats", f"found the events that came {times - 1:.0%} likelier than the best plain method did", detail)
    return Badge("loses", f"found the events that came {1 - times:.0%} less likely than the best plain method: prefer {best} here", detail)


def _detail(table: pd.DataFrame, model: Any, best: str, floors: int, skill: Skill | None) -> str:
    rows = table.drop_duplicates("model").set_index("model")
    mine, other = (number_words(float(rows.loc[name, "mae"])) for name in (model, best))
    split = table.attrs.get("split")
    origins = len(table.attrs.get("origins", ()))
    moments = f"{origins} earlier {_plural(origins, 'moment', 'moments')} of this file"
    where = split or (moments if origins else "values known afterwards")
    count = f"{int(rows.loc[model, 'n']):,} values" if "n" in rows else "values"
    said = f"Measured on {count}, {where}: the median misses by {mine} on average, {best}, the best of {floors} plain methods, by {other}."
    if skill is not None and skill.overall_band is not None:
        low, high = (f"{share:+.0%}".replace("-", "\N{MINUS SIGN}") for share in skill.overall_band)
        said += f" With other moments the difference would lie between {low} and {high} (90 %; + is closer)."
    return said


def _amount(value: float, part: Slice, like: float | None = None) -> str:
    units = unit_words(part.units)
    return f"${number_words(value, like)}" if units == "$" else f"{number_words(value, like)} {units}".rstrip()


def _width(part: Slice, step: int, where: int) -> float:
    """Of the 80 % interval; 0 without one."""
    if not part.bands():
        return 0.0
    _, low, high = nearest_band(part, 0.8)
    return float(np.nan_to_num(high[step, where] - low[step, where]))


def _interval(part: Slice, step: int, where: int) -> str:
    if not part.bands():
        return ""
    _, low, high = nearest_band(part, 0.8)
    width = float(high[step, where] - low[step, where])
    if not np.isfinite(width):
        return ""
    return f" ({number_words(float(low[step, where]), width)} to {number_words(float(high[step, where]), width)})"


def _of_forecast(part: Slice, now: np.datetime64 | None) -> list[str]:
    told = headline_of(part)
    if told is None:
        return ["Nothing was known of any place before this moment, so nothing is said of what comes."]
    (step, where), sure = told, sure_of(part)
    median, last = float(part.quantile(0.5)[step, where]), float(part.last[where])
    unit = calendar_unit(np.concatenate([part.past_times, part.times]))
    when = when_words(part.times[step], part.clock, part.past_times[-1], now, unit)
    verb = ("rises to" if median > last else "falls to") if sure[step, where] else "stays near"
    place = f"{part.titles[where]}" if len(part.labels) > 1 else part.words
    what = f" ({part.words})" if len(part.labels) > 1 else ""
    like = _width(part, step, where) or median - last
    from_ = f", from {_amount(last, part, like)} at the last reading" if sure[step, where] else ""
    said = f"{when[:1].upper()}{when[1:]} {place}{what} {verb} {_amount(median, part, like)}{_interval(part, step, where)}{from_}."
    brackets = "In brackets: the range that should hold the value in 80 of 100 cases." if part.bands() else ""
    return [said, " ".join([*_tally(part, sure), brackets]).strip()]


def _of_backcast(part: Slice) -> list[str]:
    told = headline_of(part)
    if told is None:
        return ["Nothing was known of any place after this moment, so nothing is said of what was before."]
    (step, where), sure = told, sure_of(part)
    median, first = float(part.quantile(0.5)[step, where]), float(part.last[where])
    when = when_words(part.times[step], part.clock, unit=calendar_unit(np.concatenate([part.times, part.past_times])))
    place = f"{part.titles[where]} ({part.words})" if len(part.labels) > 1 else part.words
    like = _width(part, step, where) or median - first
    verb = ("was higher" if median > first else "was lower") if sure[step, where] else "was near"
    begins = f"the record begins with {_amount(first, part, like)}"
    said = f"{when[:1].upper()}{when[1:]} {place} {verb}: {_amount(median, part, like)}{_interval(part, step, where)}; {begins}."
    return [said, *(["In brackets: the range that should hold the value in 80 of 100 cases."] if part.bands() else [])]


def _tally(part: Slice, sure: np.ndarray) -> list[str]:
    """How many places rise and fall for sure at the last step."""
    if len(part.labels) < 2:
        return []
    change = part.change()[-1]
    rise, fall = (int((sure[-1] & (side * change > 0)).sum()) for side in (1, -1))
    rest, known = int(np.isfinite(change).sum()) - rise - fall, int(np.isfinite(change).sum())
    end = span_words(part.times[-1] - part.past_times[-1])
    silent = len(change) - known
    never = (
        f" {silent:,} {_plural(silent, 'place was', 'places were')} never observed and {_plural(silent, 'is', 'are')} left out."
        if silent
        else ""
    )
    if not rise and not fall:
        return [
            f"At none of {known:,} places is a rise or a fall certain after {end}: the last value read lies in the range of each.{never}"
        ]
    said = f"Of {known:,} places {rise:,} will most likely stand higher after {end} and {fall:,} lower"
    return [f"{said}; for the other {rest:,} both is possible.{never}"]


def _of_members(part: Slice, now: np.datetime64 | None) -> list[str]:
    assert part.members is not None
    if part.filled is not None:
        return [f"{len(part.members)} records without gaps, each as it may have been; {int(part.filled.sum()):,} values were drawn."]
    tops = np.nanmax(part.members, axis=(1, 2))
    low, high = np.quantile(tops, [0.1, 0.9])
    spots = np.nan_to_num(part.members, nan=-np.inf).reshape(len(part.members), -1).argmax(axis=1) % len(part.labels)
    where = int(np.bincount(spots).argmax())
    often = (spots == where).mean()
    span = span_words(part.times[-1] - (part.past_times[-1] if len(part.past_times) else part.times[0]))
    said = f"In {len(part.members)} possible futures the highest {part.words} of the next {span} lies between "
    said += f"{_amount(low, part, high - low)} and {_amount(high, part, high - low)} (80 % of them)"
    at = f", most often at {part.titles[where]} ({often:.0%})" if len(part.labels) > 1 else ""
    return [f"{said}{at}.", *_of_forecast(part, now)[:1]]


def _of_gaps(part: Slice) -> list[str]:
    assert part.filled is not None
    count = int(part.filled.sum())
    if not count:
        return ["Nothing was missing that could be filled."]
    places = int(part.filled.any(axis=0).sum())
    runs = np.diff(np.pad(part.filled.astype(np.int8), ((1, 1), (0, 0))), axis=0)
    longest, where = 0, 0
    for k in range(part.filled.shape[1]):
        lengths = np.flatnonzero(runs[:, k] == -1) - np.flatnonzero(runs[:, k] == 1)
        if len(lengths) and lengths.max() > longest:
            longest, where = int(lengths.max()), k
    at = f" at {places:,} {_plural(places, 'place', 'places')}" if len(part.labels) > 1 else ""
    said = f"{count:,} missing {_plural(count, 'value', 'values')} of {part.words} {_plural(count, 'was', 'were')} filled{at}; "
    said += f"the longest gap is {longest:,} {_plural(longest, 'step', 'steps')} long"
    said += f", at {part.titles[where]}." if len(part.labels) > 1 else "."
    if not part.bands():
        return [said]
    _, low, high = nearest_band(part, 0.8)
    half = float(np.nanmedian((high - low)[part.filled])) / 2
    return [said, f"Half of the filled values are certain to within ±{_amount(half, part)} (80 %); observed values stay as they are."]


def _of_places(made: Any, part: Slice) -> list[str]:
    count = len(part.labels)
    median = part.quantile(0.5)
    low, high = float(np.nanmin(median)), float(np.nanmax(median))
    fine = made.meta.get("task") == "downscale"
    what = f"{count:,} {'finer cells' if fine else _plural(count, 'place', 'places')}"
    said = f"At {what} {part.words} lies between {_amount(low, part, high - low)} and {_amount(high, part, high - low)}, by the medians"
    if not part.bands():
        return [said + "."]
    share, lower, upper = nearest_band(part, 0.8)
    width = upper - lower
    worst = int(np.nanargmax(np.nan_to_num(width, nan=-1.0).mean(axis=0)))
    widest = f"; least certain is {part.titles[worst]}" if count > 1 else ""
    kept = " The mean of the finer cells of a cell is the value that was read." if fine else ""
    return [f"{said}; intervals of {share:.0%} are {_amount(float(np.nanmean(width)), part)} wide on average{widest}.{kept}"]


def _of_surprise(made: Any, part: Slice) -> list[str]:
    assert part.score is not None and part.flag is not None
    flagged, seen = int(part.flag.sum()), int(np.isfinite(part.truth).sum())
    told = headline_of(part)
    if told is None:
        return ["Nothing was observed that could be surprising."]
    step, where = told
    low, high = (float(a[step, where]) for a in (part.values[0], part.values[-1]))
    at = f"{part.titles[where]} " if len(part.labels) > 1 else ""
    when = when_words(part.times[step], part.clock, part.times[0], unit=calendar_unit(part.times))
    read, width = float(part.truth[step, where]), high - low
    said = f"Most surprising: {when} {at}read {_amount(read, part)}"
    said += f" where {number_words(low, width)} to {_amount(high, part, width)} was expected."
    count = len(getattr(made, "found", ()))
    part_of = f"{flagged:,} of {seen:,} values are flagged ({flagged / max(seen, 1):.2%})"
    return [said, f"{part_of}; they belong to {count:,} {_plural(count, 'event', 'events')}."]


def _of_events(part: Slice) -> list[str]:
    assert part.expected is not None
    total = np.nansum(part.expected, axis=1)
    step = part.units.removeprefix("per cell and ")
    before = f" ({int(np.nansum(part.past[-1]))} came in the last one)" if len(part.past) else ""
    where = int(np.nan_to_num(part.expected[0]).argmax())
    said = f"In the next step of {step} about {number_words(float(total[0]))} events are to be expected{before}; "
    said += f"most around {part.titles[where]}: {number_words(float(part.expected[0, where]))}{_interval(part, 0, where)}."
    rest = f"In all {len(total)} steps together about {number_words(float(total.sum()))} events." if len(total) > 1 else ""
    return [said, *([rest] if rest else [])]


def _of_paths(tracks: Tracks, now: np.datetime64 | None) -> list[str]:
    if not tracks.names:
        return ["No object was seen in the last steps, so none is followed."]
    start = np.array([p[-1] for _, p in tracks.past])
    end, half = tracks.middle[-1], tracks.half()[-1]
    east, north = (end - start).T
    unit = ""
    if tracks.plane.is_geographic:
        across = np.deg2rad(1) * (EARTH_RADIUS / 1000)
        east, half = east * across * np.cos(np.deg2rad(start[:, 1])), half * across
        north, unit = north * across, " km"
    moved = np.hypot(east, north)
    where = int(np.nan_to_num(moved).argmax())
    bearing = np.rad2deg(np.arctan2(east[where], north[where])) % 360
    side = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")[int((bearing + 22.5) // 45) % 8]
    towards = f"to the {side} of" if tracks.plane.is_geographic else "from"
    when = when_words(tracks.times[-1], tracks.clock, tracks.origin, now)
    said = f"{when[:1].upper()}{when[1:]} {tracks.names[where]} is expected {number_words(moved[where])}{unit} {towards} "
    said += f"where it was last seen (±{number_words(float(half[where].max()))}{unit} in 80 of 100 cases)."
    return [said, f"{len(tracks.names):,} {_plural(len(tracks.names), 'object is', 'objects are')} followed."]


def _of_list(made: Any) -> list[str]:
    count = table_listed(made)[1]
    if made.meta.get("task") == "simulate":
        members = len(np.unique(made.to_xarray()["member"].values))
        return [f"{count:,} {_plural(count, 'event', 'events')} in {members:,} {_plural(members, 'future', 'futures')}."]
    if hasattr(made, "found") and made.history.kind in ("tracks", "points"):
        flagged, seen = made.meta["flagged"], made.meta["observed"]
        share, what = flagged / max(seen, 1), _plural(count, "event", "events")
        of = "fixes" if made.history.kind == "tracks" else "values"
        first = [f"Most surprising: {made.found[0]['evidence']}."] if count else []
        return [*first, f"{flagged:,} of {seen:,} {of} are flagged ({share:.2%}), in {count:,} {what}."]
    if hasattr(made, "found"):
        return [
            f"{count:,} {_plural(count, 'cluster', 'clusters')} of events that should not be there." if count else "No cluster stands out."
        ]
    if made.meta.get("task") == "impute":
        return [f"{count:,} {_plural(count, 'value', 'values')} of tracks filled." if count else "No gap was found."]
    return [repr(made).strip("<>") + "."]


def _of_vectors(made: Any) -> list[str]:
    rows, names = np.asarray(made, float), [str(name) for name in made.places]
    if made.meta.get("per") not in ("place", "object") or len(names) < 3:
        return [f"{len(rows):,} vectors of {rows.shape[1]} numbers."]
    history = made.history.to_xarray()
    if "name" in history and history["name"].dims == made.history.space:
        names = [str(name) for name in history["name"].values]
    known = np.flatnonzero(np.isfinite(rows).all(axis=1))[:2000]
    unit = rows[known] / np.maximum(np.linalg.norm(rows[known], axis=1, keepdims=True), 1e-12)
    alike = unit @ unit.T - 2 * np.eye(len(known))
    one, other = (int(i) for i in np.unravel_index(int(alike.argmax()), alike.shape))
    alone = int(alike.max(axis=1).argmin())
    said = f"{names[known[one]]} and {names[known[other]]} behave most alike; {names[known[alone]]} is like no other."
    return [said, f"{len(rows):,} vectors of {rows.shape[1]} numbers, near where {made.meta['per']}s behave alike."]


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
