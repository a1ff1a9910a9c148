"""Floors for paths: the object stays, or goes on as it went."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from chronotope.errors import DimensionError


class AbstractPathFloor(ABC):
    """From positions (..., t, 2) at even steps, in any plane unit, to the next positions (..., steps, 2)."""

    name: str = ""

    @abstractmethod
    def velocity(self, past: np.ndarray) -> np.ndarray:
        """Units per step (..., 2) from at least two positions (..., t, 2)."""

    def forecast(self, past: np.ndarray, steps: int) -> np.ndarray:
        """The next positions (..., steps, 2); NaN where a position that is needed is.

        Raises:
            DimensionError: `past` is not (..., t, 2) with two steps.
        """
        past = np.asarray(past, float)
        if past.ndim < 2 or past.shape[-1] != 2 or past.shape[-2] < 2:
            raise DimensionError(f"past must be (..., time, 2) with at least two steps; found shape {past.shape}.")
        return past[..., -1:, :] + self.velocity(past)[..., None, :] * np.arange(1, steps + 1)[:, None]


class Stay(AbstractPathFloor):
    """The object stays where it is."""

    name = "stay"

    def velocity(self, past: np.ndarray) -> np.ndarray:
        return 0.0 * past[..., -1, :]


class ConstantVelocity(AbstractPathFloor):
    """The last step goes on."""

    name = "constant_velocity"

    def velocity(self, past: np.ndarray) -> np.ndarray:
        return past[..., -1, :] - past[..., -2, :]


class MeanVelocity(AbstractPathFloor):
    """The mean step of all that was seen goes on: calmer where positions are noisy."""

    name = "mean_velocity"

    def velocity(self, past: np.ndarray) -> np.ndarray:
        return (past[..., -1, :] - past[..., 0, :]) / (past.shape[-2] - 1)


TRACK_FLOORS: dict[str, type[AbstractPathFloor]] = {one.name: one for one in (Stay, ConstantVelocity, MeanVelocity)}
