"""The clock of a frame: calendar phases and the periods, in steps, that a series may repeat with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HOUR, DAY, WEEK, YEAR = 3600.0, 86400.0, 604800.0, 365.2425 * 86400.0
CALENDAR = (DAY, WEEK, YEAR)
SLOTS = 3
ROUNDS = 8  # of a robust line
YEARS = 12  # recent years in a climatology


@dataclass(frozen=True)
class Period:
    """One repeating period.

    Attributes:
        steps: its length in steps, > 2, not always whole.
        stride: shifts are rounded to multiples of this many steps (a year of hours keeps the hour of the day).
        smooth: neighbouring phases averaged to each side, in strides.
        recent: repetitions in the mean that follows the latest ones; a climate needs more of them than a timetable.
    """

    steps: float
    stride: int = 1
    smooth: int = 0
    recent: int = 4

    def offsets(self, count: int) -> np.ndarray:
        """Shifts of the `count` last repetitions, whole steps (count,)."""
        return (np.rint(np.arange(1, count + 1) * self.steps / self.stride) * self.stride).astype(np.int64)


def calendar_periods(step_seconds: float, rows: int) -> list[Period]:
    """Day, week and year where the step resolves them and `rows` steps of history hold at least one."""
    found = []
    day = DAY / step_seconds
    whole_day = int(round(day)) if day > 2.5 and abs(day - round(day)) < 1e-6 * day else 1
    for length in CALENDAR:
        steps = length / step_seconds
        if steps < 2.9 or steps > rows * 0.98:
            continue
        if length == YEAR:
            stride = whole_day if rows > whole_day else 1
            found.append(Period(steps, stride, max(0, int(round(steps / stride / 48))) if steps / stride > 60 else 0, YEARS))
        else:
            found.append(Period(steps, 1, int(day // 96) if day > 96 else 0))
    return found


def detected_periods(x: np.ndarray, seen: np.ndarray, known: list[Period], limit: int, from_red: bool = False) -> list[Period]:
    """Periods that a significance-filtered periodogram of all series finds beside the known ones.

    Args:
        x: float (s, t) scaled values, zero where not seen.
        seen: bool or float (s, t).
        known: periods already taken; they and their harmonics are not found again.
        limit: at most so many.
        from_red: they must stand out from red noise too, as those of years must: three slow swings of what grows are no period.
    """
    rows = min(x.shape[1], 2048)
    if limit <= 0 or rows < 16:
        return []
    piece = np.clip(x[:, -rows:], -5, 5) * seen[:, -rows:]
    piece = piece - (piece.sum(1) / np.maximum(seen[:, -rows:].sum(1), 1))[:, None] * seen[:, -rows:]
    ramp = np.linspace(-1, 1, rows, dtype=np.float32)
    piece = piece - (piece @ ramp)[:, None] * ramp / (ramp @ ramp)
    power = (np.abs(np.fft.rfft(piece * np.hanning(rows), axis=1)) ** 2).mean(axis=0)
    found: list[Period] = []
    background = _running_median(power, 15) + 1e-12
    if from_red:
        background = np.maximum(background, _power_law(power))
    ratio = power / background
    # an exponential spectrum's maximum over f bins stays under about 2 log f of its median; pooled series are far below
    threshold = 2.0 * np.log(len(power)) / np.log(2.0) / np.sqrt(max(1.0, min(len(x), 16) / 4))
    for k in np.argsort(-ratio)[:12]:
        if len(found) >= limit or ratio[k] < threshold:
            break
        if k < 3 or k > rows // 3:
            continue
        steps = float(rows / _peak(power, int(k)))
        taken = [p.steps for p in known + found]
        if steps < 2.9 or any(abs(p / steps - round(p / steps)) < 0.06 and round(p / steps) >= 1 for p in taken):
            continue
        found.append(Period(steps))
    return found


def calendar_features(times: np.ndarray, step_seconds: float) -> np.ndarray:
    """Sine and cosine of the phase of day, week and year, float32 (t, 6); zero where a step hides the phase.

    Args:
        times: datetime64[ns] (t,).
        step_seconds: length of a step.
    """
    seconds = times.astype("datetime64[ns]").astype(np.int64) / 1e9
    out = np.zeros((len(times), 6), np.float32)
    for i, (length, shift) in enumerate(((DAY, 0.0), (WEEK, 3 * DAY), (YEAR, 0.0))):
        if step_seconds < 0.45 * length:
            angle = 2 * np.pi * ((seconds + shift) / length % 1.0)
            out[:, 2 * i], out[:, 2 * i + 1] = np.sin(angle), np.cos(angle)
    return out


def _running_median(power: np.ndarray, half: int) -> np.ndarray:
    padded = np.pad(power, half, mode="reflect" if len(power) > half else "edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)


def _power_law(power: np.ndarray) -> np.ndarray:
    """The power of red noise (k,): a robust straight line through the logarithms of power and frequency, all octaves alike."""
    k = np.arange(len(power))
    use = slice(2, max(8, len(power) // 2))
    line, aim = np.stack([np.ones(len(k)), np.log(np.maximum(k, 1))], axis=1), np.log(power + 1e-300)
    octave = 1 / np.sqrt(k[use])
    weight = octave
    for _ in range(ROUNDS):
        root = np.sqrt(weight)
        found = np.linalg.lstsq(line[use] * root[:, None], aim[use] * root, rcond=None)[0]
        weight = octave / np.maximum(np.abs(aim[use] - line[use] @ found), 0.3)
    return np.exp(line @ found)


def _peak(power: np.ndarray, k: int) -> float:
    if k + 1 >= len(power):
        return float(k)
    a, b, c = (np.log(power[i] + 1e-12) for i in (k - 1, k, k + 1))
    bend = a - 2 * b + c
    return k + float(np.clip(0.5 * (a - c) / bend if bend < 0 else 0.0, -0.5, 0.5))
