"""A wide table comes back with its gaps filled and all else as it was written."""

import numpy as np
import pandas as pd
import pytest

from asked import Recorder
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.open import open_field
from chronotope.opening.tables.wide_copy import written_like
from chronotope.tasks.results.wide import wide_text
from chronotope.tasks.verbs import Model

HOURS = pd.date_range("2024-03-01", periods=60, freq="h")
FORMS = {
    "iso": ("%Y-%m-%d %H:%M", ",", ".", "\n", ""),
    "seconds": ("%Y-%m-%dT%H:%M:%S", ",", ".", "\n", ""),
    "german": ("%d.%m.%Y %H:%M", ";", ",", "\r\n", ""),
    "french": ("%d/%m/%Y %H:%M", ";", ",", "\n", ""),
    "tabs": ("%Y/%m/%d %H:%M", "\t", ".", "\n", ""),
    "utc": ("%Y-%m-%dT%H:%M:%SZ", ",", ".", "\n", ""),
    "offset": ("%Y-%m-%dT%H:%M:%S+05:30", ",", ".", "\n", ""),
    "comments": ("%Y-%m-%d %H:%M", ",", ".", "\n", "# levels in metres\n"),
}


def lines_of(form, mark, point, missing=(20, 21), falling=False):
    """Header and a line per hour; s 2 has a gap of three hours and `missing` hours have no line."""
    lines = [mark.join(["clock", "s 2", "s1", "10"])]
    for k, hour in enumerate(HOURS):
        cells = [f"{10 + 5 * np.sin(k / 4) + i:.2f}".replace(".", point) for i in range(3)]
        cells[0] = "" if 30 <= k < 33 else cells[0]
        cells[2] = "NA" if k == 40 else cells[2]
        lines += [] if k in missing else [mark.join([hour.strftime(form), *cells])]
    return [lines[0], *lines[:0:-1]] if falling else lines


def filled(path):
    return wide_text(Model(Recorder()).impute(open_field(path)), path)


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("name", FORMS)
def test_lines_without_gaps_are_the_same_bytes_and_the_others_are_filled(tmp_path, name, falling):
    form, mark, point, end, above = FORMS[name]
    lines = lines_of(form, mark, point, falling=falling)
    path = tmp_path / "wide.csv"
    path.write_text(above + "".join(line + end for line in lines), newline="")
    out = filled(path)
    assert out.startswith(above) and out.count("\r\n") == (out.count("\n") if end == "\r\n" else 0)
    after = out.removeprefix(above).split(end)[:-1]
    whole = [line.split(mark) for line in lines_of(form, mark, point, missing=(), falling=falling)]
    assert len(after) == 61 and after[0] == lines[0]
    for old, new in zip(whole, (line.split(mark) for line in after)):
        assert new[0] == old[0] and "" not in new and "NA" not in new
        missing = old[0] in {HOURS[k].strftime(form) for k in (20, 21)}
        assert missing or all(a == b for a, b in zip(old, new) if a not in ("", "NA"))


def test_lines_that_are_not_changed_keep_blanks_and_quotes(tmp_path):
    path = tmp_path / "odd.csv"
    lines = [f'"{hour:%Y-%m-%d %H:%M}", {k}.50,"{k + 1}.0"' for k, hour in enumerate(HOURS)]
    lines[30] = f'"{HOURS[30]:%Y-%m-%d %H:%M}", ,"31.0"'
    path.write_text("\n".join(["time, a,b", *lines]) + "\n")
    out = filled(path).splitlines()
    assert [k for k, (one, other) in enumerate(zip(out, ["time, a,b", *lines])) if one != other] == [31] and len(out) == 61


def test_a_row_per_place_and_a_column_per_date(tmp_path):
    rows = [["region", *HOURS[:30].strftime("%Y-%m-%d %H:%M")], ["a", *map(str, range(1, 31))], ["b", *["1.50"] * 10, "", *["2.5"] * 19]]
    path = tmp_path / "dates.csv"
    path.write_text("\n".join(map(",".join, rows)) + "\n")
    out = [line.split(",") for line in filled(path).splitlines()]
    assert out[:2] == rows[:2] and out[2][11] not in ("", "1.50") and out[2][:11] == rows[2][:11] and out[2][12:] == rows[2][12:]


def test_years_as_columns(tmp_path):
    path = tmp_path / "years.csv"
    path.write_text("country,code,1990,1991,1992,1993\nA,aa,1,2,3,4\nB,bb,5,,7,8\n")
    lines = filled(path).splitlines()
    assert lines[:2] == path.read_text().splitlines()[:2] and lines[2].startswith("B,bb,5,") and ",,," not in lines[2]


def test_options_that_say_how_stamps_are_written_hold_for_the_copy(tmp_path):
    path = tmp_path / "berlin.csv"
    lines = lines_of("%m/%d/%Y %H:%M", ",", ".")
    path.write_text("\n".join(lines) + "\n")
    options = {"time_format": "mdy", "clock": "Europe/Berlin"}
    out = wide_text(Model(Recorder()).impute(open_field(path, **options)), path, OpenOptions(**options)).splitlines()
    assert len(out) == 61 and [line[:16] for line in out[1:]] == list(HOURS.strftime("%m/%d/%Y %H:%M"))


def test_a_long_table_is_no_wide_one(tmp_path):
    table = pd.DataFrame({"time": np.repeat(HOURS, 2), "place": ["a", "b"] * 60, "flow": np.arange(120.0)})
    table.loc[7, "flow"] = np.nan
    table.to_csv(tmp_path / "long.csv", index=False)
    assert filled(tmp_path / "long.csv") is None


@pytest.mark.parametrize(
    ("text", "stamp", "other", "says"),
    [
        ("1.2.2024 3:00", "2024-02-01T03", "2024-02-01T04", None),  # not a form that is known to the digit
        ("2024-06-01T01:00:00+02:00", "2024-05-31T23", "2024-06-01T00", "2024-06-01T02:00:00+02:00"),
        ("20240229", "2024-02-29", "2024-03-01", "20240301"),
        ("02/03/2024", "2024-03-02", "2024-03-04", "04/03/2024"),
        ("02/03/2024", "2024-02-03", "2024-02-04", "02/04/2024"),
    ],
)
def test_a_stamp_is_written_in_the_form_of_another(text, stamp, other, says):
    assert written_like(text, np.datetime64(stamp, "ns"), np.datetime64(other, "ns")) == says
