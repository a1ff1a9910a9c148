"""Text tables with lines above the header, units below it, no header, or other tables behind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import DataError
from chronotope.opening.open import open_field

HOURS = pd.date_range("2022-05-01", periods=30, freq="h")
DAYS = pd.date_range("2022-05-01", periods=30)
WAVE = [round(10 + 5 * float(np.sin(i / 4)), 1) for i in range(30)]


def lines(*parts: object) -> str:
    return "\n".join(part if isinstance(part, str) else "\n".join(part) for part in parts) + "\n"


PORTAL = lines(
    "latitude,longitude,elevation", "52.5,13.4,38", "", "time,temperature_2m (°C)", [f"{h:%Y-%m-%dT%H:%M},{x}" for h, x in zip(HOURS, WAVE)]
)
TEXTS = {  # name -> (text, first stamp, places, variables with units)
    "portal.csv": (PORTAL, "2022-05-01T00", ["0"], {"temperature_2m (°C)": "°C"}),
    "portals.csv": (
        lines(
            "location_id,latitude,longitude",
            "0,52.5,13.4",
            "1,48.1,11.6",
            "",
            "location_id,time,temperature_2m (°C)",
            [f"{k},{h:%Y-%m-%dT%H:%M},{x}" for k in (0, 1) for h, x in zip(HOURS, WAVE)],
        ),
        "2022-05-01T00",
        ["0", "1"],
        {"temperature_2m (°C)": "°C"},
    ),
    "logger.dat": (
        lines(
            '"TOA5","ST1","CR1000","1"',
            '"TIMESTAMP","RECORD","AirTC_Avg","RH"',
            '"TS","RN","Deg C","%"',
            '"","","Avg","Smp"',
            [f'"{h:%Y-%m-%d %H:%M:%S}",{i},{x},60' for i, (h, x) in enumerate(zip(HOURS, WAVE))],
        ),
        "2022-05-01T00",
        ["0"],
        {"AirTC_Avg": "Deg C", "RH": "%"},
    ),
    "gauge.txt": (
        lines(
            "# provisional, subject to revision",
            "agency_cd\tsite_no\tdatetime\ttz_cd\tflow\tflow_cd",
            "5s\t15s\t20d\t6s\t14n\t10s",
            [f"USGS\t01234567\t{h:%Y-%m-%d %H:%M}\tEST\t{x}\tA" for h, x in zip(HOURS, WAVE)],
        ),
        "2022-05-01T00",
        ["01234567"],
        {"flow": ""},
    ),
    "bank.csv": (
        lines(
            '"Data Source","Indicators",',
            "",
            '"Country Name","Country Code","1990","1991","1992",',
            '"Aruba","ABW","80","79","..",',
            '"Benin","BEN","77","","75",',
            '"Chad","TCD","7","8","9",',
        ),
        "1990-01-01T00",
        ["Aruba", "Benin", "Chad"],
        {"value": ""},
    ),
    "dwd.txt": (
        lines("STATIONS_ID;MESS_DATUM;QN_9;TT_TU;eor", [f"         44;{h:%Y%m%d%H};    3;{x:6.1f};eor" for h, x in zip(HOURS, WAVE)]),
        "2022-05-01T00",
        ["44"],
        {"QN_9": "", "TT_TU": ""},
    ),
    "units.csv": (
        lines("date,temp,rain", "(UTC),°C,mm", [f"{d:%Y-%m-%d},{x},{x}" for d, x in zip(DAYS, WAVE)]),
        "2022-05-01T00",
        ["0"],
        {"temp": "°C", "rain": "mm"},
    ),
    "fixed.txt": (
        lines(
            "Station: Potsdam  52.38N", "", "  date        tmax   tmin", [f"  {d:%Y-%m-%d}  {x:6.1f} {x:6.1f}" for d, x in zip(DAYS, WAVE)]
        ),
        "2022-05-01T00",
        ["0"],
        {"tmax": "", "tmin": ""},
    ),
    "office.txt": (
        lines(
            "Oxford",
            "Location: 4509E 2072N, Lat 51.761 Lon -1.262, 63 metres",
            "Missing data is marked by ---.",
            "   yyyy  mm   tmax    tmin     sun",
            "              degC    degC   hours",
            [f"   {1950 + i // 12}  {i % 12 + 1:2d}   {x:5.1f}{'*' if i == 5 else ''}   {x:5.1f}     ---" for i, x in enumerate(WAVE)],
        ),
        "1950-01-01T00",
        ["0"],
        {"tmax": "", "tmin": ""},
    ),
    "knmi.txt": (
        lines("# BRON: KNMI", "# STN,YYYYMMDD,   TG,   RH", "#", [f"  260,{d:%Y%m%d},{int(x * 10):5d},    0" for d, x in zip(DAYS, WAVE)]),
        "2022-05-01T00",
        ["260"],
        {"TG": "", "RH": ""},
    ),
    "power.csv": (
        lines(
            "-BEGIN HEADER-",
            "Location: Latitude  52.52   Longitude 13.4",
            "T2M  Temperature (C)",
            "-END HEADER-",
            "YEAR,MO,DY,T2M,RH2M",
            [f"{d.year},{d.month},{d.day},{x},{x}" for d, x in zip(DAYS, WAVE)],
        ),
        "2022-05-01T00",
        ["0"],
        {"T2M": "", "RH2M": ""},
    ),
    "hobo.csv": (
        lines(
            '"Plot Title: Lake"',
            '"#","Date Time, GMT+02:00","Temp, C"',
            [f"{i},{h:%m/%d/%y %I:%M:%S %p},{x}" for i, (h, x) in enumerate(zip(HOURS, WAVE), 1)],
        ),
        "2022-05-01T00",
        ["0"],
        {"Temp, C": ""},
    ),
    "ons.csv": (
        lines('"Title","UK GDP"', '"CDID","IHYP"', '"Unit","%"', [f'"{1990 + i}","{x}"' for i, x in enumerate(WAVE)]),
        "1990-01-01T00",
        ["0"],
        {"UK GDP": "%"},
    ),
    "climate.csv": (
        lines(
            '"Longitude (x)","Latitude (y)","Station Name","Climate ID","Date/Time (LST)","Year","Month","Day","Time (LST)","Temp (°C)"',
            [
                f'"-73.7","45.5","MONTREAL","7025251","{h:%Y-%m-%d %H:%M}","{h.year}","{h.month:02d}","{h.day:02d}","{h:%H:%M}","{x}"'
                for h, x in zip(HOURS, WAVE)
            ],
        ),
        "2022-05-01T00",
        ["MONTREAL"],
        {"Temp (°C)": "°C"},
    ),
    "buoy.txt": (
        lines(
            "#YY  MM DD hh mm WDIR  WVHT",
            "#yr  mo dy hr mn degT     m",
            [
                f"{h.year} {h.month:02d} {h.day:02d} {h.hour:02d} {h.minute:02d}  {x}  {'MM' if h.hour == 3 else 1.5}"
                for h, x in zip(HOURS, WAVE)
            ],
        ),
        "2022-05-01T00",
        ["0"],
        {"WDIR": "degT", "WVHT": "m"},
    ),
    "sheet.csv": (
        lines("Report,,", "Made,2023-01-01,", ",,", "Date,Level (m),Temp (C)", [f"{d:%Y-%m-%d},{x},{x}" for d, x in zip(DAYS, WAVE)], ",,"),
        "2022-05-01T00",
        ["0"],
        {"Level (m)": "m", "Temp (C)": "C"},
    ),
    "sep.csv": (
        lines("sep=;", "Datum;Wert", [f"{d:%d.%m.%Y};{str(x).replace('.', ',')}" for d, x in zip(DAYS, WAVE)]),
        "2022-05-01T00",
        ["0"],
        {"Wert": ""},
    ),
    "doy.csv": (lines("YEAR,DOY,T2M", [f"{d.year},{d.day_of_year},{x}" for d, x in zip(DAYS, WAVE)]), "2022-05-01T00", ["0"], {"T2M": ""}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_table_below_other_lines_is_found(tmp_path, name):
    text, first, places, units = TEXTS[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    field = open_field(tmp_path / name)
    assert str(field.times[0])[:13] == first and field.dataset["place"].values.tolist() == places
    assert field.units == units
    if name != "bank.csv":
        scale = 10 if name == "knmi.txt" else 1
        seen = field.dataset["TT_TU" if name == "dwd.txt" else field.variables[0]].values[:, 0]
        np.testing.assert_allclose(seen, [int(x * 10) if scale == 10 else x for x in WAVE])


def test_cells_of_the_bank_are_where_they_belong(tmp_path):
    (tmp_path / "bank.csv").write_text(TEXTS["bank.csv"][0])
    np.testing.assert_array_equal(
        open_field(tmp_path / "bank.csv").dataset["value"].values, [[80, 77, 7], [79, np.nan, 8], [np.nan, 75, 9]]
    )


def test_several_indicators_of_a_bank_are_variables(tmp_path):
    rows = [f"{c},{n},{k},{k + 1},{k + 2}" for k, c in enumerate(("Aruba", "Benin", "Chad")) for n in ("GDP", "Population")]
    (tmp_path / "bank.csv").write_text(
        lines("Country Name,Indicator Name,1990 [YR1990],1991 [YR1991],1992 [YR1992]", rows, "", "Data from database: WDI")
    )
    field = open_field(tmp_path / "bank.csv")
    assert field.variables == ("GDP", "Population") and field.dataset["place"].values.tolist() == ["Aruba", "Benin", "Chad"]
    assert field.dataset["Population"].values.tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]


def test_what_describes_a_variable_does_not_tell_places_apart(tmp_path):
    rows = [f'{c},{s},{u},,"1,{100 + k}.5",n/a,--' for k, c in enumerate("ABC") for s, u in (("GDP", "USD"), ("CPI", "Index"))]
    (tmp_path / "outlook.csv").write_text(lines("Country,Subject Descriptor,Units,Scale,1990,1991,1992", rows))
    field = open_field(tmp_path / "outlook.csv")
    assert field.variables == ("GDP", "CPI") and field.dataset["CPI"].values[0].tolist() == [1100.5, 1101.5, 1102.5]


def test_lines_above_are_kept_and_tell_the_position(tmp_path):
    for name, lat, lon in (
        ("portal.csv", [52.5], [13.4]),
        ("portals.csv", [52.5, 48.1], [13.4, 11.6]),
        ("office.txt", [51.761], [-1.262]),
        ("power.csv", [52.52], [13.4]),
    ):
        (tmp_path / name).write_text(TEXTS[name][0], encoding="utf-8")
        field = open_field(tmp_path / name)
        assert field.dataset["lat"].values.tolist() == lat and field.dataset["lon"].values.tolist() == lon
        assert field.dataset.attrs["lines_above"].splitlines()[0] == TEXTS[name][0].splitlines()[0]
        assert any("lines above the header are kept" in finding.text for finding in field.findings)


def test_a_second_table_is_said(tmp_path):
    more = lines("", "time,temperature_2m_max (°C)", [f"{d:%Y-%m-%d},{x}" for d, x in zip(DAYS[:4], WAVE)])
    (tmp_path / "a.csv").write_text(PORTAL + more, encoding="utf-8")
    field = open_field(tmp_path / "a.csv")
    assert field.shape == (30, 1) and any("5 lines below the table were left out" in finding.text for finding in field.findings)


def test_a_longer_row_among_the_others_is_still_refused_by_its_line(tmp_path):
    rows = [f"{d:%Y-%m-%d},{i}" + (",7,8" if i == 12 else "") for i, d in enumerate(DAYS)]
    (tmp_path / "a.csv").write_text(lines("date,A", rows))
    with pytest.raises(DataError, match=r"a\.csv line 14"):
        open_field(tmp_path / "a.csv")


def test_a_first_line_like_all_others_is_a_row(tmp_path):
    (tmp_path / "a.csv").write_text(lines([f"{d:%Y-%m-%d},{x},{x}" for d, x in zip(DAYS, WAVE)]))
    field = open_field(tmp_path / "a.csv")
    assert field.shape == (30, 2) and any("no line of names" in finding.text for finding in field.findings)
    (tmp_path / "b.csv").write_text(lines("# made by a script", "# date level", [f"{d:%Y-%m-%d} {x}" for d, x in zip(DAYS, WAVE)]))
    assert open_field(tmp_path / "b.csv").variables == ("level",)


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding", "end"),
    [
        (",", ".", "utf-8-sig", "\r\n"),
        (";", ",", "latin-1", "\n"),
        ("\t", ",", "utf-16", "\n"),
        ("|", ".", "utf-8", "\n"),
        (";", ",", "utf-8", "\r\n"),
    ],
)
def test_marks_signs_codes_and_ends_of_lines(tmp_path, separator, decimal, encoding, end):
    rows = [separator.join([f"{d:%Y-%m-%d}", str(x).replace(".", decimal), str(x + 1).replace(".", decimal)]) for d, x in zip(DAYS, WAVE)]
    text = end.join([separator.join(["date", "Süd", "Nord"]), *rows])
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    field = open_field(tmp_path / "a.csv")
    assert field.dataset["place"].values.tolist() == ["Süd", "Nord"]
    np.testing.assert_allclose(field.dataset["value"].values[:, 0], WAVE)


def test_a_composite_code_is_no_number(tmp_path):
    rows = [f'"72503014732","{h:%Y-%m-%dT%H:%M:%S}","+{int(x * 10):04d},1","{x}"' for h, x in zip(HOURS, WAVE)]
    (tmp_path / "isd.csv").write_text(lines('"STATION","DATE","TMP","DEW"', rows))
    field = open_field(tmp_path / "isd.csv")
    assert field.variables == ("DEW",) and "TMP" not in field.dataset.data_vars or field.dataset["TMP"].dtype.kind == "i"
