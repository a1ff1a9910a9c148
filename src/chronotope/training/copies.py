"""Copies: is a series a piece of another - as it is, shifted in time, rescaled, averaged to coarser steps, or with a little noise?

Two steps: words of rising and falling steps, hashed at every offset and several coarser steps, name the pairs worth a look; masked
cross-correlation by FFT then says for each of them at which lag, and how closely, one is the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FACTORS = (1, 2, 3, 4, 6, 7, 12, 24)  # coarser steps that are looked for
WORD = 24  # steps up or down in a word
LEAST = 32  # values that two series must share at a lag, or 0.3 of the shorter one; nearly all of one that has fewer
TELLING = 12  # shared values of both that are not their most usual one (zero, for counts of rare events)
TURNS = 8  # turning points of the shared stretch: a smooth arc looks like many others by chance
LEVELS, STEPS = 0.999, 0.97  # correlation of the values, and of their differences, from which one is a copy of the other
PAIRS = 4  # pairs that are looked at for each series and factor
ALIKE = 0.25  # share of the words of the shorter series that a pair has in common
FEW = 64  # pairs that are looked at for a series of holes too short for words, if they are not longer than
SHORT = 8192  # steps


MOST = 400  # series of a set that are compared, by an even stride


@dataclass(frozen=True)
class Copy:
    """One series that is found inside another.

    Attributes:
        test, train: names of the series.
        factor: steps of the finer one in a step of the coarser one; negative where the test series is the coarser one.
        lag: steps (of the finer one) from the start of the train series to that of the test series.
        correlation: of the shared values.
        shared: how many values they share.
        gain, offset: test = gain * train + offset.
    """

    test: str
    train: str
    factor: int
    lag: int
    correlation: float
    shared: int
    gain: float
    offset: float

    def __str__(self) -> str:
        how = "copy" if abs(self.gain - 1) < 1e-3 else "rescaled copy"
        step = "" if abs(self.factor) == 1 else f", {abs(self.factor)} steps to one"
        close = f"correlation {self.correlation:.5f} over {self.shared} values"
        return f"{self.test} is a {how} of {self.train} (lag {self.lag}{step}, {close})"


def find_copies(test: Mapping[str, np.ndarray], train: Mapping[str, np.ndarray], *, levels: float = LEVELS) -> list[Copy]:
    """The closest train series of every test series (t,) that is a copy, NaN where not observed; empty if there is none.

    Args:
        test, train: series by name; lengths may differ, and the clocks need not be known.
        levels: correlation of the values from which a series counts as a copy.
    """
    found: dict[str, Copy] = {}
    for factor in FACTORS:
        for test_is_fine in (True, False) if factor > 1 else (True,):
            fine, coarse = (test, train) if test_is_fine else (train, test)
            for a, b in _candidates(fine, coarse, factor, test_is_fine):
                name = a if test_is_fine else b
                if name in found and found[name].correlation > 1 - 1e-6:
                    continue
                copy = _verify(a, fine[a], b, coarse[b], factor, test_is_fine, levels)
                if copy is not None and (name not in found or copy.correlation > found[name].correlation):
                    found[name] = copy
    return [found[name] for name in test if name in found]


def series_of(values: np.ndarray, name: str, places: Sequence[Any] | np.ndarray, variables: Sequence[str]) -> dict[str, np.ndarray]:
    """Columns of values (t, n, v) with at least twelve observed numbers that are not all one, by "name/place/variable"."""
    rows = np.flatnonzero(np.isfinite(values).any(axis=(1, 2)))
    if not len(rows):
        return {}
    piece = np.asarray(values[rows[0] : rows[-1] + 1], float)
    known = np.isfinite(piece).sum(axis=0)
    with np.errstate(invalid="ignore"):
        moving = np.fmax.reduce(piece, axis=0) > np.fmin.reduce(piece, axis=0)
    good = np.argwhere((known >= TELLING) & moving)
    picked = good[np.unique(np.linspace(0, len(good) - 1, min(len(good), MOST)).astype(int))] if len(good) else good
    return {f"{name}/{places[i]}/{variables[k]}": piece[:, i, k] for i, k in picked}


def words(x: np.ndarray, factor: int = 1, means: bool = True) -> np.ndarray:
    """Hashes of the rising and falling of `WORD` steps from every offset of x (t,), as means over, or every first of, `factor` values.

    A scale, an offset and a shift leave them as they are, and a change of sign too; flat and unobserved stretches have none.
    """
    x = _box(x, factor) if factor > 1 and means else x
    if len(x) <= WORD * factor:
        return np.empty(0, np.uint32)
    change = x[factor:] - x[:-factor]
    known = np.isfinite(change)
    little = 1e-6 * (np.nanstd(x) if known.any() else 1.0)  # below it a change is rounding
    flat = known & (np.abs(change) <= little)
    rises = _joined((np.nan_to_num(change) > little).astype(np.uint32), factor, lambda low, high, width: low | high << np.uint32(width))
    still = _joined(flat.astype(np.uint8), factor, lambda low, high, width: low + high)
    gaps = _joined(~known, factor, lambda low, high, width: low | high)
    code = np.where(rises & np.uint32(1), rises ^ np.uint32(2**WORD - 1), rises)
    turns = np.bitwise_count(code ^ (code >> np.uint32(1)))
    return np.unique(code[~gaps & (still <= WORD // 5) & (turns >= 3)])


def _joined(x: np.ndarray, stride: int, join: Callable[[np.ndarray, np.ndarray, int], np.ndarray]) -> np.ndarray:
    """`WORD` values from every offset, `stride` apart, joined; by doubling, as a loop over them is slow for long series."""
    count = len(x) - (WORD - 1) * stride
    made = {1: x}
    while 2 * max(made) <= WORD:
        width = max(made)
        last = made[width]
        made[2 * width] = join(last[: len(last) - width * stride], last[width * stride :], width)
    width = max(made)
    out = made[width]
    while width < WORD:
        more = max(w for w in made if w <= WORD - width)
        rest = made[more][width * stride :]
        size = min(len(out), len(rest))
        out, width = join(out[:size], rest[:size], width), width + more
    return out[:count]


def _candidates(fine: Mapping[str, np.ndarray], coarse: Mapping[str, np.ndarray], factor: int, test_is_fine: bool) -> list[tuple[str, str]]:
    """Pairs (fine, coarse) that share many words for their number; at most `PAIRS` for each test series."""
    rows = [words(x, factor) if factor == 1 else np.union1d(words(x, factor), words(x, factor, means=False)) for x in fine.values()]
    columns = [words(x) for x in coarse.values()]
    if not columns or (factor > 1 and not sum(map(len, rows))):
        return []
    a, b = (np.repeat(np.arange(len(some)), [len(w) for w in some]) for some in (rows, columns))
    codes, inverse = np.unique(np.concatenate([*rows, *columns]), return_inverse=True)
    from scipy.sparse import csr_array

    left, right = (
        csr_array((np.ones(len(owner), np.float32), (owner, code)), shape=(count, len(codes)))
        for owner, code, count in ((a, inverse[: len(a)], len(rows)), (b, inverse[len(a) :], len(columns)))
    )
    shared = (left @ right.T).toarray()
    short = np.minimum(np.array([len(w) for w in rows])[:, None], np.array([len(w) for w in columns])[None])
    crowd = max((len(w) for w in (*rows, *columns)), default=0) / 2 ** (WORD - 1)  # words that any two series share by chance
    share = np.where(shared >= np.maximum(2, max(ALIKE, 3 * crowd) * short), shared / np.maximum(short, 1), 0)
    names_a, names_b = list(fine), list(coarse)
    share = share if test_is_fine else share.T
    best = np.argsort(-share, axis=1, kind="stable")[:, :PAIRS]
    picked = [(i, j) for i in range(len(share)) for j in best[i] if share[i, j] > 0]
    if factor == 1:  # here rows are those of the test
        every = [j for j, x in enumerate(coarse.values()) if len(x) <= SHORT]
        every = every[:: max(1, -(-len(every) // FEW))]
        poor = [i for i in range(len(rows)) if len(rows[i]) < 3 and np.isfinite(fine[names_a[i]]).sum() >= TELLING]
        picked += [(i, j) for i in poor for j in every]
    return [(names_a[i], names_b[j]) if test_is_fine else (names_a[j], names_b[i]) for i, j in picked]


def _verify(a: str, fine: np.ndarray, b: str, coarse: np.ndarray, factor: int, test_is_fine: bool, levels: float) -> Copy | None:
    """The copy at the best lag, or None. Coarse values may be means over, or every first of, `factor` fine ones."""
    comb = np.full((len(coarse) - 1) * factor + 1, np.nan)
    comb[::factor] = coarse
    best: Copy | None = None
    for source in (fine,) if factor == 1 else (_box(fine, factor), fine):
        correlation, shared = masked_correlation(source, comb)
        shorter = min(np.isfinite(comb).sum(), np.isfinite(source).sum() / factor)
        needed = max(LEAST, 0.3 * shorter) if shorter > 1.1 * LEAST else max(TELLING, 0.9 * shorter)
        scored = np.where((shared >= needed) & (_overlap(_unusual(source), _unusual(comb)) >= TELLING), np.abs(correlation), 0)
        at = int(scored.argmax())
        if scored[at] < levels or (best is not None and scored[at] <= best.correlation):
            continue
        lag = at - (len(comb) - 1)
        gain, offset, steps = _relation(source, comb, lag, factor)
        if steps < STEPS:
            continue
        if test_is_fine:
            gain, offset = (1 / gain if gain else np.inf), -offset / gain if gain else np.inf
            best = Copy(a, b, factor, -lag, float(scored[at]), int(shared[at]), gain, offset)
        else:
            best = Copy(b, a, -factor if factor > 1 else 1, lag, float(scored[at]), int(shared[at]), gain, offset)
    return best


def masked_correlation(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlation of x and y where both are observed, and how many there are, with y begun at -(len(y) - 1) ... len(x) - 1 of x."""
    size = 1 << int(np.ceil(np.log2(len(x) + len(y))))
    (m1, x1, q1), (m2, x2, q2) = _parts(x, size), _parts(y, size)

    def cross(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return _unrolled(np.fft.irfft(left * np.conj(right), size), len(x), len(y))

    n = np.round(cross(m1, m2))
    count = np.maximum(n, 1)
    s1, s2 = cross(x1, m2), cross(m1, x2)
    v1, v2 = cross(q1, m2) - s1**2 / count, cross(m1, q2) - s2**2 / count
    floor = 1e-6 * count
    with np.errstate(invalid="ignore", divide="ignore"):
        out = (cross(x1, x2) - s1 * s2 / count) / np.sqrt(v1 * v2)
    return np.where((v1 > floor) & (v2 > floor) & (n > 2), np.clip(out, -1, 1), 0.0), n.astype(int)


def _overlap(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How many true values two masks share at every lag."""
    size = 1 << int(np.ceil(np.log2(len(x) + len(y))))
    return np.round(_unrolled(np.fft.irfft(np.fft.rfft(x, size) * np.conj(np.fft.rfft(y, size)), size), len(x), len(y)))


def _unrolled(full: np.ndarray, ahead: int, back: int) -> np.ndarray:
    """Lags -(back - 1) ... ahead - 1 of a circular correlation."""
    return np.concatenate([full[-(back - 1) :] if back > 1 else full[:0], full[:ahead]])


def _unusual(x: np.ndarray) -> np.ndarray:
    """1.0 where x is observed and not its most usual value."""
    return (np.isfinite(x) & (x != np.nanmedian(x))).astype(float)


def _parts(x: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spectra of the mask, the standardised values and their squares."""
    known = np.isfinite(x)
    value = np.where(known, x, 0.0)
    mean = value.sum() / max(known.sum(), 1)
    spread = np.sqrt((np.where(known, value - mean, 0) ** 2).sum() / max(known.sum(), 1)) or 1.0
    value = np.where(known, (value - mean) / spread, 0.0)
    return np.fft.rfft(known.astype(float), size), np.fft.rfft(value, size), np.fft.rfft(value**2, size)


def _relation(fine: np.ndarray, comb: np.ndarray, lag: int, factor: int) -> tuple[float, float, float]:
    """Gain and offset of coarse = gain * fine + offset at a lag, and the correlation of their differences over a coarse step (0 where
    there is too little to recognise)."""
    low, high = max(lag, 0), min(len(fine), len(comb) + lag)
    x, y = fine[low:high], comb[low - lag : high - lag]
    both = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(both, x, np.nan), np.where(both, y, np.nan)
    gain, offset = np.polyfit(x[both], y[both], 1)
    way = np.sign(np.diff(y[both]))
    if (np.diff(way[way != 0]) != 0).sum() < TURNS:
        return float(gain), float(offset), 0.0
    dx, dy = x[factor:] - x[:-factor], y[factor:] - y[:-factor]
    near = np.isfinite(dx) & np.isfinite(dy)
    if near.sum() < 8 or np.std(dx[near]) == 0 or np.std(dy[near]) == 0:
        return float(gain), float(offset), 0.0
    return float(gain), float(offset), float(abs(np.corrcoef(dx[near], dy[near])[0, 1]))


def _box(x: np.ndarray, factor: int) -> np.ndarray:
    """Means (t,) of each value and the `factor - 1` that follow it, of those observed; NaN where fewer than half are, or at the end."""
    known = np.isfinite(x)
    total, count = (np.cumsum(np.concatenate([[0.0], a])) for a in (np.where(known, x, 0.0), known.astype(float)))
    out = np.full(len(x), np.nan)
    if len(x) >= factor:
        number = count[factor:] - count[:-factor]
        with np.errstate(invalid="ignore", divide="ignore"):
            out[: len(number)] = np.where(2 * number >= factor, (total[factor:] - total[:-factor]) / number, np.nan)
    return out
