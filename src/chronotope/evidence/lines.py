"""Lines: sharp periods that series share, such as those of tides and of shifts, found in their spectrum and told far ahead by it.

series --pooled spectrum of what is left--> the peak highest over its surroundings --least squares--> frequency, alone or with harmonics
each half of the past told by the other: what is less by that stays, and the next peak is looked for
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from scipy.fft import next_fast_len, rfft
from scipy.ndimage import median_filter

CYCLES, SHORTEST = 12, 2.05  # of a line that the past holds at least, and its fewest steps
FAR, AROUND = 16.0, 15  # times the power within so many frequencies to each side that a line has
APART = 0.7  # lines are so many frequencies of the record apart at least
KEPT = 0.7  # of what a line tells where it is fitted, so much must it tell of the other half
BETTER, FEW = 0.98, 2  # harmonics are taken where they leave so little of what is left with one line, and with the strongest few of them
MOST, HARMONICS, COLUMNS, MISSES = 16, 24, 120, 4  # lines of their own, of each its harmonics, waves in all, and peaks in vain
BESIDE, BROAD = 3.0, 0.15  # within so many frequencies of a line nothing is left of more than so much of its power
NONE = 0.1  # rows' worth of no line
LOOKED_AT, ROUNDS = 16, 4  # places, and steps of least squares towards a frequency
SEEN = 0.9  # of the values of the place that is seen most, that one that is looked at has
KEPT_WAVES = 256  # frequencies whose waves stay in memory


@dataclass(frozen=True)
class Spectrum:
    """Values (t, n) of one size, zero where not `seen`, and how much of a departure is left a step later."""

    values: np.ndarray
    seen: np.ndarray
    fade: float

    @cached_property
    def weight(self) -> np.ndarray:
        """(t, n), 1 where a value and the one before it, if that is used, are seen."""
        return np.concatenate([np.zeros_like(self.seen[:1]), self.seen[1:] & self.seen[:-1]]) * 1.0 if self.fade else self.seen * 1.0

    def change(self, a: np.ndarray) -> np.ndarray:
        """(t, ...) less what is left of the row before."""
        return a - self.fade * np.concatenate([a[:1], a[:-1]])

    def power(self, changes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Frequencies (k,), in cycles a step, and the power of changes (t, n) at each."""
        rows = len(changes)
        size = next_fast_len(2 * rows, real=True)
        return np.arange(size // 2 + 1) / size, (np.abs(rfft(changes * np.hanning(rows)[:, None], size, axis=0)) ** 2).mean(axis=1)

    def heights(self, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Frequencies (k,), in cycles a step, and how many times the power around each is that of changes `left` (t, n)."""
        rows = len(left)
        frequency, power = self.power(left)
        around = median_filter(power, int(2 * AROUND / (rows * frequency[1])) + 1, mode="reflect") / np.log(2.0)
        use = (frequency >= CYCLES / rows) & (frequency <= 1 / SHORTEST)
        return frequency, np.where(use, power / np.maximum(around, 1e-12 * power.max() + 1e-300), 0.0)


@dataclass(frozen=True)
class Lines:
    """Frequencies, in cycles a step: each base (g,) times its multiples."""

    bases: tuple[float, ...] = ()
    multiples: tuple[tuple[int, ...], ...] = ()

    @property
    def group(self) -> np.ndarray:
        """The base of each line (l,)."""
        return np.repeat(np.arange(len(self.bases)), [len(one) for one in self.multiples])

    @property
    def factor(self) -> np.ndarray:
        """The multiple of each line (l,)."""
        return np.array([m for one in self.multiples for m in one], float)

    @property
    def frequencies(self) -> np.ndarray:
        """Of each line (l,)."""
        return np.asarray(np.array(self.bases)[self.group] * self.factor) if self.bases else np.zeros(0)

    def also(self, base: float, multiples: Sequence[int]) -> Lines:
        """These and one base more."""
        return Lines((*self.bases, base), (*self.multiples, tuple(multiples)))


@dataclass(frozen=True)
class Fit:
    """Sums of waves times waves (n, f, f) and waves times changes (n, f), level and slope the first two, of squares (n,), and of rows."""

    gram: np.ndarray
    side: np.ndarray
    squares: np.ndarray
    count: float

    def __add__(self, other: Fit) -> Fit:
        return Fit(self.gram + other.gram, self.side + other.side, self.squares + other.squares, self.count + other.count)

    @cached_property
    def drawn(self) -> np.ndarray:
        """The sums (n, f, f) with `NONE` rows in which nothing moved: what few rows cannot tell apart stays small."""
        width = self.gram.shape[1]
        size = np.trace(self.gram, axis1=1, axis2=2).sum() / width / max(self.count, 1.0) + 1e-9
        return np.asarray(self.gram + NONE * size * np.eye(width))

    @cached_property
    def told(self) -> np.ndarray:
        """Coefficients (n, f)."""
        return np.asarray(np.linalg.solve(self.drawn, self.side[..., None])[..., 0])

    def left(self, told: np.ndarray | None = None) -> float:
        """Squares that coefficients told elsewhere leave, level and slope its own; those told here without."""
        if told is None:
            told = self.told
        else:
            beside = self.side - (self.gram[:, :, 2:] @ told[:, 2:, None])[..., 0]
            told = np.concatenate([replace(self, gram=self.gram[:, :2, :2], side=beside[:, :2]).told, told[:, 2:]], axis=1)
        cross = told * (2 * self.side - (self.gram @ told[..., None])[..., 0])
        return float(self.squares.sum() - cross.sum())


def lines_of(values: np.ndarray, seen: np.ndarray, calendar: Sequence[float]) -> Lines | None:
    """Lines that series share; None where none stands out that the calendar does not know.

    Args:
        values: (t, n), read where `seen`.
        calendar: periods in steps, whose harmonics are known.
    """
    rows = len(values)
    places = _looked_at(values, seen)
    spectrum = _spectrum(values[:, places], seen[:, places])
    frequency, height = spectrum.heights(spectrum.change(spectrum.values) * spectrum.weight)
    if not height[~is_known(frequency, calendar, rows)].max(initial=0.0) > FAR:
        return None
    found = _searched(spectrum)
    return found if found.bases and not is_known(found.frequencies, calendar, rows).all() else None


def _looked_at(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Places (k,) that are seen most, from the lowest to the highest, whatever their order."""
    count = seen.sum(axis=0)
    mean = np.where(seen, values, 0.0).sum(axis=0) / np.maximum(count, 1)
    most = np.flatnonzero(count >= SEEN * count.max())
    most = most[np.argsort(mean[most], kind="stable")]
    return np.asarray(most[np.unique(np.linspace(0, len(most) - 1, LOOKED_AT).round().astype(int))])


def is_known(frequencies: np.ndarray, calendar: Sequence[float], rows: int) -> np.ndarray:
    """Which of them are harmonics of calendar periods, as far as so many rows can tell them apart."""
    out = np.zeros(len(frequencies), bool)
    for steps in calendar:
        turns = frequencies * steps
        near = np.abs(turns - np.rint(turns)) <= min(1.5 * steps / rows, 0.25)
        out |= near & (np.rint(turns) >= 1) & (np.rint(turns) <= HARMONICS if steps > rows / CYCLES else True)
    return out


def told_by(lines: Lines, values: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of `waves`, of all rows (n, 2l) and of each half of them (2, n, 2l)."""
    spectrum = _left(_spectrum(values, seen), lines)[1]
    whole, halves = _fits(spectrum, lines)
    size = _size(values, seen)[:, None]
    return size * whole.told[:, 2:], size * np.stack([half.told[:, 2:] for half in halves])


def waves(frequencies: np.ndarray, rows: int) -> np.ndarray:
    """Cosine and sine (t, 2l) of each frequency."""
    each = [_wave(float(one), rows) for one in frequencies]
    return np.stack([part[k] for k in (0, 1) for part in each], axis=1) if each else np.zeros((rows, 0))


@lru_cache(maxsize=KEPT_WAVES)
def _wave(frequency: float, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine (t,); a search asks for the same ones again and again."""
    turn = 2 * np.pi * frequency * np.arange(rows)
    return np.cos(turn), np.sin(turn)


def _size(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Deviations (n,) of what is seen."""
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, values, 0.0).sum(axis=0) / count
    return np.asarray(np.sqrt((np.where(seen, values - mean, 0.0) ** 2).sum(axis=0) / count) + 1e-12)


def _spectrum(values: np.ndarray, seen: np.ndarray) -> Spectrum:
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, values, 0.0).sum(axis=0) / count
    z = np.where(seen, (values - mean) / _size(values, seen), 0.0)
    return Spectrum(z, seen, _fade(z, seen))


def _fade(z: np.ndarray, seen: np.ndarray) -> float:
    """How much of a departure is left a step later; 0 where too few neighbours are seen to go by that."""
    both = seen[1:] & seen[:-1]
    if both.sum() < seen.sum() / 2:
        return 0.0
    return float(np.clip((z[1:] * z[:-1] * both).sum() / max((z[:-1] ** 2 * both).sum(), 1e-12), 0.0, 1.0))


def _searched(spectrum: Spectrum) -> Lines:
    rows, found, vain = len(spectrum.values), Lines(), 0
    banned: list[float] = []
    while vain < MISSES and len(found.bases) < MOST:
        left, spectrum = _left(spectrum, found)
        frequency, height = spectrum.heights(left)
        for one in (*found.frequencies, *banned):
            height[np.abs(frequency - one) < APART / rows] = 0.0
        at = int(height.argmax())
        if height[at] < FAR:
            break
        better = _with_peak(spectrum, found, float(frequency[at]))
        if better is None:
            banned.append(float(frequency[at]))
            vain += 1
        else:
            found = better
    return _sharp(spectrum, found)


def _sharp(spectrum: Spectrum, lines: Lines) -> Lines:
    """The lines beside which little is left: what changes its period or comes and goes is broader than a line."""
    if not lines.bases:
        return lines
    rows, told = len(spectrum.values), _fits(spectrum, lines)[0].told[:, 2:]
    frequency, left = spectrum.power(_left(spectrum, lines)[0])
    wave, group, kept = waves(lines.frequencies, rows), np.tile(lines.group, 2), Lines()
    for g, (base, multiples) in enumerate(zip(lines.bases, lines.multiples)):
        own = spectrum.power(spectrum.change(wave[:, group == g] @ told[:, group == g].T) * spectrum.weight)[1]
        at = int(own.argmax())
        if left[np.abs(frequency - frequency[at]) <= BESIDE / rows].max() <= BROAD * own[at]:
            kept = kept.also(base, multiples)
    return kept


def _with_peak(spectrum: Spectrum, found: Lines, peak: float) -> Lines | None:
    """The lines and one at the peak, alone or with its harmonics or those of a half or a third of it; None where halves do not agree."""
    rows = len(spectrum.values)
    one = _refined(spectrum, found.also(peak, (1,)), only=len(found.bases))
    base, old = one.bases[-1], found.frequencies
    if abs(base - peak) > 1 / rows:
        return None
    forms = [one]
    for part in (1, 2, 3):
        low = base / part
        if low < CYCLES / rows or low > 0.25:
            continue
        turns = [
            m
            for m in range(1, HARMONICS + 1)
            if m * low <= 0.5 + 0.3 / rows and (m == part or not (np.abs(old - m * low) < APART / rows).any())
        ]
        if len(turns) > 1 and 2 * (len(old) + len(turns)) <= min(COLUMNS, rows // 8):
            forms.append(_refined(spectrum, found.also(low, turns), only=len(found.bases)))
    without = _held(spectrum, found)
    tried = [_held(spectrum, form) for form in forms]
    best, (inside, outside) = one, tried[0]
    for form, (i, o) in zip(forms[1:], tried[1:]):
        if o < BETTER * outside and o < BETTER * _held(spectrum, _strongest(spectrum, form))[1]:
            best, inside, outside = form, i, o
    if without[1] - outside < KEPT * (without[0] - inside):
        return None
    return _refined(spectrum, best)


def _strongest(spectrum: Spectrum, lines: Lines) -> Lines:
    """The lines with no more than the `FEW` strongest of the last base."""
    told = _fits(spectrum, lines)[0].told[:, 2:]
    last = np.flatnonzero(lines.group == len(lines.bases) - 1)
    power = (told**2).sum(axis=0).reshape(2, -1).sum(axis=0)[last]
    kept = np.sort(np.argsort(-power, kind="stable")[:FEW])
    return replace(lines, multiples=(*lines.multiples[:-1], tuple(lines.multiples[-1][k] for k in kept)))


def _held(spectrum: Spectrum, lines: Lines) -> tuple[float, float]:
    """Squares that lines leave where they are fitted, and of each half where they are fitted on the other."""
    whole, (first, second) = _fits(spectrum, lines)
    return whole.left(), first.left(second.told) + second.left(first.told)


def _fits(spectrum: Spectrum, lines: Lines) -> tuple[Fit, tuple[Fit, Fit]]:
    z, y = _columns(spectrum, lines), spectrum.change(spectrum.values) * spectrum.weight
    half = len(y) // 2
    first, second = (_fit(z[part], y[part], spectrum.weight[part]) for part in (slice(half), slice(half, None)))
    return first + second, (first, second)


def _fit(z: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Fit:
    """Sums of waves (t, f) and changes (t, n)."""
    if (weight == weight[:, :1]).all():
        gram = np.broadcast_to((z * weight[:, :1]).T @ z, (weight.shape[1], z.shape[1], z.shape[1]))
    else:
        gram = np.stack([(z * one[:, None]).T @ z for one in weight.T])
    return Fit(gram, (z.T @ y).T, (y**2).sum(axis=0), float(weight.sum()))


def _columns(spectrum: Spectrum, lines: Lines) -> np.ndarray:
    """Level, slope and waves (t, 2 + 2l), as changes; a level of changes."""
    rows = len(spectrum.values)
    ramp = np.linspace(-1.0, 1.0, rows)[:, None]
    return np.concatenate([np.ones((rows, 1)), ramp, spectrum.change(waves(lines.frequencies, rows))], axis=1)


def _left(spectrum: Spectrum, lines: Lines) -> tuple[np.ndarray, Spectrum]:
    """Changes (t, n) that lines do not tell, and the spectrum with the fading of what they leave."""
    if not lines.bases:
        return spectrum.change(spectrum.values) * spectrum.weight, spectrum
    told = _fits(spectrum, lines)[0].told
    left = (spectrum.values - waves(lines.frequencies, len(spectrum.values)) @ told[:, 2:].T) * spectrum.seen
    spectrum = Spectrum(spectrum.values, spectrum.seen, _fade(left, spectrum.seen))
    return spectrum.change(left) * spectrum.weight, spectrum


def _refined(spectrum: Spectrum, lines: Lines, only: int | None = None) -> Lines:
    """Lines whose bases, or one of them, are moved to where least squares leave least."""
    rows, free = len(spectrum.values), np.arange(len(lines.bases)) if only is None else np.array([only])
    time, y = np.arange(rows) - (rows - 1) / 2, spectrum.change(spectrum.values) * spectrum.weight
    best: tuple[float, Lines] | None = None
    for _ in range(ROUNDS):
        z = _columns(spectrum, lines)
        fit = _fit(z, y, spectrum.weight)
        left = fit.left()
        if best is not None and left >= best[0] * (1 - 1e-6):
            break
        best = (left, lines)
        move = _move(spectrum, lines, fit, z, y, free, time)
        bases = np.array(lines.bases)
        bases[free] += np.clip(move, -0.3 / rows, 0.3 / rows)
        lines = replace(lines, bases=tuple(float(one) for one in bases))
    else:
        fit = _fit(_columns(spectrum, lines), y, spectrum.weight)
        if best is None or fit.left() < best[0]:
            return lines
    return best[1] if best is not None else lines


def _move(spectrum: Spectrum, lines: Lines, fit: Fit, z: np.ndarray, y: np.ndarray, free: np.ndarray, time: np.ndarray) -> np.ndarray:
    """A step of Gauss and Newton (g,) for the free bases, waves refitted as they move."""
    count, told, rows = len(lines.factor), fit.told, len(y)
    wave = waves(lines.frequencies, rows)
    scale = 2 * np.pi * lines.factor * time[:, None]
    rise = np.concatenate([-wave[:, count:] * scale, wave[:, :count] * scale], axis=1)  # of cosine and sine, as the frequency rises
    group = np.tile(lines.group, 2)
    moved = np.stack([spectrum.change(rise[:, group == g] @ told[:, 2:][:, group == g].T) * spectrum.weight for g in free], axis=2)
    places, bases = moved.shape[1:]
    along = (z.T @ moved.reshape(rows, -1)).reshape(-1, places, bases).swapaxes(0, 1)
    inside = np.linalg.solve(fit.drawn, along).swapaxes(0, 1).reshape(z.shape[1], -1)
    moved = moved - (z @ inside).reshape(rows, places, bases) * spectrum.weight[..., None]
    left = y - (z @ told.T) * spectrum.weight
    moved = moved.reshape(-1, bases)
    gram = moved.T @ moved
    return np.asarray(np.linalg.solve(gram + (1e-6 * np.trace(gram) / len(gram) + 1e-12) * np.eye(len(gram)), moved.T @ left.ravel()))
