"""Tables that are objects: indices and types of pandas, reference systems of geopandas."""

from __future__ import annotations

from decimal import Decimal
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from chronotope.errors import DataError, KindError
from chronotope.opening.open import open_field

HOURS = pd.date_range("2022-05-01", periods=6, freq="h")
WAVE = [1.5, 2.25, 3.0, 2.5, 1.25, 0.5]
TWO = {"A": WAVE, "B": WAVE}
geo = pytest.mark.skipif(find_spec("geopandas") is None, reason="geopandas is not installed")


@pytest.mark.parametrize(
    ("table", "first"),
    [
        (pd.DataFrame(TWO, index=pd.period_range("2020-01", periods=6, freq="M")), "2020-01-01T00"),
        (pd.DataFrame({"month": pd.period_range("2020-01", periods=6, freq="M"), **TWO}), "2020-01-01T00"),
        (pd.DataFrame(TWO, index=HOURS.tz_localize("Europe/Berlin")), "2022-04-30T22"),
        (pd.DataFrame({"time": HOURS, "A": [Decimal(str(x)) for x in WAVE], "B": pd.array(WAVE, "Float64")}), "2022-05-01T00"),
        (pd.DataFrame({"time": HOURS, "A": [str(x) for x in WAVE], "B": pd.Categorical(WAVE)}), "2022-05-01T00"),
        (
            pd.DataFrame({"time": pd.Series(HOURS.astype(str), dtype="string"), "A": pd.Series(map(str, WAVE), dtype="string"), "B": WAVE}),
            "2022-05-01T00",
        ),
        (pd.DataFrame({"time": [str(h) for h in HOURS], **TWO}).sample(frac=1, random_state=0), "2022-05-01T00"),
    ],
)
def test_a_wide_table_of_any_types_is_the_same_numbers(table, first):
    field = open_field(table)
    assert field.dataset["place"].values.tolist() == ["A", "B"] and str(field.times[0])[:13] == first
    np.testing.assert_array_equal(field.dataset["value"].values, np.array([WAVE, WAVE]).T)


@pytest.mark.parametrize("names", [["site", "time"], [None, None]])
def test_two_levels_of_an_index_are_places_and_times(names):
    index = pd.MultiIndex.from_product([["a", "b"], HOURS], names=names)
    field = open_field(pd.DataFrame({"v": WAVE + WAVE}, index=index))
    assert field.dataset["place"].values.tolist() == ["a", "b"] and field.dataset["v"].values[:, 1].tolist() == WAVE


def test_large_numbers_are_untouched():
    exact = np.arange(6) + 2.0**40 + 0.25
    assert open_field(pd.DataFrame({"time": HOURS, "A": exact})).dataset["A"].values.ravel().tolist() == exact.tolist()


def test_a_unit_beside_the_values_is_kept():
    assert open_field(pd.DataFrame({"time": HOURS, "value": WAVE, "unit": "mg/l"})).units == {"value": "mg/l"}


def test_rows_of_variables_at_one_place():
    table = pd.DataFrame({"time": [*HOURS, *HOURS], "variable": ["t"] * 6 + ["q"] * 6, "value": WAVE + WAVE})
    field = open_field(table)
    assert field.variables == ("t", "q") and field.shape == (6, 1)


@geo
@pytest.mark.parametrize("crs", ["EPSG:25832", "EPSG:3857", "EPSG:4326", "EPSG:2263"])
@pytest.mark.parametrize("suffix", ["", ".parquet", ".gpkg"])
def test_positions_of_any_reference_system_are_degrees(tmp_path, crs, suffix):
    import geopandas

    points = geopandas.points_from_xy([9.0] * 6 + [9.1] * 6, [50.0] * 12)
    frame = geopandas.GeoDataFrame(
        {"time": [*HOURS, *HOURS], "name": ["a"] * 6 + ["b"] * 6, "v": WAVE + WAVE}, geometry=points, crs=4326
    ).to_crs(crs)
    source = frame
    if suffix:
        source = tmp_path / f"a{suffix}"
        frame.to_parquet(source) if suffix == ".parquet" else frame.to_file(source)
    field = open_field(source)
    np.testing.assert_allclose(field.dataset["lat"].values, [50.0, 50.0], atol=1e-6)
    np.testing.assert_allclose(field.dataset["lon"].values, [9.0, 9.1], atol=1e-6)


@geo
def test_metres_without_a_reference_system_are_no_degrees():
    import geopandas

    points = geopandas.points_from_xy([500000.0] * 6 + [501000.0] * 6, [5500000.0] * 12)
    field = open_field(geopandas.GeoDataFrame({"time": [*HOURS, *HOURS], "name": ["a"] * 6 + ["b"] * 6, "v": WAVE + WAVE}, geometry=points))
    assert "lat" not in field.dataset.coords and field.dataset["x"].values.tolist() == [500000, 501000]


@geo
def test_areas_with_a_column_per_date_keep_their_plane():
    import geopandas

    points = geopandas.points_from_xy([500000.0, 501000.0], [5500000.0] * 2)
    frame = geopandas.GeoDataFrame({"name": ["a", "b"], "2020": [1.0, 2], "2021": [3.0, 4], "2022": [5.0, 6]}, geometry=points, crs=25832)
    field = open_field(frame)
    assert field.dataset["x"].values.tolist() == [500000, 501000] and abs(float(field.dataset["lat"][0]) - 49.65) < 0.01


@pytest.mark.parametrize("place", ["station", "Ticker"])
def test_a_pivot_of_several_variables_has_those_variables_at_its_places(place):
    rows = pd.MultiIndex.from_product([pd.date_range("2024-01-01", periods=30), ["a", "b"]], names=["day", place])
    long = pd.DataFrame({"flow": np.arange(60.0), "level": -np.arange(60.0)}, index=rows)
    for wide in (long.unstack(place), long.unstack(place).swaplevel(axis=1)):
        field = open_field(wide)
        assert field.variables == ("flow", "level") and list(field.dataset["place"].values) == ["a", "b"]
        np.testing.assert_array_equal(field.dataset["level"].transpose("time", "place"), long["level"].unstack(place))
        assert any("columns in two levels" in finding.text for finding in field.findings)


def test_places_in_rows_without_numbers_are_refused_with_the_way_to_events():
    table = pd.DataFrame({"time": HOURS.repeat(3), "lat": [1.0, 2.0, 3.0] * 6, "lon": [2.0, 3.0, 2.0] * 6})
    with pytest.raises(DataError, match="beside 'time'; found .* give kind='events'"):
        open_field(table)
    assert open_field(table, kind="events").kind == "events"


class Streams:
    """A table of another library, known by its Arrow stream alone."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.table(self.table).__arrow_c_stream__(requested_schema)


def test_tables_of_other_libraries_come_by_their_arrow_stream():
    days = pd.date_range("2024-01-01", periods=20)
    table = pd.DataFrame({"time": np.repeat(days, 2), "place": ["a", "b"] * 20, "flow": np.arange(40.0)})
    field = open_field(Streams(table))
    assert (field.times == days.values).all() and field.dataset["flow"].values.ravel().tolist() == list(range(40))
    with pytest.raises(KindError, match="found builtins.set"):
        open_field({1, 2})


def test_objects_and_lists_in_cells():
    days = pd.date_range("2024-01-01", periods=30)
    table = pd.DataFrame({"day": days, "pos": [{"lat": 40.0, "lon": 3.0}] * 30, "tags": [["a", "b"]] * 30, "v": np.arange(30.0)})
    field = open_field(table)
    assert field.variables == ("v",) and float(field.dataset["lat"].values.ravel()[0]) == 40.0
    assert any("columns of lists were left aside: tags" in note.text for note in field.findings)


def test_tables_of_arrow_beside_the_data():
    days = pd.date_range("2024-01-01", periods=40)
    ahead = pa.table({"day": days, "promo": np.arange(40.0)})
    field = open_field(pd.DataFrame({"day": days[:30], "v": np.arange(30.0)}), future=ahead)
    assert field.side.roles["promo"] == "known_future"
    with pytest.raises(KindError, match="Collect it first"):
        open_field(type("LazyFrame", (), {"collect": None})())


def test_levels_of_a_float_are_not_thrown_away():
    levels = pd.DataFrame({"time": "2024-01-01", "pres": [5.0, 50.0], "temp": [20.0, 9.0]})
    rows = [levels.assign(time=day, platform_number=k, latitude=20 + k + i / 9, longitude=-40 + i / 9)
            for k in (1, 2) for i, day in enumerate(pd.date_range("2024-01-01", periods=12, freq="10D"))]  # fmt: skip
    field = open_field(pd.concat(rows))
    assert field.kind == "points" and dict(field.dataset.sizes) == {"event": 24, "level": 2} and field.variables == ("temp",)
    assert set(field.dataset["object"].values) == {"1", "2"}
    with pytest.raises(DataError, match="differ in 'pres'"):
        open_field(pd.concat(rows), kind="tracks")
