"""What are drivers worth that are known ahead? Forecasts with them, beside the same without, on real sets.

    python benchmarks/drivers.py --model tiny

Ten origins of each set, at most twelve places. Quantile loss over that of the same model without drivers: with them, with them moved in
time by a third of the record (they say nothing then, and may cost nothing), and of the mix with them. `CHOSEN` are the questions on
which rules were chosen, `FRESH` were asked afterwards.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd

from chronotope.data.panel import Panel
from chronotope.evaluate.sets.suites import data_root
from chronotope.opening.open import open_field
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.tasks.load import load

ORIGINS, PLACES = 10, 12
CHOSEN = """
victoria_electricity/data.npz | demand | temperature | 48 | 1500
new_england_power_zones/data.npz | demand | temperature, dew_point | 48 | 1400
new_york_ozone_2006/ny_ozone_2006.nc | ozone | tmax, wind, rh | 3 | 62
beijing_air_quality/beijing_air_2013_2017.nc | PM25 | WSPM, DEWP, TEMP | 48 | 1500
electricity_prices_europe/germany.npz | price | known_ahead_1, known_ahead_2 | 24 | 1400
electricity_prices_europe/france.npz | price | known_ahead_1, known_ahead_2 | 24 | 1400
electricity_prices_europe/nordic.npz | price | known_ahead_1, known_ahead_2 | 24 | 1400
new_england_power_zones/data.npz | real_time_price | day_ahead_demand, day_ahead_price | 24 | 1400
interstate_94_volume/data.npz | vehicles | temperature, clouds | 24 | 1500
london_roadside_air/marylebone_2001_2005.nc | nox | ws | 48 | 1500
carbon_flux_forest/tharandt_1998.nc | nee | radiation, air_temp, rh | 48 | 1500
carbon_flux_forest/gebesee_2004_2006.nc | nee | radiation, air_temp, rh | 48 | 1500
chile_daily/chile_1979_2015.nc | discharge | prcp, tmax, tmin | 10 | 1500
france_catchments_daily/france_19_catchments_1999_2018.nc | discharge | ptot, temp, evap | 10 | 1500
washington_bike_rental/data.npz | rentals | temperature, humidity, wind | 48 | 1500
germany_wind_hourly/data.npz | generation | temperature | 48 | 1500
new_york_airports_weather/weather_2013.nc | rh | temp, wind_speed | 24 | 1000
us_avocado_market/data.npz | volume_conventional | price_conventional, price_organic | 8 | 200
apalachicola_estuary_30min/apalachicola_2012_2013.nc | water_temp | air_temp, wind_speed, par | 48 | 1500
soil_moisture_cook_farm/cook_farm_2011_2012.nc | moisture_30cm | rain | 10 | 500
groundwater_well_field/heads_2008_2017.nc | head | rain, evap, pumping | 30 | 1500
halifax_sea_level/halifax_2003.nc | sea_level | pressure, wind_speed | 48 | 1500
trentino_daily_weather/trentino_1974_2007.nc | tmin | tmax, prcp | 7 | 1500
southwest_us_daily/southwest_1980_2022.nc | tmax | prcp | 7 | 1500
texas_power_price/data.npz | day_ahead_price | temperature | 24 | 1500
ev_melbourne/data.npz | volume | price | 24 | 1500
tao_buoys_daily/tao_1986_1998.nc | air | zonal, sst | 7 | 1000
dengue_san_juan_iquitos/dengue_1990_2010.nc | cases | air_temp, rh, station_rain | 8 | 600
fort_collins_daily/fort_collins_1900_1999.nc | snow_cover | snow, tmax | 10 | 1500
chesapeake_bay_water_monthly/chesapeake_monthly.nc | do_bottom | wtemp_bottom, salinity_bottom | 6 | 240
solar_homes_fontana/data.npz | load | solar | 24 | 1500
tgv_punctuality/intercites.npz | trains_late | trains_planned | 6 | 60
new_york_flights_2013/data.npz | mean_arrival_delay | mean_departure_delay | 24 | 1500
australia_retail_states/data.npz | Department stores | Food retailing | 12 | 200
canada_hourly_2016/canada_hourly_2016h1.nc | rh | temp, dew | 24 | 1500
"""
FRESH = """
beijing_air_quality/beijing_air_2013_2017.nc | NO2 | WSPM, TEMP | 24 | 1500
beijing_air_quality/beijing_air_2013_2017.nc | O3 | TEMP, DEWP | 24 | 1500
london_roadside_air/marylebone_2001_2005.nc | o3 | ws | 24 | 1500
apalachicola_estuary_30min/apalachicola_2012_2013.nc | oxygen | air_temp, par | 48 | 1500
apalachicola_estuary_30min/apalachicola_2012_2013.nc | salinity | rain, wind_speed | 48 | 1500
carbon_flux_forest/tharandt_1998.nc | latent | radiation, air_temp, rh | 48 | 1500
carbon_flux_forest/tharandt_1998.nc | sensible | radiation | 48 | 1500
southwest_us_daily/southwest_1980_2022.nc | tmin | tmax | 7 | 1500
trentino_daily_weather/trentino_1974_2007.nc | tmax | prcp | 7 | 1500
tao_buoys_daily/tao_1986_1998.nc | hum | air, sst | 7 | 1000
canada_hourly_2016/canada_hourly_2016h1.nc | visibility | rh, wind_speed | 24 | 1500
fort_collins_daily/fort_collins_1900_1999.nc | tmin | tmax, prcp | 7 | 1500
lter_daily_weather/lter_1988_2018.nc | temp | prcp, wind | 7 | 1500
seattle_san_francisco_weather/seattle_daily_2012_2015.nc | tmax | prcp, wind | 7 | 1000
soil_moisture_cook_farm/cook_farm_2011_2012.nc | temp_30cm | rain | 10 | 500
chesapeake_bay_water_monthly/chesapeake_monthly.nc | din_surface | salinity_surface | 6 | 240
new_york_airports_weather/weather_2013.nc | temp | wind_speed | 24 | 1000
us_avocado_market/data.npz | volume_organic | price_organic | 8 | 200
halifax_sea_level/halifax_2003.nc | air_temp | pressure, wind_speed | 24 | 1500
ev_sao_paulo/data.npz | volume | price | 24 | 1500
munich_pollen_daily/pollen_2010_2015.nc | betula | fraxinus | 7 | 1200
france_catchments_daily/france_19_catchments_1999_2018.nc | discharge | ptot | 5 | 3000
australia_retail_states/data.npz | Clothing retailing | Department stores | 12 | 240
tgv_punctuality/data.npz | trains_late | trains_planned | 4 | 36
"""  # file | target | drivers | steps ahead | steps read


def read(file: str, names: list[str]) -> Panel:
    """Some places of a set, and the variables of these names."""
    panel = open_field(data_root() / file).panel()
    panel = panel.take_places(np.unique(np.linspace(0, panel.values.shape[1] - 1, PLACES).astype(int)))
    index = [panel.variables.index(name) for name in names]
    told = {key: tuple(getattr(panel, key)[k] for k in index if getattr(panel, key)) for key in ("units", "totals", "standard_names")}
    return replace(panel, values=np.ascontiguousarray(panel.values[..., index]), variables=tuple(names), **told)


def loss(predictor: Predictor, panel: Panel, horizon: int, known: bool) -> float:
    """Mean quantile loss of the first variable over the last steps, the others known there or not."""
    seen, asked = np.isfinite(panel.values), np.zeros(panel.values.shape, bool)
    seen[-horizon:, :, 0 if known else slice(None)] = False
    asked[-horizon:, :, 0] = True
    away = panel.values[-horizon:, :, :1] - predictor.answer(Question(panel, seen, asked)).values[..., :1]
    level = np.array(QUANTILE_LEVELS).reshape(-1, 1, 1, 1)
    return float(np.nanmean(2 * np.maximum(level * away, (level - 1) * away)))


def measured(row: str, predictor: Predictor) -> dict[str, float]:
    """Losses of one question over those without drivers, summed over origins."""
    file, target, drivers, horizon, length = (part.strip() for part in row.split("|"))
    panel, h, t = read(file, [target, *drivers.split(", ")]), int(horizon), int(length)
    rows = len(panel.times)
    found = []
    for end in np.linspace(max(t, rows // 2) if rows > t + 50 else int(rows * 0.6), rows - h, ORIGINS).astype(int):
        part = panel.slice_time(max(0, end - t), end + h)
        if not np.isfinite(part.values[-h:, :, 0]).any():
            continue
        moved = part.values.copy()
        moved[..., 1:] = np.roll(moved[..., 1:], len(moved) // 3, axis=0)
        others = replace(part, values=moved)
        asked = ((predictor, part, False), (predictor, part, True), (predictor, others, True), (load("baseline:mix").predictor, part, True))
        found.append([loss(who, what, h, known) for who, what, known in asked])
    total = np.sum(found, axis=0)
    return {"known": total[1] / total[0], "moved": total[2] / total[0], "mix": total[3] / total[0]}


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--model", default="tiny")
    predictor = load(parser.parse_args().model).predictor
    warnings.simplefilter("ignore")
    for name, rows in (("chosen", CHOSEN), ("fresh", FRESH)):
        made = {}
        for row in rows.strip().splitlines():
            made[" ".join(row.split(" | ")[:2])] = measured(row, predictor)
            print(list(made)[-1], {key: round(float(value), 3) for key, value in made[list(made)[-1]].items()}, flush=True)
        log = np.log(pd.DataFrame(made).T)
        print(name, f"n = {len(log)}; geometric mean (standard error), worst")
        print(pd.DataFrame({"mean": np.exp(log.mean()), "error": log.std() / np.sqrt(len(log)), "worst": np.exp(log.max())}).round(3))


if __name__ == "__main__":
    main()
