"""Paths: where objects go, by the network among the rules of motion.

heard rules --tried moments, asked moments--> tiles --network--> ways and widths --what trials say of both--> mixed with the rules' mix

The network is asked of past moments too, whose sequel is known: its share is what would have missed least there, and widths are learnt anew
from what the mixed paths missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from chronotope.evidence.motion.heard import Heard, Said, of_nothing, with_widths
from chronotope.questions import QUANTILE_LEVELS
from chronotope.tokens.moving import frame_of, moving_tile
from chronotope.tokens.tokenizer import Tokens, cut_tokens, join

Run = Callable[[Tokens], np.ndarray]
"""From tokens to scaled quantiles (s, q, p, levels)."""

ROWS, MOMENTS = 32, 256  # of the past at which the network is tried
FEWEST = 24  # tried moments below which the rules are left alone
SHARES = np.linspace(0, 1, 6)
TOGETHER = 512  # series that the network answers at once
LOW, MIDDLE, HIGH = 0, len(QUANTILE_LEVELS) // 2, len(QUANTILE_LEVELS) - 1


def refined(heard: Heard, run: Run, times: np.ndarray, step: float) -> Heard:
    """What the rules say with paths that the network has moved, as far as it did better than they at moments of the past.

    Args:
        heard: of a group of objects.
        run: the network.
        times: datetime64 (t,) of the rows of the tracks.
        step: seconds.
    """
    part = _to_try(heard)
    if len(part) < FEWEST or not any(heard.widths.spreads):
        return heard
    tried, asked = heard.tried.part(part), heard.asked
    way, wide = _told(heard, tried, run, times, step)
    share = best_share(tried, way, heard.truth[part])
    if share == 0:
        return heard
    new, width = _told(heard, asked, run, times, step)
    some = [
        replace(one, path=(1 - share) * one.path + share * found, width=told)
        for one, found, told in ((tried, way, wide), (asked, new, width))
    ]
    with of_nothing():
        return with_widths(replace(heard, tried=some[0], asked=some[1], truth=heard.truth[part]))


def best_share(tried: Said, way: np.ndarray, truth: np.ndarray) -> float:
    """The share of ways (m, h) beside the mix with which the truth (m, h) would have been missed least, in units of the expected miss."""
    unit = np.maximum(tried.size, 1e-12)
    mixed = (1 - SHARES) * tried.path[..., None] + SHARES * way[..., None]
    with of_nothing():
        miss = np.nanmean(np.abs(truth[..., None] - mixed) / unit[..., None], axis=(0, 1))
    return float(SHARES[np.argmin(miss)])


def _to_try(heard: Heard) -> np.ndarray:
    """Indices of tried moments, of rows spread over the past, at most `MOMENTS` of them."""
    row = heard.tried.moments.row
    good = np.isfinite(heard.truth).any(axis=1)
    rows = np.unique(row[good])
    if not len(rows):
        return np.zeros(0, int)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, ROWS).round().astype(int))]
    index = np.flatnonzero(good & np.isin(row, rows))
    index = index[np.lexsort((heard.tried.size[index].mean(axis=1), row[index]))]  # not by the objects' order, nor by the axes
    return index[np.unique(np.linspace(0, len(index) - 1, MOMENTS).round().astype(int))]


def _told(heard: Heard, said: Said, run: Run, times: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Ways, complex, and half the widths of the network's intervals (m, h)."""
    leads = len(heard.leads)
    way, width = np.zeros((len(said.moments), leads), complex), np.zeros((len(said.moments), leads))
    waiting: list[tuple[np.ndarray, Tokens]] = []
    for row in np.unique(said.moments.row):
        index = np.flatnonzero(said.moments.row == row)
        one = said.part(index)
        tile, evidence, starts = moving_tile(heard, one, frame_of(heard.tracks, one), times[row], step)
        waiting.append((index, cut_tokens(tile, evidence, starts)))
    for group in _groups(waiting):
        index = np.concatenate([one for one, _ in group])
        scaled = run(join([tokens for _, tokens in group])).reshape(2 * len(index), -1, len(QUANTILE_LEVELS))[:, :leads]
        frame = frame_of(heard.tracks, said.part(index))
        way[index] = frame.joined(scaled[..., MIDDLE])
        wide = (scaled[..., HIGH] - scaled[..., LOW]).reshape(len(index), 2, leads)
        width[index] = frame.unit[:, None] * np.sqrt(np.maximum(wide[:, 0] * wide[:, 1], 1e-12))
    return way, width


def _groups(waiting: list[tuple[np.ndarray, Tokens]]) -> list[list[tuple[np.ndarray, Tokens]]]:
    """Tiles that are answered together, some `TOGETHER` series at a time."""
    out: list[list[tuple[np.ndarray, Tokens]]] = [[]]
    for one in waiting:
        if sum(2 * len(index) for index, _ in out[-1]) >= TOGETHER:
            out.append([])
        out[-1].append(one)
    return [group for group in out if group]
