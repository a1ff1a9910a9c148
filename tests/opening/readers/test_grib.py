"""GRIB: values, members, levels and leads come back; cut and wrong files are told by name."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from chronotope.errors import DataError, MissingExtraError
from chronotope.opening.open import open_field

pyproj = pytest.importorskip("pyproj")  # before eccodes, see the reader
eccodes = pytest.importorskip("eccodes")
pytest.importorskip("cfgrib")


def message(file, values: np.ndarray, date: int = 20200101, hour: int = 0, level: int = 500, lead: int = 0, name: str = "t") -> None:
    """One message on a grid of 3 x 4 cells, latitudes from north to south."""
    handle = eccodes.codes_grib_new_from_samples("regular_ll_pl_grib2")
    keys = {"Ni": 4, "Nj": 3, "latitudeOfFirstGridPointInDegrees": 20, "latitudeOfLastGridPointInDegrees": 10}
    keys |= {"longitudeOfFirstGridPointInDegrees": 170, "longitudeOfLastGridPointInDegrees": 185, "iDirectionIncrementInDegrees": 5}
    keys |= {"jDirectionIncrementInDegrees": 5, "dataDate": date, "dataTime": 100 * hour, "level": level, "shortName": name, "step": lead}
    for key, value in keys.items():
        eccodes.codes_set(handle, key, value)
    eccodes.codes_set_values(handle, values.ravel().astype(float))
    eccodes.codes_write(handle, file)
    eccodes.codes_release(handle)


def cells(seed: int) -> np.ndarray:
    return 280 + np.random.default_rng(seed).normal(size=(3, 4))


@pytest.fixture
def runs(tmp_path):
    with (tmp_path / "levels.grib").open("wb") as file:
        for hour in (0, 6, 12):
            for level in (500, 850):
                message(file, cells(hour * 1000 + level), hour=hour, level=level)
    return tmp_path / "levels.grib"


def test_levels_and_times_come_back(runs):
    field = open_field(runs)
    assert field.kind == "grid" and field.variables == ("t",) and field.units == {"t": "K"}
    assert [str(t)[11:13] for t in field.times] == ["00", "06", "12"]
    made = field.dataset["t"].sel(isobaricInhPa=850).isel(time=2).transpose("lat", "lon")
    np.testing.assert_allclose(made.values, cells(12850), atol=0.01)  # packed in 16 bits or so
    assert field.panel().values.shape == (3, 12, 2) and field.dataset["lat"].values[0] == 20
    assert sorted(p.name for p in runs.parent.iterdir()) == ["levels.grib"]  # no index is left beside it


def test_projections_still_work_beside_it(runs):
    open_field(runs)
    assert pyproj.CRS.from_epsg(4326).name == "WGS 84"


def test_leads_of_one_run_stand_at_their_valid_time(tmp_path):
    with (tmp_path / "run.grb2").open("wb") as file:
        for lead in (6, 12, 18):
            message(file, cells(lead), lead=lead)
    field = open_field(tmp_path / "run.grb2")
    assert [str(t)[:13] for t in field.times] == ["2020-01-01T06", "2020-01-01T12", "2020-01-01T18"]
    np.testing.assert_allclose(field.dataset["t"].isel(time=1).squeeze().values, cells(12), atol=0.01)


def test_a_cut_file_and_a_wrong_one_are_told(runs, tmp_path):
    whole = runs.read_bytes()
    (tmp_path / "cut.grib").write_bytes(whole[: len(whole) - 80])
    with pytest.raises(DataError, match=r"message 6 in cut\.grib is cut short"):
        open_field(tmp_path / "cut.grib")
    (tmp_path / "wrong.grib").write_bytes(b"time,place\n" * 30)
    with pytest.raises(DataError, match=r"wrong\.grib begins with none"):
        open_field(tmp_path / "wrong.grib")


def test_without_the_extra_the_command_is_named(runs, monkeypatch):
    monkeypatch.setitem(sys.modules, "cfgrib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'chronotope\[geo\]'"):
        open_field(runs)
