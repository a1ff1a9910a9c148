"""Every set of the shared folder opens with one call and is what its index says; skipped where the folder is absent."""

from __future__ import annotations

import gzip
import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import builders
from chronotope.data.frame import frame_of
from chronotope.opening.open import open_field

SIDES = ("SOURCE.md", ".pkl", "adj.csv", "adj.txt", "edges.csv", "locations.csv")  # read with edges= and sites=
FLOWS = {"start": "2012-03-01", "step": "5min"}
OPTIONS = {
    "metr_la_week/los_speed.csv": FLOWS,
    "england_covid_mobility/england_covid.json.gz": {"start": "2020-03-03", "step": "1D"},
    "burgers_simulation/burgers_1d.npz": {"time": 1, "place": 2, "step": "1s", "start": "2000-01-01"},
    "ngsim_speed_field/data.npz": {"start": "2005-06-15", "step": "5s"},
    "influenza_japan_us/japan.txt": {"start": "2012-08-06", "step": "7D", "edges": "influenza_japan_us/japan-adj.txt"},
    "influenza_japan_us/region785.txt": {"start": "2002-01-07", "step": "7D", "edges": "influenza_japan_us/region-adj.txt"},
    "influenza_japan_us/state360.txt": {"start": "2010-01-04", "step": "7D", "edges": "influenza_japan_us/state-adj.txt"},
    "chickenpox_hungary/chickenpox_weekly.csv": {"edges": "chickenpox_hungary/edges.csv"},
    "ett/exchange_rate.txt.gz": {"start": "1990-01-01", "step": "1D"},
}
LAYOUTS = {  # the index's word -> kinds that it may become
    "grid": {"grid", "graph"},
    "video": {"grid", "video"},
    "simulation": {"graph"},
    "points": {"graph", "events"},
    "areas": {"graph"},
    "event": {"events", "graph"},  # single trips; marks that grow at fixed places
    "events": {"events"},
    "moving": {"tracks", "points"},
    "trajectory": {"tracks"},
    "graph": {"graph", "events"},
    "series": {"graph"},
}
STEPS = {"5 min": "5min", "10 min": "10min", "15 min": "15min", "30 min": "30min", "1 h": "1h", "hour": "1h", "6 h": "6h", "12 h": "12h"}
STEPS |= {"day": "1D", "2 min": "2min", "week": "7D"}
UNPLACED = {  # the index tells of the set, these files are without
    "nyc_zones/taxi_od_hourly.npz",
    "metr_la_week/los_speed.csv",
    "california_fires/growth.csv.gz",
}
SIDE_EDGES = {"metr_la_week/los_speed.csv"}
OTHER_STEPS = {"nyc_zones/taxi_od_hourly.npz": "1h"}  # told in words beside the table


def listed() -> list[tuple[str, dict, dict]]:
    """(path, entry of the set, what the index read back from the file)."""
    if not (builders.SHARED / "urban.json").exists():
        return []
    urban = json.loads((builders.SHARED / "urban.json").read_text())
    earth = json.loads((builders.SHARED / "earth.json").read_text())["datasets"]
    rows = [(file["path"], {**entry, "kind": entry["type"]}, {}) for entry in urban for file in entry["files"]]
    rows += [(file["file"], entry, file.get("check") or {}) for entry in earth for file in entry["files"]]
    return [row for row in rows if not row[0].endswith(SIDES)]


LISTED = listed()


def opened(path: str):
    if path.endswith(".grib"):
        if find_spec("cfgrib") is None:
            pytest.skip("cfgrib is not installed")
    options = {k: builders.SHARED / v if k == "edges" else v for k, v in OPTIONS.get(path, {}).items()}
    return open_field(builders.SHARED / path, **options)


@pytest.mark.data
@pytest.mark.skipif(not LISTED, reason="the shared folder is not here")
@pytest.mark.parametrize(("path", "entry", "check"), LISTED, ids=[Path(row[0]).parent.name + "/" + Path(row[0]).name for row in LISTED])
def test_a_listed_file_is_what_the_index_says(path, entry, check):
    field = opened(path)
    OPENED.add(path.split("/")[0])
    assert field.kind in LAYOUTS[re.split(r"[ ,]", entry["kind"])[0]]
    times = field.times[~np.isnat(field.times)]
    years = sorted(int(year) for year in re.findall(r"(?<!\d)(?:18|19|20)\d\d(?!\d)", str(entry["period"])))
    if years and "sequences" not in path:
        assert years[0] - 1 <= int(str(times.min())[:4]) and int(str(times.max())[:4]) <= years[-1] + 1
    if entry["step"] in STEPS and field.kind in ("grid", "graph"):
        frame = frame_of(field.times, field.step)
        assert not frame.regular or frame.freq == OTHER_STEPS.get(path, STEPS[entry["step"]])
    assert_numbers(field, entry, check)
    assert_places(field, path, entry)
    assert_missing(field, entry)


OPENED: set[str] = set()


def assert_places(field, path: str, entry: dict) -> None:
    """Positions where the index says lat and lon, and none where it says none; 2-D ones over rows and columns; degrees as in the file."""
    said = str(entry.get("coordinates", entry.get("location", "")))
    if field.kind not in ("grid", "graph") or path in UNPLACED:
        return
    assert ("lat" in field.dataset.coords) == ("lat" in said or "Gaussian" in said or "2-D" in said), said
    if "lat" in field.dataset.coords:
        lat, lon = field.dataset["lat"], field.dataset["lon"]
        assert (lat.ndim == 2) == ("2-D" in said)
        assert float(np.abs(lat).max()) <= 90 and -180 <= float(lon.min()) and float(lon.max()) <= 360
    if "adjacency" in said and path not in SIDE_EDGES:
        assert field.edges is not None and len(field.edges.source)


def assert_missing(field, entry: dict) -> None:
    """Nothing is missing where the index says so, and something where it names a code or NaN (coded sets are compared exactly below)."""
    if field.kind not in ("grid", "graph") or "shape" not in entry or entry["kind"] == "event":
        return
    size = sum(field.dataset[name].size for name in field.variables)
    if size < 2 * 10**7 and entry["missing"] in ("none", -1, 65535, "NaN", "none (interpolated)"):
        lost = sum(int(np.isnan(field.dataset[name].values.astype(float)).sum()) for name in field.variables)
        assert (lost == 0) == str(entry["missing"]).startswith("none"), entry["missing"]


@pytest.mark.data
@pytest.mark.skipif(not LISTED, reason="the shared folder is not here")
def test_every_listed_set_is_there_and_has_a_file_to_open():
    folders = {item.name for item in builders.SHARED.iterdir() if item.is_dir()}
    listed_sets = {row[0].split("/")[0] for row in LISTED}
    assert listed_sets <= folders and len(listed_sets) == 62
    if OPENED and len(OPENED) > 40:  # the whole file ran
        grib = set() if find_spec("cfgrib") else {"era5_ensemble_grib"}
        assert OPENED | grib == listed_sets


ODD = {  # what is odd about a set -> (file, how it shows)
    "360 days": [
        ("hadcm_scenario_north_america/A1B_north_america.nc", "360_day"),
        ("ipsl_ocean_temperature/tos_O1_2001-2002.nc", "360_day"),
    ],
    "no leap years": [("ccsm_temperature_20c/TREFHT.B06.69.atm.1890-1999ANN.nc", "noleap")],
    "a column per date": [
        ("covid19_us_counties/time_series_covid19_confirmed_US.csv.gz", "188 columns named by dates"),
        ("covid19_world/time_series_covid19_deaths_global.csv", "929 columns named by dates"),
        ("covid19_italy_provinces/italy_provinces_wide.csv.gz", "1781 columns named by dates"),
    ],
    "scattered reports": [("surface_reports_1995/sao_1995_03_18.csv.gz", "scattered in time")],
    "single trips": [("pittsburgh_bike/trips.csv.gz", "without a position")],
    "pairs as places": [("nyc_zones/taxi_od_hourly.npz", "each pair of origin zone")],
}


@pytest.mark.data
@pytest.mark.skipif(not LISTED, reason="the shared folder is not here")
@pytest.mark.parametrize("why", ODD)
def test_an_odd_set_is_odd_for_the_reason_that_is_told(why):
    for path, said in ODD[why]:
        assert any(said in finding.text for finding in opened(path).findings), path


@pytest.mark.data
@pytest.mark.skipif(not LISTED, reason="the shared folder is not here")
def test_both_conventions_of_longitude_are_kept():
    east = opened("ccsm_temperature_20c/TREFHT.B06.69.atm.1890-1999ANN.nc").dataset["lon"].values
    both = opened("quebec_indices_yearly/NRCAN_SECan_1981-2010.nc").dataset["lon"].values
    across = opened("eofs_reanalysis/sst_ndjfm_anom.nc").dataset["lon"].values
    assert east.min() == 0 and east.max() > 357 and both.max() < -59 and across.min() < 180 < across.max()


@pytest.mark.data
@pytest.mark.skipif(not LISTED, reason="the shared folder is not here")
def test_a_changing_graph_keeps_its_steps():
    path = builders.SHARED / "england_covid_mobility" / "england_covid.json.gz"
    field = opened("england_covid_mobility/england_covid.json.gz")
    with gzip.open(path, "rt") as file:
        mapping = json.load(file)["edge_mapping"]
    weight = field.dataset["edge_weight"]
    assert weight.dims[0] == "edge_time" and weight.sizes["edge_time"] == len(mapping["edge_index"])
    for step in (0, 30):
        joined = {tuple(pair) for pair, w in zip(mapping["edge_index"][str(step)], mapping["edge_weight"][str(step)]) if w > 0}
        there = np.flatnonzero(weight.isel(edge_time=step).values > 0)
        pairs = zip(field.dataset["edge_source"].values[there].tolist(), field.dataset["edge_target"].values[there].tolist())
        assert set(pairs) == {(a, b) for a, b in joined if a != b}


def assert_numbers(field, entry: dict, check: dict) -> None:
    """Shapes and missing shares that the index states."""
    for name, said in check.items():
        if name in field.variables and "shape" in said:
            array = field.dataset[name]
            assert sorted(n for n in array.shape if n > 1) == sorted(n for n in said["shape"] if n > 1), name
            assert float(np.isnan(array.values.astype(float)).mean()) == pytest.approx(said["nan"], abs=1e-4), name
    rows = check.get("table", {}).get("rows")
    if rows is not None and field.kind in ("events", "tracks"):
        fixes = field.dataset["lat"].notnull().sum() if "event" not in field.dataset.dims else field.dataset.sizes["event"]
        assert int(fixes) == rows
    shape = entry["shape"]
    if isinstance(shape, list) and all(isinstance(n, int) for n in shape) and field.kind in ("grid", "graph"):
        assert (*field.shape, len(field.variables)) == tuple(shape) or sorted(field.shape) == sorted(shape[:-1])


@pytest.mark.data
@pytest.mark.skipif(not LISTED, reason="the shared folder is not here")
def test_missing_codes_of_the_index_are_declared():
    shares = {}
    for name, code in (("parking_bremen", -1), ("muenster_bike_counters", -1), ("pjm_load", 65535)):
        field = open_field(builders.SHARED / name / "data.npz")
        raw = np.load(builders.SHARED / name / "data.npz")["values"]
        shares[name] = float((raw == code).mean())
        assert float(np.isnan(field.dataset[field.variables[0]].values).mean()) == pytest.approx(shares[name])
    assert max(shares.values()) > 0.01
