"""Wants: the form in which a question is to be answered."""

from __future__ import annotations

from dataclasses import dataclass

from chronotope.errors import ArgumentError

QUANTILE_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Want:
    """The form of an answer; each kind of want has an answer of its own in `questions.answers`."""


@dataclass(frozen=True)
class Quantiles(Want):
    """The distribution of every asked cell on its own, at `levels` in (0, 1), increasing."""

    levels: tuple[float, ...] = QUANTILE_LEVELS

    def __post_init__(self) -> None:
        if not self.levels or not all(0 < level < 1 for level in self.levels) or list(self.levels) != sorted(set(self.levels)):
            raise ArgumentError(f"Quantiles.levels must be numbers between 0 and 1, increasing; found {self.levels!r}.")


@dataclass(frozen=True)
class Samples(Want):
    """`number` joint draws of all asked cells; the same seed draws the same."""

    number: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ArgumentError(f"Samples.number must be at least 1; found {self.number!r}.")


@dataclass(frozen=True)
class Rate(Want):
    """The expected number in every asked cell, and the distribution of the count at `levels`."""

    levels: tuple[float, ...] = QUANTILE_LEVELS


@dataclass(frozen=True)
class Paths(Want):
    """Where every object goes: its most likely path, and quantiles of each coordinate around it at `levels`."""

    levels: tuple[float, ...] = QUANTILE_LEVELS


@dataclass(frozen=True)
class Vectors(Want):
    """What the frame is like, as numbers: one vector for each "place", for each place and "window", or for the "field".

    Windows are `window` steps long, counted back from the last step; the first of them also holds what is left over.
    """

    per: str = "place"
    window: int = 128

    def __post_init__(self) -> None:
        if self.per not in ("place", "window", "field"):
            raise ArgumentError(f"Vectors.per must be place, window or field; found {self.per!r}.")
        if self.window < 16:
            raise ArgumentError(f"Vectors.window must be at least 16 steps, to show anything; found {self.window!r}.")

    def stretches(self, steps: int) -> list[slice]:
        """The rows of the windows of a record of so many steps."""
        count = max(1, steps // self.window)
        starts = [0, *(steps - self.window * k for k in range(count - 1, 0, -1))]
        return [slice(start, stop) for start, stop in zip(starts, [*starts[1:], steps])]
