"""Teach: a predictor is asked at past origins of a panel, and trees are grown on how it missed.

How much of what they say is taken, if anything, is tried on blocks of time that were left out.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import BudgetError, DataError
from chronotope.evidence.distributions import pinball_loss
from chronotope.inspect.circle import directions_of
from chronotope.model.totals import totals_of
from chronotope.pace import in_words, paced
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.questions.kinds.forecast import ahead
from chronotope.wrappers.taught.forest import Forest, grown, package
from chronotope.wrappers.taught.lessons import MIDDLE, Clock, Lessons
from chronotope.wrappers.taught.taught import LEVELS, Learned, Taught, shaped
from chronotope.wrappers.wrapper import ask

ORIGINS, FEWEST = 400, 20  # past origins that are asked from
FIRST, LEAST_ROWS = 0.25, 24  # the first of them: this part of the rows, at least so many
PLACES, REGIONS = 48, 12  # asked about at an origin, as more origins tell more than more places; of more places so many parts in turn
MOST_ROWS, LEAST_CELLS = 100_000, 400  # lessons of a variable
BLOCKS = 5  # of time, left out in turn
SHARES = tuple((share, shape) for share in (0.25, 0.5, 0.75, 1.0) for shape in (0.0, 0.5, 1.0))
HELD, GIVEN = 0.8, 0.01  # of the truths the middle 80 % should hold; what may be lost of what they did hold, if that was less
FARTHEST = 5.0  # widths; misses beyond are cut
ASKING, GROWING = 0.6, 0.9  # of the time is for asking; of what is left then, for trees
PILOT = 4000  # cells by which the time of trees is told
_GOLDEN = 0.6180339887498949


@dataclass
class Verdict:
    """What blocks of time left out say of a variable.

    Attributes:
        variable: its name.
        before, after: mean quantile loss without and with the trees, in widths of the forecasts; best 0.
        error: standard error of before less after, over the blocks.
        share, shape: of what the trees say of the median, and of the other levels beside it, that is taken; 0 where the model is better as
            it was.
        held: shares of the truths that the middle 80 % held before and after.
    """

    variable: str
    before: float
    after: float
    error: float
    share: float
    shape: float
    held: tuple[float, float]


@dataclass
class _Cells:
    """Cells r of a variable at past origins: what stood beside them (r, f), what was told (r, 9), what came, the unit, and the origin."""

    table: np.ndarray
    told: np.ndarray
    truth: np.ndarray
    unit: np.ndarray
    origin: np.ndarray

    def of(self, pick: np.ndarray) -> _Cells:
        return _Cells(self.table[pick], self.told[pick], self.truth[pick], self.unit[pick], self.origin[pick])

    def scores(self, offsets: np.ndarray) -> tuple[float, float]:
        """Loss of what was told, moved by offsets (9, r) in widths, and how many truths the middle 80 % hold."""
        moved = np.sort(self.told + (offsets * self.unit).T, axis=1)
        loss = pinball_loss(self.truth[:, None] - moved, np.array(QUANTILE_LEVELS)).mean(axis=1).sum()
        return float(loss), float(((moved[:, 0] <= self.truth) & (self.truth <= moved[:, -1])).sum())


def teach(
    base: Predictor,
    panel: Panel,
    steps: int,
    *,
    target: np.ndarray | None = None,
    known: np.ndarray | None = None,
    origins: int = ORIGINS,
    seed: int = 0,
    deadline: float = float("inf"),
) -> tuple[Taught, list[Verdict], int]:
    """A predictor that learned from its misses on a panel, what was found for each variable, and at how many origins it was asked.

    Directions and running totals are left as they are.

    Args:
        base: the predictor; it stays as it is.
        panel: whose past is learned from.
        steps: how far ahead.
        target: bool (v,), variables to be learned; all by default.
        known: bool (v,), variables whose steps ahead are known when a forecast is asked; none by default.
        origins: how many past origins it is asked from, at most.
        seed: of what is drawn.
        deadline: `time.monotonic()` before which all of it ends.

    Raises:
        DataError: the panel is too short, or shows too little.
        BudgetError: there is no time for the fewest origins.
        MissingExtraError: LightGBM is not installed.
    """
    package()
    names, rows = panel.variables, _origins(panel, steps, origins)
    ahead_known = np.zeros(len(names), bool) if known is None else known
    wanted = (np.ones(len(names), bool) if target is None else target) & ~ahead_known
    wanted = wanted & ~directions_of(panel.values, panel.called, panel.units) & ~totals_of(panel, panel.values)
    cells, asked = _asked(base, panel, steps, rows, wanted, ahead_known, seed, deadline)
    learned, verdicts, few = dict[int, Learned](), list[Verdict](), 0
    for v in np.flatnonzero(wanted).tolist():
        mine = cells.get(v)
        if mine is None or len(mine.truth) < LEAST_CELLS:
            few = max(few, 0 if mine is None else len(mine.truth))
            continue
        mine = _in_time(mine, (deadline - time.monotonic()) / (len(names) - v), seed)
        verdict = _tried(names[v], mine, steps)
        verdicts.append(verdict)
        if verdict.share > 0:
            learned[v] = Learned(_forests(mine), verdict.share, verdict.shape)
    if not verdicts:
        raise DataError(
            f"A field to learn from by trees must show {LEAST_CELLS} values after past origins, of a variable that is no direction and no "
            f"running total; it shows {few} after {asked} origins with {steps} steps each. Ask from more origins (steps=), or farther ahead"
            f" (horizon=)."
        )
    told = tuple(name for name, is_known in zip(names, ahead_known) if is_known)
    return Taught(base, learned, names, told, panel.freq, steps, panel.times[-1], Clock.of(panel)), verdicts, asked


def _origins(panel: Panel, steps: int, count: int) -> list[int]:
    """Rows of past origins, spread evenly, in an order of which every beginning is spread as well."""
    last, first = len(panel.times) - 1 - steps, max(int(FIRST * len(panel.times)), LEAST_ROWS - 1)
    if last - first + 1 < FEWEST:
        raise DataError(
            f"A field to learn from by trees must have {FEWEST} origins with {steps} steps before its end, from the row {first} on; "
            f"it has {len(panel.times)} steps. Learn fewer steps ahead."
        )
    rows = np.unique(np.linspace(first, last, min(count, last - first + 1)).astype(int))
    return rows[np.argsort((np.arange(len(rows)) * _GOLDEN) % 1)].tolist()


def _asked(
    base: Predictor, panel: Panel, steps: int, rows: list[int], wanted: np.ndarray, known: np.ndarray, seed: int, deadline: float
) -> tuple[dict[int, _Cells], int]:
    """The cells of each variable, and at how many origins the predictor was asked before the time for that was over."""
    began, rng, made, asked = time.monotonic(), np.random.default_rng(seed), dict[int, list[_Cells]](), 0
    regions = [panel.take_places(index) for index in _regions(rng, panel)]
    lessons = [Lessons(part, part.values.astype(float), len(part.times), Clock.of(part)) for part in regions]
    columns, leads, most = tuple(np.flatnonzero(known).tolist()), np.arange(1, steps + 1), max(MOST_ROWS // len(rows), 1)
    for row in paced(rows):
        spent = time.monotonic() - began
        if asked >= FEWEST and spent > ASKING * (deadline - began):
            break
        if 2 < asked < FEWEST and spent / asked * FEWEST > deadline - began:
            each = in_words(spent / asked)
            raise BudgetError(f"minutes must be enough to ask {base.name} from {FEWEST} past origins; one takes {each}. Give more of them.")
        part, beside = regions[asked % len(regions)], lessons[asked % len(regions)]
        question = ahead(part, row, steps, target=wanted, known=known).wanting(QUANTILE_LEVELS)
        asked += 1
        if not question.asked.any():
            continue
        told = np.full((len(QUANTILE_LEVELS), steps, *part.values.shape[1:]), np.nan)
        told[:, question.rows - question.first] = ask(base, question)
        truth = part.after(row, steps)
        for v in np.flatnonzero(wanted).tolist():
            one = told[..., v]
            unit = np.broadcast_to(beside.unit(v, row, one), truth.shape[:2]).ravel()
            good = np.isfinite(one).all(axis=0).ravel() & np.isfinite(truth[..., v]).ravel() & np.isfinite(unit) & (unit > 0)
            pick = np.flatnonzero(good)
            pick = pick if len(pick) <= most else np.sort(rng.choice(pick, most, replace=False))
            if len(pick):
                table = beside.of(v, columns, row, leads, one)
                flat = table.reshape(-1, table.shape[-1])[pick], one.reshape(len(one), -1).T[pick], truth[..., v].ravel()[pick]
                made.setdefault(v, []).append(_Cells(*flat, unit[pick], np.full(len(pick), row)))
    names = ("table", "told", "truth", "unit", "origin")
    return {v: _Cells(*(np.concatenate([getattr(one, name) for one in parts]) for name in names)) for v, parts in made.items()}, asked


def _regions(rng: np.random.Generator, panel: Panel) -> list[np.ndarray]:
    """Places that are asked about together: all, or those around some of them."""
    n = panel.values.shape[1]
    if n <= PLACES:
        return [np.arange(n)]
    count = min(-(-n // PLACES), REGIONS)
    if panel.xy is None:
        return [np.sort(rng.choice(n, PLACES, replace=False)) for _ in range(count)]
    apart = [((panel.xy - panel.xy[rng.integers(n)]) ** 2).sum(axis=1) for _ in range(count)]
    return [np.sort(np.argsort(one, kind="stable")[:PLACES]) for one in apart]


def _in_time(cells: _Cells, seconds: float, seed: int) -> _Cells:
    """As many of the cells, drawn at random, as trees can be grown on in so many seconds, by the time of a few; at least the fewest."""
    if not np.isfinite(seconds):
        return cells
    began, few = time.monotonic(), cells.of(np.linspace(0, len(cells.truth) - 1, min(PILOT, len(cells.truth))).astype(int))
    _forests(few)
    each = (time.monotonic() - began) / len(few.truth) * (BLOCKS * (1 - 1 / BLOCKS) + 1)
    most = max(int(GROWING * (seconds - (time.monotonic() - began)) / max(each, 1e-12)), LEAST_CELLS)
    if most >= len(cells.truth):
        return cells
    return cells.of(np.sort(np.random.default_rng(seed).choice(len(cells.truth), most, replace=False)))


def _tried(name: str, cells: _Cells, steps: int) -> Verdict:
    """What does best in blocks of time left out, by its mean gain less a standard error, of what holds as much as the model did."""
    origins = np.unique(cells.origin)
    loss, held, unit = np.zeros((BLOCKS, len(SHARES) + 1)), np.zeros((BLOCKS, len(SHARES) + 1)), np.zeros(BLOCKS)
    for k, block in enumerate(np.array_split(origins, BLOCKS)):
        inside = (cells.origin >= block[0]) & (cells.origin <= block[-1])
        apart = (cells.origin < block[0] - steps) | (cells.origin > block[-1] + steps)
        part = cells.of(inside)
        few = apart.sum() < LEAST_CELLS / 2  # of which nothing is learned, so that nothing is gained here
        said = np.zeros(part.told.T.shape) if few else Learned(_forests(cells.of(apart))).offsets(part.table)
        tried = [part.scores(0.0 * said)] + [part.scores(shaped(said, said[MIDDLE], *one)) for one in SHARES]
        (loss[k], held[k]), unit[k] = np.array(tried).T, part.unit.sum()
    least = 1e-9 * unit[:, None]  # who was right to the last digit cannot be made better
    gain, held = np.log((loss + least) / (loss[:, :1] + least)), held.sum(axis=0) / len(cells.truth)
    bound = gain.mean(axis=0) + gain.std(axis=0, ddof=1) / np.sqrt(BLOCKS)
    best = int(np.argmin(np.where(held >= min(held[0], HELD) - GIVEN, bound, np.inf)))
    better = (loss[:, 0] - loss[:, best]) / unit
    error = float(better.std(ddof=1) / np.sqrt(BLOCKS))
    before, after = (float(loss[:, at].sum() / unit.sum()) for at in (0, best))
    share, shape = (0.0, 0.0) if best == 0 else SHARES[best - 1]
    return Verdict(name, before, after, error, share, shape, (float(held[0]), float(held[best])))


def _forests(cells: _Cells) -> tuple[Forest, ...]:
    """Trees on how the truth lay beside the quantile told, one forest for each of `LEVELS`."""
    at = [QUANTILE_LEVELS.index(level) for level in LEVELS]
    misses = np.clip((cells.truth[:, None] - cells.told) / cells.unit[:, None], -FARTHEST, FARTHEST)
    with ThreadPoolExecutor(max(min(os.cpu_count() or 1, len(at)), 1)) as pool:  # each on one thread, so that it is the same everywhere
        return tuple(pool.map(lambda k: grown(cells.table, misses[:, k], QUANTILE_LEVELS[k]), at))
