"""Files of geometries in and out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import builders
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

geopandas = pytest.importorskip("geopandas")
shapely = pytest.importorskip("shapely")


def frame():
    table = builders.long_table()
    return geopandas.GeoDataFrame(
        table.drop(columns=["lat", "lon"]), geometry=geopandas.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326"
    )


def test_a_geopackage_reads_like_its_table(tmp_path):
    frame().to_file(tmp_path / "a.gpkg", layer="flows")
    field, truth = open_field(tmp_path / "a.gpkg"), open_field(builders.long_table())
    np.testing.assert_array_equal(field.dataset["rain"].values, truth.dataset["rain"].values)
    np.testing.assert_allclose(field.dataset["lat"].values, truth.dataset["lat"].values)
    frame().to_file(tmp_path / "a.gpkg", layer="other")
    with pytest.raises(DataError, match="holds flows, other"):
        open_field(tmp_path / "a.gpkg")
    assert open_field(tmp_path / "a.gpkg", query="flows").dataset["rain"].equals(field.dataset["rain"])
    with pytest.raises(ArgumentError, match="'rivers'"):
        open_field(tmp_path / "a.gpkg", query="rivers")


def test_a_wrong_file_is_told(tmp_path):
    (tmp_path / "a.gpkg").write_bytes(b"SQLite format 3\0" + bytes(100))
    with pytest.raises(DataError, match=r"a\.gpkg cannot be read"):
        open_field(tmp_path / "a.gpkg")


def test_a_field_becomes_points():
    made = open_field(builders.long_table()).to_geopandas()
    assert made.crs.to_epsg() == 4326 and set(made.columns) == {"time", "place", "variable", "value", "geometry"}
    one = made[made["place"] == "02"].iloc[0]
    assert (one.geometry.x, one.geometry.y) == (18.0, 12.0)
    with pytest.raises(KindError, match="lat and lon"):
        open_field(builders.wide_table()).to_geopandas()


def test_areas_in_geojson_are_stood_for_by_a_point_inside(tmp_path):
    from shapely.geometry import box

    rows = [(f"2020-01-0{d}", name, 10 * d + i, box(i, 50, i + 1, 51)) for d in (1, 2, 3) for i, name in enumerate("ab")]
    areas = geopandas.GeoDataFrame(rows, columns=["time", "place", "cases", "geometry"], crs="EPSG:4326")
    (tmp_path / "areas.geojson").write_text(areas.to_json())
    field = open_field(tmp_path / "areas.geojson")
    assert field.dataset["lon"].values.tolist() == [0.5, 1.5] and field.dataset["cases"].sel(place="b").values.tolist() == [11, 21, 31]
    (tmp_path / "broken.geojson").write_text(areas.to_json().replace("Polygon", "Heptagon"))
    with pytest.raises(DataError, match=r"broken\.geojson"):
        open_field(tmp_path / "broken.geojson")


def incidents():
    """A point each six hours, in a plane."""
    rng = np.random.default_rng(0)
    points = geopandas.points_from_xy(450000 + rng.uniform(0, 10000, 60), 5410000 + rng.uniform(0, 10000, 60))
    return geopandas.GeoDataFrame(
        {"date": pd.date_range("2023-01-01", periods=60, freq="6h"), "kind": "fire"}, geometry=points, crs="EPSG:32633"
    )


@pytest.mark.parametrize("kind", [None, "events"])
def test_points_of_a_plane_at_stamps_of_their_own_are_events_and_counted_in_its_unit(kind, tmp_path):
    incidents().to_file(tmp_path / "a.gpkg")
    field = open_field(tmp_path / "a.gpkg", kind=kind)
    assert field.kind == "events" and {"x", "y", "lat", "lon"} <= set(field.dataset.coords)
    rates = load("baseline:homogeneous_poisson").forecast(field, 2, step="1D", cell=5000)
    assert rates.rate.shape == (2, 2, 2) and float(rates.rate["x"][0]) == 452500.0


def test_geojson_in_another_system_is_read_by_what_it_names(tmp_path):
    frame().to_crs("EPSG:32633").to_file(tmp_path / "a.geojson", driver="GeoJSON")
    field, truth = open_field(tmp_path / "a.geojson"), open_field(builders.long_table())
    np.testing.assert_allclose(field.dataset["lat"].values, truth.dataset["lat"].values, atol=1e-6)
    np.testing.assert_allclose(field.dataset["lon"].values, truth.dataset["lon"].values, atol=1e-6)


def test_lines_that_name_moments_are_tracks():
    line = lambda k: shapely.LineString([(13 + i / 100, 52 + k + i / 90) for i in range(20)])  # noqa: E731
    moments = list(pd.date_range("2024-05-01", periods=20, freq="2min").strftime("%Y-%m-%dT%H:%M:%SZ"))
    table = geopandas.GeoDataFrame({"name": ["a", "b"], "coordTimes": [moments] * 2}, geometry=[line(0), line(1)], crs=4326)
    field = open_field(table)
    assert field.kind == "tracks"
    np.testing.assert_allclose(field.dataset["lat"].values, 52 + np.arange(20)[:, None] / 90 + [0, 1])
