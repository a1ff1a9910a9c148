"""Ways: questions about where objects go, from simulated tracks - the past of a scene is heard once and asked at several of its moments."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.motion.heard import Heard, hear
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.questions.kinds.drawing import PATCH
from chronotope.tokens.moving import frame_of, moving_tile
from chronotope.tokens.tokenizer import cut_tokens
from chronotope.training.batch import Batch, side_by_side
from chronotope.worlds.dice import log_uniform
from chronotope.worlds.ways.draw import draw_ways

MOST, TOGETHER = 240, 32  # moments of a scene at which rules are tried, and that one question holds
PATCHES = 4  # query patches, as all questions of a batch have
FEWEST = 24  # moments below which a scene is not asked
EPOCH = np.datetime64("2000-01-01", "ns")
ATTEMPTS = 16


def draw_moving(rng: np.random.Generator, number: int, offset: int = 0) -> list[Batch]:
    """So many questions about one simulated scene; `offset` moves the seeds of scenes."""
    for _ in range(ATTEMPTS):
        scene = draw_ways(int(rng.integers(2**31)) + offset)
        horizon = int(log_uniform(rng, 4, PATCH * PATCHES + 1))
        tracks = Tracks.of(scene.values)
        heard = hear(tracks, Moments(np.zeros(0, int), np.zeros(0, int)), np.arange(1, horizon + 1), 2, (), MOST)
        if len(heard.tried.moments) < FEWEST or not any(heard.widths.spreads):
            continue
        rows = rng.permutation(np.unique(heard.tried.moments.row))
        start = EPOCH + np.timedelta64(int(rng.integers(20 * 365 * 86400)), "s")
        return [_question(rng, heard, rows[k::number], start, scene.step) for k in range(min(number, len(rows)))]
    return []


def _question(rng: np.random.Generator, heard: Heard, rows: np.ndarray, start: np.datetime64, step: float) -> Batch:
    """Moments of some of the rows as one example, each row a tile of its own."""
    parts, left = [], TOGETHER
    for row in rows:
        index = rng.permutation(np.flatnonzero(heard.tried.moments.row == row))[:left]
        parts.append(example(heard, np.sort(index), start + np.timedelta64(int(row * step * 1e9), "ns"), step))
        left -= len(index)
        if left <= 0:
            break
    joined = side_by_side(parts)
    return Batch(joined.tokens, joined.truth, joined.weight, np.zeros_like(joined.example))


def example(heard: Heard, index: np.ndarray, origin: np.datetime64, step: float) -> Batch:
    """Tried moments (integers) of one row, with what followed them."""
    said = heard.tried.part(index)
    frame = frame_of(heard.tracks, said)
    tile, evidence, starts = moving_tile(heard, said, frame, origin, step, PATCHES)
    leads = len(heard.leads)
    way = np.zeros((len(index), len(starts) * PATCH), complex)
    way[:, :leads] = np.nan_to_num(heard.truth[index])
    known = np.zeros(way.shape, np.float32)
    known[:, :leads] = np.isfinite(heard.truth[index])
    known /= np.maximum(known.sum(axis=1, keepdims=True), 1)
    shape = (2 * len(index), len(starts), PATCH)
    weight = np.repeat(known, 2, axis=0) / max(2 * float(known.sum()), 1e-9)
    truth = frame.split(way).astype(np.float32)
    return Batch(cut_tokens(tile, evidence, starts), truth.reshape(shape), weight.reshape(shape), np.zeros(shape[0], np.int64))
