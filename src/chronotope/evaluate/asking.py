"""Asking: the one call from this room into a predictor, what it cost, and what is left when the predictor breaks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chronotope.errors import ChronotopeError, DimensionError
from chronotope.pace import hushed
from chronotope.questions import Predictor, Question
from chronotope.tasks.levels import predict

_LONGEST = 200  # characters of a message that nobody of this house wrote
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Cost:
    """What answers took.

    Attributes:
        seconds, processor: on the wall and of the processor.
        peak: most memory beyond what was held before, MB; NaN where the system does not tell.
    """

    seconds: float = 0.0
    processor: float = 0.0
    peak: float = float("nan")

    def __add__(self, other: Cost) -> Cost:
        peak = float(np.fmax(self.peak, other.peak))
        return Cost(self.seconds + other.seconds, self.processor + other.processor, peak)


def values_of(predictor: Predictor, question: Question) -> np.ndarray:
    """The answer's values; for quantiles (q, h, n, v)."""
    with hushed():
        return predict(predictor, question)


def measured(predictor: Predictor, question: Question) -> tuple[np.ndarray, Cost]:
    """Quantiles (q, h, n, v) of a question and what they cost; nothing is called where nothing is asked.

    Raises:
        DimensionError: the answer has the wrong shape.
    """
    shape = (len(question.levels), len(question.rows), *question.asked.shape[1:])
    if not len(question.rows):
        return np.full(shape, np.nan, np.float32), Cost()
    with costing() as cost:
        values = values_of(predictor, question)
    if values.shape != shape:
        raise DimensionError(
            f"answer must hold (quantile, asked step, place, variable) = {shape}; {predictor.name} returned {values.shape}."
        )
    return values, cost[0]


def sentence(error: BaseException) -> str:
    """What a predictor broke with, in one line; an error that is none of the house's own says of which kind it is."""
    said = " ".join(str(error).split())
    if isinstance(error, ChronotopeError):
        return said
    said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]} ..."


@contextmanager
def costing() -> Iterator[list[Cost]]:
    """A list that holds, afterwards, what the block cost."""
    found, before = [Cost()], float("nan")
    with suppress(OSError):
        _RESET.write_text("5")  # the high-water mark starts from here
        before = _resident("VmRSS")
    wall, processor = time.perf_counter(), time.process_time()
    try:
        yield found
    finally:
        spent, peak = (time.perf_counter() - wall, time.process_time() - processor), float("nan")
        with suppress(OSError):
            peak = max(_resident("VmHWM") - before, 0.0) if before == before else peak
        found[0] = Cost(*spent, peak)


def _resident(key: str) -> float:
    """A line of the process's status in MB."""
    line = next((one for one in _STATUS.read_text().splitlines() if one.startswith(key)), "")
    return float(line.split()[1]) / 1024 if line else float("nan")
