"""Scenes: rows of a clock from fixes at any times, columns for those who are followed, and nothing after the origin."""

import numpy as np
import pandas as pd
import pytest

from chronotope.data.fixes import fixes_of
from chronotope.data.scene import origin_of, scene_of, step_of
from chronotope.errors import DataError, KindError
from chronotope.opening.open import open_field

SECOND = 10**9


def tracks(rows, kind="tracks", **options):
    table = pd.DataFrame(rows, columns=["id", "time", "x", "y"])
    table["time"] = pd.Timestamp("2024-05-01") + pd.to_timedelta(table["time"], unit="s")
    return open_field(table, kind=kind, **options)


def line(name, times, speed=2.0):
    return [(name, t, speed * t, 5.0) for t in times]


def scene(field, origin=None, recent=6):
    fixes = fixes_of(field)
    origin = int(fixes.time.max()) if origin is None else origin
    step = step_of(fixes.until(origin))
    return scene_of(fixes, step, origin_of(fixes.until(origin), step, origin), recent)


def test_an_even_clock_is_kept():
    made = scene(tracks(line("a", range(0, 100, 10)) + line("b", range(50, 100, 10))))
    assert made.panel.values.shape == (10, 2, 2) and made.resampled == 0
    np.testing.assert_array_equal(made.panel.values[:, 0, 0], 2.0 * np.arange(0, 100, 10))
    assert np.isnan(made.panel.values[:5, 1]).all() and made.panel.step == np.timedelta64(10, "s")


def test_uneven_fixes_stand_where_the_object_was_in_the_row():
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(5, 15, 40)).round(3)
    made = scene(tracks(line("a", times)))
    there = np.isfinite(made.panel.values[:, 0, 0])
    clock = (made.panel.times - np.datetime64("2024-05-01")) / np.timedelta64(1, "s")
    np.testing.assert_allclose(made.panel.values[there, 0, 0], 2 * clock[there], atol=1e-5)
    assert there[-1] and there.sum() > 20 and made.resampled > 0.9


def test_the_last_fix_before_a_row_is_led_on_to_it():
    made = scene(tracks(line("a", [0, 10, 20, 27]) + line("b", [3, 11, 21, 30])))
    np.testing.assert_allclose(made.panel.values[-1, :, 0], 60.0)


def test_a_row_tells_of_no_later_measurement():
    times = np.cumsum(np.random.default_rng(0).uniform(6, 14, 40)).round(3)
    table = pd.DataFrame(line("a", times), columns=["id", "time", "x", "y"]).assign(load=np.arange(40.0))
    table["time"] = pd.Timestamp("2024-05-01") + pd.to_timedelta(table["time"], unit="s")
    made = scene(open_field(table, kind="tracks"))
    clock = (made.panel.times - np.datetime64("2024-05-01")) / np.timedelta64(1, "s")
    there = np.isfinite(made.beside[:, 0, 0])
    assert there[-1] and there.sum() > 20
    np.testing.assert_array_equal(made.beside[there, 0, 0], np.searchsorted(times, clock[there] + 1e-6) - 1)


def test_gone_objects_share_columns_and_never_touch():
    rows = [row for k in range(30) for row in line(f"o{k}", range(1000 * k, 1000 * k + 100, 10))]
    made = scene(tracks(rows))
    assert made.panel.values.shape[1] == 2 and len(made.objects) == 1
    seen = np.isfinite(made.panel.values[..., 0])
    assert seen.sum() == 300


def test_what_comes_after_the_origin_is_not_read():
    rows = line("a", range(0, 100, 10)) + line("b", range(0, 40, 10))
    origin = pd.Timestamp("2024-05-01 00:00:35").value
    full = scene(tracks(rows), origin)
    poisoned = [(name, t, x if t <= 35 else 1e30, y) for name, t, x, y in rows] + [("c", 36, 0.0, 0.0), ("a", 36.5, 7.0, 7.0)]
    other = scene(tracks(poisoned), origin)
    np.testing.assert_array_equal(full.panel.values, other.panel.values)
    assert full.panel.times[-1] == np.datetime64("2024-05-01T00:00:30")


def test_doubles_are_left_out_and_the_rest_refused_in_a_sentence():
    field = tracks(line("a", range(0, 50, 10)) + line("b", [7, 8]))
    twice = field.isel(event=[0, 1, 1, 2, 3, 4]) if "event" in field.dataset.dims else field.isel(time=[0, 1, 1, 2, 3, 4])
    fixes = fixes_of(twice)
    assert fixes.merged > 0 and len(np.unique(np.stack([fixes.who, fixes.time]), axis=1).T) == len(fixes.time)
    with pytest.raises(DataError, match="two fixes"):
        step_of(fixes.until(int(fixes.time.min())))
    with pytest.raises(DataError, match="at or before the origin"):
        scene_of(fixes, 10 * SECOND, 0, 6)
    with pytest.raises(KindError, match="need tracks"):
        fixes_of(tracks(line("a", range(0, 50, 10)), kind="events"))
