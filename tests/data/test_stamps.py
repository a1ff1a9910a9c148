"""Answers say their zone: pandas' own of the zone, text with an offset, an attribute beside numbers."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import Recorder, stations
from chronotope.data.stamps import CLOCK, SOURCE
from chronotope.data.writers import write
from chronotope.harmonize.clocks import localize, to_local
from chronotope.opening.open import open_field
from chronotope.tasks.verbs import Model

ZONES = ("Europe/Madrid", "+02:00", "-03:30", "UTC", "Asia/Kolkata", "+00:00")


def zoned(zone, start="2024-01-01", **options):
    field = stations(start=start, **options)
    time = field.dataset["time"].assign_attrs({CLOCK: "UTC", SOURCE: zone})
    return type(field)(field.dataset.assign_coords(time=time), field.kind, field.variables, field.space)


@pytest.mark.parametrize("zone", ZONES)
def test_tables_stand_in_the_zone_and_tell_the_same_moments(zone, tmp_path):
    fc = Model(Recorder()).forecast(zoned(zone), 3)
    table, utc = fc.to_pandas(), Model(Recorder()).forecast(stations(), 3).to_pandas()
    assert (table["time"].dt.tz_convert("UTC").dt.tz_localize(None) == utc["time"]).all()
    shift = pd.Timestamp("2024-01-02 16:00").tz_localize("UTC").tz_convert("UTC" if zone == "+00:00" else zone).utcoffset()
    assert table["time"].iloc[0].utcoffset() == shift
    text = pd.read_csv(fc.save(tmp_path / "fc.csv"))["time"]
    assert text.str.fullmatch(r"2024-01-0\dT\d\d:\d\d:00[+-]\d\d:\d\d").all() and (pd.to_datetime(text, utc=True) == table["time"]).all()
    assert (pd.read_parquet(fc.save(tmp_path / "fc.parquet"))["time"] == table["time"]).all()


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
@pytest.mark.parametrize("at", [None, ["2024-01-01 10:00", "2024-01-01 12:00"]])
def test_arrays_have_the_zone_beside_their_stamps(suffix, at, tmp_path):
    path = Model(Recorder()).forecast(zoned("Europe/Madrid"), 3, at=at).save(tmp_path / f"fc{suffix}")
    with xr.open_dataset(path, engine="zarr" if suffix == ".zarr" else "h5netcdf") as made:
        assert made["time" if at is None else "init_time"].attrs[SOURCE] == "Europe/Madrid"


def test_a_named_zone_stays_right_over_the_hour_that_is_left_out():
    fc = Model(Recorder()).forecast(zoned("Europe/Madrid", start="2024-03-29 09:00"), 4)  # read up to 00:00 UTC of 31 March
    assert [stamp.isoformat() for stamp in fc.to_pandas()["time"].unique()] == [
        "2024-03-31T03:00:00+02:00" if k == 0 else f"2024-03-31T{3 + k:02}:00:00+02:00" for k in range(4)
    ]


def test_every_verb_and_form_says_the_zone(tmp_path):
    field, model = zoned("+02:00"), Model(Recorder())
    origins = model.forecast(field, 2, at=[field.times[9], field.times[20]])
    for made in (model.impute(field), model.interpolate(field, [(50.5, 8.5)]), origins):
        table = made.to_pandas()
        assert str(table["time"].dt.tz) == "UTC+02:00"
    assert str(model.forecast(field, 2, target="rain").to_wide()["time"].dt.tz) == "UTC+02:00"
    assert model.forecast(field, 2).meta["origin"] == "2024-01-02T17:00:00+02:00"
    assert model.forecast(stations(), 2).meta["origin"] == "2024-01-02T15:00:00"


@pytest.mark.parametrize(
    "at",
    [
        "2024-01-01T12:00:00+02:00",
        "2024-01-01 10:00Z",
        "2024-01-01 12:00",  # on the clock of the source
        pd.Timestamp("2024-01-01 10:00"),
        np.datetime64("2024-01-01T10:00"),
        pd.Timestamp("2024-01-01 19:00", tz="Asia/Tokyo"),
    ],
)
def test_an_origin_is_a_moment(at):
    field = zoned("+02:00")
    for one in (at, [at]):
        made = Model(Recorder()).forecast(field, 1, at=one)
        assert str(made.meta["origin"]) == "2024-01-01T12:00:00+02:00"
    assert Model(Recorder()).forecast(field, 1, at=at).to_pandas()["time"].iloc[0] == pd.Timestamp("2024-01-01T11:00Z")


def test_hours_that_come_twice_or_never_are_read_by_one_rule():
    field = zoned("Europe/Madrid", start="2024-10-26 12:00")
    assert Model(Recorder()).forecast(field, 1, at="2024-10-27 02:30").meta["origin"] == "2024-10-27T02:00:00+02:00"
    spring = zoned("Europe/Madrid", start="2024-03-30 12:00")
    assert Model(Recorder()).forecast(spring, 1, at="2024-03-31 02:30").meta["origin"] == "2024-03-31T03:00:00+02:00"
    for wrong in ("abc", "", ["2024-13-01"]):
        with pytest.raises(ValueError, match="at must be a time stamp"):
            Model(Recorder()).forecast(spring, 1, at=wrong)


def test_stamps_without_a_zone_stay_without_one(tmp_path):
    fc = Model(Recorder()).forecast(stations(), 3)
    assert fc.to_pandas()["time"].dt.tz is None and SOURCE not in fc.to_xarray()["time"].attrs
    assert pd.read_csv(fc.save(tmp_path / "fc.csv"))["time"].iloc[0] == "2024-01-02 16:00:00"


def test_what_was_written_in_a_zone_is_read_as_the_same_moments(tmp_path):
    filled = Model(Recorder()).impute(zoned("Europe/Madrid"), target="rain")
    again = open_field(filled.to_wide().set_index("time"))
    np.testing.assert_array_equal(again.times, stations().times)


MADRID = pd.date_range("2024-03-29 00:00", "2024-04-02 00:00", freq="h", tz="Europe/Madrid")


def table(stamps):
    return pd.DataFrame({"time": stamps, "load": 30 + 10 * np.sin(np.arange(len(stamps)) / 4)})


@pytest.mark.parametrize(
    ("stamps", "first"),
    [
        (MADRID, "2024-04-02T01:00:00+02:00"),  # named by pandas
        (pd.Series([stamp.isoformat() for stamp in MADRID]), "2024-04-02T01:00:00+02:00"),  # +01:00, then +02:00
        (MADRID.tz_convert("UTC"), "2024-04-01T23:00:00+00:00"),
        (pd.Series(MADRID.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")), "2024-04-01T23:00:00+00:00"),
        (pd.Series([stamp.isoformat() for stamp in MADRID.tz_convert("-03:30")]), "2024-04-01T19:30:00-03:30"),
        (MADRID.tz_convert("Asia/Kolkata"), "2024-04-02T04:30:00+05:30"),
        (pd.Series(MADRID.strftime("%Y-%m-%d %H:%M:%S%z")), "2024-04-02T01:00:00+02:00"),
    ],
)
def test_what_is_read_with_a_zone_is_answered_in_it(stamps, first, tmp_path):
    table(stamps).to_csv(tmp_path / "in.csv", index=False)
    sources = [tmp_path / "in.csv"] if stamps.dtype.kind != "M" else [table(stamps), table(stamps).set_index("time")]
    for source in sources:
        made = Model(Recorder()).forecast(open_field(source), 2)
        assert pd.read_csv(made.save(tmp_path / "out.csv", overwrite=True))["time"].iloc[0] == first
        assert made.to_pandas()["time"].iloc[0] == pd.Timestamp("2024-04-01T23:00Z")


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".nc", ".geojson"])
def test_a_field_is_written_and_read_with_its_zone(suffix, tmp_path):
    field = zoned("Europe/Madrid") if suffix == ".nc" else zoned("+02:00")
    again = open_field(write(field, tmp_path / f"field{suffix}"))
    np.testing.assert_array_equal(again.times, field.times)
    assert again.dataset["time"].attrs[SOURCE] == field.dataset["time"].attrs[SOURCE]


def test_a_geopackage_holds_the_same_moments_in_utc(tmp_path):
    geopandas = pytest.importorskip("geopandas")
    made = Model(Recorder()).forecast(zoned("Europe/Madrid"), 3)
    back = geopandas.read_file(made.save(tmp_path / "fc.gpkg"))
    assert back["time"].dt.tz is not None and (back["time"] == made.to_pandas()["time"]).all()


def test_a_clock_that_was_chosen_is_left_as_it_is():
    field = to_local(localize(stations(), "Europe/Berlin"), "Europe/Berlin")
    made = Model(Recorder()).forecast(field, 2)
    assert made.to_pandas()["time"].dt.tz is None and made.to_xarray()["time"].attrs[CLOCK] == "Europe/Berlin"
    assert str(Model(Recorder()).forecast(localize(stations(), "Europe/Berlin"), 2).to_pandas()["time"].dt.tz) == "Europe/Berlin"
