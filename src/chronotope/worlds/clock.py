"""The clock of a world: its time stamps and the cycles that its series follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.errors import ArgumentError
from chronotope.worlds.dice import Generator, chance, log_uniform, pick

DAY = 86400.0
YEAR = 365.2425 * DAY
STEPS = {
    "5min": 300.0, "10min": 600.0, "15min": 900.0, "30min": 1800.0, "h": 3600.0, "3h": 3 * 3600.0, "6h": 6 * 3600.0,
    "D": DAY, "7D": 7 * DAY, "MS": YEAR / 12, "30D": 30 * DAY,
}  # fmt: skip
WEIGHTS = {"5min": 2, "10min": 1, "15min": 1.5, "30min": 1.2, "h": 3, "3h": 0.8, "6h": 0.6, "D": 3, "7D": 1, "MS": 0.8, "30D": 0.2}
MODES = {"calendar": 0.8, "unrelated": 0.08, "drifting": 0.04, "none": 0.08}


@dataclass(frozen=True)
class Cycle:
    """A repeating pattern: `phase` in cycles at every step (t,), `period` in steps."""

    name: str
    phase: np.ndarray
    period: float


@dataclass(frozen=True)
class Clock:
    """Time stamps of a world and its cycles.

    Attributes:
        times: datetime64[ns] (t,).
        freq: pandas offset of one step.
        seconds: length of a step (a mean for months).
        cycles: those that the series may follow; "day", "week" and "year" agree with the stamps.
        holiday: bool (t,), days on which the weekly cycle shows its last day.
        mode: "calendar", "unrelated", "drifting" or "none".
    """

    times: np.ndarray
    freq: str
    seconds: float
    cycles: tuple[Cycle, ...]
    holiday: np.ndarray
    mode: str

    @property
    def steps(self) -> int:
        """Number of steps t."""
        return len(self.times)

    def cycle(self, name: str) -> Cycle | None:
        """The cycle of that name, if the clock has it."""
        return next((c for c in self.cycles if c.name == name), None)

    def phase(self, name: str) -> np.ndarray:
        """Phase (t,) of a cycle that must be there.

        Raises:
            ArgumentError: the clock has no such cycle.
        """
        cycle = self.cycle(name)
        if cycle is None:
            raise ArgumentError(f"Clock.cycles must hold {name!r} for this family; a {self.mode} clock of {self.freq} has none.")
        return cycle.phase

    def padded(self, pad: int) -> Clock:
        """The clock with `pad` steps before its first, cycles continued backwards."""
        if pad == 0:
            return self
        before = np.arange(-pad, 0)
        cycles = tuple(replace(c, phase=np.concatenate([c.phase[0] + before / c.period, c.phase])) for c in self.cycles)
        early = self.times[0] + (before * self.seconds * 1e9).astype("timedelta64[ns]")
        holiday = np.concatenate([np.zeros(pad, bool), self.holiday])
        return replace(self, times=np.concatenate([early, self.times]), cycles=cycles, holiday=holiday)


def draw_clock(rng: Generator, steps: int, freq: str | None = None, mode: str | None = None) -> Clock:
    """A random clock of `steps` steps starting between 1980 and 2025; steps that would outlast 180 years are not drawn."""
    allowed = {f: w for f, w in WEIGHTS.items() if steps * STEPS[f] < 180 * YEAR} or {"5min": 1.0}
    freq = freq or pick(rng, allowed)
    mode = mode or pick(rng, MODES)
    times = _stamps(rng, steps, freq)
    cycles = {"calendar": _calendar, "unrelated": _unrelated, "drifting": _drifting, "none": lambda *_: ()}[mode](rng, times, STEPS[freq])
    return Clock(times, freq, STEPS[freq], cycles, _holidays(rng, times, freq), mode)


def _stamps(rng: Generator, steps: int, freq: str) -> np.ndarray:
    day = np.datetime64("1980-01-01", "D") + int(rng.integers(0, 45 * 365))
    if freq == "MS":
        first = day.astype("datetime64[M]")
        return (first + np.arange(steps)).astype("datetime64[ns]")
    start = day.astype("datetime64[ns]")
    if STEPS[freq] < DAY:
        start = start + int(STEPS[freq]) * int(rng.integers(0, int(DAY // STEPS[freq]))) * np.timedelta64(1, "s")
    return start + (np.arange(steps) * int(STEPS[freq])).astype("timedelta64[s]")


def _calendar(rng: Generator, times: np.ndarray, seconds: float) -> tuple[Cycle, ...]:
    clock = times.astype("datetime64[s]").astype(np.int64) + 3600.0 * rng.integers(-11, 13)  # a time zone: stamps may be UTC
    days = clock / DAY
    cycles = []
    if seconds < DAY / 2:
        cycles.append(Cycle("day", days, DAY / seconds))
    if seconds <= DAY:
        cycles.append(Cycle("week", (days + 3) / 7, 7 * DAY / seconds))  # day 0 of the epoch was a Thursday; weeks start on Monday
    if seconds * len(times) > 40 * DAY:
        cycles.append(Cycle("year", days / 365.2425, YEAR / seconds))
    return tuple(cycles)


def _unrelated(rng: Generator, times: np.ndarray, seconds: float) -> tuple[Cycle, ...]:
    t = np.arange(len(times))
    periods = log_uniform(rng, 3.0, len(times) / 2, int(rng.integers(1, 4)))
    return tuple(Cycle(f"free{i}", t / p + rng.random(), float(p)) for i, p in enumerate(periods))


def _drifting(rng: Generator, times: np.ndarray, seconds: float) -> tuple[Cycle, ...]:
    drifts = np.exp(np.cumsum(rng.normal(0, log_uniform(rng, 3e-3, 3e-2), len(times))))
    cycles = _unrelated(rng, times, seconds)
    return tuple(Cycle(c.name, c.phase[0] + np.cumsum(drifts) / c.period, c.period) for c in cycles)


def _holidays(rng: Generator, times: np.ndarray, freq: str) -> np.ndarray:
    if STEPS[freq] > DAY or chance(rng, 0.4):
        return np.zeros(len(times), bool)
    day = times.astype("datetime64[D]").astype(np.int64)
    free = rng.random(int(day[-1] - day[0]) + 1) < rng.uniform(0.01, 0.05)
    return free[day - day[0]]
