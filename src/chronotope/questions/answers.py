"""Answers: arrays with the names of their axes; one class for each want."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from chronotope.errors import DimensionError

CELLS = ("time", "place", "variable")  # the asked rows, and all places and variables of the frame


@dataclass(frozen=True)
class Answer:
    """Values with named axes.

    Attributes:
        values: NaN where nothing was asked.
        dims: names of the axes of `values`.
    """

    values: np.ndarray
    dims: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.values, np.ndarray):
            raise DimensionError(f"{type(self).__name__}.values must be an array; found {type(self.values).__name__}.")
        if self.dims and self.values.ndim != len(self.dims):
            raise DimensionError(f"{type(self).__name__}.values must be {self.dims}; found shape {self.values.shape}.")
        levels = getattr(self, "levels", None)
        if levels is not None and len(self.values) != len(levels):
            raise DimensionError(
                f"{type(self).__name__}.values must have a row for each of the {len(levels)} levels; found {len(self.values)}."
            )


@dataclass(frozen=True)
class QuantileAnswer(Answer):
    """Quantiles (q, h, n, v) at `levels`, not decreasing along q."""

    levels: tuple[float, ...]
    dims: ClassVar[tuple[str, ...]] = ("quantile", *CELLS)


@dataclass(frozen=True)
class SampleAnswer(Answer):
    """Joint draws (m, h, n, v): what one member says of all cells belongs together."""

    dims: ClassVar[tuple[str, ...]] = ("member", *CELLS)


@dataclass(frozen=True)
class RateAnswer(Answer):
    """Quantiles (q, h, n, v) of counts at `levels`, and the expected number `rate` (h, n, v).

    `elsewhere` (h,) is the expected number in each cell that is no place of the frame, and `dispersion` (h,) that of the number in all
    cells (variance = mean + dispersion x mean^2), where the predictor knows them; `notes` say how the numbers came about, for people.
    """

    levels: tuple[float, ...]
    rate: np.ndarray
    elsewhere: np.ndarray | None = None
    dispersion: np.ndarray | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    dims: ClassVar[tuple[str, ...]] = ("quantile", *CELLS)


@dataclass(frozen=True)
class PathAnswer(Answer):
    """Quantiles (q, h, n, 2) of the two coordinates at `levels`, and the most likely `path` (h, n, 2)."""

    levels: tuple[float, ...]
    path: np.ndarray
    dims: ClassVar[tuple[str, ...]] = ("quantile", *CELLS)


@dataclass(frozen=True)
class VectorAnswer(Answer):
    """Vectors: (n, f) per place, (w, n, f) per window, (f,) per field."""
