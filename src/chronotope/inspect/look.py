"""A careful look at a Field before it is trusted: gaps, zeros, stuck runs, steps, persistence, likeness of neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.errors import KindError
from chronotope.inspect.runs import run_lengths
from chronotope.inspect.subject import FIXED, Numbers, Subject

NEIGHBOURS = 8
SNAPSHOTS = 64  # steps over which the likeness of neighbours is averaged
SHUFFLES, LOOKS = 99, 20_000_000  # shuffled maps behind a null, and pairs looked at for it at most


def inspect_field(field: Subject) -> pd.DataFrame:
    """One row per variable (channel); shares are of 1.

    Columns: `missing` share; `missing_worst_place` and `missing_worst_hour` (largest share at one place, at one hour of the day);
    `zeros` share of exact zeros; `zeros_suspect` the same where all other values stay away from zero, else 0; `still_longest` steps
    that the value stood still away from zero, at most; `stuck` share of values in stands too long for chance; `persistence`
    correlation with the step before; `moran` likeness of neighbours (1 alike, 0 unrelated, below 0 opposed), NaN without
    positions or edges; `regular` and `step` of the clock; `stamps_missing` of it.

    Raises:
        KindError: the field is events or moving places.
    """
    if field.kind not in FIXED:
        raise KindError(f"inspect looks at fixed places on a clock; this field is {field.kind}.")
    panel = field.panel()
    frame = field.frame
    pairs = neighbour_pairs(panel)
    rows = []
    for k, name in enumerate(panel.variables):
        values = panel.values[:, :, k].astype(float)
        rows.append(
            {"variable": name, **_gaps(values[frame.rows], panel.times[frame.rows]), **_shape(values), "moran": morans_i(values, pairs)}
        )
    table = pd.DataFrame(rows).set_index("variable")
    return table.assign(regular=panel.regular, step=panel.freq, stamps_missing=len(frame.times) - len(frame.rows))


def neighbour_pairs(panel: Numbers) -> np.ndarray | None:
    """Pairs (e, 2) of neighbours: the edges, else the nearest `NEIGHBOURS` by position; None if neither is known."""
    count = panel.values.shape[1]
    if panel.edges is not None and len(panel.edges.source):
        return np.stack([panel.edges.source, panel.edges.target], axis=1)
    if panel.xy is None or count < 3:
        return None
    from scipy.spatial import cKDTree

    near = cKDTree(panel.xy).query(panel.xy, k=min(NEIGHBOURS + 1, count))[1]
    source = np.repeat(np.arange(count), near.shape[1])
    keep = near.ravel() != source
    return np.stack([source[keep], near.ravel()[keep]], axis=1)


def morans_i(values: np.ndarray, pairs: np.ndarray | None) -> float:
    """Moran's I averaged over snapshots; each pair of neighbours weighs the same.

    Args:
        values: (t, n), NaN where missing.
        pairs: (e, 2) neighbours, or None.

    Source: Moran (1950), doi:10.2307/2332142.
    """
    if pairs is None or not len(pairs):
        return float("nan")
    steps = np.unique(np.linspace(0, len(values) - 1, min(SNAPSHOTS, len(values))).astype(int))
    scores = []
    for snapshot in values[steps]:
        known = np.isfinite(snapshot)
        both = known[pairs[:, 0]] & known[pairs[:, 1]]
        away = snapshot - snapshot[known].mean() if known.any() else snapshot
        power = np.mean(away[known] ** 2) if known.sum() > 2 else 0.0
        if power > 0 and both.any():
            scores.append(np.mean(away[pairs[both, 0]] * away[pairs[both, 1]]) / power)
    return float(np.mean(scores)) if scores else float("nan")


def morans_null(values: np.ndarray, pairs: np.ndarray | None, seed: int = 0) -> tuple[float, float, float]:
    """(mean, spread, p) of Moran's I where values are dealt out to the places anew, the same deal for all snapshots of one draw.

    The mean is near -1/(n - 1), and unrelated places lie within two spreads of it; p is the share of deals that are at least as far from
    the mean, counted with the data itself, so that it is at least 1/100.
    """
    if pairs is None or not len(pairs):
        return float("nan"), float("nan"), float("nan")
    most = int(np.clip(LOOKS // (SHUFFLES * len(pairs)), 1, SNAPSHOTS))
    part = values[np.unique(np.linspace(0, len(values) - 1, min(most, len(values))).astype(int))]
    rng = np.random.default_rng(seed)
    deals = np.array([morans_i(part[:, rng.permutation(part.shape[1])], pairs) for _ in range(SHUFFLES)])
    middle, away = float(np.mean(deals)), abs(morans_i(part, pairs) - np.mean(deals))
    return middle, float(np.std(deals)), float((1 + (np.abs(deals - middle) >= away).sum()) / (SHUFFLES + 1))


def suspicious_zeros(values: np.ndarray) -> float:
    """Share of exact zeros where everything else stays well above zero; 0 where small values are usual, as for rain and counts."""
    known = values[np.isfinite(values)]
    share = float((known == 0).mean()) if len(known) else 0.0
    if not 0 < share < 0.9:
        return 0.0
    rest = known[known != 0]
    low, middle = np.quantile(rest, [0.02, 0.5])
    lattice = np.diff(np.unique(rest[:20_000])).min(initial=np.inf)  # of counts, the next number beside 0 is 1
    return share if known.min() >= 0 and low >= 0.2 * middle and low > 2 * lattice else 0.0


def stuck_share(values: np.ndarray) -> float:
    """Share of values inside stands away from zero that are too long for chance: less than one in a hundred such fields would have one.

    How often a value repeats by chance is read off the middle place, so that a few broken ones do not hide themselves.
    """
    same = (np.diff(values, axis=0) == 0) & (values[1:] != 0)
    both = np.isfinite(values[1:]) & np.isfinite(values[:-1])
    often = np.median(same.sum(axis=0) / np.maximum(both.sum(axis=0), 1))
    if not 0 <= often < 0.9 or not both.any():
        return 0.0
    least = max(5, int(np.ceil(np.log(0.01 / both.sum()) / np.log(max(often, 1e-3)))))
    stuck = 0
    for column in same[:, same.any(axis=0)].T:
        lengths = run_lengths(column)
        stuck += int((lengths[lengths >= least] + 1).sum())
    return stuck / max(int(np.isfinite(values).sum()), 1)


def _gaps(values: np.ndarray, times: np.ndarray) -> dict[str, float]:
    lost = ~np.isfinite(values)
    hours = pd.DatetimeIndex(times).hour
    by_hour = [lost[hours == hour].mean() for hour in np.unique(hours)]
    return {"missing": float(lost.mean()), "missing_worst_place": float(lost.mean(axis=0).max()), "missing_worst_hour": float(max(by_hour))}


def _shape(values: np.ndarray) -> dict[str, float]:
    known = np.isfinite(values)
    zeros = float((values == 0).sum() / max(known.sum(), 1))
    same = (np.diff(values, axis=0) == 0) & (values[1:] != 0)
    busiest = np.argsort(same.sum(axis=0))[-50:]
    longest = max((int(run_lengths(same[:, i]).max(initial=0)) for i in busiest), default=0)
    both = known[1:] & known[:-1]
    before, after = values[:-1][both], values[1:][both]
    moving = both.sum() > 2 and before.std() > 0 and after.std() > 0
    return {
        "zeros": zeros,
        "zeros_suspect": suspicious_zeros(values),
        "still_longest": longest,
        "stuck": stuck_share(values),
        "persistence": float(np.corrcoef(before, after)[0, 1]) if moving else float("nan"),
    }
