"""GeoTIFF: cells, dates, missing codes and reference systems come back; cut files and folders that do not fit are told."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from chronotope.errors import DataError, DimensionError, MissingExtraError
from chronotope.opening.open import open_field

rasterio = pytest.importorskip("rasterio")


def image(path, values: np.ndarray, crs: str = "EPSG:4326", cell: float = 0.5, **more) -> None:
    """Bands (b, 3, 4) from 10 east, 50 north."""
    start = (10.0, 50.0) if crs == "EPSG:4326" else (500000.0, 5000000.0)
    form = {"driver": "GTiff", "height": 3, "width": 4, "count": len(values), "dtype": values.dtype, "crs": crs}
    place = rasterio.transform.from_origin(*start, cell, cell)
    names = more.pop("names", ())
    with rasterio.open(path, "w", **form, transform=place, **more) as file:
        file.write(values)
        for band, name in enumerate(names, 1):
            file.set_band_description(band, name)


def bands(count: int = 3) -> np.ndarray:
    values = np.arange(count * 12, dtype=np.int16).reshape(count, 3, 4)
    values[:, 1, 2] = -7
    return values


def test_bands_named_by_dates_are_steps(tmp_path):
    image(tmp_path / "ndvi.tif", bands(), nodata=-7, names=["2020-01-01", "2020-01-17", "2020-02-02"])
    field = open_field(tmp_path / "ndvi.tif")
    assert field.kind == "grid" and field.space == ("lat", "lon") and [str(t)[:10] for t in field.times][1] == "2020-01-17"
    np.testing.assert_array_equal(field.dataset["lat"], [49.75, 49.25, 48.75])
    np.testing.assert_array_equal(field.dataset["lon"], [10.25, 10.75, 11.25, 11.75])
    values = field.dataset["value"].values
    assert np.isnan(values[:, 1, 2]).all() and np.isfinite(values).sum() == 33 and values[2, 2, 3] == 35
    assert field.dataset["value"].isel(time=1, lat=slice(0, 2), lon=3).values.tolist() == [15, 19]


def test_a_folder_is_a_series_in_the_order_of_its_dates(tmp_path):
    for day, factor in (("20200703", 3), ("20200701", 1), ("20200702", 2)):
        image(tmp_path / f"S2_{day}T1030_b.tif", (factor * bands(2)).astype(np.float32), crs="EPSG:32633", cell=1000, names=["red", "nir"])
    field = open_field(tmp_path)
    assert field.variables == ("red", "nir") and field.panel().freq == "1D"
    assert [str(t)[:16] for t in field.times] == ["2020-07-01T10:30", "2020-07-02T10:30", "2020-07-03T10:30"]
    np.testing.assert_array_equal(field.dataset["nir"].values[:, 0, 0], [12, 24, 36])
    assert float(field.dataset["lat"][0, 0]) == pytest.approx(45.1490, abs=1e-3)  # 500 m south of 5000 km north in zone 33
    assert float(field.dataset["lon"][0, 0]) == pytest.approx(15.0064, abs=1e-3)


def test_images_of_another_size_cut_images_and_wrong_ones_are_told(tmp_path):
    image(tmp_path / "a_20200101.tif", bands(1))
    image(tmp_path / "b_20200102.tif", bands(2))
    with pytest.raises(DimensionError, match=r"b_20200102\.tif has 2 bands"):
        open_field(tmp_path)
    whole = (tmp_path / "b_20200102.tif").read_bytes()
    (tmp_path / "b_20200102.tif").write_bytes(whole[: len(whole) - 30])
    with pytest.raises(DataError, match=r"b_20200102\.tif cannot be read"):
        open_field(tmp_path / "b_20200102.tif")
    (tmp_path / "c.tif").write_bytes(b"II")
    with pytest.raises(DataError, match=r"c\.tif cannot be read"):
        open_field(tmp_path / "c.tif")


def test_without_the_extra_the_command_is_named(tmp_path, monkeypatch):
    image(tmp_path / "a.tif", bands(1))
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(MissingExtraError, match=r"chronotope\[geo\]"):
        open_field(tmp_path / "a.tif")
