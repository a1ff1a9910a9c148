"""The forms in which people and tools write a stamp, and the numbers that each of them holds.

A cell is first put into plain words (small letters, English months, no weekdays, no zone), then matched with one form after the other. What
the words alone cannot say - which number is the day - is left to `chronotope.opening.clocks.day_order`, which looks at the whole column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

MONTHS = {
    "jan": "january januar janvier janv enero ene gennaio gen janeiro januari jänner jän leden ledna stycznia tammikuu",
    "feb": "february februar février fevrier févr fevr fév fev febrero febbraio fevereiro februari helmikuu",
    "mar": "march märz maerz mär mrz mars marzo março marco maart mrt maaliskuu",
    "apr": "april avril avr abril abr aprile huhtikuu",
    "may": "mai mayo maggio mag maio mei maj toukokuu",
    "jun": "june juni juin junio giugno giu junho kesäkuu",
    "jul": "july juli juillet juil julio luglio lug julho heinäkuu",
    "aug": "august août aout aoû aou agosto ago augustus augusti elokuu",
    "sep": "sept september septembre septiembre setiembre settembre set setembro syyskuu",
    "oct": "october oktober octobre octubre ottobre ott outubro out okt lokakuu",
    "nov": "november novembre noviembre novembro marraskuu",
    "dec": "december dezember décembre decembre déc diciembre dic dicembre dezembro dez des desember joulukuu",
}
_DAYS = """mon tue tues wed weds thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday mo di mi do fr sa so
    montag dienstag mittwoch donnerstag freitag samstag sonntag lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi
    dimanche
    lunes martes miércoles miercoles jueves viernes sábado sabado domingo mié mie jue vie sáb sab dom
    lunedì lunedi martedì martedi mercoledì mercoledi giovedì giovedi venerdì venerdi domenica gio seg ter qua qui sex segunda-feira
    terça-feira quarta-feira quinta-feira sexta-feira""".split()
MONTH_OF = {word: number for number, (short, words) in enumerate(MONTHS.items(), 1) for word in (short, *words.split())}
_WORD = re.compile(r"[^\W\d_]+(?:-feira)?\.?")
_WEEKDAY = re.compile(rf"^(?:{'|'.join(sorted(_DAYS, key=len, reverse=True))})\.?,?\s+|\s*\((?:{'|'.join(_DAYS)})\.?\)", re.IGNORECASE)
_HALF = re.compile(r"\b([ap])\.?\s?m\b\.?")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|º|ª|°)\b")
_BARE_CLOCK = re.compile(r"^(?=\S*\d{4}\S*[t ])(\S{8,}[t ])(\d{2})(\d{2})(\d{2})?$")
_EASTERN = str.maketrans(
    {"年": "-", "月": "-", "日": " ", "时": ":", "時": ":", "点": ":", "分": ":", "秒": " ", "년": "-", "월": "-", "일": " "}
)

_HOURS = {  # minutes ahead of UTC
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480,
}  # fmt: skip
_ZONE = re.compile(
    rf"(?<=[\d.m])\s*(?:\[[a-z_/]+\]\s*)?(?:({'|'.join(sorted(_HOURS, key=len, reverse=True))})?([+-]\d{{2}}(?::?\d{{2}})?)?"
    rf"|({'|'.join(_HOURS)}))(?:\s*\[[a-z_/]+\])?$"
)

_CLOCK = (
    r"(?P<H>\d{1,2})(?:\s?[:.h]\s?(?P<M>\d{2})(?:\s?[:.m]\s?(?P<S>\d{2})(?:[.,:](?P<f>\d{1,9}))?)?|\s?h)?"
    r"\s?(?:hrs|h|s|uhr)?\s?(?P<p>[ap]m)?"
)
_EXACT = r"(?P<H>\d{1,2})[:h](?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s?(?P<p>[ap]m)?"  # where the clock stands first
_MON, _YEAR, _SHORT = r"(?P<mon>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", r"(?P<y>\d{4})", r"(?P<y>\d{4}|\d{2})"
_DATES = {  # with a day, so that a clock may follow
    "year-month-day": rf"{_YEAR}(?P<sep>[-/. _])\s?(?P<m>\d{{1,2}})(?P=sep)\s?(?P<d>\d{{1,2}})\.?",
    "numbers": rf"(?P<a>\d{{1,2}})(?P<sep>[-/. _])\s?(?P<b>\d{{1,2}})(?P=sep)\s?{_SHORT}\.?",
    "yyyymmdd": r"(?P<y>(?:1[5-9]|2[0-2])\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)",
    "packed numbers": r"(?P<a>\d{2})(?P<b>\d{2})(?P<y>\d{4})",
    "day month year": rf"(?P<d>\d{{1,2}})[-/. ]*{_MON}[-/. ,]*{_SHORT}",
    "month day year": rf"{_MON}[-/. ]*(?P<d>\d{{1,2}})(?:,\s*{_SHORT}|[-/. ]+(?P<y4>\d{{4}}))",
    "year month day": rf"{_YEAR}[-/. ,]*{_MON}[-/. ]*(?P<d>\d{{1,2}})",
}
_COARSE = {
    "year and day of the year": rf"{_YEAR}[-/. ]?(?P<doy>\d{{3}})",
    "month and year": rf"{_MON}[-/. ,'’_]*{_SHORT}",
    "year and month": rf"{_YEAR}[-/. _]*{_MON}",
    "short year and month": rf"(?P<y>\d{{2}})[-/. _]*{_MON}",
    "year and month in numbers": rf"{_YEAR}(?:[-/. :_]?m?(?P<m>\d{{2}})|[-/. :_]*m?(?P<m1>\d{{1,2}}))",
    "month and year in numbers": rf"m?(?P<m>\d{{1,2}})[-/. _]{_YEAR}",
    "year and quarter": rf"{_YEAR}[-/. :_]*(?:q|t|k|qtr|quarter)\s?(?P<q>[1-4])",
    "quarter and year": rf"(?:(?:q|t|qtr|quarter)\s?(?P<q>[1-4])|(?P<q1>[1-4])\.?\s?(?:q|t|quartal|quarter))[-/. ,'’_]*{_SHORT}",
    "year and week": rf"{_YEAR}[-/. :_]*(?:w|kw|week|s)\s?(?P<w>\d{{1,2}})(?:[-/. ]?(?P<wd>[1-7]))?",
    "week and year": rf"(?:w|kw|week)[-/. ]?(?P<w>\d{{1,2}})[-/. ,]*{_YEAR}",
    "year and half": rf"{_YEAR}[-/. :_]*(?:h|hj)\s?(?P<half>[12])",
    "year": _YEAR,
}


def _forms() -> dict[str, re.Pattern[str]]:
    between = r"(?:\s*[t,_]\s*|\s+-\s+|[\s:-]+)"
    out = {name: re.compile(rf"{date}(?:{between}{_CLOCK})?") for name, date in _DATES.items()}
    packed = rf"{_DATES['yyyymmdd']}[t _:-]?(?P<H>\d{{2}})(?:[:]?(?P<M>\d{{2}})(?:[:]?(?P<S>\d{{2}})(?:[.,]?(?P<f>\d{{1,9}}))?)?)?"
    out["yyyymmdd and clock"] = re.compile(packed)
    out |= {name: re.compile(date) for name, date in _COARSE.items()}
    first = {f"clock, {name}": re.compile(rf"{_EXACT}[\s,-]+{_DATES[name]}") for name in ("year-month-day", "numbers", "day month year")}
    out["month day clock year"] = re.compile(rf"{_MON}\s+(?P<d>\d{{1,2}})\s+{_EXACT}\s+{_YEAR}")
    return out | first


FORMS = _forms()
_PARTS = ("y", "m", "d", "a", "b", "mon", "q", "w", "wd", "doy", "half", "H", "M", "S", "f", "p", "sep")
_SAME = {"y4": "y", "m1": "m", "q1": "q"}  # a name may stand once in a pattern
DAY = 86400 * 10**9
LATEST = 36  # hours of a service day, which goes on beyond midnight: 25:30 is half past one of the next day
MANY = 2000  # different cells from which days and times of day are read apart


@dataclass(frozen=True)
class Parts:
    """What the cells say, each array as long as the cells.

    Attributes:
        form: the name of the form of each cell, "" where none fits.
        numbers: int by part ("y", "m", "d", "a", "b", "H", ...), -1 where a cell does not hold it.
        nanoseconds: the time of day, -1 where it is none.
        offset: minutes ahead of UTC, NaN where no zone is written.
        separator, short: the mark between numbers; whether the year has two digits.
    """

    form: np.ndarray
    numbers: dict[str, np.ndarray]
    nanoseconds: np.ndarray
    offset: np.ndarray
    separator: np.ndarray
    short: np.ndarray


def parts_of(cells: list[str]) -> Parts:
    """The parts of each cell by the first form that fits; the form of the cell before is tried first."""
    halves = _by_halves(cells) if len(cells) > MANY else None
    return _one_by_one(cells) if halves is None else halves


def _by_halves(cells: list[str]) -> Parts | None:
    """Days and times of day read apart, each different one once, which is quick; None where cells are no day, blank and time of day."""
    both = [cell.partition(" ") for cell in cells]
    if not all(clock for _, _, clock in both):
        return None
    (days, day_cells), (times, time_cells) = (pd.factorize(np.array([half[k] for half in both], object)) for k in (0, 2))
    if len(day_cells) + len(time_cells) > 0.5 * len(cells):
        return None
    date, clock = _one_by_one(list(day_cells)), _one_by_one([f"2000-01-01 {cell}" for cell in time_cells])
    if not set(date.form) <= set(_DATES) or set(clock.form) != {"year-month-day"}:
        return None
    numbers = {part: (clock.numbers[part][times] if part in "HMS" else date.numbers[part][days]) for part in date.numbers}
    return Parts(date.form[days], numbers, clock.nanoseconds[times], clock.offset[times], date.separator[days], date.short[days])


def _one_by_one(cells: list[str]) -> Parts:
    count = len(cells)
    held: dict[str, list[str | None]] = {part: [None] * count for part in _PARTS}
    form, offset, short = [""] * count, np.full(count, np.nan), np.zeros(count, bool)
    order = list(FORMS)
    for i, cell in enumerate(cells):
        plain, minutes = _without_zone(plainly(cell))
        name, found = next(((name, match) for name in order if (match := FORMS[name].fullmatch(plain)) is not None), ("", None))
        if found is None:
            continue
        if name in _DATES and name != order[0]:
            order.remove(name)
            order.insert(0, name)
        form[i] = name
        offset[i] = np.nan if minutes is None else minutes
        for part, value in found.groupdict().items():
            if value is not None:
                held[_SAME.get(part, part)][i] = value
        short[i] = len(held["y"][i] or "") == 2
    return _numbered(np.array(form, object), held, offset, short)


def plainly(cell: str) -> str:
    """The cell in small letters, with English months in three letters and without weekday, ordinal marks and joining words."""
    text = " ".join(cell.translate(_EASTERN).split()).strip("'\"").lower() if not cell.isascii() else " ".join(cell.lower().split())
    text = re.sub(r"\(([a-z]{2,4})\)$", r"\1", text)
    text = text.replace("上午", " am ").replace("下午", " pm ").replace("오전", " am ").replace("오후", " pm ")
    text = re.sub(r"([ap]m) +(\d{1,2}:\d{2}(?::\d{2})?)", r"\2 \1", text).strip().rstrip(":-") if not cell.isascii() else text
    if re.search(r"[^\W\d_]", text):
        text = _in_words(text)
    return _BARE_CLOCK.sub(lambda m: f"{m[1]}{m[2]}:{m[3]}" + (f":{m[4]}" if m[4] else ""), text)


def _in_words(text: str) -> str:
    bare = _WEEKDAY.sub("", text)
    if re.search(r"\d[-/.]\s?\d+[-/.]|\d{8}", bare) or any(word[0].rstrip(".") in MONTH_OF for word in _WORD.finditer(bare)):
        text = bare  # "mar" may be Tuesday or March
    text = _HALF.sub(r"\1m", text)
    text = re.sub(r"\b(?:de|of|del|at|um|kl\.?|à|le|den)\b|^the ", " ", _ORDINAL.sub("", text))
    return " ".join(_WORD.sub(_month, text).split())


def _month(word: re.Match[str]) -> str:
    number = MONTH_OF.get(word[0].rstrip("."))
    return word[0] if number is None else list(MONTHS)[number - 1]


def _without_zone(text: str) -> tuple[str, int | None]:
    """(the text without the zone at its end, minutes ahead of UTC or None); a zone follows a clock only."""
    if not re.search(r"\d(?:[:h]|t|\s)\d{2}|[ap]m|\d{8}t?\d{4}", text):
        return text, None
    found = _ZONE.search(text)
    if found is None or not found[0].strip() or not re.search(r":|[ap]m|t\d{2}|\dz$", text[: found.end()]):
        return text, None
    word, digits = found[1] or found[3], found[2]
    if digits is not None and ":" not in text[: found.start()] and not re.search(r"t\d{2,}", text):
        return text, None  # "2023-01-01" ends in a day, not in a zone
    minutes = _HOURS.get(word or "z", 0)
    if digits is not None:
        figures = digits[1:].replace(":", "").ljust(4, "0")
        minutes += (-1 if digits[0] == "-" else 1) * (60 * int(figures[:2]) + int(figures[2:]))
    return text[: found.start()].rstrip(), minutes


def _numbered(form: np.ndarray, held: dict[str, list], offset: np.ndarray, short: np.ndarray) -> Parts:
    months = {name: number for number, name in enumerate(MONTHS, 1)}
    held["m"] = [months[word] if word is not None else number for word, number in zip(held["mon"], held["m"])]
    numbers = {part: np.array([-1 if v is None else int(v) for v in held[part]]) for part in _PARTS if part not in ("f", "p", "sep", "mon")}
    years = numbers["y"]
    numbers["y"] = np.where(short, two_digits(years), years)
    return Parts(form, numbers, _time_of_day(form, numbers, held), offset, np.array([mark or "" for mark in held["sep"]], object), short)


def _time_of_day(form: np.ndarray, numbers: dict[str, np.ndarray], held: dict[str, list]) -> np.ndarray:
    """Nanoseconds since midnight; 24:00 is the end of the day, 25:30 lies in the next, -1 is no time of day."""
    hour, minute, second = (np.maximum(numbers[part], 0) for part in "HMS")
    half = np.array([mark or "" for mark in held["p"]])
    beyond = (hour >= LATEST) | (hour > 24) & ((numbers["M"] < 0) | ~np.isin(form, list(_DATES)))
    bad = beyond | (minute > 59) | (second > 59) | ((half != "") & ((hour > 12) | (hour == 0) & (half == "am")))
    hour = np.where(half != "", hour % 12 + 12 * (half == "pm"), hour)
    part = np.array([0 if digits is None else int(digits[:9].ljust(9, "0")) for digits in held["f"]], np.int64)
    out = ((hour * 60 + minute) * 60 + second).astype(np.int64) * 10**9 + part
    return np.where(bad, -1, out)


def dates_of(parts: Parts, order: str) -> np.ndarray:
    """datetime64[ns] of all cells, "numbers" in `order` ("dmy", "mdy" or "ymd"); NaT where the parts make no date, zones taken off."""
    n = parts.numbers
    year, month, day = n["y"].copy(), n["m"].copy(), n["d"].copy()
    plain = n["a"] >= 0
    if plain.any():
        three = {"dmy": (year, n["b"], n["a"]), "mdy": (year, n["a"], n["b"]), "ymd": (two_digits(n["a"]), n["b"], year % 100)}[order]
        year, month, day = (np.where(plain, new, old) for new, old in zip(three, (year, month, day)))
        if order == "ymd":
            year = np.where(plain & ~parts.short, -1, year)
    month = np.where(n["q"] > 0, n["q"] * 3 - 2, np.where(n["half"] > 0, n["half"] * 6 - 5, month))
    whole = (month < 0) | (n["doy"] >= 0) | (n["w"] >= 0)
    month, day = np.where(whole, 1, month), np.where(day < 0, 1, day)
    good = (parts.form != "") & (year >= 1678) & (year <= 2261) & (month >= 1) & (month <= 12) & (parts.nanoseconds >= 0)
    first = (np.where(good, year - 1970, 0) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int)
    date = first.astype("datetime64[D]") + np.where(good, day - 1, 0)
    good &= (day >= 1) & (day <= length)
    date, good = _of_the_year(date, good, n)
    times = date.astype("datetime64[ns]") + np.where(good, parts.nanoseconds, 0).astype("timedelta64[ns]")
    shift = np.nan_to_num(parts.offset) * 60 * 10**9
    return np.where(good, times - shift.astype(np.int64).astype("timedelta64[ns]"), np.datetime64("NaT", "ns"))


def two_digits(years: np.ndarray) -> np.ndarray:
    """Years of two digits with their century: 1969 to 2068."""
    return np.where(years >= 69, 1900, 2000) + years


def _of_the_year(date: np.ndarray, good: np.ndarray, n: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Days of the year and ISO weeks, counted from 1 January of each year."""
    january = date.astype("datetime64[Y]").astype("datetime64[D]")
    days = ((january.astype("datetime64[Y]") + 1).astype("datetime64[D]") - january).astype(int)
    counted, weeks = n["doy"] >= 0, n["w"] >= 0
    good = good & (~counted | (n["doy"] >= 1) & (n["doy"] <= days)) & (~weeks | (n["w"] >= 1) & (n["w"] <= 53))
    fourth = january + 3  # 4 January lies in the first week
    monday = fourth - (fourth.astype(int) + 3) % 7
    date = np.where(counted, january + np.maximum(n["doy"], 1) - 1, date)
    date = np.where(weeks, monday + 7 * (np.maximum(n["w"], 1) - 1) + np.maximum(n["wd"], 1) - 1, date)
    return date, good
