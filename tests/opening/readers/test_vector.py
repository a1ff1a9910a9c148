"""Files of geometries in and out."""

from __future__ import annotations

import numpy as np
import pytest

import builders
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.opening.open import open_field

geopandas = pytest.importorskip("geopandas")


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
