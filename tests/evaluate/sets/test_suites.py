"""The held-out sets open as described, and the benchmark adds up."""

import numpy as np
import pytest

from builders import SHARED
from chronotope.baselines import BASELINES, FLOORS
from chronotope.errors import ArgumentError, NoFileError
from chronotope.evaluate.protocols.benchmark import benchmark, summary
from chronotope.evaluate.sets.suites import MOST_PLACES, QUICK, SETS, HeldOut, data_root, sets_named

needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data")


def write_set(folder, steps=120, places=3, seed=0):
    values = np.random.default_rng(seed).normal(10, 1, (steps, places, 2)).astype("float32")
    np.savez(folder / "a.npz", values=values, start="2024-01-01T00:00:00", step_seconds=3600, variable=["flow", "speed"])
    return HeldOut("made", "test", "a.npz", 6, origins=4)


def test_names_are_unique_and_unknown_ones_are_refused():
    assert len({entry.name for entry in SETS}) == len(SETS) and set(QUICK) <= {entry.name for entry in SETS}
    with pytest.raises(ArgumentError, match="metr_la_week"):
        sets_named(("nowhere",))


def test_a_missing_root_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("CHRONOTOPE_DATA", str(tmp_path / "none"))
    with pytest.raises(NoFileError, match="CHRONOTOPE_DATA"):
        data_root()


def test_origins_lie_in_the_last_fifth_and_leave_room_for_the_horizon(tmp_path):
    entry = write_set(tmp_path)
    panel, names = entry.open(tmp_path)
    rows = entry.rows(panel, len(names))
    assert len(rows) == 4 and rows[0] == 96 and rows[-1] == 113


def test_each_variable_is_a_row_and_the_best_floor_has_ratio_one(tmp_path):
    table = benchmark([BASELINES["neighbour_mean"]()], [write_set(tmp_path)], tmp_path)
    assert len(table) == 2 * (len(FLOORS) + 1)
    floors = table[table["is_floor"]]
    assert floors.groupby("variable")["mae_ratio"].min().tolist() == [1, 1]
    assert (floors["n"] == 4 * 6 * 3).all()


def test_the_summary_is_a_geometric_mean_over_sets(tmp_path):
    table = benchmark([], [write_set(tmp_path)], tmp_path)
    last = table[table["model"] == "last_value"]
    assert summary(table).loc["last_value", "wql_ratio"] == pytest.approx(np.sqrt(last["wql_ratio"].prod()))


def test_the_cache_gives_the_same_numbers_and_notices_other_data(tmp_path):
    entry, cache = write_set(tmp_path), tmp_path / "kept"
    first, again = (benchmark([], [entry], tmp_path, cache=cache) for _ in range(2))
    assert first.drop(columns="seconds").equals(again.drop(columns="seconds"))
    assert len(list(cache.iterdir())) == len(FLOORS)
    write_set(tmp_path, seed=1)
    benchmark([], [entry], tmp_path, cache=cache)
    assert len(list(cache.iterdir())) == 2 * len(FLOORS)


@needs_data
@pytest.mark.parametrize("name", ["metr_la_week", "influenza_japan", "camels_us_mini", "ngsim_speed_field", "covid19_italy_provinces"])
def test_a_real_set_opens_with_its_clock_targets_and_few_places(name):
    entry = sets_named((name,))[0]
    panel, names = entry.open(data_root())
    assert panel.regular and panel.variables[: len(names)] == names and panel.values.shape[1] <= 1.1 * MOST_PLACES
    assert panel.times[0] > np.datetime64("1970-01-02") or entry.start is None
    rows = entry.rows(panel, len(names))
    ahead = np.stack([panel.values[row + 1 : row + 1 + entry.horizon, :, : len(names)] for row in rows])
    assert len(rows) >= 12 and np.isfinite(ahead).mean() > 0.5
