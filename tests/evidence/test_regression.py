"""Regression: finds what lies upstream, knows its own error, and stands back where the past is short."""

import importlib

import numpy as np
import pytest

from chronotope.evidence.candidates import FLOORS
from chronotope.evidence.candidates.evidence import gather
from chronotope.evidence.past import Past
from chronotope.evidence.regression import Recent
from chronotope.tokens.tokenizer import Options
from panels import ahead, panel_of
from tiles import series_of, tokens_of

RIDGE, DAMPED, LAST, LEVEL = (FLOORS.index(name) for name in ("ridge", "damped", "last", "level"))


def _travelling(rows=400, places=6, delay=4, noise=0.1, seed=0):
    """Noise that every place repeats `delay` steps after the one before it, (s, t)."""
    rng = np.random.default_rng(seed)
    source = rng.normal(size=rows + delay * places)
    x = np.stack([source[delay * (places - i) :][:rows] for i in range(places)])
    return (x + noise * rng.normal(size=x.shape)).astype(np.float32)


def test_a_place_repeats_what_its_neighbour_upstream_showed():
    x = _travelling()
    rows = np.arange(390, 394)
    floors = gather(series_of(x, cut=390), rows, 389)
    missed = np.abs(floors.centre[1:, :, RIDGE] - x[1:, rows]).mean()
    others = np.abs(floors.centre[1:, :, [DAMPED, LAST]] - x[1:, rows][..., None]).mean((0, 1))
    assert missed < 0.35 and (others > 2 * missed).all()
    assert (floors.error[2:, 3, RIDGE] < 0.45).all() and (floors.error[2:, 3, DAMPED] > 0.6).all()
    assert floors.error[0, 3, RIDGE] > 0.6  # nobody lies upstream of the first


def test_alone_it_cannot():
    x = _travelling()
    asked = ahead(panel_of(x.T[:390, :, None], "1h", xy=np.stack([np.arange(6.0), np.zeros(6)], 1)), 4)
    errors = [tokens_of(asked, options=Options(neighbours=on)).error[2:, 0, 3, RIDGE].mean() for on in (True, False)]
    assert errors[0] < 0.7 * errors[1]


def test_a_wave_of_no_known_period_goes_on():
    t = np.arange(300)
    x = np.stack([np.sin(2 * np.pi * t / period) for period in (11.3, 17.9)]).astype(np.float32)
    rows = np.arange(280, 300)
    floors = gather(series_of(x, cut=280), rows, 279)
    assert np.abs(floors.centre[..., RIDGE] - x[:, rows]).mean() < 0.25 < np.abs(floors.centre[..., DAMPED] - x[:, rows]).mean()


def test_its_error_is_that_of_halves_it_has_not_seen():
    x = np.random.default_rng(1).normal(size=(3, 300)).astype(np.float32)  # nothing to learn
    rows = np.arange(290, 298)
    floors = gather(series_of(x, cut=290), rows, 289)
    assert (floors.error[..., RIDGE] > 0.9 * floors.error[..., LEVEL]).all() and np.abs(floors.centre[..., RIDGE]).mean() < 0.4


def test_with_a_short_past_the_pooled_ridge_stays(monkeypatch):
    x = _travelling(60)
    both = [gather(series_of(x, cut=cut), np.arange(cut, cut + 4), cut - 1).centre[..., RIDGE] for cut in (30, 50)]
    monkeypatch.setattr(importlib.import_module("chronotope.evidence.candidates.ridge"), "regression", lambda case: None)
    pooled = [gather(series_of(x, cut=cut), np.arange(cut, cut + 4), cut - 1).centre[..., RIDGE] for cut in (30, 50)]
    assert np.array_equal(both[0], pooled[0]) and np.abs(both[1] - pooled[1]).max() > 0.01


@pytest.mark.parametrize("gap", [0, 30])
def test_what_is_not_seen_is_not_read(gap):
    x, m = _travelling(), np.ones((6, 400), np.float32)
    m[:, 300 : 300 + gap] = 0
    m[3] = 0
    series = series_of(x, m, cut=390)
    other = series_of(np.where(m > 0, x, 99.0), m, cut=390)
    rows = np.arange(390, 398)
    a, b = (gather(s, rows, 389) for s in (series, other))
    assert np.array_equal(a.centre[..., RIDGE], b.centre[..., RIDGE]) and np.array_equal(a.error, b.error)
    assert not a.is_available[3, :, RIDGE].any()


def test_anomalies_are_carried_over_gaps_and_depart_from_the_phase():
    t = np.arange(200)
    x = np.where(t % 10 == 3, 5.0, 0.0).astype(np.float32)[None]
    m = np.ones_like(x)
    m[0, 195:] = 0
    x[0, 194] = 2.0
    recent = Recent(Past(series_of(x, m, periods=(10,), cut=200), True, np.arange(200, 204), 199), 0)
    assert np.abs(recent.anomaly[0, 60:194]).max() < 1e-6  # the phase explains it
    assert recent.anomaly[0, 194:].tolist() == pytest.approx([2.0] * 6)
