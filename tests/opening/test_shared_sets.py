"""Real sets of every layout open with one call; skipped where they are absent."""

from __future__ import annotations

import numpy as np
import pytest

import builders
from chronotope.opening.open import open_field

# path, options, kind, panel shape, freq, first and last stamp
SETS = [
    ("beijing_metro/data.npz", {}, "graph", (4716, 276, 2), "10min", "2016-02-29T05:00"),
    ("muenster_bike_counters/data.npz", {}, "graph", (265824, 10, 1), "15min", "2019-01-01T00:00"),
    ("parking_bremen/data.npz", {}, "graph", (30672, 19, 1), "30min", "2020-04-01T00:00"),
    ("pjm_load/data.npz", {}, "graph", (121296, 11, 1), "1h", "2004-10-01T01:00"),
    ("bike_nyc_grid/data.npz", {}, "grid", (1369, 128, 2), "1h", "2014-08-04T23:00"),
    ("ngsim_speed_field/data.npz", {"step": "5s", "start": "2005-06-15"}, "graph", (500, 200, 1), "5s", "2005-06-15T00:00"),
    ("ncep_air_temperature/air_temperature_2013_2014.nc", {}, "grid", (2920, 1325, 1), "6h", "2013-01-01T00:00"),
    ("pacific_sst_anomaly/sst_anomaly_1970_2003.nc", {}, "grid", (399, 2520, 1), "MS", "1970-01-01T00:00"),
    ("vic_basin_temperature/vic_temperature_6h.nc", {}, "grid", (16072, 100, 1), "6h", "2000-01-01T00:00"),
    ("bcsd_conus_1999/bcsd_obs_1999.nc", {}, "grid", (12, 2673, 2), "ME", "1999-01-31T00:00"),
    ("ccsm_temperature_20c/TREFHT.B06.69.atm.1890-1999ANN.nc", {}, "grid", (110, 8192, 1), "YS-JUL", "1890-07-16T22:00"),
    ("hadcm_scenario_north_america/A1B_north_america.nc", {}, "grid", (240, 1813, 1), "YS-JUN", "1860-06-01T00:00"),
    ("ipsl_ocean_temperature/tos_O1_2001-2002.nc", {}, "grid", (24, 30600, 1), "MS", "2001-01-16T00:00"),
    ("eofs_reanalysis/hgt_djf.nc", {}, "grid", (65, 1421, 1), "YS", "1948-01-15T12:00"),
    ("canesm5_sea_ice_curvilinear/sic_SImon_CCCma-CanESM5_ssp245_r13i1p2f1_2020.nc", {}, "grid", (12, 104760, 1), "MS", "2020-01-16T12:00"),
    ("stage4_hourly_precipitation/test_stageiv_xyt.nc", {}, "grid", (23, 10266, 1), "1h", "2018-09-13T19:00"),
    ("sentinel2_ndvi/ndvi_2015_2017.nc", {"target": "ndvi"}, "grid", (68, 10100, 1), "10D", "2015-07-11T10:00"),
    ("arctic_ocean_3d/arctic20.nc", {"target": ["temperature", "hice"]}, "grid", (5, 4641, 18), "1D", "2016-02-01T12:00"),
    ("beijing_air_quality/beijing_air_2013_2017.nc", {"target": "PM25"}, "graph", (35064, 12, 1), "1h", "2013-03-01T00:00"),
    ("camels_us_mini/camels_us_4basins.csv.gz", {}, "graph", (1461, 4, 8), "1D", "2000-01-01T00:00"),
    ("covid19_us_counties/time_series_covid19_confirmed_US.csv.gz", {}, "graph", (188, 3340, 1), "1D", "2020-01-22T00:00"),
    ("covid19_world/time_series_covid19_deaths_global.csv", {}, "graph", (929, 285, 1), "1D", "2020-01-22T00:00"),
    ("covid19_italy_provinces/italy_provinces_wide.csv.gz", {}, "graph", (1781, 107, 1), "1D", "2020-02-24T00:00"),
    ("era5_canadian_cities/daily_surface_cancities_1990-1993.nc", {}, "graph", (1461, 5, 24), "1D", "1990-01-01T00:00"),
    ("india_air_quality/india_city_day.csv.gz", {}, "graph", (2009, 26, 13), "1D", "2015-01-01T00:00"),
    ("matapedia_stations/matapedia_1980_2020.nc", {}, "graph", (14611, 6, 3), "1D", "1980-12-31T00:00"),
    ("noaa_us_stations_daily/noaa_us_1990_1993.nc", {}, "graph", (1461, 328, 3), "1D", "1990-01-01T00:00"),
    (
        "england_covid_mobility/england_covid.json.gz",
        {"start": "2020-03-03", "step": "1D"},
        "graph",
        (61, 129, 1),
        "1D",
        "2020-03-03T00:00",
    ),
    ("us_climate_divisions_prcp/climdiv_prcp_1899_1999.nc", {}, "graph", (1212, 344, 1), "MS", "1899-01-01T00:00"),
    ("burgers_simulation/burgers_1d.npz", {"time": 1, "place": 2}, "graph", (17, 16, 800), "1s", "1970-01-01T00:00"),
]
MOVING = [
    ("chicago_assaults/events.csv.gz", "events"),
    ("california_fires/events.csv.gz", "events"),
    ("fires_australia/fires_2019_08_09.csv.gz", "events"),
    ("earthquakes/world_m55.csv.gz", "events"),
    ("ais_us/tracks.csv.gz", "tracks"),
    ("fishers/tracks.csv.gz", "tracks"),
    ("suez_ships/tracks.csv.gz", "tracks"),
    ("stanford_drone/tracks.csv.gz", "tracks"),
    ("hurricanes_atlantic/atlantic_best_tracks.csv.gz", "tracks"),
]


def shared(path: str):
    if not (builders.SHARED / path).exists():
        pytest.skip(f"{path} is not here")
    return builders.SHARED / path


@pytest.mark.parametrize(("path", "options", "kind", "shape", "freq", "first"), SETS, ids=[s[0].split("/")[0] for s in SETS])
def test_a_real_set_opens_with_one_call(path, options, kind, shape, freq, first):
    field = open_field(shared(path), **options)
    panel = field.panel()
    assert (field.kind, panel.values.shape, panel.freq, str(panel.times[0])[:16]) == (kind, shape, freq, first)
    assert panel.xy is None or np.isfinite(panel.xy).all()
    assert panel.extend(2).times[-1] > panel.times[-1]


@pytest.mark.parametrize(("path", "kind"), MOVING, ids=[s[0].split("/")[0] for s in MOVING])
def test_a_set_of_events_or_tracks_is_recognised(path, kind):
    assert open_field(shared(path)).kind == kind


def test_a_week_of_metr_la_with_its_side_files():
    folder = shared("metr_la_week/los_speed.csv").parent
    sides = {"sites": folder / "graph_sensor_locations.csv", "edges": folder / "los_adj.csv"}
    panel = open_field(folder / "los_speed.csv", start="2012-03-01", step="5min", **sides).panel()
    assert panel.values.shape == (2016, 207, 1) and panel.freq == "5min"
    row = panel.places.tolist().index("773869")
    np.testing.assert_allclose(panel.latlon[row], [34.15497, -118.31829])
    assert len(panel.edges.source) == 2626
    with pytest.raises(ValueError, match="pickle"):
        open_field(folder / "los_speed.csv", edges=folder / "adj_mx.pkl")
