"""Suites: real data sets held out of training, and how each is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.panel import Edges, Panel
from chronotope.errors import ArgumentError, NoFileError
from chronotope.opening.open import open_field

MOST_PLACES = 200


@dataclass(frozen=True)
class HeldOut:
    """One data set of the benchmark.

    Attributes:
        name, domain: for the table.
        path: below the data root.
        horizon: steps, natural to the set.
        target: variables that are scored, each on its own; all by default.
        inputs: variables that are read besides.
        options: for `open_field`; values that start with "./" are paths beside `path`.
        start, step: the clock of a file that holds none.
        span: (first, last) date that is used, or None.
        origins: how many, spread over the last fifth of the span.
        spatial: whether places stand near each other, so that neighbours may help.
        prepare: a last change of the panel.
    """

    name: str
    domain: str
    path: str
    horizon: int
    target: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    start: str | None = None
    step: str | None = None
    span: tuple[str | None, str | None] | None = None
    origins: int = 16
    spatial: bool = True
    prepare: Callable[[Panel, Path], Panel] | None = None

    def open(self, root: Path) -> tuple[Panel, tuple[str, ...]]:
        """The panel (targets first, then inputs; at most 200 places, an even stride) and the names of the targets.

        Raises:
            NoFileError: the file is not below `root`.
        """
        path = root / self.path
        options: dict[str, Any] = {k: _beside(path, v) for k, v in self.options.items()}
        source = open_field(path, **options)
        names = self.target or source.variables
        panel = source.panel((*names, *self.inputs))
        if self.start is not None:
            panel = replace(panel, times=_clock(self.start, len(panel.times), self.step), freq=str(self.step), regular=True)
        if self.prepare is not None:
            panel = self.prepare(panel, path)
        return _thin(_cut(panel, self.span)), names

    def rows(self, panel: Panel, targets: int) -> list[int]:
        """Rows of the origins, spread over the last fifth of the steps up to the last one with a target value."""
        steps = int(np.flatnonzero(np.isfinite(panel.values[..., :targets]).any(axis=(1, 2)))[-1]) + 1
        last = steps - 1 - self.horizon
        first = min(int(0.8 * steps), last)
        return sorted(set(np.linspace(first, last, self.origins).round().astype(int).tolist()))


def data_root() -> Path:
    """The folder of the benchmark's data: the environment's CHRONOTOPE_DATA, or `shared/data` beside the repository or the current folder.

    Raises:
        NoFileError: there is none.
    """
    named = os.environ.get("CHRONOTOPE_DATA")
    roots = [Path(named)] if named else [near / "shared" / "data" for near in (Path(__file__).resolve().parents[5], Path.cwd().parent)]
    found = next((root for root in roots if root.is_dir()), roots[0])
    if not found.is_dir():
        raise NoFileError(f"The benchmark's data must be in CHRONOTOPE_DATA or in shared/data beside the repository; {found} is no folder.")
    return found


def sets_named(names: tuple[str, ...]) -> list[HeldOut]:
    """Sets by name, or those of a suite by its name; all of the first for an empty tuple.

    Raises:
        ArgumentError: there is no such set.
    """
    known = {entry.name: entry for entry in (*SETS, *SECOND)}
    names = tuple(entry.name for name in names for entry in SUITES[name]) if set(names) <= set(SUITES) else names
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ArgumentError(f"A set must be one of {', '.join(known)}; found {unknown[0]!r}.")
    return [known[name] for name in names] if names else list(SETS)


def _beside(path: Path, value: Any) -> Any:
    return path.parent / value[2:] if isinstance(value, str) and value.startswith("./") else value


def _clock(start: str, steps: int, step: str | None) -> np.ndarray:
    return pd.date_range(start, periods=steps, freq=step).values.astype("datetime64[ns]")


def _cut(panel: Panel, span: tuple[str | None, str | None] | None) -> Panel:
    if span is None:
        return panel
    first = 0 if span[0] is None else int(np.searchsorted(panel.times, np.datetime64(span[0])))
    last = len(panel.times) if span[1] is None else int(np.searchsorted(panel.times, np.datetime64(span[1])))
    return panel.slice_time(first, last)


def _thin(panel: Panel) -> Panel:
    """At most about 200 of the places that were ever observed, by an even stride over their order."""
    known = np.flatnonzero(np.isfinite(panel.values).any(axis=(0, 2)))
    if len(known) <= 1.1 * MOST_PLACES:
        return panel.take_places(known)
    return panel.take_places(known[np.unique(np.linspace(0, len(known) - 1, MOST_PLACES).astype(int))])


def _with_matrix(panel: Panel, file: Path) -> Panel:
    """Edges from a matrix of zeros and ones without header."""
    weights = np.loadtxt(file, delimiter=",")
    source, target = np.nonzero(weights * (1 - np.eye(len(weights))))
    return replace(panel, edges=Edges(source, target, weights[source, target].astype(np.float32)))


def _daily_new(panel: Panel, path: Path) -> Panel:
    """Cumulative counts as counts per day; corrections stay as they are, negative ones too."""
    new = np.diff(panel.values, axis=0, prepend=np.nan).astype(np.float32)
    return replace(panel, values=new).slice_time(1, len(panel.times))


def _on_a_line(panel: Panel, path: Path) -> Panel:
    """Cells of a motorway stand on a line, one unit apart."""
    along = np.arange(panel.values.shape[1], dtype=float)
    return replace(panel, xy=np.stack([along, 0 * along], axis=1))


SETS = (
    HeldOut(
        "metr_la_week", "traffic", "metr_la_week/los_speed.csv", 12, start="2012-03-01", step="5min",
        options={"edges": "./los_adj.csv", "sites": "./graph_sensor_locations.csv"},
    ),
    HeldOut("ngsim_speed_field", "traffic", "ngsim_speed_field/data.npz", 12, prepare=_on_a_line),
    HeldOut("beijing_metro", "transit", "beijing_metro/data.npz", 12, ("outflow", "inflow")),
    HeldOut("pittsburgh_bike", "bike", "pittsburgh_bike/data.npz", 24, span=("2017-01-01", None)),
    HeldOut("parking_bremen", "parking", "parking_bremen/data.npz", 24),
    HeldOut("ev_sao_paulo", "energy", "ev_sao_paulo/data.npz", 24, ("volume", "duration")),
    HeldOut(
        "era5_canadian_cities", "weather", "era5_canadian_cities/daily_surface_cancities_1990-1993.nc", 7,
        ("tas", "hurs", "pr", "ps", "sfcWindmax"), spatial=False,
    ),
    HeldOut("matapedia_stations", "weather", "matapedia_stations/matapedia_1980_2020.nc", 7),
    HeldOut("vic_basin_temperature", "weather", "vic_basin_temperature/vic_temperature_6h.nc", 20, span=("2005-01-01", None)),
    HeldOut(
        "camels_us_mini", "rivers", "camels_us_mini/camels_us_4basins.csv.gz", 7,
        ("discharge_cfs",), ("prcp(mm/day)", "swe(mm)", "tmax(C)"), spatial=False,
    ),
    HeldOut("india_air_quality", "air", "india_air_quality/india_city_day.csv.gz", 7, ("PM25", "NO2"), ("PM10", "O3")),
    HeldOut(
        "influenza_japan", "disease", "influenza_japan_us/japan.txt", 4, start="2012-08-06", step="7D",
        prepare=lambda panel, path: _with_matrix(panel, path.parent / "japan-adj.txt"),
    ),
    HeldOut(
        "influenza_us_states", "disease", "influenza_japan_us/state360.txt", 4, start="2010-10-04", step="7D",
        prepare=lambda panel, path: _with_matrix(panel, path.parent / "state-adj.txt"),
    ),
    HeldOut("chickenpox_hungary", "disease", "chickenpox_hungary/chickenpox_weekly.csv", 4, options={"edges": "./edges.csv"}),
    HeldOut(
        "covid19_italy_provinces", "disease", "covid19_italy_provinces/italy_provinces_wide.csv.gz", 14, span=(None, "2023-01-01"),
        prepare=_daily_new,
    ),
    HeldOut("pacific_sst_anomaly", "ocean", "pacific_sst_anomaly/sst_anomaly_1970_2003.nc", 6),
)  # fmt: skip
"""Held out whole: none of these data sets is in the training corpus."""

SECOND = (
    HeldOut("auckland_pedestrians", "pedestrians", "auckland_pedestrians/data.npz", 24, span=("2023-01-01", None)),
    HeldOut("bengaluru_metro", "transit", "bengaluru_metro/data.npz", 12),
    HeldOut("chicago_l_stations_daily", "transit", "chicago_l_stations_daily/data.npz", 7, spatial=False),
    HeldOut("us_flights_2001", "air traffic", "us_flights_2001/data.npz", 12, ("departures",), ("bound_for_here",)),
    HeldOut("germany_wind_hourly", "wind power", "germany_wind_hourly/data.npz", 24, ("generation",), ("temperature",), spatial=False),
    HeldOut("tetouan_power_zones", "energy", "tetouan_power_zones/data.npz", 36, spatial=False),
    HeldOut("smart_meters_nsw", "buildings", "smart_meters_nsw/data.npz", 48, spatial=False),
    HeldOut("water_districts_ferrara", "water network", "water_districts_ferrara/data.npz", 24, spatial=False),
    HeldOut("kenya_food_prices", "prices", "kenya_food_prices/data.npz", 6),
    HeldOut("us_avocado_market", "retail", "us_avocado_market/data.npz", 4),
    HeldOut("australia_tourism_regions", "tourism", "australia_tourism_regions/data.npz", 4),
    HeldOut("texas_housing_market", "housing", "texas_housing_market/data.npz", 6, ("sales", "median_price", "listings")),
    HeldOut(
        "soil_moisture_cook_farm", "soil", "soil_moisture_cook_farm/cook_farm_2011_2012.nc", 7, ("moisture_30cm", "moisture_90cm"),
        ("rain",),
    ),
    HeldOut("tao_buoys_daily", "ocean", "tao_buoys_daily/tao_1986_1998.nc", 7, ("zonal", "air", "sst"), span=("1990-01-01", None)),
    HeldOut("measles_us_cities", "disease", "measles_us_cities/measles_1906_1948.nc", 4, ("cases",)),
    HeldOut("northwest_smoke_pm25", "air", "northwest_smoke_pm25/pm25_2015_07_09.nc", 12),
    HeldOut("colorado_daily_rain", "rain", "colorado_daily_rain/colorado_prcp_1990_2019.nc", 7, span=("2005-01-01", None)),
    HeldOut(
        "france_catchments_daily", "rivers", "france_catchments_daily/france_19_catchments_1999_2018.nc", 7, ("discharge",),
        ("ptot", "temp"),
    ),
    HeldOut("solar_sensor_field_1s", "solar", "solar_sensor_field_1s/irradiance_2013_09_08.nc", 30),
)  # fmt: skip
"""Held out whole from the second corpus too; chosen and cut before any score on them was seen, nine domains that no training knows."""

SUITES = {"first": SETS, "second": SECOND}

QUICK = ("metr_la_week", "influenza_japan", "pacific_sst_anomaly", "parking_bremen")
