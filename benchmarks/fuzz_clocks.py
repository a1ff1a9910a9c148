"""Stamps of many countries and tools by the thousand: every answer is the truth, or is refused, or says that it may not be.

    python benchmarks/fuzz_clocks.py [--cases 4000] [--seed 0] [--only "day.month.year clock"] [--case N]

A case is a small table written from known moments in one form (`FORMS`), at a random step, length and start, plain or disturbed: cells
missing, rows twice, in reversed or in no order, two places in one list, summer time. It is opened as a file; the moments and the values at
them must come back. The table that is printed counts per form what came out; an answer that differs and says nothing is a silent error,
and the exit code is then 1. The same seed gives the same cases. `--ahead` checks how calendars go on instead.
"""

from __future__ import annotations

import argparse
import tempfile
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.frame import frame_of
from chronotope.data.panel import Panel
from chronotope.errors import ChronotopeError
from chronotope.opening.open import open_field

MINUTE, HOUR, DAY, MONTH, QUARTER, YEAR = "min", "h", "D", "MS", "QS", "YS"
_STEPS = {  # the finest step that each form can tell, and the steps tried
    MINUTE: ("1min", "5min", "15min", "30min", "1h", "6h", "1D"),
    HOUR: ("1h", "3h", "6h", "12h", "1D"),
    DAY: ("1D", "2D", "7D", "MS", "QS", "YS", "ME"),
    MONTH: ("MS", "QS", "YS"),
    QUARTER: ("QS", "YS"),
    YEAR: ("YS",),
}
_GERMAN = "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez".split()
_FRENCH = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()
_SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
_ITALIAN = "gen feb mar apr mag giu lug ago set ott nov dic".split()
_PORTUGUESE = "jan fev mar abr mai jun jul ago set out nov dez".split()


@dataclass(frozen=True)
class Form:
    """How a column (or several) is written, and the finest step that it can tell."""

    write: Callable[[pd.DatetimeIndex], dict[str, list]]
    finest: str
    name: str = "time"


def _text(pattern: str, finest: str, name: str = "time") -> Form:
    return Form(lambda t: {name: t.strftime(pattern).tolist()}, finest, name)


def _bare(write: Callable[[pd.Timestamp], str], finest: str, name: str = "time") -> Form:
    """Without leading zeros, as spreadsheets write."""
    return Form(lambda t: {name: [write(one) for one in t]}, finest, name)


def _words(months: list[str], pattern: str, finest: str) -> Form:
    return Form(lambda t: {"time": [one.strftime(pattern.replace("%b", "@")).replace("@", months[one.month - 1]) for one in t]}, finest)


def _spans(pattern: str, mark: str) -> Form:
    def write(t: pd.DatetimeIndex) -> dict[str, list]:
        length = t[1] - t[0] if len(t) > 1 else pd.Timedelta("1h")
        return {"time": [f"{one.strftime(pattern)}{mark}{(one + length).strftime(pattern)}" for one in t]}

    return Form(write, MINUTE)


def _numbers(make: Callable[[pd.DatetimeIndex], np.ndarray], finest: str, name: str = "time") -> Form:
    return Form(lambda t: {name: make(t).tolist()}, finest, name)


def _seconds(t: pd.DatetimeIndex, size: int) -> np.ndarray:
    return t.values.astype("datetime64[ns]").astype(np.int64) // size


def _fraction(t: pd.DatetimeIndex) -> np.ndarray:
    return np.round(t.year + (t.month - 1) / 12, 4).to_numpy()


def _weeks(t: pd.DatetimeIndex) -> dict[str, list]:
    return {"time": [f"{one.isocalendar()[0]}-W{one.isocalendar()[1]:02d}" for one in t]}


FORMS: dict[str, Form] = {
    "ISO date": _text("%Y-%m-%d", DAY),
    "ISO clock": _text("%Y-%m-%d %H:%M", MINUTE),
    "ISO T seconds": _text("%Y-%m-%dT%H:%M:%S", MINUTE),
    "ISO Z": _text("%Y-%m-%dT%H:%M:%SZ", MINUTE),
    "ISO milliseconds": _text("%Y-%m-%d %H:%M:%S.000", MINUTE),
    "ISO comma": _text("%Y-%m-%d %H:%M:%S,000", MINUTE),
    "ISO basic": _text("%Y%m%dT%H%M%SZ", MINUTE),
    "ISO hour": _text("%Y-%m-%d %H", HOUR),
    "ISO week": Form(_weeks, "W"),
    "ISO day of the year": _text("%Y-%j", DAY),
    "ISO month": _text("%Y-%m", MONTH),
    "year/month/day": _text("%Y/%m/%d", DAY),
    "year/month/day clock": _bare(lambda t: f"{t.year}/{t.month}/{t.day} {t.hour}:{t.minute:02d}", MINUTE),
    "year.month.day": _text("%Y.%m.%d %H:%M:%S", MINUTE),
    "day.month.year": _text("%d.%m.%Y", DAY, "Datum"),
    "day.month.year clock": _text("%d.%m.%Y %H:%M", MINUTE, "Zeit"),
    "day.month.year bare": _bare(lambda t: f"{t.day}.{t.month}.{t.year} {t.hour}:{t.minute:02d}", MINUTE),
    "day.month.yy": _text("%d.%m.%y", DAY),
    "day.month.yy clock": _text("%d.%m.%y %H:%M", MINUTE),
    "Czech": _bare(lambda t: f"{t.day}. {t.month}. {t.year}", DAY),
    "Finnish": _bare(lambda t: f"{t.day}.{t.month}.{t.year} {t.hour}.{t.minute:02d}", MINUTE),
    "day/month/year": _text("%d/%m/%Y", DAY, "Fecha"),
    "day/month/year clock": _text("%d/%m/%Y %H:%M:%S", MINUTE, "Fecha"),
    "day/month/year bare": _bare(lambda t: f"{t.day}/{t.month}/{t.year}", DAY),
    "day/month/yy": _text("%d/%m/%y %H:%M", MINUTE),
    "day-month-year": _text("%d-%m-%Y", DAY),
    "day-month-year clock": _text("%d-%m-%Y %H:%M", MINUTE, "Date"),
    "day-month-yy": _text("%d-%m-%y", DAY),
    "month/day/year": _text("%m/%d/%Y", DAY, "Date"),
    "month/day/year bare": _bare(lambda t: f"{t.month}/{t.day}/{t.year} {t.hour}:{t.minute:02d}", MINUTE, "Date"),
    "month/day/yy": _bare(lambda t: f"{t.month}/{t.day}/{t:%y}", DAY, "Date"),
    "month/day/year am": _text("%m/%d/%Y %I:%M:%S %p", MINUTE, "Date"),
    "month-day-year": _text("%m-%d-%Y %H:%M", MINUTE),
    "yy-month-day": _text("%y-%m-%d", DAY),
    "yy/month/day": _text("%y/%m/%d %H:%M", MINUTE),
    "clock first": _text("%H:%M %d/%m/%Y", MINUTE),
    "day Mon year": _text("%d %b %Y", DAY),
    "day-Mon-yy": _text("%d-%b-%y", DAY),
    "day-MON-year clock": Form(lambda t: {"time": t.strftime("%d-%b-%Y %H:%M").str.upper().tolist()}, MINUTE),
    "Month day, year": _text("%B %d, %Y", DAY),
    "Mon day year clock": _text("%b %d %Y %I:%M%p", MINUTE),
    "weekday": _text("%A, %d %B %Y", DAY),
    "mail": _text("%a, %d %b %Y %H:%M:%S +0000", MINUTE),
    "ctime": _text("%a %b %d %H:%M:%S %Y", MINUTE),
    "SAS": Form(lambda t: {"time": t.strftime("%d%b%Y:%H:%M:%S").str.upper().tolist()}, MINUTE),
    "German months": _words(_GERMAN, "%d. %b %Y %H:%M Uhr", MINUTE),
    "French months": _words(_FRENCH, "%d %b %Y", DAY),
    "Spanish months": _words(_SPANISH, "%d de %b de %Y", DAY),
    "Italian months": _words(_ITALIAN, "%d-%b-%Y", DAY),
    "Portuguese months": _words(_PORTUGUESE, "%d/%b/%Y", DAY),
    "Chinese": Form(lambda t: {"time": [f"{one.year}年{one.month}月{one.day}日 {one.hour}时" for one in t]}, HOUR),
    "Mon-yy": _text("%b-%y", MONTH),
    "Mon year": _text("%b %Y", MONTH),
    "yy-Mon": _text("%y-%b", MONTH),
    "French month and year": _words(_FRENCH, "%b-%y", MONTH),
    "year/month": _text("%Y/%m", MONTH),
    "month/year": _text("%m/%Y", MONTH),
    "month.year": _text("%m.%Y", MONTH),
    "year.month": _text("%Y.%m", MONTH),
    "yearMmonth": _text("%YM%m", MONTH),
    "yearQ": Form(lambda t: {"time": [f"{one.year}Q{one.quarter}" for one in t]}, QUARTER),
    "Q year": Form(lambda t: {"time": [f"Q{one.quarter} {one.year}" for one in t]}, QUARTER),
    "year-Q": Form(lambda t: {"time": [f"{one.year}-Q{one.quarter}" for one in t]}, QUARTER),
    "year as number": _numbers(lambda t: t.year.to_numpy(), YEAR, "Year"),
    "decimal years": _numbers(_fraction, MONTH, "year"),
    "yyyymm": _numbers(lambda t: (t.year * 100 + t.month).to_numpy(), MONTH),
    "yyyymmdd": _numbers(lambda t: t.strftime("%Y%m%d").astype(int).to_numpy(), DAY, "DATE"),
    "yyyyddd": _numbers(lambda t: t.strftime("%Y%j").astype(int).to_numpy(), DAY),
    "yyyymmddHH": _numbers(lambda t: t.strftime("%Y%m%d%H").astype(int).to_numpy(), HOUR),
    "yyyymmddHHMM": _numbers(lambda t: t.strftime("%Y%m%d%H%M").astype(int).to_numpy(), MINUTE),
    "yyyymmddHHMMSS": _numbers(lambda t: t.strftime("%Y%m%d%H%M%S").astype(int).to_numpy(), MINUTE),
    "ddmmyyyy": _text("%d%m%Y", DAY),
    "epoch seconds": _numbers(lambda t: _seconds(t, 10**9), MINUTE),
    "epoch milliseconds": _numbers(lambda t: _seconds(t, 10**6), MINUTE),
    "epoch microseconds": _numbers(lambda t: _seconds(t, 10**3), MINUTE),
    "epoch nanoseconds": _numbers(lambda t: _seconds(t, 1), MINUTE),
    "epoch seconds with decimals": Form(lambda t: {"time": [f"{one}.0" for one in _seconds(t, 10**9)]}, MINUTE),
    "spreadsheet days": _numbers(lambda t: (t - pd.Timestamp("1899-12-30")) / pd.Timedelta("1D"), MINUTE, "Date"),
    "Julian days": _numbers(lambda t: t.to_julian_date().to_numpy(), HOUR),
    "spans": _spans("%d.%m.%Y %H:%M", " - "),
    "ISO spans": _spans("%Y-%m-%dT%H:%M", "/"),
    "date and time": Form(lambda t: {"Date": t.strftime("%d/%m/%Y").tolist(), "Time": t.strftime("%H:%M:%S").tolist()}, MINUTE, "Date"),
    "Datum und Uhrzeit": Form(
        lambda t: {"Datum": t.strftime("%d.%m.%Y").tolist(), "Uhrzeit": t.strftime("%H:%M").tolist()}, MINUTE, "Datum"
    ),
    "DATE and HHMM": Form(lambda t: {"DATE": t.strftime("%Y%m%d").tolist(), "HHMM": (t.hour * 100 + t.minute).tolist()}, MINUTE, "DATE"),
    "date and hour": Form(lambda t: {"Date": t.strftime("%m/%d/%Y").tolist(), "Hour": t.hour.tolist()}, HOUR, "Date"),
    "fecha y hora": Form(lambda t: {"Fecha": t.strftime("%d/%m/%Y").tolist(), "Hora": t.strftime("%H:%M").tolist()}, MINUTE, "Fecha"),
    "date and hour 1-24": Form(lambda t: {"Date": t.strftime("%Y-%m-%d").tolist(), "HE": (t.hour + 1).tolist()}, HOUR, "Date"),
    "year month day hour": Form(
        lambda t: {"YEAR": t.year.tolist(), "MO": t.month.tolist(), "DY": t.day.tolist(), "HR": t.hour.tolist()}, HOUR, "YEAR"
    ),
    "year month": Form(lambda t: {"year": t.year.tolist(), "month": t.month.tolist()}, MONTH, "year"),
    "year day of the year": Form(lambda t: {"Year": t.year.tolist(), "DOY": t.day_of_year.tolist()}, DAY, "Year"),
    "buoy": Form(
        lambda t: (
            {"YY": t.year.tolist()} | {k: t.strftime(v).tolist() for k, v in (("MM", "%m"), ("DD", "%d"), ("hh", "%H"), ("mm", "%M"))}
        ),
        MINUTE,
        "YY",
    ),
    "zone ahead": Form(lambda t: {"time": [f"{one:%Y-%m-%dT%H:%M:%S}+02:00" for one in t + pd.Timedelta("2h")]}, MINUTE),
    "zone behind": Form(lambda t: {"time": [f"{one:%d/%m/%Y %H:%M} -0500" for one in t - pd.Timedelta("5h")]}, MINUTE),
    "zones of Berlin": Form(lambda t: {"time": [one.isoformat() for one in t.tz_localize("UTC").tz_convert("Europe/Berlin")]}, MINUTE),
    "names of zones": Form(
        lambda t: {"time": [f"{one:%Y-%m-%d %H:%M %Z}" for one in t.tz_localize("UTC").tz_convert("Europe/Berlin")]}, MINUTE
    ),
}
LOCAL = {  # naive stamps of a local clock, opened with its name
    "clock of Berlin": ("Europe/Berlin", "%d.%m.%Y %H:%M"),
    "clock of New York": ("America/New_York", "%m/%d/%Y %I:%M %p"),
    "clock of Sydney": ("Australia/Sydney", "%Y-%m-%d %H:%M:%S"),
}
DISTURBED = ("plain", "plain", "plain", "missing", "twice", "reversed", "shuffled", "places")


@dataclass(frozen=True)
class Case:
    """One table: the form, the moments (UTC) and the text of the file."""

    form: str
    how: str
    step: str
    times: pd.DatetimeIndex
    text: str
    options: dict[str, str]


def case_of(number: int, seed: int, only: str | None = None) -> Case:
    """The case of that number."""
    rng = np.random.default_rng([seed, number])
    names = [only] if only else [*FORMS, *LOCAL]
    name = names[int(rng.integers(len(names)))]
    how, count = str(rng.choice(DISTURBED)), int(rng.choice([3, 6, 12, 30, 100, 400]))
    if name in LOCAL:
        return _local_case(name, rng, max(count, 6))
    form = FORMS[name]
    step = "W-MON" if form.finest == "W" else str(rng.choice(_STEPS[form.finest]))
    times = _moments(rng, step, count)
    return Case(name, how, step, times, _written(rng, form.write(times), len(times), how, form.name), {})


def _moments(rng: np.random.Generator, step: str, count: int) -> pd.DatetimeIndex:
    start = pd.Timestamp("1985-01-01") + pd.Timedelta(days=int(rng.integers(0, 15000)))
    if step in ("1D", "2D", "7D", "W-MON", "MS", "QS", "YS", "ME"):
        count = min(count, {"YS": 40, "QS": 120}.get(step, 300))
        return pd.date_range(start, periods=count, freq=step)
    return pd.date_range(start + pd.Timedelta(hours=int(rng.integers(0, 24))), periods=count, freq=step)


def _local_case(name: str, rng: np.random.Generator, count: int) -> Case:
    zone, pattern = LOCAL[name]
    days = pd.date_range(f"{int(rng.integers(2000, 2026))}-01-01", periods=366, tz=zone)
    change = days[int(rng.choice(np.flatnonzero(np.diff([day.utcoffset() for day in days]))))]
    first = change.tz_convert("UTC").tz_localize(None) - pd.Timedelta(hours=int(rng.integers(0, count)))
    times = pd.date_range(first, periods=max(count, 48), freq=str(rng.choice(["1h", "30min"])))
    local = times.tz_localize("UTC").tz_convert(zone)
    how = str(rng.choice(["plain", "reversed", "places"]))
    text = _written(rng, {"time": local.strftime(pattern).tolist()}, len(times), how, "time")
    return Case(name, how, "local", times, text, {"clock": zone})


def _written(rng: np.random.Generator, columns: dict[str, list], count: int, how: str, name: str) -> str:
    table = pd.DataFrame({**columns, "flow": np.arange(count) + 0.5})
    if how == "missing" and count > 4:
        table = table.astype(object)
        table.loc[sorted(rng.choice(np.arange(1, count - 1), max(count // 10, 1), replace=False)), name] = ""
    if how == "twice":
        table = pd.concat([table, table.iloc[rng.choice(count, max(count // 10, 1), replace=False)]]).sort_values("flow", kind="stable")
    if how == "reversed":
        table = table.iloc[::-1]
    if how == "shuffled":
        table = table.iloc[rng.permutation(len(table))]
    if how == "places":
        table = pd.concat([table.assign(site="north"), table.assign(site="south")])
    return table.to_csv(index=False, sep=";" if any("," in str(cell) for cell in table.iloc[0]) else ",")


def outcome(case: Case, folder: Path) -> tuple[str, str]:
    """("right", "refused", "warned", "silent error" or "crash", what was said)."""
    path = folder / "case.csv"
    path.write_text(case.text, encoding="utf-8")
    try:
        field = open_field(path, **case.options)
    except ChronotopeError as error:
        return "refused", str(error)
    except Exception:
        return "crash", traceback.format_exc()
    if _is_truth(case, field):
        return "right", ""
    said = [note.text for note in field.findings if note.level == "warning"]
    words = ("can be read", "since 1970", "spreadsheet", "follow one another", "mixed")
    clock = [text for text in said if any(word in text for word in words)]
    found = f"{field.times[0]} to {field.times[-1]} ({len(field.times)}) for {case.times[0]} to {case.times[-1]} ({len(case.times)})"
    return ("warned", clock[0]) if clock else ("silent error", f"{found}; {[str(note) for note in field.findings]}")


def _is_truth(case: Case, field: Field) -> bool:
    """Every stamp is one of the case and holds its value; only rows without a stamp may be lost."""
    truth = {moment: k + 0.5 for k, moment in enumerate(case.times.values.astype("datetime64[ns]"))}
    if field.kind != "graph" or len(field.variables) != 1:
        return False
    values = field.dataset[field.variables[0]].transpose("time", "place").values
    least = len(truth) - (max(len(truth) // 10, 1) if case.how == "missing" else 0)
    if len(field.times) < least:
        return False
    return all(moment in truth and np.nanmax(np.abs(values[k] - truth[moment]), initial=0) < 1e-9 for k, moment in enumerate(field.times))


def ahead(cases: int, seed: int) -> list[str]:
    """Calendars that go on otherwise than pandas does: what a panel of a range is extended by, month ends and leap years included."""
    wrong = []
    for number in range(cases):
        rng = np.random.default_rng([seed, number])
        freq = str(rng.choice(["MS", "ME", "QS", "QE", "YS", "YE", "1D", "7D", "1h", "15min", "2MS", "6h"]))
        start = pd.Timestamp("1960-01-01") + pd.Timedelta(days=int(rng.integers(0, 30000)))
        whole = pd.date_range(start, periods=40, freq=freq)
        if freq == "MS" and number % 2:  # any day of the month, cut short in February
            whole = pd.DatetimeIndex([start + pd.DateOffset(months=k) for k in range(40)])
        times = whole.values.astype("datetime64[ns]")
        cut = int(rng.integers(6, 30))
        made = Panel(np.zeros((cut, 1, 1), np.float32), times[:cut], frame_of(times[:cut]).freq, ("flow",))
        found = made.extend(40 - cut).times[cut:]
        if not np.array_equal(found, times[cut:]):
            wrong.append(f"{freq} from {times[0]}: {found[:3]} for {times[cut:][:3]}")
    return wrong


def main() -> int:
    """Run the cases and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only")
    parser.add_argument("--case", type=int)
    parser.add_argument("--ahead", action="store_true")
    call = parser.parse_args()
    if call.ahead:
        wrong = ahead(call.cases, call.seed)
        print(*wrong[:20], f"{len(wrong)} of {call.cases} went on otherwise", sep="\n")
        return int(bool(wrong))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(call.cases) if call.case is None else [call.case]:
            case = case_of(number, call.seed, call.only)
            what, said = outcome(case, Path(folder))
            counts[case.form][what] += 1
            if what in ("silent error", "crash") or call.case is not None:
                bad.append(f"{number} {case.form}, {case.how}, {case.step}: {what}: {case.text.splitlines()[1:3]} {said}")
    columns = ("right", "refused", "warned", "silent error", "crash")
    table = pd.DataFrame({form: {column: found[column] for column in columns} for form, found in counts.items()}).T.sort_index()
    print(table.to_string())
    print(table.sum().to_string(), *bad[:40], sep="\n")
    return int(any("silent error" in found or "crash" in found for found in counts.values()))


if __name__ == "__main__":
    raise SystemExit(main())
