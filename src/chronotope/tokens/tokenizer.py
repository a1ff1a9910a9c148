"""Tokens: patches of one series with their mask, clock, memory and relations - plain arrays that a network reads.

panel, query --tile--> scaled series --memory--> floors --> context tokens, query tokens, balls, relations
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from chronotope.data.frame import calendar_months
from chronotope.data.panel import Panel
from chronotope.evidence.candidates.evidence import Evidence, gather
from chronotope.evidence.clock import SLOTS, YEAR, Period, calendar_features, calendar_periods, detected_periods
from chronotope.evidence.mix import plain_mix
from chronotope.evidence.neighbours import Neighbours, find_neighbours, find_ring
from chronotope.evidence.proportion import in_proportion
from chronotope.evidence.series import Series
from chronotope.harmonize.scale import RobustScale, compress, fit_scale
from chronotope.inspect.support import zero_bounds
from chronotope.questions import Question
from chronotope.questions.kinds.drawing import CONTEXT, PATCH
from chronotope.tokens.partition import BALL, coordinates, series_balls
from chronotope.tokens.patches import near_groups
from chronotope.tokens.schema import CONTEXT_WIDTH, QUERY_WIDTH, RELATIONS

TILE = 256  # series that are answered together; tiles do not read each other
PASS = 20  # query patches that the network answers at once


@dataclass(frozen=True)
class Options:
    """Parts that can be switched off to measure what they are worth.

    Attributes:
        memory: read repetitions of periods (evidence, anomalies).
        neighbours: read other places and variables.
        motion: carry on what moves over a grid; only with neighbours.
        gaps: tell gaps by conditional regressions too; only with memory and neighbours.
        counts: tell small counts by the distributions around their rates too; likewise.
        routes: put on series what others showed some steps earlier; only with neighbours.
        leaps: read also what leaps away for a few steps and never again.
    """

    memory: bool = True
    neighbours: bool = True
    motion: bool = True
    gaps: bool = True
    counts: bool = True
    routes: bool = True
    leaps: bool = False


@dataclass
class Tokens:
    """What the network reads about one tile of s series, q query patches and c context patches of p steps.

    Attributes:
        context: float32 (s, c, CONTEXT_WIDTH).
        query: float32 (s, q, QUERY_WIDTH).
        position: float32 (s, c + q): patch times relative to the question's start, in patches.
        key: bool (s, c): the context patch lies inside the frame.
        balls: two int arrays (b, BALL) of series, -1 where not full.
        relation: two float32 arrays (b, BALL, BALL, RELATIONS).
        centre, error: float32 (s, q, p, k), scaled candidates and their errors; is_available: bool, which of them say anything.
        spread: float32 (s, q, p, d, levels).
    """

    context: np.ndarray
    query: np.ndarray
    position: np.ndarray
    key: np.ndarray
    balls: tuple[np.ndarray, np.ndarray]
    relation: tuple[np.ndarray, np.ndarray]
    centre: np.ndarray
    error: np.ndarray
    is_available: np.ndarray
    spread: np.ndarray

    def within(self) -> Tokens:
        """The same without context patches that lie outside the frame for every series: nobody reads them, so no answer changes."""
        kept = self.key.any(axis=0)
        if kept.all():
            return self
        context, key = (np.ascontiguousarray(a[:, kept]) for a in (self.context, self.key))
        queries = np.ones(self.query.shape[1], bool)
        position = np.ascontiguousarray(self.position[:, np.concatenate([kept, queries])])
        return replace(self, context=context, key=key, position=position)


@dataclass
class Tile:
    """One tile of a question, ready to be cut into tokens: scaled series, geometry, clock."""

    series: Series
    scale: RobustScale
    xy: np.ndarray
    has_geometry: bool
    times: np.ndarray
    step_seconds: float
    balls: tuple[np.ndarray, np.ndarray]
    zero: np.ndarray  # bool (s,): zero is a bound of the series, so that its level over its spread says something
    moves: bool = False  # the series are the ways of objects, along and across their headings


def make_tile(question: Question, anchor: int, options: Options = Options()) -> Tile:
    """Scale the series of a tile and find its periods, neighbours and balls.

    Args:
        question: about the tile's places.
        anchor: the row the question is near to.
        options: parts switched off.
    """
    panel, seen = question.frame, question.seen
    t, n, v = panel.values.shape
    flat = np.ascontiguousarray(panel.values.reshape(t, n * v).T)
    mask = np.ascontiguousarray(seen.reshape(t, n * v).T)
    raw = np.where(mask, flat, 0.0)
    both, cut = question.both_sides, question.first
    rows = t if both else cut
    step = float(panel.step / np.timedelta64(1, "ns")) / 1e9
    periods = calendar_periods(mean_step(panel, step), rows) if panel.regular else []
    logarithm = None if both else in_proportion(raw[:, :cut], mask[:, :cut], periods)
    scale = fit_scale(raw, mask, anchor, v, logarithm if logarithm is not None and logarithm.any() else None)
    x = np.where(mask, scale.apply(raw), 0.0).astype(np.float32)
    m = mask.astype(np.float32)
    stop = slice(0, rows)
    is_yearly = panel.regular and mean_step(panel, step) > 0.9 * YEAR
    periods = periods + detected_periods(x[:, stop], m[:, stop], periods, SLOTS - len(periods), from_red=is_yearly)
    edges = None if panel.edges is None else (panel.edges.source, panel.edges.target, panel.edges.weight)
    xy = coordinates(n, panel.xy, edges, x[::v, stop])
    known = np.asarray(scale.known.reshape(n, v).any(axis=1))
    near = find_neighbours(xy, edges, known)
    if not options.neighbours:
        near = Neighbours(np.full_like(near.index, -1), np.zeros_like(near.weight), near.spacing)
    else:
        _borrow_scale(scale, near, n, v)
    ring = find_ring(xy, known) if both and options.neighbours else near
    series = Series(x, m, v, periods[:SLOTS], xy / near.spacing, near, ring, scale.location, scale.spread, scale.known, both, cut)
    balls = series_balls(xy, v)
    if not options.neighbours:
        alone = np.full((n * v, 1), -1)
        alone[:, 0] = np.arange(n * v)
        balls = (alone, alone)
    zero = zero_bounds(raw, mask, panel.variables, panel.units)
    return Tile(series, scale, xy / near.spacing, panel.xy is not None, panel.times, step, balls, zero)


def make_tokens(tile: Tile, starts: np.ndarray, options: Options = Options()) -> tuple[Tokens, Evidence]:
    """Tokens for the query patches that begin at rows `starts`.

    Args:
        tile: the scaled series.
        starts: int (q,), first rows of the query patches, each `PATCH` long; may pass the frame's end.
        options: parts switched off.
    """
    evidence = gather(tile.series, *asked_rows(tile, starts), options.memory)
    return cut_tokens(tile, evidence, starts), evidence


def make_passes(tile: Tile, starts: np.ndarray, options: Options = Options(), most: int = PASS) -> Iterator[Tokens]:
    """Tokens of query patches, inside the seen time for at most `most` at once and the context around them; evidence is gathered once."""
    evidence = gather(tile.series, *asked_rows(tile, starts), options.memory)
    first = 0
    for group in near_groups(starts, most) if tile.series.both_sides else [starts]:
        rows = np.arange(first * PATCH, (first + len(group)) * PATCH)
        yield cut_tokens(tile, evidence.of_rows(rows), group)
        first += len(group)


def cut_tokens(tile: Tile, evidence: Evidence, starts: np.ndarray) -> Tokens:
    """Tokens for query patches, of whose rows the evidence is."""
    series = tile.series
    s, t = series.x.shape
    q = len(starts)
    begin = _context_start(series, starts)
    fold = lambda a: a.reshape(s, q, PATCH, *a.shape[2:])  # noqa: E731
    centre, error, there, spread = (fold(a) for a in (evidence.centre, evidence.error, evidence.is_available, evidence.spread))
    stat = _statics(tile, evidence, begin)
    clock = _clock(tile, np.concatenate([begin + PATCH * np.arange(CONTEXT), starts]))
    key_row = begin + PATCH * np.arange(CONTEXT)
    key = np.broadcast_to((key_row + PATCH > 0) & (key_row < (t if series.both_sides else series.cut)), (s, CONTEXT))
    context = _context_tokens(tile, evidence, begin, stat, clock[:CONTEXT])
    query = _query_tokens(tile, evidence, starts, (centre, error, there, spread), stat, clock[CONTEXT:])
    position = np.concatenate([(key_row - starts[0]) / PATCH, (starts - starts[0]) / PATCH]).astype(np.float32)
    relation = tuple(_relation(tile, evidence, ball, begin) for ball in tile.balls)
    positions = np.broadcast_to(position, (s, len(position))).copy()
    return Tokens(context, query, positions, key.copy(), tile.balls, relation, centre, error, there, spread)  # type: ignore[arg-type]


def asked_rows(tile: Tile, starts: np.ndarray) -> tuple[np.ndarray, int]:
    """Rows (q * PATCH,) of query patches, and the one that trials gather around: the last seen row, or the middle of the patches."""
    rows = (starts[:, None] + np.arange(PATCH)).ravel()
    last = tile.series.x.shape[1] - 1
    return rows, int(np.clip(rows.mean(), 0, last)) if tile.series.both_sides else tile.series.cut - 1


def join(parts: list[Tokens]) -> Tokens:
    """Several tiles side by side; balls never cross, so the answer for each is the same as alone."""
    offset, balls = 0, ([], [])  # type: ignore[var-annotated]
    for part in parts:
        for side in (0, 1):
            balls[side].append(np.where(part.balls[side] >= 0, part.balls[side] + offset, -1))
        offset += len(part.context)
    stacked = {f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Tokens) if f.name not in ("balls", "relation")}
    relation = tuple(np.concatenate([p.relation[side] for p in parts]) for side in (0, 1))
    return Tokens(balls=tuple(np.concatenate(b) for b in balls), relation=relation, **stacked)  # type: ignore[arg-type]


def mean_step(panel: Panel, step: float) -> float:
    """Seconds of a step over the long run: calendar months differ, and by the median one a year of them would drift."""
    if not calendar_months(panel.freq) or len(panel.times) < 2:
        return step
    mean = float((panel.times[-1] - panel.times[0]) / np.timedelta64(1, "s")) / (len(panel.times) - 1)
    return max(1, round(mean / (YEAR / 12))) * YEAR / 12


def _context_start(series: Series, starts: np.ndarray) -> int:
    if not series.both_sides:
        return series.cut - CONTEXT * PATCH
    middle = int(starts.min() + starts.max() + PATCH) // 2
    return middle - CONTEXT * PATCH // 2


def _borrow_scale(scale: RobustScale, near: Neighbours, n: int, v: int) -> None:
    """Series that were never seen take location and spread from their neighbours."""
    known = scale.known.reshape(n, v)
    if known.all():
        return
    location, spread = scale.location.reshape(n, v), scale.spread.reshape(n, v)
    mass = known.astype(np.float32)
    for values in (location, spread):
        mean, weight = near.mean((values * mass).astype(np.float64), mass.astype(np.float64))
        values[~known & (weight > 0)] = mean[~known & (weight > 0)]


def _window(a: np.ndarray, begin: int, length: int, stop: int | None = None) -> np.ndarray:
    """Columns begin : begin + length of (s, t), zero outside the frame and from `stop` on."""
    t = a.shape[1] if stop is None else min(stop, a.shape[1])
    out = np.zeros((len(a), length), np.float32)
    low, high = max(begin, 0), min(begin + length, t)
    if high > low:
        out[:, low - begin : high - begin] = a[:, low:high]
    return out


def _patches(a: np.ndarray, starts: np.ndarray, stop: int | None = None) -> np.ndarray:
    """(s, t) -> (s, q, PATCH), zero outside the frame."""
    rows = (starts[:, None] + np.arange(PATCH)).ravel()
    t = a.shape[1] if stop is None else stop
    inside = (rows >= 0) & (rows < t)
    out = a[:, np.clip(rows, 0, a.shape[1] - 1)] * inside
    return out.reshape(len(a), len(starts), PATCH)


def _clock(tile: Tile, starts: np.ndarray) -> np.ndarray:
    """Calendar phases at the middle of patches, float32 (k, 6), and the step length's two numbers, (k, 8)."""
    base = tile.times[0].astype("datetime64[ns]").astype(np.int64)
    step = np.int64(tile.step_seconds * 1e9)
    rows = starts + PATCH // 2
    t = len(tile.times)
    inside = (rows >= 0) & (rows < t)
    stamps = tile.times.astype("datetime64[ns]").astype(np.int64)
    anchor = np.clip(rows, 0, t - 1)
    when = np.where(inside, stamps[anchor], stamps[anchor] + (rows - anchor) * step) if t else base + rows * step
    length = np.log10(max(tile.step_seconds, 1e-3))
    extra = np.tile(np.array([length / 4.0 - 1.0, 1.0], np.float32), (len(rows), 1))
    return np.concatenate([calendar_features(when.astype("datetime64[ns]"), tile.step_seconds), extra], axis=1)


def _statics(tile: Tile, evidence: Evidence, begin: int) -> np.ndarray:
    """What kind of series this is, float32 (s, k), as in `schema.series_names`."""
    series = tile.series
    span = CONTEXT * PATCH
    stop = None if series.both_sides else series.cut
    x, m = _window(series.x, begin, span, stop), _window(series.m, begin, span, stop)
    count = np.maximum(m.sum(1), 1)
    total = series.m[:, : stop or None].sum(1)
    raw_zero = ((np.abs(x * series.spread[:, None] + series.location[:, None]) < 1e-5 * series.spread[:, None]) * m).sum(1) / count
    location, spread = series.location, series.spread
    if tile.scale.logarithm is not None:
        raw_zero = np.where(tile.scale.logarithm, 0.0, raw_zero)  # where a logarithm is taken, every value is above zero
        location, spread = tile.scale.plain()
    mean = x.sum(1) / count
    deviation = np.sqrt(((x - mean[:, None]) ** 2 * m).sum(1) / count)
    skew = (((x - mean[:, None]) ** 3) * m).sum(1) / count / (deviation**3 + 1e-3)
    raw_zero = np.where(tile.zero, raw_zero, 0.0)
    ratio = np.where(tile.zero, np.clip(location / spread, -1e4, 1e4), 0.0)
    lowest = np.where(evidence.is_tried, evidence.trial_error, np.inf).min(axis=1)
    relative = np.where(evidence.is_tried, np.log(evidence.trial_error / np.maximum(lowest, 1e-6)[:, None]), 3.0)
    periods = [1.0 if i < len(series.periods) else 0.0 for i in range(SLOTS)]
    ones = np.ones(len(x), np.float32)
    columns = [
        np.log1p(total) / 5, m.mean(1), raw_zero, compress(mean), compress(deviation), compress(skew), compress(ratio) / 3,
        np.log(np.maximum(lowest, 1e-3)), *(ones * p for p in periods), ones * float(tile.has_geometry),
        ones * float(tile.moves),
    ]  # fmt: skip
    return np.concatenate([np.stack(columns, axis=1), np.clip(relative, 0, 3)], axis=1).astype(np.float32)


def _repeat(a: np.ndarray, count: int) -> np.ndarray:
    return np.broadcast_to(a[:, None], (a.shape[0], count, a.shape[1]))


def _observed(series: Series, evidence: Evidence, starts: np.ndarray, stop: int | None) -> list[np.ndarray]:
    """Values, mask, anomalies and neighbours' anomalies of patches, four (s, q, PATCH)."""
    late = None if stop is None else stop - evidence.low
    dense = [compress(_patches(a, starts - evidence.low, late)) for a in (evidence.anomaly, evidence.near)]
    return [compress(_patches(series.x, starts, stop)), _patches(series.m, starts, stop), *dense]


def _context_tokens(tile: Tile, evidence: Evidence, begin: int, stat: np.ndarray, clock: np.ndarray) -> np.ndarray:
    series = tile.series
    starts = begin + PATCH * np.arange(CONTEXT)
    stop = None if series.both_sides else series.cut
    s = len(series.x)
    parts = _observed(series, evidence, starts, stop)
    return np.concatenate([*parts, np.broadcast_to(clock, (s, *clock.shape)), _repeat(stat, CONTEXT)], axis=2).astype(np.float32)


def _query_tokens(
    tile: Tile, evidence: Evidence, starts: np.ndarray, said: tuple[np.ndarray, ...], stat: np.ndarray, clock: np.ndarray
) -> np.ndarray:
    series, (centre, error, there, spread) = tile.series, said
    s, q = len(series.x), len(starts)
    mix, mix_error = plain_mix(centre, error, there)
    relative = np.where(there, compress((centre - mix[..., None]) / mix_error[..., None]), 0.0)
    log_error = np.where(there, np.log(error / mix_error[..., None]), 0.0).mean(2)
    width = (spread[..., -1] - spread[..., 0]) / (3.2 * mix_error[..., None])
    first = starts - (series.cut if not series.both_sides else starts[0])
    lead = np.stack([np.log1p(np.maximum(first, 0)) / 4, np.full(q, 1.0 if series.both_sides else 0.0)], axis=1).astype(np.float32)
    parts = [
        *_observed(series, evidence, starts, None),
        relative.reshape(s, q, -1), log_error, there.mean(2), compress(mix), np.log(mix_error),
        np.broadcast_to(clock, (s, *clock.shape)), np.log(np.maximum(width, 1e-3)).mean(2), _repeat(stat, q),
    ]  # fmt: skip
    return np.concatenate([*parts[:-2], np.broadcast_to(lead, (s, q, 2)), *parts[-2:]], axis=2).astype(np.float32)


def _relation(tile: Tile, evidence: Evidence, balls: np.ndarray, begin: int) -> np.ndarray:
    """Relations between the series of each ball, float32 (b, g, g, RELATIONS)."""
    series = tile.series
    v = series.variables
    span = CONTEXT * PATCH
    stop = None if series.both_sides else series.cut - evidence.low
    piece = np.clip(_window(evidence.anomaly, begin - evidence.low, span, stop), -6, 6)
    index = np.maximum(balls, 0)
    a = piece[index]
    norm = np.sqrt((a**2).sum(-1)) + 1e-3
    a = a / norm[..., None]
    at_once = a @ a.swapaxes(1, 2)
    lagged = [a[..., lag:] @ a[..., :-lag].swapaxes(1, 2) for lag in (1, 4)]  # [i now, j earlier]
    own = [np.diagonal(x, axis1=1, axis2=2)[..., None] for x in lagged]
    place, variable = index // v, index % v
    offset = tile.xy[place][:, :, None] - tile.xy[place][:, None, :]
    distance = np.sqrt((offset**2).sum(-1))
    parts = [
        place[:, :, None] == place[:, None, :], variable[:, :, None] == variable[:, None, :],
        np.log1p(distance), np.exp(-0.5 * distance**2), at_once, lagged[0] - own[0], lagged[1] - own[1],
        np.broadcast_to(1.0 if tile.has_geometry else 0.0, distance.shape),
    ]  # fmt: skip
    return np.stack([np.asarray(p, np.float32) for p in parts], axis=-1)


__all__ = [
    "BALL", "CONTEXT", "CONTEXT_WIDTH", "PATCH", "QUERY_WIDTH", "RELATIONS", "TILE", "Options", "Period", "Tile", "Tokens", "join",
    "make_passes", "make_tile", "make_tokens", "mean_step",
]  # fmt: skip
