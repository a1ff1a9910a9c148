"""Packed sets hold what the files held; training windows never read the kept-out last fifth."""

import shutil

import numpy as np
import pytest

from chronotope.data.panel import Edges, Panel
from chronotope.training.corpus import Corpus
from chronotope.training.sources import LONGEST, Entry, coarsen, disguise, draw_window, load_packed, pack
from corpora import write_raw
from panels import panel_of
from tiles import rhythm, same_bits


def test_packed_sets_hold_what_the_files_held(packed):
    panel, about = load_packed(packed / "hourly")
    made = rhythm(400, 8, 2)
    assert np.array_equal(panel.values, made.values, equal_nan=True) and (panel.times == made.times).all()
    assert panel.freq == "1h" and panel.regular and len(panel.variables) == 2 and panel.xy.shape == (8, 2)
    assert about["shape"] == [400, 8, 2] and about["missing"] == pytest.approx(np.isnan(made.values).mean(), abs=1e-4)
    assert isinstance(panel.values, np.memmap)
    daily, about = load_packed(packed / "daily")
    np.testing.assert_allclose(daily.values, rhythm(150, 3, freq="1D", seed=1).values, rtol=1e-6)
    assert about["weight"] == 2.0 and daily.freq == "1D"


def test_packing_can_take_differences_and_every_second_place(tmp_path):
    write_raw(tmp_path)
    pack(Entry("x", "hourly.npz", "made", "none", transform="difference", stride=2), tmp_path, tmp_path / "packed")
    panel, _ = load_packed(tmp_path / "packed" / "x")
    made = rhythm(400, 8, 2).values[:, ::2]
    assert np.array_equal(panel.values[1:], np.diff(made, axis=0), equal_nan=True) and np.isnan(panel.values[0]).all()


def _poisoned(packed, tmp_path):
    copy = tmp_path / "poisoned"
    shutil.copytree(packed, copy)
    for name in ("hourly", "daily"):
        values = np.load(copy / name / "values.npy")
        values[int(len(values) * 0.8) :] = 1e30
        np.save(copy / name / "values.npy", values)
    return copy


def test_the_last_fifth_is_never_drawn_in_training(packed, tmp_path):
    clean, dirty = (Corpus(folder, 7, worlds=0.0, examples=2) for folder in (packed, _poisoned(packed, tmp_path)))
    for step in range(12):
        a, b = clean.batch(step), dirty.batch(step)
        assert same_bits(a.tokens, b.tokens) == [] and np.array_equal(a.truth, b.truth)


def test_validation_does_read_the_last_fifth(packed, tmp_path):
    clean, dirty = (Corpus(folder, 7, worlds=0.0, examples=2, part="validation") for folder in (packed, _poisoned(packed, tmp_path)))
    assert any(same_bits(clean.batch(step).tokens, dirty.batch(step).tokens) for step in range(6))


@pytest.mark.parametrize("seed", range(12))
def test_a_window_is_a_piece_of_the_panel(seed):
    panel = rhythm(900, 30, 3, gaps=0.0)
    values = panel.values + 500 + 1000 * np.arange(30)[:, None] + 100000 * np.arange(3)  # who is who can be read off the value
    panel = panel_of(values, xy=panel.xy, edges=Edges(np.arange(29), np.arange(1, 30), np.ones(29)))
    piece = draw_window(np.random.default_rng(seed), panel, 700, 64)
    t, n, v = piece.values.shape
    assert n * v <= 64 and t <= min(700, LONGEST) and piece.times[-1] <= panel.times[699]
    place = (np.median(piece.values[..., 0], 0) % 100000 // 1000).astype(int)
    assert len(set(place)) == n
    if piece.xy is not None:
        assert np.array_equal(piece.xy, panel.xy[place])
    if piece.edges is not None:
        assert (place[piece.edges.target] == place[piece.edges.source] + 1).all()
    if t > 1:
        factor = int(piece.step / panel.step)
        first = int(np.flatnonzero(panel.times == piece.times[0])[0])
        variable = int(piece.values[0, 0, 0] // 100000)
        block = panel.values[first : first + factor, place[0], variable]
        assert piece.values[0, 0, 0] == pytest.approx(block.mean(), abs=0.1) or piece.values[0, 0, 0] == block[0]


def test_a_coarser_step_is_the_mean_of_what_was_seen_in_at_least_half_of_it():
    values = np.arange(800.0)
    values[[1, 4, 5, 6]] = np.nan
    panel = panel_of(values)
    found = next(
        p for s in range(20) if not np.isnan((p := coarsen(np.random.default_rng(s), panel, 4)).values[0, 0, 0]) and p.values[0, 0, 0] != 0
    )
    assert found.values[0, 0, 0] == pytest.approx(np.mean([0, 2, 3])) and np.isnan(found.values[1, 0, 0])  # one of four is too few
    assert found.values[2, 0, 0] == np.mean([8, 9, 10, 11])
    assert found.step == np.timedelta64(4, "h") and found.times[0] == panel.times[0]
    assert coarsen(np.random.default_rng(0), panel, 1) is panel
    assert coarsen(np.random.default_rng(0), panel_of(values[:400]), 4).step == panel.step  # too short to lose three quarters


def test_events_are_packed_as_counts_of_the_cells_where_anything_happened(tmp_path):
    spots = [(50.05, 7.05), (50.95, 7.95)]
    rows = [f"2024-01-{day:02d} 0{i}:00:00,{lat},{lon}" for day in range(1, 29) for i, (lat, lon) in enumerate(spots)]
    (tmp_path / "events.csv").write_text("\n".join(["time,lat,lon", *rows]))
    entry = Entry("e", "events.csv", "events", "own", options={"kind": "events"}, counts={"step": "1D", "cells": 0.1})
    assert pack(entry, tmp_path, tmp_path / "packed")["shape"] == [28, 2, 1]
    panel, _ = load_packed(tmp_path / "packed" / "e")
    assert panel.values.sum() == len(rows)


def test_a_disguise_is_upside_down_or_another_scale_and_keeps_the_order():
    values = np.random.default_rng(0).gamma(2.0, 3.0, (60, 3, 1)).astype(np.float32)
    panel = Panel(values, np.arange(60).astype("datetime64[h]").astype("datetime64[ns]"), "1h", ("v",))
    found = [disguise(np.random.default_rng(seed), panel).values for seed in range(200)]
    turned = [np.array_equal(one, -values) for one in found]
    bent = [not t and not np.array_equal(one, values) for t, one in zip(turned, found, strict=True)]
    assert 4 < sum(turned) < 35 and 4 < sum(bent) < 35
    for one in (one for one, b in zip(found, bent, strict=True) if b):
        assert (np.argsort(one[:, 0, 0]) == np.argsort(values[:, 0, 0])).all()
