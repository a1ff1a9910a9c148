"""Shape: what the order of values shows - runs, turns, jumps, asymmetry in time, unrest that comes and goes."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.describe.record import Record

BLOCKS = (4, 16, 64)
NEAR = 0.01  # deviations of a change that is none, softly
ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


def describe(record: Record) -> dict[str, np.ndarray]:
    """Sizes and asymmetry of changes, means and deviations of blocks, order of neighbours, trend."""
    change, both = record.change
    scale = np.sqrt(np.maximum(record.mean(change**2, both), 1e-12))
    unit = np.clip(change / scale[:, None], -8, 8)
    out = {
        "roughness": np.log(np.maximum(scale, 1e-3)),
        "change_skewness": np.arcsinh(record.mean(unit**3, both)),
        "change_tails": np.log(np.maximum(record.mean(unit**4, both), 1.0)),
        "change_middle": record.mean(np.minimum(np.abs(unit), 3), both),
        "still": record.mean(np.exp(-((change / NEAR) ** 2)), both),
        "rises": record.mean(np.tanh(change / 0.05), both),
        "crossings": record.mean((np.sign(record.z[:, 1:]) != np.sign(record.z[:, :-1])).astype(float), both),
    }
    return out | _blocks(record) | _orders(record) | _trend(record)


def _blocks(record: Record) -> dict[str, np.ndarray]:
    """Deviation of block means, unevenness of block deviations, largest step between blocks; three sizes of block."""
    out: dict[str, np.ndarray] = {}
    t = record.z.shape[1]
    for size in BLOCKS:
        count = t // size
        if count < 4:
            out |= {f"{name}{size}": np.zeros(len(record.z)) for name in ("block_mean", "block_uneven", "block_jump")}
            continue
        z, m = (a[:, t - count * size :].reshape(len(a), count, size) for a in (record.z, record.m))
        inside = m.sum(axis=2)
        known = (inside >= max(2, size // 4)).astype(float)
        mean = (z * m).sum(axis=2) / np.maximum(inside, 1)
        deviation = np.sqrt((((z - mean[..., None]) * m) ** 2).sum(axis=2) / np.maximum(inside, 1))
        usual = record.mean(deviation, known)
        out[f"block_mean{size}"] = np.sqrt(record.mean(mean**2, known))
        out[f"block_uneven{size}"] = np.sqrt(record.mean((deviation - usual[:, None]) ** 2, known)) / np.maximum(usual, 0.05)
        step = np.abs(np.diff(mean, axis=1)) * known[:, 1:] * known[:, :-1]
        out[f"block_jump{size}"] = np.log1p(step.max(axis=1) / np.maximum(step.mean(axis=1), 1e-2))
    return out


def _orders(record: Record) -> dict[str, np.ndarray]:
    """Shares of the six orders of three neighbours; where two are the same, a tie is shared out."""
    z, m = record.z, record.m
    part = np.stack([z[:, :-2], z[:, 1:-1], z[:, 2:]]) if z.shape[1] > 2 else np.zeros((3, len(z), 1))
    seen = m[:, :-2] * m[:, 1:-1] * m[:, 2:] if z.shape[1] > 2 else np.zeros((len(z), 1))
    above = lambda a, b: 0.5 + 0.5 * np.clip((part[a] - part[b]) / 2e-3, -1, 1)  # noqa: E731
    return {"order" + "".join(map(str, o)): record.mean(above(o[1], o[0]) * above(o[2], o[1]) * above(o[2], o[0]), seen) for o in ORDERS}


def _trend(record: Record) -> dict[str, np.ndarray]:
    """Share of the variance that a line, and a bend beside it, explain."""
    ramp = np.linspace(-1, 1, record.z.shape[1])
    line, bend = np.broadcast_to(ramp, record.z.shape), np.broadcast_to(ramp**2, record.z.shape)
    line = line - record.mean(line)[:, None]
    slope = record.mean(record.z * line) / np.maximum(record.mean(line**2), 1e-9)
    left = record.z - slope[:, None] * line
    bend = bend - record.mean(bend)[:, None]
    bend = bend - (record.mean(bend * line) / np.maximum(record.mean(line**2), 1e-9))[:, None] * line
    curve = record.mean(left * bend) / np.maximum(record.mean(bend**2), 1e-9)
    return {
        "trend": slope * np.sqrt(record.mean(line**2)), "trend_size": np.abs(slope) * np.sqrt(record.mean(line**2)),
        "bend": curve * np.sqrt(record.mean(bend**2)),
    }  # fmt: skip
