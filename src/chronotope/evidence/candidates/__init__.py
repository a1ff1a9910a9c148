"""Candidates: the rules that answer from the data alone, in their printable order; one file each.

A candidate takes a `Case` and gives what it says where it was tried and where it is asked; its error comes from the former. A new one
is a file, a line here and a test; it stands at the end of its group, so that weights trained before it can be carried on by name.
"""

from __future__ import annotations

from functools import partial

from chronotope.evidence.candidates.drift import drift
from chronotope.evidence.candidates.kriging import kriging
from chronotope.evidence.candidates.last import last
from chronotope.evidence.candidates.level import level
from chronotope.evidence.candidates.marginal import marginal
from chronotope.evidence.candidates.near import around, near, near_anomaly
from chronotope.evidence.candidates.persistence import anomaly, damped
from chronotope.evidence.candidates.phase_quantiles import phase_quantiles
from chronotope.evidence.candidates.repetition import ALL, LAST, RECENT, repetition
from chronotope.evidence.candidates.residual import residual, residual_phase
from chronotope.evidence.candidates.ridge import ridge
from chronotope.evidence.case import Candidate
from chronotope.evidence.clock import SLOTS

_PERIODS = range(SLOTS)

POINTS: dict[str, Candidate] = {
    "last": last,
    "level": level,
    "damped": damped,
    **{f"repeat{k}": partial(repetition, period=k, which=LAST) for k in _PERIODS},
    **{f"phase{k}": partial(repetition, period=k, which=RECENT) for k in _PERIODS},
    **{f"phase_all{k}": partial(repetition, period=k, which=ALL) for k in _PERIODS},
    **{f"anomaly{k}": partial(anomaly, period=k) for k in _PERIODS},
    "near": near,
    "near_anomaly": near_anomaly,
    "ridge": ridge,
    **{f"anomaly_all{k}": partial(anomaly, period=k, over_all=True) for k in _PERIODS},
    "around": around,
    "drift": drift,
    "kriging": kriging,
}
"""Those that say one value."""

DISTRIBUTIONS: dict[str, Candidate] = {
    "marginal": marginal,
    "phase_quantiles": phase_quantiles,
    "residual": residual,
    "residual_phase": residual_phase,
}
"""Those that say quantiles."""

CANDIDATES: dict[str, Candidate] = POINTS | DISTRIBUTIONS

CENTRES, SPREADS = tuple(POINTS), tuple(DISTRIBUTIONS)
FLOORS = CENTRES + SPREADS
SLOT = {name: i for i, name in enumerate(FLOORS)}
