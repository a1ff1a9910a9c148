"""Lines: tides and other sharp periods that no calendar knows are taken off a series, and put back on the answer.

How much of them is taken off is judged as effects of drivers are (`drivers`): by how much the plain mix then misses less in its trials.
"""

from __future__ import annotations

import numpy as np

from chronotope.evidence.clock import calendar_periods
from chronotope.evidence.lines import is_known, lines_of, told_by, waves
from chronotope.model.drivers import Effect, heard, less
from chronotope.questions import Question
from chronotope.tokens.tokenizer import mean_step

ROWS, FEWEST, EACH = 3000, 96, 4  # that are read, that a place needs, and that each of its waves needs


def without_lines(question: Question) -> tuple[Question, np.ndarray, np.ndarray] | None:
    """The question with the lines of its series taken off, these on the asked rows (h, n, v), and how far they may be off, as halves of the
    record tell each other; None where there are none."""
    frame, cut = question.frame, len(question.asked) if question.both_sides else question.first
    if frame.blocks is not None or frame.events is not None or not frame.regular or cut < FEWEST:
        return None
    low = max(0, (min(cut, int(question.rows[-1]) + 1 + ROWS // 2) if question.both_sides else cut) - ROWS)
    calendar = [one.steps for one in calendar_periods(mean_step(frame, float(frame.step / np.timedelta64(1, "ns")) / 1e9), cut - low)]
    told = {}
    for variable in np.flatnonzero(question.asked.any(axis=(0, 1))):
        y, asked = question.visible()[low:cut, :, variable].astype(float), question.asked[..., variable].any(axis=0)
        effects = _effects(y, calendar, len(frame.values) - low)
        if effects and (effects[0].whole[:, asked].any(axis=0).all() or not question.both_sides):
            told[variable] = heard(question, int(variable), low, effects)
    if not any(effect.any() for effect, _ in told.values()):
        return None
    effect, doubt = np.zeros((2, *frame.values.shape))
    for variable, (ours, off) in told.items():
        effect[low:, :, variable], doubt[low:, :, variable] = ours, off
    return less(question, effect), effect[question.rows], doubt[question.rows]


def _effects(y: np.ndarray, calendar: list[float], rows: int) -> list[Effect]:
    """What lines of y (cut, n) say at so many rows: those that no calendar knows, and all of them, as neighbours are told together."""
    seen = np.isfinite(y)
    y = np.where(seen, y, 0.0)
    lines = lines_of(y, seen, calendar)
    if lines is None:
        return []
    enough = (seen.sum(axis=0) >= max(FEWEST, 2 * EACH * len(lines.frequencies)))[:, None]
    whole, halves = (one * enough for one in told_by(lines, y, seen))
    known = is_known(lines.frequencies, calendar, len(y))
    wave, half = waves(lines.frequencies, rows), len(y) // 2
    out = []
    for use in [~known, np.ones_like(known)] if known.any() else [~known]:
        columns = np.tile(use, 2)
        told, first, second = (wave[:, columns] @ one[:, columns].T for one in (whole, *halves))
        fair = np.concatenate([second[:half], first[half:]])
        off = np.sqrt(((fair - told[: len(fair)]) ** 2).mean(axis=0))
        out.append(Effect(told, fair, np.broadcast_to(off, told.shape)))
    return out
