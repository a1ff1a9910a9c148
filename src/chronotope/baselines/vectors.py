"""Plain vectors: what vectors of places must beat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.evidence.describe import describe, record_of
from chronotope.evidence.describe.spectrum import spectrum
from chronotope.evidence.describe.whitening import shipped
from chronotope.questions import AbstractVectorPredictor, Predictor, Question
from chronotope.tokens.pooling import pooled

SUMMARY = (
    "quantile0.1", "quantile0.9", "skewness", "tails", "lag1", "lag2", "lag8", "lag24", "first_third", "octave0", "octave1", "octave2",
    "octave3", "octave4", "octave5", "octave6", "evenness", "centre", "day", "week", "best_height", "best_length", "trend_size",
    "roughness", "change_tails", "change_skewness", "block_mean16", "block_uneven16", "crossings", "still", "hold1", "order012",
)  # fmt: skip
FREQUENCIES = 64


class SummaryFeatures(AbstractVectorPredictor):
    """32 plain numbers of each series: moments, autocorrelations, shares of the spectrum, strength of seasons, trend, roughness.

    Each in deviations among simulated worlds, so that no set of data is needed to scale them.
    """

    name = "summary_features"

    def vectors(self, question: Question) -> np.ndarray:
        """float32 vectors of 32 numbers; see `AbstractVectorPredictor`."""
        return pooled(question, lambda x, step: shipped().scaled(describe(x, step), SUMMARY))


class Spectrum(AbstractVectorPredictor):
    """Square roots of the shares of the variance in 64 equal bands of frequency, slow to fast."""

    name = "spectrum"

    def vectors(self, question: Question) -> np.ndarray:
        """float32 vectors of 64 numbers; see `AbstractVectorPredictor`."""
        return pooled(question, _shares)


def _shares(x: np.ndarray, step_seconds: float) -> np.ndarray:
    record = record_of(x, step_seconds)
    power = spectrum(record)
    below = np.cumsum(power, axis=1) / power.sum(axis=1, keepdims=True)
    edges = np.linspace(0, power.shape[1], FREQUENCIES + 1)
    parts = [np.diff(np.interp(edges, np.arange(power.shape[1] + 1), np.append(0.0, row))) for row in below]
    return np.sqrt(np.maximum(parts, 0.0)) * record.enough[:, None]


VECTOR_FLOORS: dict[str, Callable[[], Predictor]] = {"summary_features": SummaryFeatures, "spectrum": Spectrum}
