"""Bare arrays: which axis is what, by the lengths of what lies beside them; and what is not numbers."""

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import DataError
from chronotope.opening.open import open_field

TIMES = pd.date_range("2024-01-01", periods=48, freq="h").values
VALUES = np.random.default_rng(0).normal(size=(48, 5))
CLOCK = {"start": "2024-01-01", "step": "1h"}
NAMES = np.array(list("abcde"))


def inferred(field):
    return " ".join(finding.text for finding in field.findings)


@pytest.mark.parametrize(
    "beside",
    [
        {"time": TIMES},
        {"timestamps": TIMES.astype(str)},
        {"time": TIMES, "place": NAMES},
        {"time": TIMES, "lat": np.arange(5.0), "lon": np.arange(5.0)},
    ],
)
def test_times_that_fit_the_second_axis_make_it_the_time(tmp_path, beside):
    np.savez(tmp_path / "a.npz", data=VALUES.T, **beside)
    field = open_field(tmp_path / "a.npz")
    assert np.array_equal(field.times, TIMES) and field.shape == (48, 5)
    assert np.array_equal(field.panel().values[:, :, 0], VALUES.astype(np.float32))
    assert "(place, time) by the lengths of" in inferred(field)


def test_names_of_places_that_fit_the_first_axis_make_it_the_place():
    field = open_field({"data": VALUES.T, "sensor_id": NAMES}, **CLOCK)
    assert field.shape == (48, 5) and field.dataset["place"].values.tolist() == NAMES.tolist()
    usual = open_field({"data": VALUES, "sensor_id": NAMES}, **CLOCK)
    assert np.array_equal(usual.panel().values, field.panel().values)


def test_the_usual_order_stays_where_it_fits():
    square = open_field({"data": VALUES[:5], "time": TIMES[:5]})
    assert square.dataset["value"].dims == ("time", "place"), "both axes are as long as the times"
    assert open_field({"data": VALUES[:, :, None], "time": TIMES}).dataset["value"].dims == ("time", "place")


@pytest.mark.parametrize("order", ["tnc", "tcn", "ntc", "nct", "ctn", "cnt"])
def test_three_axes_are_told_by_times_and_names(order):
    cube = np.random.default_rng(1).normal(size=(48, 5, 3))
    turned = cube.transpose(["tnc".index(axis) for axis in order])
    field = open_field({"data": turned, "time": TIMES, "place": NAMES})
    for i, name in enumerate(field.variables):
        assert np.array_equal(field.dataset[name].transpose("time", "place").values, cube[..., i])


def test_rows_and_columns_before_the_time_are_a_grid():
    cube = np.random.default_rng(1).normal(size=(4, 3, 48))
    field = open_field({"data": cube, "time": TIMES, "lat": np.arange(4.0), "lon": np.arange(3.0)})
    assert field.kind == "grid" and field.shape == (48, 4, 3)
    assert np.array_equal(field.dataset["value"].transpose("lat", "lon", "time"), cube)


def test_times_that_fit_no_axis_are_refused():
    with pytest.raises(DataError, match=r"'time' holds 48, 'data' has shape \(47, 5\)"):
        open_field({"data": VALUES[:47], "time": TIMES})
    assert open_field({"data": VALUES[:47], "time": TIMES}, **CLOCK).shape == (47, 5)


def test_far_fewer_times_than_places_are_doubted():
    field = open_field(np.zeros((5, 2000)), **CLOCK)
    assert any("fewer times than places" in finding.text for finding in field.findings if finding.level == "warning")


def test_whole_numbers_stay_exact_and_masked_values_are_missing():
    large = np.arange(80).reshape(10, 8) + 2**60
    assert np.array_equal(open_field(large, **CLOCK).dataset["value"].values, large)
    masked = np.ma.masked_less(np.arange(20).reshape(10, 2), 3)
    for source in (masked, {"values": masked}):
        assert np.isnan(open_field(source, **CLOCK).dataset["value"].values).sum() == 3


def test_records_are_a_table_and_numbers_of_python_are_numbers(tmp_path):
    records = np.array([(t, i, 2.0 * i) for i, t in enumerate(TIMES[:10])], dtype=[("time", "M8[ns]"), ("a", "i4"), ("b", "f8")])
    np.save(tmp_path / "records.npy", records)
    for source in (records, tmp_path / "records.npy"):
        field = open_field(source)
        assert np.array_equal(field.times, TIMES[:10]) and field.dataset.to_dataframe().size >= 20
    assert np.isnan(open_field(np.array([[1, None], [2, 3.5]], object), **CLOCK).dataset["value"].values[0, 1])


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (VALUES * 1j, "complex"),
        (np.array([[1, "a"], [{}, 2]], object), "holds objects such as"),
        (np.array([["a", "b"]]), "of text"),
        (np.arange(6).reshape(3, 2).astype("m8[s]"), "lengths of time"),
        (np.array(3.0), "at least one axis"),
    ],
)
def test_what_is_no_number_is_refused_in_a_sentence(array, said):
    with pytest.raises(DataError, match=said):
        open_field(array, **CLOCK)


def test_the_array_that_is_a_pickle_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", data=VALUES, when=np.array(TIMES.astype(str), dtype=object))
    with pytest.raises(DataError, match="when in a.npz holds pickled objects"):
        open_field(tmp_path / "a.npz")


@pytest.mark.parametrize("order", ["tyx", "txy", "yxt", "xyt", "ytx"])
def test_rows_and_columns_are_told_by_their_positions(order):
    cube = np.random.default_rng(1).normal(size=(48, 4, 3))
    turned = cube.transpose(["tyx".index(axis) for axis in order])
    field = open_field({"data": turned, "time": TIMES, "lat": np.arange(4.0), "lon": np.arange(3.0)})
    assert field.kind == "grid" and np.array_equal(field.dataset["value"].transpose("time", "lat", "lon"), cube)


@pytest.mark.parametrize("order", ["tyxc", "tcyx", "ctyx", "yxct"])
def test_four_axes_are_told_by_what_lies_beside_them(order):
    cube = np.random.default_rng(1).normal(size=(48, 4, 3, 2))
    turned = cube.transpose(["tyxc".index(axis) for axis in order])
    beside = {"time": TIMES, "lat": np.arange(4.0), "lon": np.arange(3.0), "channels": np.array(["u", "v"])}
    field = open_field({"data": turned} | beside)
    assert field.variables == ("u", "v")
    assert np.array_equal(field.dataset["v"].transpose("time", "lat", "lon"), cube[..., 1])


def test_grey_film_matrices_and_further_arrays():
    grey = np.random.default_rng(0).integers(0, 255, (10, 16, 9)).astype("u1")
    assert open_field(grey, start="2024-01-01", step="1s").kind == "video"
    assert open_field(VALUES.view(np.matrix), **CLOCK).shape == (48, 5)
    two = open_field({"flow": VALUES, "level": VALUES + 1, "time": TIMES[:, None]})
    assert any("left aside, arrays of the same shape" in finding.text for finding in two.findings if finding.level == "warning")
