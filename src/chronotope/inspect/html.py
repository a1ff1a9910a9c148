"""HTML of objects for notebooks: a calm card of facts with a small drawing, in the colours of whatever page it stands on, light or dark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

WIDTH, HEIGHT, PAD = 360.0, 72.0, 4.0
MOST_POINTS = 240  # of a line
ACCENT = "#2f7ed8"  # readable on white and on black
STYLE = (
    "border:1px solid rgba(128,128,128,.35);border-radius:6px;padding:.7em 1em;display:inline-block;max-width:46em;"
    "font-family:system-ui,sans-serif;font-size:13px;line-height:1.45;color:inherit"
)
LABEL = "opacity:.65;padding:0 1.2em 0 0;text-align:left;vertical-align:top;font-weight:400;background:none;white-space:nowrap"
CELL = "padding:0;text-align:left;background:none"


def card(title: str, lead: str, facts: Iterable[tuple[str, str]], drawing: str = "", notes: Sequence[str] = ()) -> str:
    """A card: a title, what it is in a few words, pairs of (label, text), a drawing, and sentences that deserve a look."""
    rows = "".join(
        f'<tr style="background:none"><th style="{LABEL}">{escape(label)}</th><td style="{CELL}">{escape(text)}</td></tr>'
        for label, text in facts
        if text
    )
    said = "".join(f'<div style="margin-top:.3em">&#9651; {escape(note)}</div>' for note in notes[:4])
    said += f'<div style="opacity:.65">and {len(notes) - 4} more</div>' if len(notes) > 4 else ""
    head = f'<div><b>{escape(title)}</b> <span style="opacity:.65">{escape(lead)}</span></div>'
    body = f'<table style="border:none;border-collapse:collapse;margin:.4em 0;font:inherit;color:inherit">{rows}</table>'
    return f'<div class="chronotope" style="{STYLE}">{head}{body}{drawing}{said}</div>'


def fan(past: np.ndarray, low: np.ndarray, middle: np.ndarray, high: np.ndarray, label: str) -> str:
    """The past (t,) as a line, and beyond it the median (h,) in its interval; empty where nothing is known."""
    past = past[-max(3 * len(middle), 24) :]
    steps, values = len(past) + len(middle), np.concatenate([past, low, middle, high])
    if not np.isfinite(values).any() or steps < 2:
        return ""
    across, upright = _scale(steps, values)
    ahead = np.arange(len(past), steps)
    known = np.isfinite(low) & np.isfinite(high)
    around = np.concatenate([ahead[known], ahead[known][::-1]]), np.concatenate([high[known], low[known][::-1]])
    area = f'<path d="{_path(*around, across, upright)}Z" fill="{ACCENT}" fill-opacity=".22"/>' if known.sum() > 1 else ""
    if known.sum() == 1:
        x, ends = across(ahead[known][0]), [upright(float(band[known][0])) for band in (low, high)]
        area = f'<path d="M{x:.1f} {ends[0]:.1f}L{x:.1f} {ends[1]:.1f}" stroke="{ACCENT}" stroke-opacity=".4" stroke-width="4"/>'
    dot = (
        f'<circle cx="{across(ahead[-1]):.1f}" cy="{upright(float(middle[-1])):.1f}" r="2.2" fill="{ACCENT}"/>' if known[-1:].any() else ""
    )
    before = _line(np.arange(len(past)), past, across, upright)
    return _svg(area + before + _line(ahead, middle, across, upright, ACCENT) + dot, label)


def lines(rows: np.ndarray, label: str, accent: bool = False) -> str:
    """Lines (k, t) over each other, faint where there are several; long ones by the mean of neighbouring steps."""
    rows = np.atleast_2d(np.asarray(rows, float))
    if rows.shape[1] < 2 or not np.isfinite(rows).any():
        return ""
    rows = np.stack([thinned(row) for row in rows])
    across, upright = _scale(rows.shape[1], rows)
    colour, x = ACCENT if accent else "currentColor", np.arange(rows.shape[1])
    opacity = 0.9 if len(rows) == 1 else 0.35
    return _svg("".join(_line(x, row, across, upright, colour, opacity) for row in rows), label)


def thinned(values: np.ndarray, most: int = MOST_POINTS) -> np.ndarray:
    """At most so many points: means over runs of neighbours, NaN where a run holds nothing."""
    if len(values) <= most:
        return values
    parts = np.array_split(values, most)
    return np.array([np.nanmean(part) if np.isfinite(part).any() else np.nan for part in parts])


Place = Callable[[Any], Any]  # a step or a value to where it stands in the drawing


def _scale(steps: int, values: np.ndarray) -> tuple[Place, Place]:
    known = values[np.isfinite(values)]
    low, size = float(known.min()), float(np.ptp(known))
    low, size = (low, size) if size else (low - 0.5, 1.0)
    across = lambda k: PAD + (WIDTH - 2 * PAD) * k / max(steps - 1, 1)  # noqa: E731
    upright = lambda v: HEIGHT - PAD - (HEIGHT - 2 * PAD) * (v - low) / size  # noqa: E731
    return across, upright


def _line(x: np.ndarray, y: np.ndarray, across: Place, upright: Place, colour: str = "currentColor", opacity: float = 0.9) -> str:
    """A line that is broken where nothing is known; a value alone is a dot."""
    known, out = np.isfinite(y), []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    for start, stop in edges.reshape(-1, 2):
        if stop - start == 1:
            out.append(f'<circle cx="{across(x[start]):.1f}" cy="{upright(y[start]):.1f}" r="1" fill="{colour}" fill-opacity="{opacity}"/>')
        else:
            path = _path(x[start:stop], y[start:stop], across, upright)
            out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-opacity="{opacity}" stroke-width="1.4"/>')
    return "".join(out)


def _path(x: np.ndarray, y: np.ndarray, across: Place, upright: Place) -> str:
    return "M" + "L".join(f"{across(a):.1f} {upright(b):.1f}" for a, b in zip(x, y))


def _svg(inside: str, label: str) -> str:
    said = escape(label, quote=True)
    svg = f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}" role="img" aria-label="{said}">{inside}</svg>'
    return f'<figure style="margin:.2em 0">{svg}<figcaption style="opacity:.65">{escape(label)}</figcaption></figure>'
