"""Media that make patterns out of nothing: Gray-Scott spots, Swift-Hohenberg rolls, Kuramoto-Sivashinsky fronts; periodic everywhere."""

from __future__ import annotations

import numpy as np

SIDE = 32  # cells per side of a plane
SITES = 64  # cells of a line


def gray_scott(u: np.ndarray, v: np.ndarray, feed: np.ndarray, kill: float, inner: int = 8) -> np.ndarray:
    """Concentration v (t, h, w) of a substance that eats u and decays; u is fed, both diffuse.

    u' = 0.16 lap u - u v^2 + F (1 - u), v' = 0.08 lap v + u v^2 - (F + kill) v, explicit Euler, `inner` steps of length 1 per row.

    Args:
        u, v: (h, w) start. feed: (t,) F of every row. kill: decay beside the feed.
    """
    record = np.empty((len(feed), *v.shape))
    for i, rate in enumerate(feed):
        record[i] = v
        for _ in range(inner):
            eaten = u * v * v
            u, v = u + 0.16 * laplacian(u) - eaten + rate * (1 - u), v + 0.08 * laplacian(v) + eaten - (rate + kill) * v
    return record


def laplacian(x: np.ndarray) -> np.ndarray:
    """Sum of the four neighbours less four times the cell, periodic."""
    return np.roll(x, 1, 0) + np.roll(x, -1, 0) + np.roll(x, 1, 1) + np.roll(x, -1, 1) - 4 * x


def swift_hohenberg(u: np.ndarray, growth: np.ndarray, waves: float, step: float = 0.5, inner: int = 2) -> np.ndarray:
    """u' = g u - (1 + lap)^2 u - u^3, (t, h, w): rolls of wavelength 2 pi, `waves` of them across the plane.

    The linear part that does not change is exact per mode; `growth` (t,) may be of either sign.
    """
    side = len(u)
    a, b = np.fft.fftfreq(side, 1 / side)[:, None], np.fft.rfftfreq(side, 1 / side)
    calm = -((1 - (a**2 + b**2) / waves**2) ** 2)
    record, state = np.empty((len(growth), *u.shape)), np.fft.rfft2(u)
    for i, rate in enumerate(growth):
        record[i] = field = np.fft.irfft2(state, s=u.shape)
        for _ in range(inner):
            state = _exact(state, calm + rate, step, np.fft.rfft2(-(field**3)))
            field = np.fft.irfft2(state, s=u.shape)
    return record


def kuramoto_sivashinsky(u: np.ndarray, push: np.ndarray, waves: float, step: float = 0.1, inner: int = 5) -> np.ndarray:
    """u' = -u_xx - u_xxxx - u u_x + push, (t, m) on a ring of length 2 pi `waves`; the linear part is exact per mode.

    Args:
        u: (m,) start. push: (t, m).
    """
    number = np.fft.rfftfreq(len(u), 1 / len(u)) / waves
    linear, keep = number**2 - number**4, number < number.max() * 2 / 3  # the upper third would fold back
    record, state = np.empty(push.shape), np.fft.rfft(u)
    for i in range(len(push)):
        record[i] = field = np.fft.irfft(state, n=len(u))
        force = np.fft.rfft(push[i])
        for _ in range(inner):
            state = _exact(state, linear, step, keep * (-0.5j * number * np.fft.rfft(field**2)) + force)
            field = np.fft.irfft(state, n=len(u))
    return record


def _exact(state: np.ndarray, rate: np.ndarray, step: float, force: np.ndarray) -> np.ndarray:
    """One step of x' = rate x + force, exact for a force that is held."""
    grown = np.expm1(rate * step)
    held = np.where(np.abs(rate) > 1e-9, grown / np.where(rate == 0, 1.0, rate), step)
    return state + grown * state + held * force


def bilinear(cells: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """A periodic plane (t, h, w) read at places (n, 2) of the unit square, (t, n)."""
    at = unit * np.array(cells.shape[1:])
    low = np.floor(at).astype(int)
    part, total = at - low, np.zeros((len(cells), len(unit)))
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        corner = cells[:, (low[:, 0] + i) % cells.shape[1], (low[:, 1] + j) % cells.shape[2]]
        total += corner * np.abs(1 - i - part[:, 0]) * np.abs(1 - j - part[:, 1])
    return total
