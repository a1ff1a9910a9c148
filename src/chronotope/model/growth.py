"""Growth: where steps are years, medians go half of the way to the plain mix wherever that lies farther from the mean of the past.

The weights have read few series that grow from year to year and draw them back to what was; the mix that they start from goes as far as
trials bear out. Where it lies nearer to the past, the weights know better, as of counts that have died out.
"""

from __future__ import annotations

import numpy as np

from chronotope.evidence.clock import YEAR
from chronotope.evidence.mix import plain_mix
from chronotope.tokens.tokenizer import Tile, Tokens

SHARE = 0.5  # of the way to the mix


def carried_on(said: np.ndarray, tokens: Tokens, tile: Tile) -> np.ndarray:
    """Scaled quantiles (s, q, p, levels) of a forecast of years, as wide as they are told."""
    series = tile.series
    if series.both_sides or tile.step_seconds < 0.9 * YEAR:
        return said
    past, seen = series.x[:, : series.stop], series.m[:, : series.stop]
    mean = ((past * seen).sum(1) / np.maximum(seen.sum(1), 1))[:, None, None]
    own, mix = said[..., said.shape[-1] // 2] - mean, plain_mix(tokens.centre, tokens.error, tokens.is_available)[0] - mean
    farther = np.maximum(np.abs(mix) - np.abs(own), 0.0)
    return np.asarray(said + (SHARE * np.sign(mix) * farther)[..., None], said.dtype)
