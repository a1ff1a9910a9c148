"""Planted: gaps made on purpose in what is seen, of the same pattern as those that are asked."""

from __future__ import annotations

import numpy as np

WINDOW = 64  # rows, in which all gaps that begin are planted or none
WINDOWS, APART = 2, 2  # at least so many, so far from one to the next: a day is more than its night, and the network reads them together
CELLS, ROWS, GAPS = 600, 80, 16  # planted cells, rows and gaps that are enough
FEWEST = 30  # cells that tell anything
SHORT = 16  # rows of a gap at an end
MOST = 0.3  # of what is seen of a series
BINS, UNLIKELY, BOUNDS = 6, 3.0, (0.1, 6.0)  # of values; how unlike chance, in its own size, a difference is, and how much is made of it
ROUNDS, LEFT = 12, 0.4  # of sharpening, and the share of the planted cells' worth that is left


def planted(asked: np.ndarray, seen: np.ndarray, order: np.ndarray) -> np.ndarray | None:
    """Cells, bool (t, n, ...), that are seen and taken away as a trial; None where there are too few.

    The asked cells are moved as a whole along time and from place to place, so gaps are as long, and as many are silent at once, as where
    it is asked, and a place that was silent for long need not lose half of what it has; whole gaps are taken, those that begin in some
    windows of time. Gaps with which series begin or end are moved from place to place, since such a gap has one side; short ones along
    time too, as a few rows at an end are few trials.

    Args:
        asked: bool (t, n, ...).
        seen: the same.
        order: int (n,) of the places, by what they are and not by how they came.
    """
    t, n = asked.shape[:2]
    windows = np.arange(t) * max(1, t // WINDOW) // t
    turns = [number for first in range(APART) for number in range(first, int(windows[-1]) + 1, APART)]
    out, late, at_end = np.zeros_like(asked), np.zeros_like(asked), _at_end(asked)
    at_start = _at_end(asked[::-1])[::-1]
    at_ends = at_end | at_start
    stays = (at_end & (at_end.sum(axis=0) > SHORT)) | (at_start & (at_start.sum(axis=0) > SHORT))
    for shift in (t // 2 + 1, t // 3 + 1, 2 * t // 3 + 1, t // 5 + 1, 4 * t // 5 + 1):
        moved = np.empty_like(asked)
        further = n * shift // t + 1
        moved[:, order] = np.roll((asked & ~stays)[:, order], (shift, further), axis=(0, 1)) | np.roll(at_ends[:, order], further, axis=1)
        late[:, order] |= np.roll(at_end[:, order], further, axis=1)
        begins = _begins(moved)
        for number, window in enumerate(turns, 1):
            out |= _whole(moved, begins & (windows == window).reshape(-1, *[1] * (asked.ndim - 1))) & seen
            if number >= WINDOWS and _is_enough(out, 1.0) and out.any(axis=tuple(range(1, out.ndim))).sum() >= ROWS:
                return _spared(out, out & late, seen)
        if _is_enough(out, 0.5):
            break
    out = _spared(out, out & late, seen)
    return out if out.sum() >= FEWEST else None


def _is_enough(out: np.ndarray, share: float) -> bool:
    return bool(out.sum() >= share * CELLS and _begins(out).sum() >= share * GAPS)


def _begins(gaps: np.ndarray) -> np.ndarray:
    """The first cell of each run along time."""
    out = gaps.copy()
    out[1:] &= ~gaps[:-1]
    return out


def _whole(moved: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """All cells of the runs along time that begin there."""
    out = begins.copy()
    for row in range(1, len(out)):
        out[row] |= out[row - 1] & moved[row]
    return out


def _at_end(gaps: np.ndarray) -> np.ndarray:
    """The cells of the runs along time that hold the last row."""
    last = np.zeros_like(gaps)
    last[0] = gaps[-1]
    return _whole(gaps[::-1], last)[::-1]


def _spared(out: np.ndarray, late: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """No more of a series than may be taken: the last cells of gaps with which series end, `late`, and the first of all others."""
    most = MOST * seen.sum(axis=0)
    kept, early = late & (np.cumsum(late[::-1], axis=0)[::-1] <= most), out & ~late
    return np.asarray(kept | (early & (np.cumsum(early, axis=0) <= most - kept.sum(axis=0))))


def alike(asked: np.ndarray, worth: float, usual: tuple[np.ndarray, np.ndarray], truth: np.ndarray) -> np.ndarray:
    """Which planted cells to learn from, int (k,), some more than once: as often at high and low values as where it is asked.

    How much more often high values are missing than seen is told by the lines through asked and seen cells; planted cells are then drawn
    by their true values, so that they miss as the asked ones do. Where the difference may be chance they are all taken once.

    Args:
        asked: the lines' values at the asked cells (j,), scaled.
        worth: of how many independent ones these are.
        usual: the lines' values and the true ones at cells that are seen, each left out of its line, (i,) each.
        truth: of the planted cells, (k,).
    """
    plain = np.arange(len(truth))
    if len(truth) < BINS * FEWEST:
        return plain
    lines, values = usual
    edges = np.quantile(lines, np.arange(1, BINS) / BINS)
    share = lambda a: np.bincount(np.searchsorted(edges, a), minlength=BINS) / len(a)  # noqa: E731
    missing, known = share(asked), np.maximum(share(lines), 1e-12)
    if ((missing - known) ** 2 / known).sum() * worth < UNLIKELY * BINS:
        return plain
    weight = _missing_more(missing, np.searchsorted(edges, lines), np.searchsorted(edges, values))
    weight = (weight * share(values) / np.maximum(share(truth), 1 / len(truth)))[np.searchsorted(edges, truth)]
    while weight.sum() ** 2 < LEFT * len(weight) * (weight**2).sum():
        weight = np.sqrt(weight)  # too few cells would speak for all
    order = np.argsort(truth, kind="stable")  # so that the order of the places does not matter
    total = np.cumsum(weight[order])
    return np.asarray(order[np.searchsorted(total, (plain + 0.5) / len(plain) * total[-1])])


def _missing_more(missing: np.ndarray, line: np.ndarray, value: np.ndarray) -> np.ndarray:
    """How much more often each bin of values is missing than seen, (b,), from the share of each bin of lines among the missing.

    Lines blur values, as the bins (i,) of both at seen cells tell; a few rounds of Richardson (1972) and Lucy (1974) sharpen them.
    """
    joint = np.bincount(line * BINS + value, minlength=BINS * BINS).reshape(BINS, BINS) / len(line)
    known, more = np.maximum(joint.sum(axis=0), 1e-12), np.ones(BINS)
    for _ in range(ROUNDS):
        more = more * (joint.T @ (missing / np.maximum(joint @ more, 1e-12))) / known
    return np.clip(more, *BOUNDS)


def independent(miss: np.ndarray, cells: tuple[np.ndarray, np.ndarray]) -> float:
    """Of how many independent trials misses (k,) are worth: those of one run of rows, or of one series in it, may all be alike.

    Source: Kish (1965), the design effect of clusters.
    """
    rows = cells[1]
    times = np.unique(rows)
    run = np.cumsum(np.append(0, np.diff(times) > 1))[np.searchsorted(times, rows)]
    return min(_clusters(miss, run), _clusters(miss, gaps_of(cells)), _clusters(miss, rows))


def gaps_of(cells: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The number of the gap, a run of rows of one series, in which each of the cells lies, int (k,); those that begin first come first."""
    series, rows = cells
    order = np.lexsort((rows, series))
    begins = np.append(True, (np.diff(series[order]) != 0) | (np.diff(rows[order]) > 1))
    first = order[begins]
    rank = np.empty(len(first), int)
    rank[np.lexsort((series[first], rows[first]))] = np.arange(len(first))
    out = np.empty(len(rows), int)
    out[order] = rank[np.cumsum(begins) - 1]
    return out


def _clusters(miss: np.ndarray, cluster: np.ndarray) -> float:
    group = np.unique(cluster, return_inverse=True)[1]
    count = np.bincount(group)
    mean = np.bincount(group, miss) / count
    total = float((miss**2).mean()) + 1e-300
    within = float(((miss - mean[group]) ** 2).sum() / max((count - 1).sum(), 1))
    alike = np.clip(1 - within / total, 0.0, 1.0) if (count > 1).any() else 0.0
    return float((count / (1 + (count - 1) * alike)).sum())
