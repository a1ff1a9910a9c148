"""AbstractRival: a forecaster from another package behind the model's contract."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from chronotope.baselines.gaps import interpolate
from chronotope.baselines.naive import LastValue
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, MissingExtraError, NoFileError
from chronotope.questions import AbstractQuantilePredictor, Question


@dataclass(frozen=True)
class Past:
    """What a rival reads, and how far it is asked to go.

    Attributes:
        panel: the frame; its values must not be read.
        z: float64 (t, s), the series up to the origin, NaN where not seen; the smallest seen value of each is 0, its spread 1.
        columns: int (s,), where each series stands in (place, variable) flattened.
        horizon: steps to answer, from the one after the last row of `z`.
        x: float64 (t, places * variables), all seen cells up to the origin in the units of the data, also of what is not asked.
        low, spread: (s,); z = (x - low) / spread.
    """

    panel: Panel
    z: np.ndarray
    columns: np.ndarray
    horizon: int
    x: np.ndarray
    low: np.ndarray
    spread: np.ndarray

    @cached_property
    def filled(self) -> np.ndarray:
        """`z` with straight lines over gaps, and the nearest value before the first and after the last, (t, s)."""
        return interpolate(self.z)

    def stretch(self, series: int, most: int | None = None) -> tuple[np.ndarray, int]:
        """A series from its first to its last seen value with straight lines over gaps, and the steps from there to the origin.

        Args:
            series: column of `z`.
            most: keep only the last so many values.
        """
        seen = np.flatnonzero(np.isfinite(self.z[:, series]))
        whole = self.filled[seen[0] : seen[-1] + 1, series]
        return whole if most is None else whole[-most:], len(self.z) - 1 - int(seen[-1])


class AbstractRival(AbstractQuantilePredictor):
    """Answers of another package; what it has no finite number for, the last value answers.

    In gaps that fallback draws straight lines, and where a place was never seen it gives what the other places show.
    """

    kind = "rival"
    reads_known = False

    @abstractmethod
    def answered(self, question: Question) -> np.ndarray:
        """The rival's own answers (q, h, n, v) float32, NaN where it has none and where nothing is asked."""

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        return self.completed(self.answered(question), question)

    def completed(self, answer: np.ndarray, question: Question) -> np.ndarray:
        """`answer` with the last value's where the rival has none."""
        rows, left = question.rows, question.asked.copy()
        left[rows] &= ~np.isfinite(answer).all(axis=0)
        if not left.any():
            return answer
        rest = replace(question, asked=left)
        out = answer.copy()
        at = np.searchsorted(rows, rest.rows)
        out[:, at] = np.where(left[rest.rows], LastValue().quantiles(rest), answer[:, at])
        return out


class AbstractForecaster(AbstractRival):
    """Forecasts of another package, series brought to one scale before and back after, so that units change nothing.

    The rival answers what follows after the last seen value. Gaps with seen values after them and series with fewer than `least`
    seen values are left to the last value; a series that never changes stays as it is.
    """

    least: int = 8

    @abstractmethod
    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        """Quantiles (q, h, s) of every series of `past`, in the scale of `past.z`; NaN where there is no answer."""

    def answered(self, question: Question) -> np.ndarray:
        """The rival's own answers (q, h, n, v) float32; see `AbstractRival`."""
        rows = question.rows
        panel, levels = question.frame, question.levels
        shape = (len(levels), len(rows), *panel.values.shape[1:])
        if not len(rows):
            return np.full(shape, np.nan, np.float32)
        x = seen_values(question).reshape(len(panel.times), -1)
        asked, first = question.asked[rows].reshape(len(rows), -1), int(rows[0])
        later, count = np.isfinite(x[first:]).any(axis=0), np.isfinite(x[:first]).sum(axis=0)
        out = np.full((len(levels), *asked.shape), np.nan)
        known = asked.any(axis=0) & ~later & (count > 0)
        low, spread = _scale(x[:first], known)
        out[..., known] = np.where(spread[known] > 0, np.nan, low[known])
        mine = np.flatnonzero(known & (count >= self.least) & (spread > 0))
        if len(mine):
            z = (x[:first, mine] - low[mine]) / spread[mine]
            past = Past(panel, z, mine, int(rows[-1]) - first + 1, x[:first], low[mine], spread[mine])
            found = self.ahead(past, levels)[:, rows - first]
            out[..., mine] = np.maximum.accumulate(found, axis=0) * spread[mine] + low[mine]
        return np.where(asked, out, np.nan).reshape(shape).astype(np.float32)


def seen_values(question: Question) -> np.ndarray:
    """Values float64 (t, n, v) of the cells that may be seen, NaN elsewhere."""
    return question.visible().astype(float)


def _scale(x: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest seen value and standard deviation (s,) of the known columns of x (t, s); NaN and 0 for the others."""
    low, spread = np.full(x.shape[1], np.nan), np.zeros(x.shape[1])
    if known.any():
        some = x[:, known]
        low[known] = np.nanmin(some, axis=0)
        still = np.nanmax(some, axis=0) == low[known]
        spread[known] = np.where(still, 0.0, np.nanstd(some, axis=0))
    return low, spread


def needed(module: str, rival: str, way: str) -> ModuleType:
    """The module of an optional package.

    Raises:
        MissingExtraError: it is not installed; one sentence with `way`, the command that installs it.
    """
    try:
        return import_module(module)
    except (ImportError, OSError) as error:  # OSError: a shared library behind the package is missing
        raise MissingExtraError(f"{rival} needs {module.split('.')[0]}; install it with: {way} ({error}).") from None


def folder_of(path: str | Path | None, rival: str) -> Path:
    """The folder of local weights.

    Raises:
        ArgumentError: none was named.
        NoFileError: there is no such folder or file.
    """
    if path is None:
        raise ArgumentError(f"{rival} needs a folder of weights that you have; found none. Write {rival}?path=FOLDER.")
    found = Path(path).expanduser()
    if not found.exists():
        raise NoFileError(f"{rival} needs a folder of weights that you have; {str(path)!r} does not exist.")
    return found
