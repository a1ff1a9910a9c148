"""Gaps of tracks: all bridges tried on stretches as long whose inside is known, mixed by their misses, with widths of their own."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from chronotope.evidence.motion import regression
from chronotope.evidence.motion.bridges import BRIDGES, routes
from chronotope.evidence.motion.record import Record, Stretches
from chronotope.evidence.motion.spread import FEWEST, axis_quantiles, learnt
from chronotope.evidence.motion.trials import alike, local, misses, pooled
from chronotope.evidence.motion.weights import SHARPER, SHARPNESS, mixed

TRIED = 1200  # stretches of a length that are tried
KNOTS = 15  # moments inside a gap at which bridges are asked
LENGTHS = np.unique(np.concatenate([np.arange(2, 13), np.geomspace(12, 20_000, 42).round()])).astype(float)  # steps that are told apart
NEAR = 0.15  # share of the length by which a trial's may differ
TRIES = 3  # lengths below that are tried where there are no trials of the length itself


@dataclass(frozen=True)
class Trying:
    """How bridges are tried.

    Attributes:
        most: stretches of a length that are tried. knots: moments inside a gap at which bridges are asked, at most.
        hidden: bool (f,), fixes that no trial reads; None for none.
    """

    most: int = TRIED
    knots: int = KNOTS
    hidden: np.ndarray | None = None


USUAL = Trying()


@dataclass(frozen=True)
class Bridged:
    """Of gaps of about one length.

    Attributes:
        gaps: which, int (g,). stretches: of them.
        share: (k,) of the gap at the knots, 0 and 1 among them.
        offset: from the chord (g, k), complex. widths: quantiles (q, g, k, 2) around it.
    """

    gaps: np.ndarray
    stretches: Stretches
    share: np.ndarray
    offset: np.ndarray
    widths: np.ndarray


def bridged(
    record: Record, first: np.ndarray, second: np.ndarray, levels: tuple[float, ...], names: tuple[str, ...] = (), trying: Trying = USUAL
) -> list[Bridged]:
    """What lies between fixes `first` and `second`, int (g,), of the same objects, in groups of like length; `names` are the bridges that
    are heard, all by default."""
    whole, made = record.stretches(first, second), []
    nearest = np.abs(np.log(LENGTHS) - np.log(np.maximum(whole.length, 1e-9))[:, None]).argmin(axis=1) if len(whole) else np.zeros(0, int)
    for k in np.unique(nearest):
        gaps = np.flatnonzero(nearest == k)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing are NaN, and meant so
            made.append(_of_length(record, gaps, whole.part(gaps), int(k), levels, names, trying))
    return made


def _of_length(
    record: Record, gaps: np.ndarray, asked: Stretches, k: int, levels: tuple[float, ...], names: tuple[str, ...], trying: Trying
) -> Bridged:
    tried, length = _trials(record, k, trying)
    knots = int(np.clip(round(LENGTHS[k]) - 1, 1, trying.knots))
    share = np.arange(1, knots + 1) / (knots + 1)
    inside, own = record.inner(tried, share)
    truth = inside - tried.where[:, [3]] - tried.chord[:, None] * own
    at_trials, said, offset, saying = _told(record, tried, asked, truth, (own, np.broadcast_to(share, (len(gaps), knots))), names)
    widths = np.zeros((len(levels), len(gaps), knots, 2))
    turn, heading = (_along(one) for one in (tried, asked))
    for i in range(knots):
        found = learnt((truth[:, i] - at_trials[:, i]) * turn.conj(), _features(tried, said[:, i], at_trials[:, i]))
        if found is not None:
            size = found.size(_features(asked, saying[:, i], offset[:, i])) * np.maximum(asked.length / length, 1.0)
            widths[:, :, i] = axis_quantiles(found, size, heading, levels)
    return Bridged(gaps, asked, np.array([0.0, *share, 1.0]), _with_ends(offset, 1), _with_ends(widths, 2))


def _trials(record: Record, k: int, trying: Trying) -> tuple[Stretches, float]:
    """Stretches with a fix inside of about one of `LENGTHS`, or of one below where there are none, evenly spread in time."""
    first = second = np.zeros(0, int)
    for length in LENGTHS[max(k - TRIES, 0) : k + 1][::-1]:
        first, second = _pairs(record, length)
        if trying.hidden is not None:
            within = np.concatenate([[0], np.cumsum(trying.hidden)])
            apart = within[second + 1] == within[first]
            first, second = first[apart], second[apart]
        if len(first) >= FEWEST:
            break
    if len(first) > trying.most:
        order = np.lexsort((record.at[first, 0], record.time[first]))
        first, second = (one[order[np.linspace(0, len(order) - 1, trying.most).round().astype(int)]] for one in (first, second))
    made = record.stretches(first, second)
    return made, float(np.median(made.length)) if len(made) else 1.0


def _pairs(record: Record, length: float) -> tuple[np.ndarray, np.ndarray]:
    """Fixes of one object about so many steps apart, with a fix between them."""
    index = np.arange(len(record.who))
    key = record.key_of(record.who, record.time + length)
    after = np.clip(np.searchsorted(record.key, key - 0.5), 0, len(index) - 1)
    fits = (record.who[after] == record.who) & (np.abs(record.time[after] - record.time - length) <= NEAR * length + 0.01)
    fits &= after - index >= 2
    return index[fits], after[fits]


def _heard(record: Record, gaps: Stretches, known: Stretches, truth: np.ndarray, share: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """What the bridges say (g, k, c)."""
    said = [rule(gaps, share) for name, rule in BRIDGES.items() if not names or name in names]
    if not names:
        said += list(routes(record, gaps, known, truth).values())
    return np.stack(said, axis=-1)


def _told(
    record: Record, tried: Stretches, asked: Stretches, truth: np.ndarray, shares: tuple[np.ndarray, np.ndarray], names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What the mix and all bridges say of the trials, each from the others, (m, k) and (m, k, c), and of the asked gaps."""
    said, saying = (_heard(record, gaps, tried, truth, share, names) for gaps, share in zip((tried, asked), shares))
    if names or len(tried) < FEWEST:
        return said[..., 0], said, saying[..., 0], saying
    state = _state(tried)
    near = alike(state, state), alike(state, _state(asked))
    base, basis = _weighed(said, saying, truth, near, SHARPNESS)
    more: list[list[np.ndarray]] = [[], []]
    for one, two, rest in zip(_columns(tried, said, base, shares[0]), _columns(asked, saying, basis, shares[1]), (truth - base).T):
        own, found = regression.crossed(one, rest, record.time[tried.first], 2 * int(tried.length.max()))
        more[0].append(own)
        more[1].append(np.zeros(len(asked), complex) if found is None else two @ found)
    said, saying = (
        np.concatenate([all_said, (mix + np.stack(extra, axis=1))[..., None]], axis=-1)
        for all_said, mix, extra in zip((said, saying), (base, basis), more)
    )
    centre, offset = _weighed(said, saying, truth, near, SHARPER)
    return centre, said, offset, saying


def _weighed(
    said: np.ndarray, saying: np.ndarray, truth: np.ndarray, near: tuple[np.ndarray, np.ndarray], sharpness: float
) -> tuple[np.ndarray, np.ndarray]:
    """The bridges mixed at tried and at asked gaps, by their misses in trials alike."""
    miss = misses(said, truth)
    common = pooled(miss)
    one, two = (mixed(answers, local(miss, common, weight), sharpness) for answers, weight in zip((said, saying), near))
    return one, two


def _columns(gaps: Stretches, said: np.ndarray, base: np.ndarray, share: np.ndarray) -> list[np.ndarray]:
    """Columns (g, p) of the regression at each knot: what the bridges say beside the mix, and common bends."""
    rules = np.where(np.isfinite(said), said - base[..., None], 0)
    bends = np.stack([1j * gaps.chord, 1j * (gaps.velocity(2, False) - gaps.velocity(2, True))], axis=1)
    humps = (share * (1 - share))[..., None]
    return [np.concatenate([rules[:, k], bends * humps[:, k]], axis=1) for k in range(share.shape[1])]


def _state(gaps: Stretches) -> np.ndarray:
    """Logs (g, 4) of how far the ends' velocities lie from the chord, and of its length."""
    leave, arrive, way = gaps.velocity(2, False), gaps.velocity(2, True), gaps.chord
    size = np.abs(np.stack([way, leave - way, arrive - way, leave - arrive], axis=1))
    return np.log(size + 1e-3 * size.mean() + 1e-12)


def _features(gaps: Stretches, said: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Logs (g, f) of what tells the size of misses."""
    apart = np.sqrt(np.nanmean(np.abs(said - centre[:, None]) ** 2, axis=1))[:, None]
    return np.concatenate([np.log(apart + 1e-3 * np.nanmean(apart) + 1e-12), _state(gaps)], axis=1)


def _along(gaps: Stretches) -> np.ndarray:
    size = np.abs(gaps.chord)
    return np.where(size > 1e-9, gaps.chord / np.where(size > 1e-9, size, 1), 1.0)


def _with_ends(values: np.ndarray, axis: int) -> np.ndarray:
    """With zeros before and after along an axis: ends were seen."""
    nothing = np.zeros_like(np.take(values, [0], axis))
    return np.concatenate([nothing, values, nothing], axis)
