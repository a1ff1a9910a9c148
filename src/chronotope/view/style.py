"""The look of every picture: a few colours, thin lines, and figures that never touch pyplot's global state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter

INK, SOFT, FAINT = "#1c2430", "#66707f", "#d9dee6"
ACCENT, TRUTH, FLAG = "#1f6fb2", "#c2571a", "#b3261e"
PAPER = "#ffffff"
SEQUENTIAL, WIDTHS, CHANGES = "viridis", "cividis", "PuOr_r"  # told apart with any eye, in grey too (the first two)
NO_VALUE = "#c9ced6"

_RC: Any = {
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": SOFT,
    "axes.titlecolor": INK,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "legend.labelcolor": SOFT,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.dpi": 130,
    "svg.fonttype": "none",
    "svg.hashsalt": "chronotope",  # the same numbers make the same file
}


@contextmanager
def house_style() -> Iterator[None]:
    """Drawing inside this block has the look of the house; nothing outside it changes."""
    with matplotlib.rc_context(_RC):
        yield


def new_figure(width: float = 7.2, height: float = 3.0) -> Figure:
    """A figure of its own (inches), laid out without overlaps, unknown to pyplot."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def date_axis(axes: Axes, clock: str = "") -> None:
    """Dates under a time axis, few enough to be read, each part of them once; the label says the year and the clock."""
    locator = AutoDateLocator(minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_Dates())
    low, high = (num2date(edge) for edge in axes.get_xlim())
    ticks = [tick for tick in locator.tick_values(low, high) if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
    seen = [num2date(tick) for tick in ticks] or [low, high]
    years = sorted({seen[0].year, seen[-1].year})
    in_years = all((tick.month, tick.day, tick.hour) == (1, 1, 0) for tick in seen)
    words = ["" if in_years else "\N{EN DASH}".join(map(str, years)), clock]
    axes.set_xlabel(", ".join(word for word in words if word))


class _Dates(Formatter):
    """Ticks of years, months, days or hours; the day stands below the first hour that is shown of it."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{num2date(x):%d %b %H:%M}".lstrip("0")

    def format_ticks(self, values: Any) -> list[str]:
        """A word for each tick."""
        stamps = [num2date(value) for value in values]
        if all((stamp.month, stamp.day, stamp.hour) == (1, 1, 0) for stamp in stamps):
            return [str(stamp.year) for stamp in stamps]
        if all((stamp.day, stamp.hour) == (1, 0) for stamp in stamps):
            return [f"{stamp:%b}" for stamp in stamps]
        days = [f"{stamp.day} {stamp:%b}" for stamp in stamps]
        if all(stamp.hour == stamp.minute == 0 for stamp in stamps):
            return days
        new = [i == 0 or day != days[i - 1] for i, day in enumerate(days)]
        return [f"{stamp:%H:%M}\n{day}" if first else f"{stamp:%H:%M}" for stamp, day, first in zip(stamps, days, new)]


def sensible_limits(*arrays: Any) -> tuple[float, float]:
    """Lowest and highest finite value, a little apart where they agree; (0, 1) where there is none."""
    numbers = np.concatenate([np.asarray(a, float).ravel() for a in arrays])
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return 0.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    alike = high - low <= 1e-4 * max(abs(low), abs(high))  # float32 noise is no difference to be shown
    return (low - 0.5, high + 0.5) if alike else (low, high)


def time_words(stamp: Any) -> str:
    """A time stamp as people write it, on its own clock: without seconds, and without the hour where it is midnight."""
    stamp = stamp.tz_localize(None) if isinstance(stamp, pd.Timestamp) else stamp
    text = str(np.datetime64(stamp, "m")).replace("T", " ")
    return text.removesuffix(" 00:00")


def span_words(span: Any) -> str:
    """A length of time as people write it: 0.2 s, 15 min, 6 h, 2 d, 2 d 6 h, 5 years."""
    seconds = np.timedelta64(span, "ns").astype(int) / 1e9
    if 0 < seconds < 90 and seconds != 60:
        return f"{seconds:.3g} s"
    minutes = int(round(np.timedelta64(span, "s").astype(int) / 60))
    days, rest = divmod(minutes, 1440)
    years = round(days / 365.2425)
    if years >= 2 and abs(days - 365.2425 * years) < 2:
        return f"{years} years"
    hours, minutes = divmod(rest, 60)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return " ".join(parts) or "0 min"


def stamp_words(stamp: Any, every: Any) -> str:
    """A stamp among others: the year alone where all of them begin one, the month where all of them begin one."""
    unit = calendar_unit(every)
    moment = np.datetime64(stamp, "ns")
    return str(moment.astype(f"datetime64[{unit}]")) if unit else time_words(stamp)


def calendar_unit(every: Any) -> str:
    """ "Y" where all stamps, two at least, begin a year, "M" where they begin a month, else ""."""
    stamps = np.asarray(every, "datetime64[ns]")
    found = [unit for unit in "YM" if len(stamps) > 1 and (stamps == stamps.astype(f"datetime64[{unit}]").astype("datetime64[ns]")).all()]
    return found[0] if found else ""


def number_words(value: float, like: float | None = None) -> str:
    """A number as people write it: three digits that count, or so many that differences of the size of `like` show two."""
    if not np.isfinite(value):
        return "\N{EN DASH}"
    is_alone = like is None or not np.isfinite(like) or like == 0
    size = abs(value) if like is None or is_alone else abs(like)
    digits = int(np.clip((2 if is_alone else 1) - np.floor(np.log10(size)), 0, 6)) if size > 0 else 0
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text.replace("-", "\N{MINUS SIGN}")


def unit_words(units: str) -> str:
    """Units as people write them: degF is °F, mile hour-1 is mile/h."""
    return _UNITS.get(units, units)


_UNITS = {
    "degF": "°F", "degC": "°C", "degK": "K", "kelvin": "K", "Celsius": "°C", "celsius": "°C", "degree": "°", "degrees": "°", "percent": "%",
    "mile hour-1": "mph", "m s-1": "m/s", "m s**-1": "m/s", "mm h-1": "mm/h", "km h-1": "km/h", "kg m-2": "kg/m²", "W m-2": "W/m²",
    "m3 s-1": "m³/s", "dollar": "$",
}  # fmt: skip
