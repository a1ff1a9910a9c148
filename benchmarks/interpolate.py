"""Answers at hidden places of real sets beside floors: python benchmarks/interpolate.py --model small [--about] [--sets ncep_air,metr_la]

Up to 240 places (cells of grids drawn at random) and the 240 steps in which most is seen; a quarter of the places is never shown, of sets
with fewer than 100 places each quarter in turn. WQL and MAE over the best of ordinary kriging, inverse distance, the neighbours' mean and
the nearest place, chosen afterwards. Halves of the sets are told by their names: rules were chosen on the first, the second was only
looked at. `--about` also gives the elevation of places.
"""

from __future__ import annotations

import argparse
import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from chronotope.baselines import BASELINES
from chronotope.baselines.spatial import NeighbourMean
from chronotope.data.panel import Panel
from chronotope.evaluate.sets.suites import data_root
from chronotope.opening.open import open_field
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.questions.kinds.places import elsewhere
from chronotope.tasks.load import load

STEPS, PLACES, FEW = 240, 240, 100
METR = {"sites": "metr_la_week/graph_sensor_locations.csv", "start": "2012-03-01", "step": "5min", "missing": 0}
STATIONS: dict[str, tuple[str, str | int]] = {
    "metr_la": ("metr_la_week/los_speed.csv", 0),
    "noaa_tmax": ("noaa_us_stations_daily/noaa_us_1990_1993.nc", "tmax"),
    "noaa_prcp": ("noaa_us_stations_daily/noaa_us_1990_1993.nc", "prcp"),
    "climdiv_prcp": ("us_climate_divisions_prcp/climdiv_prcp_1899_1999.nc", 0),
    "colorado_rain_daily": ("colorado_daily_rain/colorado_prcp_1990_2019.nc", 0),
    "colorado_tmax_monthly": ("colorado_monthly_stations/colorado_1895_1997.nc", "tmax"),
    "colorado_ppt_monthly": ("colorado_monthly_stations/colorado_1895_1997.nc", "ppt"),
    "groundwater": ("groundwater_well_field/heads_2008_2017.nc", 0),
    "midwest_ozone": ("midwest_ozone_1987/ozone_1987.nc", 0),
    "ny_ozone": ("new_york_ozone_2006/ny_ozone_2006.nc", 0),
    "nordklim_temp": ("nordklim_monthly/nordklim_1890_2001.nc", 0),
    "smoke_pm25": ("northwest_smoke_pm25/pm25_2015_07_09.nc", 0),
    "norway_tmax": ("norway_daily_tmax/norway_tmax_1948_2013.nc", 0),
    "soil_moisture": ("soil_moisture_cook_farm/cook_farm_2011_2012.nc", 0),
    "spain_pm10": ("spain_dust_daily/spain_pm_2013_2018.nc", "pm10"),
    "tao_sst": ("tao_buoys_daily/tao_1986_1998.nc", 0),
    "trentino_tmax": ("trentino_daily_weather/trentino_1974_2007.nc", "tmax"),
    "trentino_prcp": ("trentino_daily_weather/trentino_1974_2007.nc", "prcp"),
    "us_extremes": ("us_yearly_temperature_extremes/ushcn_1911_2010.nc", 0),
    "world_temp": ("world_daily_weather_july_2011/gsod_2011_07.nc", "temp"),
    "ethiopia_lst": ("ethiopia_land_temperature/lst_amhara_2018.nc", 0),
    "cherry": ("cherry_blossom_dates/bloom_1951_2023.nc", 0),
    "spain_year_temp": ("spain_average_year/aemet_average_year.nc", 0),
    "velib": ("velib_velov_docks/paris.npz", 0),
    "pittsburgh_bike": ("pittsburgh_bike/data.npz", 0),
    "auckland_ped": ("auckland_pedestrians/data.npz", 0),
    "solar_field": ("solar_sensor_field_1s/irradiance_2013_09_08.nc", 0),
    "beijing_pm": ("beijing_air_quality/beijing_air_2013_2017.nc", 0),
    "unemployment": ("us_state_unemployment/data.npz", 0),
    "county_unemployment": ("us_county_unemployment/data.npz", 0),
    "glaciers": ("glacier_mass_balance/glaciers_1945_2021.nc", 0),
    "tgv": ("tgv_punctuality/data.npz", 0),
}
FIELDS: dict[str, tuple[str, str | int]] = {
    "ncep_air": ("ncep_air_temperature/air_temperature_2013_2014.nc", 0),
    "pacific_sst": ("pacific_sst_anomaly/sst_anomaly_1970_2003.nc", 0),
    "waves": ("adriatic_waves/waves_2010_04.nc", "wave_height"),
    "storm_first": ("blizzard_1996_fields/storm_1996_01.nc", 0),
    "storm_third": ("blizzard_1996_fields/storm_1996_01.nc", 2),
    "storm_fifth": ("blizzard_1996_fields/storm_1996_01.nc", 4),
    "radar_fi": ("radar_finland/fmi_2016_09_28.nc", 0),
    "radar_us": ("radar_united_states/mrms_conus_0p1deg.nc", 0),
    "stage4": ("stage4_hourly_precipitation/test_stageiv_xyt.nc", 0),
    "sentinel_ndvi": ("sentinel2_ndvi/ndvi_2015_2017.nc", "ndvi"),
    "ndvi_africa": ("ndvi_east_africa/kilimanjaro_1981_2013.nc", 0),
    "ipsl_sst": ("ipsl_ocean_temperature/tos_O1_2001-2002.nc", 0),
    "bcsd_pr": ("bcsd_conus_1999/bcsd_obs_1999.nc", 0),
    "bcsd_t": ("bcsd_conus_1999/bcsd_obs_1999.nc", 1),
    "vic_temp": ("vic_basin_temperature/vic_temperature_6h.nc", 0),
    "opera": ("radar_europe_opera/opera_cirrus_2024_11_26.nc", 0),
    "hadcm": ("hadcm_scenario_north_america/A1B_north_america.nc", 0),
    "ice_drift": ("antarctic_sea_ice_drift/vice_1890_1899.nc", 0),
}
SETS = STATIONS | FIELDS


class Nearest(NeighbourMean):
    """The nearest known place, with the errors that it makes on known places."""

    name = "nearest"

    def weights(self, panel: Panel, known: np.ndarray) -> csr_array:
        count, sources = len(known), np.flatnonzero(known)
        near = sources[cKDTree(panel.xy[sources]).query(panel.xy, 2)[1]]  # type: ignore[index]
        other = np.where(near[:, 0] == np.arange(count), near[:, 1], near[:, 0])
        return csr_array((np.ones(count), (np.arange(count), other)), (count, count))


def source_of(name: str) -> Panel:
    """The places and steps of a set that are looked at, one variable, with the elevation of places where it is known."""
    path, variable = SETS[name]
    root = data_root()
    options: dict[str, Any] = {} if name != "metr_la" else METR | {"sites": str(root / METR["sites"])}  # type: ignore[operator]
    field = open_field(root / path, **options)
    data = field.dataset[[field.variables[variable] if isinstance(variable, int) else variable]]
    data = data.isel({dim: 0 for dim in data.dims if dim not in ("time", "place", "lat", "lon", "y", "x")})
    array = next(iter(data.data_vars.values()))
    seen = np.isfinite(array).sum(dim=[dim for dim in array.dims if dim != "time"]).values
    steps = min(STEPS, len(seen))
    total = np.convolve(seen, np.ones(steps), "valid")
    start = len(total) - 1 - int(np.argmax(total[::-1]))
    part = open_field(data.isel(time=slice(start, start + steps)).load())
    panel, heights = part.panel(), None
    for key, value in part.side.static.data_vars.items():
        if str(key).startswith(("elev", "alt")) and value.size == panel.values.shape[1] and np.isfinite(value).all():
            heights = value.values.astype(float)[:, None]
    panel, rng = replace(panel, about=heights), _chance(name)
    usable = np.flatnonzero(panel.mask[..., 0].mean(axis=0) > 0.3)
    usable = np.sort(rng.permutation(usable)[:PLACES]) if len(usable) > PLACES else usable
    panel = panel.take_places(usable)
    return panel.take_places(np.sort(np.unique(panel.xy, axis=0, return_index=True)[1]))


def questions(name: str, panel: Panel, about: bool) -> Iterator[tuple[Question, np.ndarray]]:
    """Questions about hidden places, and what they showed (t, m)."""
    count = panel.values.shape[1]
    parts = np.array_split(_chance("folds " + name).permutation(count), 4)
    for hidden in parts if count < FEW else parts[:1]:
        known = np.setdiff1d(np.arange(count), hidden)
        beside = panel.about[hidden] if about and panel.about is not None else None
        xy = panel.xy[hidden]  # type: ignore[index]
        yield elsewhere(panel.take_places(known), xy, slice(None), np.ones(1, bool), about=beside), panel.values[:, hidden, 0]


def scores(predictor: Predictor, asked: list[tuple[Question, np.ndarray]]) -> np.ndarray:
    """(weighted quantile loss, mean absolute error, share inside 80 % intervals)."""
    answers = [predictor.answer(question).values[:, :, -truth.shape[1] :, 0] for question, truth in asked]
    answer, truth = np.concatenate(answers, axis=2), np.concatenate([truth for _, truth in asked], axis=1)
    seen = np.isfinite(truth)
    off, levels = truth[seen] - answer[:, seen], np.array(QUANTILE_LEVELS)[:, None]
    loss = 2 * np.maximum(levels * off, (levels - 1) * off).mean() / np.abs(truth[seen]).mean()
    return np.array([loss, np.abs(off[4]).mean(), np.mean((off[0] >= 0) & (off[-1] <= 0))])


def half(name: str) -> str:
    """The half of the sets that a name belongs to."""
    return "first" if int(hashlib.sha256(("half " + name).encode()).hexdigest(), 16) % 2 == 0 else "second"


def _chance(name: str) -> np.random.Generator:
    return np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))


def main() -> None:
    """Print one line a set, and geometric means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="small")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--about", action="store_true", help="give the elevation of places, where it is known")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    model = load(args.model).predictor
    floors = [BASELINES[name]() for name in ("kriging", "inverse_distance", "neighbour_mean")] + [Nearest()]
    table: dict[str, np.ndarray] = {}
    for name in args.sets.split(","):
        panel = source_of(name)
        asked = list(questions(name, panel, args.about))
        naive = np.min([scores(floor, asked)[:2] for floor in floors], axis=0)
        own = scores(model, asked)
        table[name] = np.append(own[:2] / naive, own[2])
        size, kind = panel.values.shape[1], "field" if name in FIELDS else "stations"
        wql, mae, hold = table[name]
        print(f"{name:22s} {kind:8s} {half(name):6s} {size:3d} places: WQL {wql:.3f}  MAE {mae:.3f}  80 % hold {hold:.2f}", flush=True)
    for kind, names in (("stations", STATIONS), ("fields", FIELDS)):
        for part in ("first", "second"):
            rows = np.array([table[name] for name in table if name in names and half(name) == part])
            if len(rows):
                wql, mae = np.exp(np.log(rows[:, :2]).mean(axis=0))
                print(f"{kind}, {part} half, {len(rows)} sets: WQL {wql:.3f}  MAE {mae:.3f}  80 % hold {rows[:, 2].mean():.2f}")


if __name__ == "__main__":
    main()
