"""Downscaling by interpolation, corrected so that the mean of every block is the coarse value it came from."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from chronotope.baselines.floor import round_the_circle
from chronotope.baselines.intervals import one_sided
from chronotope.baselines.naive import LastValue
from chronotope.errors import ArgumentError
from chronotope.evidence.fine.blocks import Factor, block_means, shifted, spread
from chronotope.harmonize.turning import averaged
from chronotope.inspect.circle import beside, directions_of
from chronotope.model.fine import asks_within, predict_within
from chronotope.questions import AbstractQuantilePredictor, Question

ENOUGH = 100  # errors that make an interval


class AbstractRefiner(AbstractQuantilePredictor):
    """From coarse cells to the fine ones inside each; what was missing stays missing.

    Its interval is that of its own errors for the field one scale up, the same everywhere. Questions about anything but what lies inside
    blocks are answered by the last value.
    """

    name: str = ""
    kind = "floor"
    reads_known = False

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        if not asks_within(question):
            return LastValue().quantiles(question)
        rows, blocks, visible = question.rows, question.frame.blocks, question.visible()
        assert blocks is not None
        out = np.full((len(question.levels), len(rows), *visible.shape[1:]), np.nan, np.float32)
        circle = self._circle(question)
        for v in np.flatnonzero(question.asked.any(axis=(0, 1))):
            if blocks.coarse[v] >= 0:
                coarse = blocks.block_values(visible[rows][..., blocks.coarse[v]].astype(float))
                found = blocks.at_places(self._fine(coarse, blocks.factor, circle[v]))
                out[..., v] = found + self._offsets(coarse, blocks.factor, question.levels, circle[v])[:, None, None]
        return np.where(question.asked[rows], round_the_circle(out, circle), np.nan)

    def _circle(self, question: Question) -> np.ndarray:
        """Which variables (v,) are directions, as their block means show."""
        panel, blocks = question.frame, question.frame.blocks
        assert blocks is not None
        return directions_of(question.visible()[..., list(blocks.coarse)], panel.called, panel.units) & (np.array(blocks.coarse) >= 0)

    def _fine(self, coarse: np.ndarray, factor: Factor, turns: np.bool_) -> np.ndarray:
        """See `refine`; directions go by their sines and cosines."""
        if not turns:
            return self.refine(coarse, factor)
        made = averaged(coarse, True, lambda part: self.refine(part, factor))
        return made + beside(spread(coarse - averaged(made, True, lambda part: block_means(part, factor)), factor), 0.0, turns)

    def _offsets(self, coarse: np.ndarray, factor: Factor, levels: tuple[float, ...], turns: np.bool_) -> np.ndarray:
        """Quantiles (q,) of the errors for the field one scale up, with the largest factor for which there are enough."""
        for size in range(max(factor), 1, -1):
            tried = (min(factor[0], size), min(factor[1], size))
            errors = [self._errors(part, tried, turns).ravel() for part in shifted(coarse, tried)]
            known = np.concatenate([*errors, np.zeros(0)])
            known = known[np.isfinite(known)]
            if len(known) >= ENOUGH:
                return one_sided(np.quantile(known, levels), levels)
        return np.zeros(len(levels))

    def _errors(self, part: np.ndarray, factor: Factor, turns: np.bool_) -> np.ndarray:
        means = averaged(part, bool(turns), lambda one: block_means(one, factor))
        return beside(part - self._fine(means, factor, turns), 0.0, turns)

    @abstractmethod
    def kernel(self, distance: np.ndarray) -> np.ndarray:
        """Weight of a coarse cell so many coarse cells away, along one axis."""

    def refine(self, coarse: np.ndarray, factor: int | Factor) -> np.ndarray:
        """Fine values (..., y * fy, x * fx) of coarse ones (..., y, x); block means are exact, edges repeat the last cell.

        Raises:
            ArgumentError: `factor` is below 1, or `coarse` is no field.
        """
        coarse = np.asarray(coarse, float)
        sides = factor if isinstance(factor, tuple) else (factor, factor)
        if min(sides) < 1 or coarse.ndim < 2:
            raise ArgumentError(f"factor must be at least 1 and coarse (..., y, x); found {factor} and shape {coarse.shape}.")
        rows, columns = (self._weights(size, side) for size, side in zip(coarse.shape[-2:], sides))
        known = np.isfinite(coarse)
        share = rows @ known.astype(float) @ columns.T
        total = rows @ np.where(known, coarse, 0.0) @ columns.T
        fine = np.where(share > 0.5, total / np.where(share > 0.5, share, 1.0), spread(coarse, sides))
        return fine + spread(coarse - block_means(fine, sides), sides)

    def _weights(self, size: int, factor: int) -> np.ndarray:
        """(size * factor, size), rows sum to 1."""
        centre = (np.arange(size * factor) + 0.5) / factor - 0.5
        out = np.zeros((len(centre), size))
        for shift in range(-2, 3):
            at = np.floor(centre + 0.5).astype(int) + shift
            np.add.at(out, (np.arange(len(centre)), np.clip(at, 0, size - 1)), self.kernel(np.abs(centre - at)))
        return out / out.sum(axis=1, keepdims=True)


class NearestCell(AbstractRefiner):
    """Every fine cell has the value of its coarse one."""

    name = "nearest_cell"

    def kernel(self, distance: np.ndarray) -> np.ndarray:
        return (distance <= 0.5).astype(float)


class Bilinear(AbstractRefiner):
    """Straight lines between the centres of coarse cells, then the block means put right."""

    name = "bilinear"

    def kernel(self, distance: np.ndarray) -> np.ndarray:
        return np.maximum(1 - distance, 0.0)


class Bicubic(AbstractRefiner):
    """Cubic convolution between the centres of coarse cells, then the block means put right.

    Source: Keys (1981), doi:10.1109/TASSP.1981.1163711.
    """

    name = "bicubic"

    def kernel(self, distance: np.ndarray) -> np.ndarray:
        d = distance
        near, far = 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
        return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


class AreaToPoint(AbstractQuantilePredictor):
    """Area-to-point kriging and a small network, mixed and given widths by the field itself one scale up; the default model's answer."""

    name = "area_to_point"
    kind = "floor"
    reads_known = False

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; the last value where nothing inside blocks is asked."""
        return predict_within(question) if asks_within(question) else LastValue().quantiles(question)


DOWNSCALE_FLOORS: dict[str, type[AbstractRefiner]] = {one.name: one for one in (NearestCell, Bilinear, Bicubic)}
