"""Numbers that stand for stamps: years, packed dates, epochs, days of a spreadsheet - or else a count of steps."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.columns import ELAPSED
from chronotope.data.frame import advance, calendar_months, check_step, first_stamp
from chronotope.errors import ArgumentError, TimeError
from chronotope.inspect.finding import Finding
from chronotope.opening.clocks.written_stamps import dates_of, parts_of

_SHORT = re.compile(r"date|datum|fecha|yymmdd", re.IGNORECASE)  # names of packed dates whose years have two digits
MOST_DIGITS = 10**17  # packed dates have fewer, and larger floats are no whole numbers any more
_EPOCHS = (
    (10**9, "seconds", 1e8, 1e10),
    (10**6, "milliseconds", 1e11, 1e13),
    (10**3, "microseconds", 1e14, 1e16),
    (1, "nanoseconds", 1e17, 9e18),
)
_PACKED = (  # digits, years that are believed (others are more likely seconds or a count), what it is called
    (6, 1900, 2100, "yyyymm"),
    (7, 1900, 2100, "yyyyddd"),
    (8, 1678, 2261, "yyyymmdd"),
    (10, 1900, 2100, "yyyymmddHH"),
    (12, 1678, 2261, "yyyymmddHHMM"),
    (14, 1678, 2261, "yyyymmddHHMMSS"),
)
WEEKS = ("epiweek", "yearweek", "year_week", "yyyyww", "isoweek", "iso_week", "yw")
DAY, YEAR_DAYS = 86400 * 10**9, 365.2425
_SHEET = np.datetime64("1899-12-30", "ns")  # day 0 of spreadsheets
_SHEET_DAYS = (25569, 73051)  # 1970 to 2099
_JULIAN = (2415020.5, 2488435.5)  # 1900 to 2100


def from_numbers(
    series: pd.Series, name: str, step: str | None = None, start: Any = None, form: str | None = None
) -> tuple[np.ndarray, list[Finding]]:
    """Stamps datetime64[ns] of numbers, NaT where they are missing, and what was made of them.

    Args:
        series: numbers of any type.
        name: of the column; "t_days" and its like count from a start.
        step, start: the user's words for a count of steps.
        form: "excel" where the user says that these are days of a spreadsheet.

    Raises:
        ArgumentError: `start` or `step` is none.
        TimeError: the count leaves the years that can be held.
    """
    known = series.dropna().to_numpy(float)
    if not len(known):
        return np.full(len(series), np.datetime64("NaT", "ns")), []
    if form == "excel":
        return _sheet(series), [Finding("inferred", f"{name!r} read as days of a spreadsheet, as told")]
    if start is not None:
        return _counted(series, name, step, start)
    elapsed = elapsed_unit(name)
    if elapsed is not None and np.abs(known).max() < 1e8:
        size, word = elapsed
        text = f"{name!r} counts {word} from a start of its own: read as since 1970; give start="
        return _epoch(series, size), [Finding("warning", text)]
    return _dated(series, known, name) or _sheet_or_count(series, known, name, step)


def says_when(series: pd.Series, name: str) -> bool:
    """Whether numbers are moments by themselves: years, packed dates, seconds since 1970."""
    some = series.dropna().head(2000)
    return len(some) > 0 and _dated(some, some.to_numpy(float), name) is not None


def _dated(series: pd.Series, known: np.ndarray, name: str) -> tuple[np.ndarray, list[Finding]] | None:
    """Numbers that say which day it is by themselves, or by the name of their column; None if they do not."""
    low, high = known.min(), known.max()
    if name.strip().lower() in ("mjd", "modified_julian_day"):
        days = series.to_numpy(float, na_value=np.nan)
        return _to_the_second(days, np.datetime64("1858-11-17", "ns")), [Finding("inferred", f"{name!r} read as modified Julian days")]
    if name.strip().lower() in WEEKS and ((known % 100 >= 1) & (known % 100 <= 53) & (known // 100 >= 1900) & (known // 100 <= 2100)).all():
        texts = series.astype("Int64").map(lambda week: f"{week // 100}-W{week % 100:02d}", na_action="ignore")
        codes, cells = pd.factorize(texts)
        times = np.append(dates_of(parts_of([str(cell) for cell in cells]), "dmy"), np.datetime64("NaT", "ns"))[codes]
        return times, [Finding("inferred", f"{name!r} read as years and ISO weeks")]
    whole = bool((known == np.floor(known)).all())
    if whole and 1678 <= low and high <= 2261:
        return _years(series), [Finding("inferred", f"{name!r} read as years")]
    if whole and low > -10_000 and high < 10_000 and re.match(r"(?:year|yr|jahr|ann[ée]e|a[ñn]o|anno|ano)s?\b", name.strip().lower()):
        short = 0 <= low and high < 100
        way = f"Add the century, for example table[{name!r}] += 1900." if short else "Leave the others out."
        raise TimeError(f"Years must lie in 1678 to 2261; column {name!r} holds {low:g} to {high:g}. {way}")
    packed = _packed(series, name) if whole else None
    if packed is not None:
        return packed
    for size, label, lowest, highest in _EPOCHS:
        if lowest <= low and high < highest:
            return _epoch(series, size), [Finding("inferred", f"{name!r} read as {label} since 1970")]
    if whole and -9e9 < low < 0 and 1e8 <= high < 9e9 and (known % 86400 == 0).all():  # days before 1970 and after
        return _epoch(series, 10**9), [Finding("inferred", f"{name!r} read as seconds since 1970")]
    months = None if whole else _month_and_year(series, known)
    if months is not None:
        return months, [Finding("inferred", f"{name!r} read as a month and its year, with a dot between")]
    if not whole and 1678 <= low and high <= 2261 and _are_quarters(known):
        text = f"{name!r} read as a year and its quarter, with a dot between"
        return _quarters(series), [Finding("inferred", text)]
    if not whole and 1678 <= low and high <= 2261 and not re.search(r"days?\b", name.lower()):
        made, days = _decimal_years(series)
        even = f", which rise by {days} day{'s' * (days > 1)} from one to the next" if days else ""
        return made, [Finding("inferred", f"{name!r} read as years with a fraction{even}")]
    if _JULIAN[0] <= low and high <= _JULIAN[1]:
        days = series.to_numpy(float, na_value=np.nan) - 2440587.5
        return _to_the_second(days, np.datetime64(0, "ns")), [Finding("inferred", f"{name!r} read as Julian days")]
    return None


def _month_and_year(series: pd.Series, known: np.ndarray) -> np.ndarray | None:
    """Months written with a dot, "01.2019" or "2019.01", whose cells a reader took for broken numbers; None if they are not."""
    if len(known) < 3:
        return None
    for digits, month_first in ((4, True), (2, False)):
        scaled = np.round(known * 10**digits)
        first, second = np.divmod(scaled, 10**digits)
        month, year = (first, second) if month_first else (second, first)
        exact = np.abs(known * 10**digits - scaled).max() < 0.01  # as near as single precision holds years
        if exact and ((month >= 1) & (month <= 12) & (year >= 1678) & (year <= 2261)).all() and len(np.unique(known)) >= 3:
            numbers = np.full(len(series), np.datetime64("NaT", "ns"))
            made = ((year.astype(int) - 1970) * 12 + month.astype(int) - 1).astype("datetime64[M]").astype("datetime64[ns]")
            numbers[series.notna().to_numpy()] = made
            return numbers
    return None


def _are_quarters(known: np.ndarray) -> bool:
    """Whether the only decimals of years are .1, .2, .3 and .4, as of quarters; tenths of years have others too."""
    tenths = np.round(10 * known)
    return bool(np.abs(10 * known - tenths).max() < 1e-6) and set(np.unique(tenths % 10)) == {1.0, 2.0, 3.0, 4.0}


def _quarters(series: pd.Series) -> np.ndarray:
    tenths = np.round(10 * series.to_numpy(float, na_value=np.nan))
    known = np.isfinite(tenths)
    year, quarter = np.divmod(np.where(known, tenths, 19701).astype(int), 10)
    stamps = ((year - 1970) * 12 + 3 * (quarter - 1)).astype("datetime64[M]").astype("datetime64[ns]")
    return np.where(known, stamps, np.datetime64("NaT", "ns"))


def is_packed(series: pd.Series) -> bool:
    """True if the first numbers are packed dates of a day or finer, such as 20230102 or 202301020600."""
    few = series.head(200).dropna()
    return len(few) > 0 and few.min() >= 10**7 and _packed(few, "") is not None


def _packed(series: pd.Series, name: str) -> tuple[np.ndarray, list[Finding]] | None:
    """Whole numbers whose digits are a date, every one of them; None if they are not."""
    if series.abs().max() > MOST_DIGITS:
        return None
    codes, cells = pd.factorize(series.astype("Int64"))
    texts = [str(cell) for cell in cells]
    short = [text.zfill(6) for text in texts]  # five digits alone are days of a spreadsheet
    if _SHORT.search(name) and cells.min() > 0 and max(map(len, texts)) == 6 and not _are_months(short):
        texts = [f"{19 if text >= '69' else 20}{text}" for text in short]
        forms: tuple[tuple[int, int, int, str], ...] = ((8, 1969, 2068, "yymmdd"),)
    else:
        forms = _PACKED
    for digits, first, last, form in forms:
        if not all(len(text) == digits for text in texts):
            continue
        if not all(first <= int(text[:4]) <= last for text in texts):
            return None
        times = dates_of(parts_of(texts), "dmy")
        if np.isnat(times).any():
            return None
        return np.append(times, np.datetime64("NaT", "ns"))[codes], [Finding("inferred", f"{name!r} read as {form}")]
    return None


def _are_months(texts: list[str]) -> bool:
    return all("01" <= text[-2:] <= "12" for text in texts)


def _sheet_or_count(series: pd.Series, known: np.ndarray, name: str, step: str | None) -> tuple[np.ndarray, list[Finding]]:
    if _SHEET_DAYS[0] <= known.min() and known.max() < _SHEET_DAYS[1]:
        text = (
            f"{name!r} read as days of a spreadsheet ({known[0]:g} is {str(_sheet(pd.Series(known[:1]))[0])[:10]}); "
            "if they count steps, give start= and step="
        )
        told = step is not None and not calendar_months(step) and not np.mod(DAY, _fixed(step))
        return _sheet(series), [Finding("inferred" if told else "warning", text)]
    return _counted(series, name, step, None)


def _counted(series: pd.Series, name: str, step: str | None, start: Any) -> tuple[np.ndarray, list[Finding]]:
    """A count of steps: the smallest number stands at `start`, or 0 at 1970."""
    numbers = series.to_numpy(float, na_value=np.nan)
    elapsed = elapsed_unit(name)
    if elapsed is not None and start is not None:
        unit, word = elapsed
        times = _ticks(numbers, float(unit), first_stamp(start))
        return times, [Finding("inferred", f"{name!r} counts {word} from {start}")]
    low = float(np.nanmin(numbers)) if start is not None else 0.0
    numbers, said_gap = _by_rows(numbers, low) if step is not None else (numbers - low, "")
    first = first_stamp(start)
    missing = " and ".join(word for word, value in (("start=", start), ("step=", step)) if value is None)
    since = str(first)[:16] if start is not None else "1970"
    said = f"{name!r} holds plain numbers: read as steps of {_said(step or '1s')} since {since}{said_gap}"
    note = Finding("warning" if missing else "inferred", f"{said}; give {missing}" if missing else said)
    months = calendar_months(step) if step else 0
    times = _months(numbers, months, first, name) if months else _ticks(numbers, float(_fixed(step or "1s")), first)
    return times, [note]


def _said(step: str) -> str:
    return step if step[0].isdigit() or calendar_months(step) else f"1{step}"


def _by_rows(numbers: np.ndarray, low: float) -> tuple[np.ndarray, str]:
    """Numbers that rise by more or less than one from row to row, such as seconds, as a count of the steps that the user named."""
    different = np.unique(numbers[np.isfinite(numbers)])
    gaps = np.diff(different)
    if not len(gaps):
        return numbers - low, ""
    whole = bool((different % 1 == 0).all())
    gap = float(np.gcd.reduce(gaps.astype(np.int64))) if whole else float(gaps.min())
    even = whole or bool((np.abs(gaps / gap - np.round(gaps / gap)) < 1e-3).all())
    if gap == 1 or not even:
        return numbers - low, ""
    first = different[0]
    return np.round((numbers - first) / gap), f"; they rise by {gap:g} from one to the next"


def _fixed(step: str) -> int:
    """Nanoseconds of a step of fixed length.

    Raises:
        ArgumentError: it has none, as a working day.
    """
    try:
        return int(pd.Timedelta(pd.tseries.frequencies.to_offset(check_step(step))).value)
    except ValueError:
        raise ArgumentError(f"step must be of fixed length, or months or years, where numbers are counted; found {step!r}.") from None


def _ticks(numbers: np.ndarray, size: float, first: np.datetime64) -> np.ndarray:
    good = np.isfinite(numbers)
    if good.any() and np.abs(numbers[good]).max() * size + abs(float(first.astype(np.int64))) > 9.2e18:
        raise TimeError(
            f"Counted stamps must lie in 1678 to 2261; {np.abs(numbers[good]).max():g} steps of {pd.Timedelta(int(size))} leave it. "
            "Give another step=."
        )
    whole = np.floor(np.where(good, numbers, 0))
    part = np.round((np.where(good, numbers, 0) - whole) * size).astype(np.int64)
    ticks = (whole.astype(np.int64) * int(size) + part).astype("timedelta64[ns]")
    return np.where(good, first + ticks, np.datetime64("NaT", "ns"))


def _months(numbers: np.ndarray, months: int, first: np.datetime64, name: str) -> np.ndarray:
    good = np.isfinite(numbers)
    whole = np.where(good, numbers, 0)
    odd = np.flatnonzero(whole != np.floor(whole))
    if len(odd):
        raise TimeError(f"A count of months must be whole; {name!r} holds {whole[odd[0]]:g}. Give another step=.")
    years = pd.Timestamp(first).year + np.array([whole.min(), whole.max()]) * months / 12
    if years[0] < 1678 or years[1] > 2261:
        raise TimeError(f"Counted stamps must lie in 1678 to 2261; steps of {months} months reach {years[1]:.0f}. Give another step=.")
    steps = whole.astype(int)
    ahead = np.concatenate([[first], advance(first, max(int(steps.max()), 0), f"{months}MS")])
    back = [(pd.Timestamp(first) - pd.DateOffset(months=months * k)).to_datetime64() for k in range(1, max(-int(steps.min()), 0) + 1)]
    line = np.concatenate([np.array(back[::-1], "datetime64[ns]"), ahead])
    return np.where(good, line[steps + len(back)], np.datetime64("NaT", "ns"))


def elapsed_unit(name: str) -> tuple[int, str] | None:
    """(nanoseconds, word) of a column that counts time from a start: "t_days", "elapsed_s", "time_hours"; else None."""
    found = ELAPSED.fullmatch(name.strip().lower())
    if found is None:
        return None
    units = (("ms", 10**6, "milliseconds"), ("d", DAY, "days"), ("h", 3600 * 10**9, "hours"), ("m", 60 * 10**9, "minutes"))
    return next(((size, word) for start, size, word in units if found[1].startswith(start)), (10**9, "seconds"))


def _sheet(series: pd.Series) -> np.ndarray:
    return _to_the_second(series.to_numpy(float, na_value=np.nan), _SHEET)


def _to_the_second(days: np.ndarray, first: np.datetime64) -> np.ndarray:
    """Days after `first`; fractions are rounded to the second, or to the millisecond where they are not whole seconds."""
    good = np.isfinite(days)
    seconds = np.where(good, days, 0) * 86400
    near = np.abs(seconds - np.round(seconds)).max(initial=0) < 0.01
    ticks = np.round(seconds).astype(np.int64) * 10**9 if near else np.round(seconds * 1e3).astype(np.int64) * 10**6
    return np.where(good, first + ticks.astype("timedelta64[ns]"), np.datetime64("NaT", "ns"))


def _years(series: pd.Series) -> np.ndarray:
    years = series.to_numpy(float, na_value=np.nan)
    known = np.isfinite(years)
    stamps = (np.where(known, years, 1970).astype(int) - 1970).astype("datetime64[Y]").astype("datetime64[ns]")
    return np.where(known, stamps, np.datetime64("NaT", "ns"))


def _decimal_years(series: pd.Series) -> tuple[np.ndarray, int]:
    """Years and their fractions, of which twelfths, as far as they are written, are months; and the days between even ones, or 0."""
    years = series.to_numpy(float, na_value=np.nan)
    known = np.isfinite(years)
    twelfths = np.where(known, years, 1970) * 12
    if np.abs(twelfths - np.round(twelfths)).max() < 0.07:
        months = (np.round(twelfths).astype(int) - 1970 * 12).astype("datetime64[M]").astype("datetime64[ns]")
        return np.where(known, months, np.datetime64("NaT", "ns")), 0
    whole = np.floor(np.where(known, years, 1970)).astype(int)
    first = (whole - 1970).astype("datetime64[Y]").astype("datetime64[s]")
    length = ((whole - 1969).astype("datetime64[Y]").astype("datetime64[s]") - first).astype(float)
    seconds = np.round((np.where(known, years, 1970) - whole) * length).astype("timedelta64[s]")
    return _of_even_days(np.where(known, (first + seconds).astype("datetime64[ns]"), np.datetime64("NaT", "ns")), years)


def _of_even_days(stamps: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, int]:
    """Stamps of decimal years that rise by 1/365 or 1/52 from one to the next as so many days apart, counted from the middle one.

    Years differ in length, so that equal fractions of them are no equal steps of a clock. Others stay as they are, 0 days apart.
    """
    known = np.isfinite(years)
    order, which = np.unique(years[known], return_inverse=True)
    gaps = np.diff(order)
    if len(gaps) < 8 or len(np.unique(np.diff(np.unique(stamps[known])))) == 1:
        return stamps, 0
    count = np.round(gaps / np.median(gaps))
    step = (order[-1] - order[0]) / max(count.sum(), 1) * YEAR_DAYS
    days = next((days for days in (1, 7) if abs(step / days - 1) < 0.006), None)
    if days is None or count.min() < 1 or np.abs(gaps / np.median(gaps) - count).max() > 0.1:
        return stamps, 0
    steps = np.concatenate([[0], np.cumsum(count)]).astype(int)
    middle = len(order) // 2
    first = (np.unique(stamps[known])[middle] + np.timedelta64(1, "m")).astype("datetime64[D]") - steps[middle] * days
    out = stamps.copy()
    out[known] = (first + steps[which] * days).astype("datetime64[ns]")
    return out, days


def _epoch(series: pd.Series, size: int) -> np.ndarray:
    numbers = series.to_numpy(float, na_value=np.nan)
    if pd.api.types.is_integer_dtype(series) and np.isfinite(numbers).all():
        return (series.to_numpy(np.int64) * size).astype("datetime64[ns]")
    return _ticks(numbers, float(size), np.datetime64(0, "ns"))
