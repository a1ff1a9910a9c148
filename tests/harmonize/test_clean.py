"""Cleaning against planted faults: made by hand, and in simulated worlds where the faultless values are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError
from chronotope.harmonize.clean import clean
from chronotope.inspect.runs import continuation, longest_likely, runs_of
from chronotope.opening.open import open_field
from chronotope.worlds.draw import draw

SEEDS = range(100, 124)


def at_sites(values, freq: str = "h", positions: bool = False, **attrs) -> Field:
    values = np.asarray(values, float)
    coords = {"time": pd.date_range("2021-01-01", periods=len(values), freq=freq), "place": [f"p{i}" for i in range(values.shape[1])]}
    if positions:
        coords |= {"x": ("place", np.arange(values.shape[1], dtype=float)), "y": ("place", np.zeros(values.shape[1]))}
    return Field(xr.Dataset({"v": (("time", "place"), values, attrs)}, coords), "graph", ("v",), ("place",))


def smooth(t: int = 24 * 40, n: int = 6, seed: int = 0) -> np.ndarray:
    """A daily wave with noise, one level per place."""
    rng = np.random.default_rng(seed)
    hour = np.arange(t)[:, None]
    return 20 + 3 * np.arange(n) + 5 * np.sin(2 * np.pi * hour / 24) + rng.normal(0, 0.5, (t, n))


def masked_by(field: Field, **options) -> tuple[np.ndarray, pd.DataFrame]:
    out, report = clean(field, **options)
    before, after = field.dataset["v"].values, out.dataset["v"].values
    gone = ~np.isnan(before) & np.isnan(after)
    np.testing.assert_array_equal(after[~gone], before[~gone], err_msg="a value that stays may not change")
    assert report["count"].sum() == gone.sum()
    return gone, report


def test_nothing_is_masked_in_a_faultless_record():
    gone, report = masked_by(at_sites(smooth(), positions=True))
    assert not gone.any() and list(report.columns) == ["place", "variable", "rule", "count", "first", "last"]


def test_a_stuck_sensor_is_masked_but_for_its_first_value():
    values = smooth()
    values[100:130, 2] = values[100, 2]
    values[110:115, 2] = np.nan  # a gap does not end the run
    gone, report = masked_by(at_sites(values))
    assert gone[101:130, 2].sum() == 24 and gone.sum() == 24 and not gone[100, 2]
    row = report.iloc[0]
    assert (row["place"], row["rule"], row["count"]) == ("p2", "stuck", 24)
    assert row["first"] == pd.Timestamp("2021-01-01") + pd.Timedelta(hours=101)
    assert row["last"] == pd.Timestamp("2021-01-01") + pd.Timedelta(hours=129)


def test_zeros_rest_unless_told_otherwise_and_full_car_parks_always():
    night = np.round(smooth()) * (np.arange(24 * 40)[:, None] % 24 > 8)
    assert not masked_by(at_sites(night))[0].any()
    silent = smooth()
    silent[300:360, 1] = 0.0
    assert not masked_by(at_sites(silent), rules=["stuck"])[0].any()
    assert masked_by(at_sites(silent), rules=["stuck"], steady=())[0].sum() == 59
    assert masked_by(at_sites(silent), rules=["stuck"], steady={"v": [7.0]})[0].sum() == 59
    full = np.minimum(smooth(), 22.0 + 3 * np.arange(6))
    assert not masked_by(at_sites(full))[0].any()


def test_how_long_is_unlikely_by_hand():
    assert list(runs_of(np.array([1.0, 1, 2, 3, 3, 3])).length) == [2, 1, 3]
    assert longest_likely(0.1, 100, 0.01) == pytest.approx(5.0), "100 runs x 0.1^4 = 0.01"
    coin = runs_of(np.random.default_rng(0).integers(0, 2, 4000).astype(float))
    assert 0.5 < continuation(coin.length) < 0.8, "a run of coin throws goes on with chance 1/2; the estimate is cautious"


def test_rounded_records_repeat_without_being_stuck():
    values = np.round(np.cumsum(np.random.default_rng(2).normal(0, 0.3, (2000, 5)), axis=0))
    assert masked_by(at_sites(values), rules=["stuck", "carried"])[0].mean() < 0.002


def test_spikes_are_masked_but_daily_peaks_and_shared_leaps_are_not():
    values = smooth()
    values[8::24] += 30.0  # a sharp peak at eight each morning
    values[500, 3] += 60.0
    values[[700, 701], 4] -= 60.0
    values[600, 1:5] += 60.0  # a gust that four neighbours see
    gone, report = masked_by(at_sites(values, positions=True), rules=["spike"])
    assert gone[500, 3] and gone[700, 4] and gone[701, 4] and gone.sum() == 3
    assert set(report["rule"]) == {"spike"}


def test_a_step_to_a_new_level_is_no_spike():
    values = smooth()
    values[480:] += 80.0
    values[700:710, 2] += 50.0
    assert not masked_by(at_sites(values), rules=["spike"])[0].any(), "ten steps are an event, not a spike"


def test_copies_of_a_series_are_masked_whole():
    values = smooth()
    values[:, 4] = values[:, 1]
    values[10:30, 4] = np.nan
    gone, report = masked_by(at_sites(values))
    assert gone[:, 4].sum() == len(values) - 20 and gone.sum() == len(values) - 20
    assert list(report["place"]) == ["p4"] and list(report["rule"]) == ["duplicate"]
    still = np.zeros((100, 5))
    assert not masked_by(at_sites(still))[0].any(), "equal constants say nothing"


def test_rows_written_again_are_masked():
    values = smooth()
    values[201:206] = values[200]
    values[400] = values[399]
    gone, report = masked_by(at_sites(values))
    assert gone[201:206].all() and gone[400].all() and gone.sum() == 36 and set(report["rule"]) == {"carried"}


def test_impossible_values_by_declaration_by_attribute_and_by_physics():
    values = smooth()
    values[5, 0], values[6, 1], values[7, 2] = -300.0, 500.0, np.inf
    assert masked_by(at_sites(values), rules=["impossible"])[0].sum() == 1, "without a range only infinity is impossible"
    assert masked_by(at_sites(values), rules=["impossible"], limits={"v": (0, None)})[0].sum() == 2
    assert masked_by(at_sites(values, valid_max=100.0), rules=["impossible"])[0].sum() == 2
    assert masked_by(at_sites(values, units="degC"), rules=["impossible"])[0].sum() == 2, "colder than absolute zero, and infinite"
    named = {"units": "degC", "standard_name": "air_temperature"}
    assert masked_by(at_sites(values, **named), rules=["impossible"])[0].sum() == 3
    kelvin = values + 273.15
    assert masked_by(at_sites(kelvin, **named | {"units": "K"}), rules=["impossible"])[0].sum() == 3
    assert not masked_by(at_sites(values - 300, units="m"), rules=["impossible"])[0][:5].any()


def plant(values: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Faults of each kind written into values (t, n) of one variable; where they are."""
    (t, n), seen = values.shape, np.isfinite(values)
    order, where = rng.permutation(n), {rule: np.zeros(values.shape, bool) for rule in ("stuck", "spike", "duplicate", "impossible")}
    for i in order[: max(1, n // 6)]:
        length = int(rng.integers(24, 48))
        start = int(rng.integers(0, t - length))
        run = slice(start + 1, start + length)
        if seen[start, i] and values[start, i] != 0:
            where["stuck"][run, i] = seen[run, i]
            values[run, i] = np.where(seen[run, i], values[start, i], np.nan)
    for i in order[n // 6 : n // 2]:
        reach = np.nanmax(values[:, i]) - np.nanmin(values[:, i]) if seen[:, i].any() else 0.0
        for k in rng.integers(5, t - 5, 3):
            if seen[k, i] and reach > 0:
                values[k, i] += rng.choice([-1, 1]) * 1.5 * reach
                where["spike"][k, i] = True
    copy, original = order[n // 2], order[-1]
    if len(np.unique(values[seen[:, original], original])) > 20:
        values[:, copy] = values[:, original]
        where["duplicate"][:, max(copy, original)] = np.isfinite(values[:, copy])
    values[t // 2, order[-2]], where["impossible"][t // 2, order[-2]] = 1e30, True
    return where


def test_planted_faults_are_found_in_worlds_with_few_false_alarms():
    """Over 24 worlds of all families, as drawn: recall of stuck runs and spikes, and the share of faultless values lost."""
    recall: dict[str, list[float]] = {}
    lost = []
    for seed in SEEDS:
        world = draw(seed)
        defects = [word for part in world.params.get("defects", []) for word in part]
        values = world.panel.values[:, :, 0].astype(float)
        if not {"stale", "zeros"} & set(defects):
            lost.append(masked_by(at_sites(values))[0].sum() / np.isfinite(values).sum())
        where = plant(values, np.random.default_rng(seed))
        gone, _ = masked_by(at_sites(values), limits={"v": (-1e29, 1e29)})
        for rule, mask in where.items():
            if mask.any():
                recall.setdefault(rule, []).append(float(gone[mask].mean()))
    found = {rule: float(np.mean(shares)) for rule, shares in recall.items()}
    middle = {rule: float(np.median(shares)) for rule, shares in recall.items()}
    print(found, middle, f"lost {np.mean(lost):.4%}, median {np.median(lost):.4%}, worst {np.max(lost):.4%}")
    assert found["impossible"] == 1.0 and found["duplicate"] >= 0.95
    assert found["stuck"] >= 0.85 and middle["stuck"] >= 0.95
    assert found["spike"] >= 0.7 and middle["spike"] >= 0.9, "in worlds of rare bursts (rain, epidemics) a spike looks like one more burst"
    assert np.mean(lost) < 0.001 and np.median(lost) < 0.0005


def test_grids_levels_and_integers():
    field = open_field(builders.levels(t=60))
    out, report = clean(field, limits={"water": (None, 3000.0)})
    assert out.dataset["water"].dims == field.dataset["water"].dims and out.dataset["water"].dtype == np.float32
    assert float(out.dataset["water"].max()) <= 3000 and set(report["variable"]) == {f"water[depth={d}]" for d in ("0", "5", "12.5")}
    counts = at_sites(np.arange(200).reshape(50, 4))
    whole = Field(counts.dataset.astype(int), "graph", ("v",), ("place",))
    assert clean(whole)[0].dataset["v"].dtype.kind == "i", "nothing masked, nothing cast"
    assert np.isnan(clean(whole, limits={"v": (0, 100)})[0].dataset["v"].values).sum() == 99
    assert "clean: 99 values masked (impossible 99)" in clean(whole, limits={"v": (0, 100)})[0].dataset.attrs["history"]


def test_refusals():
    field = at_sites(smooth())
    with pytest.raises(ArgumentError, match="rules"):
        clean(field, ["frozen"])
    with pytest.raises(ArgumentError, match="'w'"):
        clean(field, limits={"w": (0, 1)})
    with pytest.raises(ArgumentError, match="unlikely"):
        clean(field, unlikely=2)
    with pytest.raises(ArgumentError, match="spike"):
        clean(field, spike=0)
    with pytest.raises(KindError, match="events"):
        clean(open_field(builders.events_table()))
