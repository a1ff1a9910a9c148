"""Support: where values of a variable can lie, as far as its name, its unit and what was seen say so on strong evidence.

Zero is a bound where values came near it and never below, and of what its name says is counted, in the air or a speed; a wall is a
highest or lowest value at which values pile up; a share ends at all of it; a direction goes round. What holds at many places holds at
all. What only might be a bound is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

TURN = 360.0  # degrees of a circle
COME_ROUND = 270.0  # degrees that a direction without a unit has passed
LEAST, ARRIVALS, SHARE, STEEP = 5, 3, 0.01, 1.2  # values at a wall, visits, their share, and how many more than just beside it
NEAR_ZERO, FAR_FROM_ZERO = 0.1, 2.0  # smallest value over the middle one, or over the deviation: between the two, zero may be crossed
SHARED_ZERO, SHARED_WALL, TOGETHER = 0.25, 0.1, 3  # of the places that show a bound, so that it is the variable's; and how many of them
TWOS = 10.0  # that a Poisson law expects, of which none came
TINY = 1e-5  # of the deviation: nothing
_PERCENT = {"%", "percent", "pct", "per cent", "percentage", "prozent", "pourcent", "porcentaje"}
_SHARES = {
    "humidity", "rh", "hurs", "relhum", "rhum", "cloudcover", "cloud", "tcc", "sic", "siconc", "icec", "soc", "percent",
    "percentage", "pct", "share", "fraction", "occupancy", "saturation", "feuchte",
}  # fmt: skip
_NO_SHARES = {"change", "growth", "rate", "increase", "return", "anomaly", "yield", "diff", "trend", "specific", "absolute"}
_FROM_ZERO = {
    "count", "counts", "number", "speed", "windspeed", "gust", "gusts", "rain", "rainfall", "precipitation", "precip", "prcp", "cases",
    "deaths", "passengers", "trips", "vehicles", "cars", "bikes", "pedestrians", "visitors", "population", "users", "riders",
    "concentration", "o3", "ozone", "no2", "so2", "pm10", "pm25",
}  # fmt: skip
_ANY_SIGN = {"change", "growth", "increase", "return", "anomaly", "diff", "trend", "log", "ln", "vertical"}
_DIRECTIONS = {
    "direction", "dir", "wdir", "wd", "winddir", "winddirection", "drct", "bearing", "heading", "azimuth", "aspect", "windrichtung",
    "course", "cog", "hdg", "mwd", "winddeg",
}  # fmt: skip
_ONE_WAY = re.compile(r"^dir(ection)?[ _.-]?([12ab]|in|out|to|from)$", re.IGNORECASE)
_CF = re.compile(r"(^|_)(from|to)_direction|_direction_of_|^direction_of_|azimuth_angle|^platform_(course|azimuth)|_(from|to)_azimuth")
_WITH_UNIT = {"from", "towards", "dd"}  # words of directions where the unit says degrees
_DEGREES_OF_ARC = {"degree", "degrees", "deg", "degree_true", "degrees_true", "degn"}
_TEMPERATURES = {
    "temperature", "temp", "tmp", "tas", "tmin", "tmax", "tmean", "tavg", "t2m", "sst", "dewpoint", "d2m", "temperatur", "temperatura",
}  # fmt: skip
_DEGREES = {"degc", "c", "celsius", "degcelsius", "degreecelsius", "degreescelsius", "degreec", "f", "degf", "fahrenheit", "k", "kelvin"}


@dataclass(frozen=True)
class Support:
    """Where values can lie.

    Attributes:
        lower, upper: float (n, v), infinite where there is no bound.
        unit: float (n, v): values are whole multiples of it, 0 where they are not.
        circle: bool (v,): directions in degrees.
    """

    lower: np.ndarray
    upper: np.ndarray
    unit: np.ndarray
    circle: np.ndarray

    def kept(self, quantiles: np.ndarray) -> np.ndarray:
        """Quantiles (q, h, n, v) moved to where values can lie; those of a direction run clockwise, from low levels to high."""
        size = np.where(self.unit > 0, self.unit, 1.0)
        whole = np.where(self.unit > 0, np.rint(quantiles / size) * size, quantiles)
        out = np.clip(whole, self.lower, self.upper) + 0.0  # no minus zero
        return np.where(self.circle, np.mod(out, TURN), out) if self.circle.any() else out


def support_of(values: np.ndarray, names: tuple[str, ...], units: tuple[str, ...] = ()) -> Support:
    """The support of the variables of a panel, from what was seen; places never seen go by all others of their variable.

    Args:
        values: float (t, n, v), NaN where not seen.
        names: of the variables.
        units: of the variables, "" where unknown; none at all by default.
    """
    n, v = values.shape[1:]
    lower, upper, unit = np.full((n, v), -np.inf), np.full((n, v), np.inf), np.zeros((n, v))
    circle = np.zeros(v, bool)
    for k in range(v):
        told = units[k] if units else ""
        x = values[..., k]
        with np.errstate(invalid="ignore"):
            low, high = np.nanmin(x, axis=0, initial=np.inf), np.nanmax(x, axis=0, initial=-np.inf)
        known = high >= low
        if not known.any():
            continue
        circle[k] = is_direction(names[k], told, low[known].min(), high[known].max())
        if circle[k]:
            continue
        zero, unit[:, k] = _zero_and_unit(x, low, known, names[k], told)
        upper[:, k], lower[:, k] = _wall(x, high, low, known), -_wall(-x, -low, -high, known)
        rare = (unit[:, k] > 0) & (high == unit[:, k]) & (_expected_twos(x, high) <= TWOS)
        upper[:, k] = np.where(rare, np.inf, upper[:, k])
        lower[:, k] = np.where(zero, np.maximum(lower[:, k], 0.0), lower[:, k])
        if _is_switch(x, unit[:, k], high, known):
            upper[:, k] = high[known].max()
        whole = share_ends_at(names[k], told, low[known].min(), high[known].max())
        if whole is not None:
            lower[:, k], upper[:, k] = np.maximum(lower[:, k], 0.0), np.minimum(upper[:, k], whole)
        _lend(lower[:, k], upper[:, k], unit[:, k], known)
    return Support(lower, upper, unit, circle)


def words_of(name: str) -> set[str]:
    """The words of a variable's name in small letters: "RelHumidity_2m" holds "rel", "humidity", "relhumidity"; levels are left out."""
    plain = re.sub(r"\[.*", "", name)
    parts = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", plain)]
    joined = [a + b for a, b in zip(parts, parts[1:])]
    return {*parts, *joined, *re.findall(r"[a-z0-9]+", plain.lower())}


def share_ends_at(name: str, unit: str, low: float, high: float) -> float | None:
    """100 or 1 where a variable is a share of something, by its unit or name and all that was seen; else None."""
    words = words_of(name)
    if low < 0 or words & _NO_SHARES:
        return None
    percent = unit.strip().lower() in _PERCENT
    if percent and high <= 100 or words & _SHARES and 1.5 < high <= 100 and (not unit or percent):
        return 100.0
    return 1.0 if words & _SHARES and high <= 1 and unit.strip().lower() in ("", "1", "fraction", "0-1") else None


def is_direction(name: str, unit: str, low: float, high: float) -> bool:
    """Whether a variable is a direction in degrees, by its name, its unit and all that was seen; here alone that is decided.

    Without a unit it must have come round, and `direction_1` beside `direction_2` are what went one way and the other. With degrees
    a CF standard name in `name`, which may hold several words (see `called`), says it whatever was seen.

    Args:
        name: what the variable is called: its own name, its standard name, or both.
        unit: "" where unknown.
        low, high: of all that was seen.
    """
    plain, words = unit.strip().lower().replace("°", "degree").replace(" ", "_"), words_of(name)
    if low < 0 or high > TURN:
        return False
    if plain:
        surely, maybe = _CF.search(name.lower()) is not None, bool(words & (_DIRECTIONS | _WITH_UNIT)) and high > 90
        return plain in _DEGREES_OF_ARC and (surely or maybe)
    return bool(words & _DIRECTIONS) and not _ONE_WAY.search(name) and high > COME_ROUND


def is_temperature(name: str, unit: str) -> bool:
    """Whether a variable is a temperature, whose zero is only where somebody put it."""
    plain = re.sub(r"[^a-z]", "", unit.lower().replace("°", "deg"))
    return plain in _DEGREES if plain else bool(words_of(name) & _TEMPERATURES)


def is_from_zero(name: str, unit: str) -> bool:
    """Whether a variable is a number of things, how much is in the air, or a speed: none has less than nothing, by its name or unit."""
    words = words_of(name)
    return bool((words | words_of(unit)) & _FROM_ZERO) and not words & _ANY_SIGN


def zero_bounds(raw: np.ndarray, seen: np.ndarray, names: tuple[str, ...], units: tuple[str, ...] = ()) -> np.ndarray:
    """Whether zero is near and never passed, so that it is no accident of a scale, bool (s,).

    Args:
        raw: float (s, t) values, any number where not seen; series are ordered place by place.
        seen: bool (s, t).
        names, units: of the variables.
    """
    count = np.maximum(seen.sum(axis=1), 1)
    filled = np.where(seen, raw, 0.0)
    mean = filled.sum(axis=1, dtype=np.float64) / count
    tiny = TINY * np.where(seen, np.abs(raw - mean[:, None]), 0.0).sum(axis=1, dtype=np.float64) / count
    low = np.where(seen, raw, np.inf).min(axis=1, initial=np.inf)
    free = np.array([is_temperature(name, units[k] if units else "") for k, name in enumerate(names)])
    near = (low >= -tiny) & (low <= np.maximum(NEAR_ZERO * mean, tiny))
    return near & ~np.tile(free, len(raw) // len(names)) & seen.any(axis=1)


def _zero_and_unit(x: np.ndarray, low: np.ndarray, known: np.ndarray, name: str, told: str) -> tuple[np.ndarray, np.ndarray]:
    """Whether zero bounds each place (n,), and the unit of counts (n,): all values are multiples of it, zero among them."""
    if is_temperature(name, told):
        return np.zeros(len(known), bool), np.zeros(len(known))
    finite = np.isfinite(x)
    count = np.maximum(finite.sum(axis=0), 1)
    filled = np.where(finite, x, 0.0)
    mean = filled.sum(axis=0, dtype=np.float64) / count
    deviation = np.where(finite, np.abs(filled - mean), 0.0).sum(axis=0, dtype=np.float64) / count
    tiny = TINY * np.maximum(deviation, np.finfo(np.float32).tiny)
    never = known & (low >= -tiny)
    near, far = never & (low <= np.maximum(NEAR_ZERO * mean, tiny)), never & (low >= FAR_FROM_ZERO * deviation)
    small = near | (low <= NEAR_ZERO * mean[known].mean())
    shared = never[known].all() and (is_from_zero(name, told) or small.sum() >= SHARED_ZERO * known.sum())
    smallest = np.where(finite & (x > tiny), x, np.inf).min(axis=0, initial=np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        multiples = filled / smallest
        whole = never & (low < tiny) & ~(np.abs(multiples - np.rint(multiples)) > 1e-3).any(axis=0)
    return never if shared else near | far, np.where(whole & np.isfinite(smallest), smallest, 0.0)


def _is_switch(x: np.ndarray, unit: np.ndarray, high: np.ndarray, known: np.ndarray) -> bool:
    """Whether nothing but zero and one were seen, so often one that numbers as rare as those would have shown a two."""
    one = high[known].max()
    if one <= 0 or not ((high == 0) | (high == one) & (unit == one))[known].all():
        return False
    return bool(_expected_twos(x, np.full(len(high), one))[known].sum() > TWOS)


def _expected_twos(x: np.ndarray, one: np.ndarray) -> np.ndarray:
    """How many twos numbers (n,) would show by a Poisson law whose ones are as frequent as `one` (n,) is in x (t, n)."""
    return (x == one).sum(axis=0) ** 2 / np.maximum(np.isfinite(x).sum(axis=0), 1) / 2


def _wall(x: np.ndarray, high: np.ndarray, low: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Highest values (n,) at which values pile up and which they reached several times, infinite for no wall."""
    out = np.full(len(high), np.inf)
    size = np.where(known, high - low, 0.0)
    at = x >= high - 1e-6 * size
    number, seen = at.sum(axis=0), np.isfinite(x).sum(axis=0)
    arrivals = (at[1:] & ~at[:-1]).sum(axis=0) + at[:1].sum(axis=0)
    maybe = np.flatnonzero(known & (size > 0) & (number >= np.maximum(LEAST, SHARE * seen)) & (arrivals >= ARRIVALS))
    for i in maybe:
        below = x[:, i][x[:, i] < high[i] - 1e-6 * size[i]]
        beside = (below >= below.max() - 1e-6 * size[i]).sum()
        if number[i] >= STEEP * beside:
            out[i] = high[i]
    return np.minimum(out, _shared_wall(x, high, low, known))


def _shared_wall(x: np.ndarray, high: np.ndarray, low: np.ndarray, known: np.ndarray) -> float:
    """The highest value of all places if many of them reached it and all together pile up at it, infinite for no wall."""
    top = high[known].max()
    size = top - low[known].min()
    near = top - 1e-6 * min(size, abs(top))  # the same value, not only values close to each other
    if size <= 0 or (high >= near).sum() < max(TOGETHER, SHARED_WALL * known.sum()):
        return np.inf
    at = x >= near
    below = x[x < near]
    beside = (below >= below.max() - 1e-6 * size).sum()
    number = at.sum()
    arrivals = (at[1:] & ~at[:-1]).sum() + at[:1].sum()
    piled = number >= max(LEAST, SHARE * np.isfinite(x).sum()) and arrivals >= ARRIVALS and number >= STEEP * beside
    return float(top) if piled else np.inf


def _lend(lower: np.ndarray, upper: np.ndarray, unit: np.ndarray, known: np.ndarray) -> None:
    """Places that were never seen take what holds for all others, in place."""
    if known.all():
        return
    lower[~known], upper[~known] = lower[known].min(), upper[known].max()
    unit[~known] = unit[known].min() if (unit[known] > 0).all() else 0.0
