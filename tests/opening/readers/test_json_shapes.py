"""JSON as services answer: tables inside objects, known by their shape."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import DataError
from chronotope.opening.open import open_field

HOURS = pd.date_range("2022-05-01", periods=24, freq="h")
TEXT = [f"{h:%Y-%m-%dT%H:%M}:00" for h in HOURS]
SECONDS = [int(h.timestamp()) for h in HOURS]
WAVE = [round(10 + 5 * float(np.sin(i / 4)), 1) for i in range(24)]
PLACES = {"a": WAVE, "b": [x + 1 for x in WAVE]}


def records(**names: str) -> list[dict]:
    """A record per place and hour, under the given names of time, place, value."""
    return [
        {names["time"]: t, names["place"]: p, names["value"]: x} for p, values in PLACES.items() for t, x in zip(TEXT, values, strict=True)
    ]


FRAME = pd.DataFrame(records(time="time", place="site", value="lvl"))
INDEXED = pd.DataFrame(PLACES, index=HOURS)
HOURLY = {"time": TEXT, "t2m": WAVE}
ANSWERS = {  # shape -> (content, places, variables)
    "columns inside an object": (
        {"latitude": 52.5, "longitude": 13.4, "hourly_units": {"t2m": "°C"}, "hourly": HOURLY},
        None,
        {"t2m": "°C"},
    ),
    "a list of such objects": (
        [{"latitude": 52.5 + k, "longitude": 13.4, "hourly": {"time": TEXT, "t2m": v}} for k, v in enumerate(PLACES.values())],
        ["52.5,13.4", "53.5,13.4"],
        {"t2m": ""},
    ),
    "pairs per series with labels": (
        {
            "status": "success",
            "data": {
                "result": [
                    {"metric": {"__name__": "up", "job": "n", "instance": p}, "values": [[s, str(x)] for s, x in zip(SECONDS, v)]}
                    for p, v in PLACES.items()
                ]
            },
        },
        ["a", "b"],
        {"value": ""},
    ),
    "pairs with the stamp behind": (
        [{"target": p, "datapoints": [[x, s] for s, x in zip(SECONDS, v)]} for p, v in PLACES.items()],
        ["a", "b"],
        {"value": ""},
    ),
    "pairs per variable": (
        {"prices": [[s * 1000, x] for s, x in zip(SECONDS, WAVE)], "caps": [[s * 1000, x] for s, x in zip(SECONDS, WAVE)]},
        None,
        {"prices": "", "caps": ""},
    ),
    "names and rows per series": (
        {
            "results": [
                {
                    "series": [
                        {"name": "cpu", "tags": {"host": p}, "columns": ["time", "mean"], "values": [[t + "Z", x] for t, x in zip(TEXT, v)]}
                        for p, v in PLACES.items()
                    ]
                }
            ]
        },
        ["a", "b"],
        {"mean": ""},
    ),
    "records with objects inside": (
        {
            "results": [
                {
                    "location": p,
                    "value": x,
                    "date": {"utc": t + "+00:00", "local": t + "+02:00"},
                    "coordinates": {"latitude": 51.0, "longitude": 13.0 + len(p)},
                }
                for p, v in PLACES.items()
                for t, x in zip(TEXT, v)
            ]
        },
        ["a", "b"],
        {"value": ""},
    ),
    "records that name their variable": (
        [
            {"location": p, "parameter": q, "unit": "µg/m³", "value": x, "time": t}
            for p, v in PLACES.items()
            for q in ("pm25", "no2")
            for t, x in zip(TEXT, v)
        ],
        ["a", "b"],
        {"pm25": "µg/m³", "no2": "µg/m³"},
    ),
    "hits with their source": (
        {
            "hits": {
                "total": 2,
                "hits": [
                    {"_index": "i", "_score": 1.0, "_source": {"@timestamp": t + "Z", "host": {"name": p}, "cpu": {"pct": x}}}
                    for p, v in PLACES.items()
                    for t, x in zip(TEXT, v)
                ],
            }
        },
        ["a", "b"],
        {"pct": ""},
    ),
    "records in a result": (
        {"result": {"fields": [{"id": "x"}], "records": records(time="fecha", place="comuna", value="casos")}},
        ["a", "b"],
        {"casos": ""},
    ),
    "records as data": ({"data": records(time="ts", place="station", value="v"), "total": 48}, ["a", "b"], {"v": ""}),
    "what it is about, and the records": (
        [{"page": 1, "total": 48}, records(time="date", place="station", value="v")],
        ["a", "b"],
        {"v": ""},
    ),
    "records under the key of each station": (
        {p: [{"time": t, "v": x} for t, x in zip(TEXT, v)] for p, v in PLACES.items()},
        ["a", "b"],
        {"v": ""},
    ),
    "columns of each station": (
        {"sensors": [{"id": p, "data": {"timestamps": TEXT, "values": v}} for p, v in PLACES.items()]},
        ["a", "b"],
        {"values": ""},
    ),
    "quantities with units": (
        {
            "station": {"id": "a", "lat": 50.0, "lon": 8.0},
            "observations": [{"time": t, "temp": {"value": x, "unitCode": "C"}} for t, x in zip(TEXT, WAVE)],
        },
        ["a"],
        {"temp": ""},
    ),
    "gauges": (
        {
            "value": {
                "queryInfo": {"note": [{"value": "x", "title": "y"}]},
                "timeSeries": [
                    {
                        "sourceInfo": {
                            "siteName": p,
                            "siteCode": [{"value": "0" + p}],
                            "geoLocation": {"geogLocation": {"latitude": 40.0 + len(p), "longitude": -75.0}},
                        },
                        "variable": {"variableName": "Flow", "unit": {"unitCode": "ft3/s"}},
                        "values": [
                            {
                                "value": [{"value": str(x), "qualifiers": ["P"], "dateTime": t + "-04:00"} for t, x in zip(TEXT, v)],
                                "method": [{"methodDescription": "", "methodID": 1}],
                            }
                        ],
                        "name": f"{p}:1",
                    }
                    for p, v in PLACES.items()
                ],
            }
        },
        ["a", "b"],
        {"value": "ft3/s"},
    ),
    "a row of names and rows": ([["date", "a", "b"], *([t, x, x + 1] for t, x in zip(TEXT, WAVE))], ["a", "b"], {"value": ""}),
    "stamps as keys": ({p: dict(zip(TEXT, v)) for p, v in PLACES.items()}, ["a", "b"], {"value": ""}),
    "rows under their stamps": (
        {"Time Series": {t: {"1. flow": str(x), "2. load": str(x)} for t, x in zip(TEXT, WAVE)}},
        None,
        {"flow": "", "load": ""},
    ),
    **{
        f"pandas {orient}": (json.loads(FRAME.to_json(orient=orient)), ["a", "b"], {"lvl": ""})
        for orient in ("split", "records", "columns", "index", "table")
    },
    **{
        f"pandas {orient} with stamps": (json.loads(INDEXED.to_json(orient=orient, date_format="iso")), ["a", "b"], {"value": ""})
        for orient in ("split", "columns", "index")
    },
}


@pytest.mark.parametrize("shape", ANSWERS)
def test_a_table_is_known_by_its_shape(tmp_path, shape):
    content, places, units = ANSWERS[shape]
    (tmp_path / "a.json").write_text(json.dumps(content))
    field = open_field(tmp_path / "a.json")
    assert field.kind == "graph" and len(field.times) == 24 and field.units == units
    assert places is None or field.dataset["place"].values.tolist() == places
    first = field.dataset[field.variables[0]].values[:, 0]
    np.testing.assert_allclose(first, WAVE)
    assert field.times[0] == np.datetime64("2022-05-01T04" if shape == "gauges" else "2022-05-01T00")


def test_positions_beside_a_series_are_its_places(tmp_path):
    for shape, lat in (("columns inside an object", [52.5]), ("records with objects inside", [51.0, 51.0]), ("gauges", [41.0, 41.0])):
        (tmp_path / "a.json").write_text(json.dumps(ANSWERS[shape][0]))
        assert open_field(tmp_path / "a.json").dataset["lat"].values.tolist() == lat


def test_lines_of_json_with_objects_inside(tmp_path):
    rows = [json.dumps({"ts": t, "dev": {"id": p}, "temp": x}) for p, v in PLACES.items() for t, x in zip(TEXT, v)]
    (tmp_path / "a.ndjson").write_text("\n".join(rows))
    assert open_field(tmp_path / "a.ndjson").dataset["place"].values.tolist() == ["a", "b"]


def test_features_with_quantities(tmp_path):
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [8.0, 50.0]},
            "properties": {"station": "K", "timestamp": t, "temperature": {"unitCode": "C", "value": x}},
        }
        for t, x in zip(TEXT, WAVE)
    ]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    field = open_field(tmp_path / "a.geojson")
    assert field.variables == ("temperature",) and field.dataset["place"].values.tolist() == ["K"]


def test_a_stream_of_objects_whatever_its_suffix(tmp_path):
    rows = [json.dumps({"ts": t, "dev": p, "temp": x}) for p, v in PLACES.items() for t, x in zip(TEXT, v)]
    (tmp_path / "a.json").write_text("\n".join(rows))
    assert open_field(tmp_path / "a.json").dataset["place"].values.tolist() == ["a", "b"]


@pytest.mark.parametrize(("number", "names"), [(4326, {"lat", "lon"}), (25832, {"x", "y"})])
def test_geometries_are_in_the_system_that_the_answer_names(tmp_path, number, names):
    x, y = (8.5, 50.0) if number == 4326 else (500000.0, 5500000.0)
    features = [
        {"attributes": {"date": s * 1000, "site": p, "v": value}, "geometry": {"x": x + k, "y": y}}
        for k, (p, v) in enumerate(PLACES.items())
        for s, value in zip(SECONDS, v)
    ]
    (tmp_path / "a.json").write_text(json.dumps({"spatialReference": {"wkid": number}, "features": features}))
    field = open_field(tmp_path / "a.json")
    assert names <= set(field.dataset.coords) and field.dataset["place"].values.tolist() == ["a", "b"]
    assert not names & {"lat"} or field.dataset["lat"].values.tolist() == [50.0, 50.0]


def test_other_tables_of_an_answer_are_said(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"hourly": HOURLY, "daily": {"time": ["2022-05-01", "2022-05-02"], "tmax": [1, 2]}}))
    field = open_field(tmp_path / "a.json")
    assert field.variables == ("t2m",) and any("'daily'" in finding.text and finding.level == "warning" for finding in field.findings)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"dataSets": [{"series": {"0:0": {"observations": {"0": [1.5]}}}}]}, "is SDMX"),
        ({"status": "error", "message": "rate limit"}, "holds 'status', 'message' without them"),
        ({"a": {"b": [{"c": [1, 2]}]}}, "must hold"),
        ([{"a": {"b": [1, 2, 3]}}], "must h"),
        ({"type": "FeatureCollection", "features": []}, "must h"),
        ([], "must have rows"),
        ([1, 2, 3], "list of records"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path, content, said):
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=said):
        open_field(tmp_path / "a.json")
