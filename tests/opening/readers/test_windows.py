"""Windows of prepared benchmarks: laid back into their series where they overlap, refused where they do not."""

import numpy as np
import pytest

from chronotope.errors import DataError
from chronotope.opening.open import open_field

SERIES = np.random.default_rng(0).normal(60, 5, (60, 5, 2)).round(2)
CLOCK = {"start": "2012-03-01", "step": "5min"}
BEFORE, AFTER = np.arange(-11, 1), np.arange(1, 13)


def windows(origins=range(11, 48), series=SERIES):
    return {"x": np.stack([series[i + BEFORE] for i in origins]), "y": np.stack([series[i + AFTER] for i in origins])}


def offsets():
    return {"x_offsets": BEFORE[:, None], "y_offsets": AFTER[:, None]}


def values(field):
    return np.stack([field.dataset[name].transpose("time", "place").values for name in field.variables], axis=-1)


def test_windows_are_laid_back_into_the_series(tmp_path):
    np.savez(tmp_path / "train.npz", **windows(), **offsets())
    for source in (tmp_path / "train.npz", windows() | offsets(), windows()):
        field = open_field(source, **CLOCK)
        assert field.kind == "graph" and field.shape == (60, 5)
        assert np.array_equal(values(field), SERIES), "12 steps of the first window, 36 of the others, 12 targets of the last"
        assert any("37 windows of 12 steps" in finding.text for finding in field.findings)


@pytest.mark.parametrize("stride", [1, 2, 5, 12])
def test_windows_may_begin_every_few_steps(stride):
    origins = range(11, 48, stride)
    field = open_field(windows(origins) | offsets(), **CLOCK)
    assert np.array_equal(values(field), SERIES[: origins[-1] + 13])


def test_offsets_with_holes_in_them_are_kept():
    steps = np.array([-6, -4, -2, 0])
    x = np.stack([SERIES[i + steps] for i in range(6, 40)])
    field = open_field({"x": x, "x_offsets": steps}, **CLOCK)
    assert np.array_equal(values(field), SERIES[:40])


def test_shuffled_and_split_windows_are_refused_with_the_way_to_the_series():
    shuffled = windows(np.random.default_rng(1).permutation(np.arange(11, 48)))
    split = windows([*range(11, 20), *range(30, 48)])
    for arrays in (shuffled, split):
        with pytest.raises(DataError, match="do not overlap.*Open the series"):
            open_field(arrays | offsets(), **CLOCK)


def test_targets_of_another_scale_or_of_fewer_channels_are_left_out():
    scaled = windows() | offsets()
    scaled["x"] = (scaled["x"] - 60) / 5
    assert open_field(scaled, **CLOCK).shape == (48, 5)
    fewer = windows() | offsets()
    fewer["y"] = fewer["y"][..., :1]
    assert np.array_equal(values(open_field(fewer, **CLOCK)), SERIES[:48])


def test_a_channel_with_the_time_of_day_is_named_and_gives_the_step():
    series = SERIES.copy()
    series[..., 1] = ((np.arange(60) + 280) / 288 % 1)[:, None]
    field = open_field(windows(series=series) | offsets(), start="2012-03-01")
    assert field.variables == ("value", "time_of_day")
    assert field.panel().freq == "5min"


def test_parts_of_a_benchmark_in_one_file_are_told():
    parts = windows()
    file = {"train_x": parts["x"][:20], "train_y": parts["y"][:20], "val_x": parts["x"][20:], "val_y": parts["y"][20:]}
    field = open_field(file, **CLOCK)
    assert np.array_equal(values(field), SERIES[:43]) and any("val_x, val_y" in f.text for f in field.findings if f.level == "warning")


def test_windows_without_sensors_or_without_a_word_for_them_are_seen():
    assert open_field(windows(series=SERIES[..., 0]) | offsets(), **CLOCK).shape == (60, 5)
    assert open_field(windows()["x"], **CLOCK).shape == (48, 5), "four axes of which each sample goes on from the one before"
    grid = open_field(SERIES.reshape(10, 6, 5, 2), **CLOCK)
    assert grid.kind == "grid" and grid.shape == (10, 6, 5)


def test_steps_may_be_the_last_axis():
    """(sample, sensor, channel, step), as some prepared sets have it."""
    x = np.stack([SERIES[i : i + 12] for i in range(40)]).transpose(0, 2, 3, 1)
    y = np.stack([SERIES[i + 12 : i + 15, :, 0] for i in range(40)]).transpose(0, 2, 1)
    assert np.array_equal(values(open_field({"train_x": x, "train_target": y}, **CLOCK)), SERIES[:51])
